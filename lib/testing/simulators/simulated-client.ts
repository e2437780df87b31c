import { SystemClock } from '../../config/clock.js';
import type { JsonObject } from '../../protocol/client-metadata-members.js';
import {
  Authorization,
  type AuthorizationCode,
  authorizationParameters,
  resourceParameter,
  type SignIn,
} from './authorization.js';
import { ClientHttp, type Fetch } from './client-http.js';
import type { ClientProfile, FirstRequest } from './client-profile.js';
import { ClientSigner } from './client-signer.js';
import { Complaints } from './complaint.js';
import { Discovery, type Discovered } from './discovery.js';
import { Identification } from './identification.js';
import { McpRequests } from './mcp-requests.js';
import { TokenRequests } from './tokens.js';

export interface ConnectOptions {
  /** Address of the MCP server, as a person would type it into the client. */
  readonly mcpUrl: string | URL;
  /** Takes the authorization URL through login and consent, and gives back the address at which the browser comes to the client. */
  readonly signIn: SignIn;
  /**
   * Origin that serves what `documents(origin)` says, over https and within reach of the server. A client that has a document then uses it,
   * if the server lets it.
   * @default the client registers itself
   */
  readonly documentOrigin?: string;
  /**
   * Whom a client that signs addresses: `token-endpoint` is what ChatGPT does today, `issuer` what draft-ietf-oauth-rfc7523bis wants.
   * The former needs the host of its document in `clientDocuments.tokenEndpointAudienceHosts`.
   * @default 'token-endpoint'
   */
  readonly assertionAudience?: 'token-endpoint' | 'issuer';
  /** @default the global one */
  readonly fetch?: Fetch;
}

/** One login of a simulated client. */
export interface SimulatedLogin {
  readonly redirectUri: string;
  /** `scope` of the first token answer. */
  readonly scope: string | undefined;
  /** The tokens after all its refreshes. */
  readonly accessToken: string;
  readonly refreshToken: string | undefined;
}

export interface SimulatedConnection {
  readonly clientId: string;
  readonly identifiedBy: 'document' | 'registration';
  /** One for each address at which the client waits, or one after the other at the same. */
  readonly logins: readonly SimulatedLogin[];
}

/** What a client asks for beyond what the protocol wants of every request. */
export interface RequestParameters {
  readonly authorization: Readonly<Record<string, string>>;
  readonly token: Readonly<Record<string, string>>;
}

/** A client of the field as a server meets it: what it sends, and what it insists on. */
export class SimulatedClient {
  /** The client's name as people know it. */
  readonly title: string;
  /** Where this was seen. */
  readonly source: string;
  /** Day on which it was seen, `YYYY-MM-DD`. */
  readonly observed: string;
  /** What it sends before it has a token. */
  readonly firstRequest: FirstRequest;
  private signer: ClientSigner | undefined;

  constructor(private readonly profile: ClientProfile) {
    ({ title: this.title, source: this.source, observed: this.observed, firstRequest: this.firstRequest } = profile);
  }

  /** Its addresses for one run against this server; ports are drawn anew each time. */
  redirectUris(mcpUrl: string | URL, sendsIssuer = true): readonly string[] {
    return this.profile.callbacks({ mcpUrl: String(mcpUrl), sendsIssuer });
  }

  /** Body of its registration (RFC 7591), for the addresses of one run. */
  registration(redirectUris: readonly string[]): JsonObject {
    return this.profile.registration(redirectUris);
  }

  /** Address of its metadata document; `undefined` where it has none. */
  documentUrl(origin?: string): string | undefined {
    const { document } = this.profile;
    return document && `${origin ?? document.origin}${document.path}`;
  }

  /**
   * Everything it publishes, by path: its client ID metadata document, and the keys named there.
   * @param origin where it is published, for a test; the vendor's own if left out
   */
  documents(origin?: string): Readonly<Record<string, JsonObject>> {
    const { document } = this.profile;
    const clientId = this.documentUrl(origin);
    if (!document || clientId === undefined) return {};
    const metadata = { ...document.metadata, client_id: clientId };
    if (document.keysPath === undefined) return { [document.path]: metadata };
    const jwks_uri = `${origin ?? document.origin}${document.keysPath}`;
    return { [document.path]: { ...metadata, jwks_uri }, [document.keysPath]: this.keys().keySet };
  }

  /** What it asks for at a resource, when nothing but the resource itself told it about scopes. */
  parameters(resource: string, resourceScopes?: readonly string[]): RequestParameters {
    return {
      authorization: authorizationParameters(this.profile, { challengeScope: undefined, resourceScopes, resource }, 0),
      token: resourceParameter(this.profile, resource),
    };
  }

  /**
   * Goes the whole way: discovery, document or registration, login at each of its addresses, tokens, a first MCP request, refreshes. Throws an
   * `Error` that names what the real client would choke on.
   */
  async connect(options: ConnectOptions): Promise<SimulatedConnection> {
    const complaints = new Complaints(this.profile);
    const http = new ClientHttp(options.fetch ?? globalThis.fetch, complaints, this.profile);
    const mcpUrl = String(options.mcpUrl);
    const found = await new Discovery(this.profile, http, complaints).run(mcpUrl);
    const redirectUris = this.redirectUris(mcpUrl, sendsIssuer(found));
    const documentUrl = options.documentOrigin && this.documentUrl(options.documentOrigin);
    const identity = await new Identification(this.profile, http, complaints).run(found, redirectUris, documentUrl);
    const audience = String(found.server[options.assertionAudience === 'issuer' ? 'issuer' : 'token_endpoint']);
    const assertion = () => this.keys().assertion(identity.clientId, audience);
    const tokens = new TokenRequests(this.profile, http, complaints, found, identity, assertion);
    const mcp = new McpRequests(http, complaints, mcpUrl);
    const authorization = new Authorization(this.profile, complaints, options.signIn);
    const logins: SimulatedLogin[] = [];
    for (const redirectUri of redirectUris) {
      const code = await authorization.run(found, identity, redirectUri, logins.length);
      logins.push(await this.login(redirectUri, tokens, code, mcp));
    }
    if (this.profile.demands.errorCodes) await tokens.assertErrorCodes();
    return { clientId: identity.clientId, identifiedBy: identity.by, logins };
  }

  private async login(
    redirectUri: string,
    tokens: TokenRequests,
    code: AuthorizationCode,
    mcp: McpRequests,
  ): Promise<SimulatedLogin> {
    const first = await tokens.redeem(code);
    await mcp.use(first.accessToken);
    if (first.refreshToken === undefined) return { redirectUri, ...first };
    const { refreshToken } = first;
    const refreshed = await Promise.all(
      Array.from({ length: this.profile.refresh?.atOnce ?? 1 }, () => tokens.refresh(refreshToken)),
    );
    for (const { accessToken } of refreshed) await mcp.use(accessToken);
    const [{ accessToken, refreshToken: next } = first] = refreshed;
    return { redirectUri, scope: first.scope, accessToken, refreshToken: next };
  }

  private keys(): ClientSigner {
    const clock = new SystemClock();
    return (this.signer ??= new ClientSigner(() => clock.now()));
  }
}

function sendsIssuer({ server }: Discovered): boolean {
  return server['authorization_response_iss_parameter_supported'] === true;
}
