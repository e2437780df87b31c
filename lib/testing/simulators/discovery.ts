import type { JsonObject } from '../../protocol/client-metadata-members.js';
import type { ClientHttp } from './client-http.js';
import type { ClientProfile } from './client-profile.js';
import type { Complaints } from './complaint.js';

/** What a client knows once it has looked around. */
export interface Discovered {
  readonly challengeScope: string | undefined;
  readonly resource: string;
  readonly resourceScopes: readonly string[] | undefined;
  readonly issuer: string;
  readonly server: JsonObject;
}

interface Challenge {
  readonly resourceMetadata: string | undefined;
  readonly scope: string | undefined;
}

const REVISION = { 'mcp-protocol-version': '2025-11-25' };

/** The way from the address of an MCP server to its authorization server (RFC 9728, RFC 8414). */
export class Discovery {
  constructor(
    private readonly profile: ClientProfile,
    private readonly http: ClientHttp,
    private readonly complaints: Complaints,
  ) {}

  async run(mcpUrl: string): Promise<Discovered> {
    const challenge = await this.knock(mcpUrl);
    const { url, metadata } = await this.find(resourceMetadataUrls(mcpUrl, challenge.resourceMetadata), 'resource');
    const resource = this.readResource(metadata, url, mcpUrl);
    const [issuer] = listIn(metadata, 'authorization_servers') ?? [];
    if (issuer === undefined) throw this.complaints.about(`${url} names no authorization server`);
    const server = await this.find(serverMetadataUrls(issuer), 'authorization server');
    this.assertServer(server.metadata, server.url, issuer);
    const resourceScopes = listIn(metadata, 'scopes_supported');
    return { challengeScope: challenge.scope, resource, resourceScopes, issuer, server: server.metadata };
  }

  /** The first request, without a token. */
  private async knock(mcpUrl: string): Promise<Challenge> {
    const { method, headers, body } = this.profile.firstRequest;
    const answer = await this.http.request(mcpUrl, { method, headers, ...(body === undefined ? {} : { body }) });
    if (answer.status !== 401) {
      throw this.complaints.about(
        `its first ${method} ${mcpUrl} is answered with ${answer.status}, and only 401 makes it sign in`,
      );
    }
    const header = answer.headers.get('www-authenticate') ?? '';
    const challenge = { resourceMetadata: parameter(header, 'resource_metadata'), scope: parameter(header, 'scope') };
    const bearer = /^Bearer +\S/i.test(header);
    if (this.profile.demands.challenge && !(bearer && challenge.resourceMetadata)) {
      throw this.complaints.about(`the 401 of ${mcpUrl} has no WWW-Authenticate with Bearer and resource_metadata`);
    }
    return challenge;
  }

  /** RFC 8414 §3: the first of these addresses that has a document; only a client error leads to the next one. */
  private async find(urls: readonly string[], of: string): Promise<{ url: string; metadata: JsonObject }> {
    for (const url of urls) {
      const answer = await this.http.request(url, { headers: { accept: 'application/json', ...REVISION } });
      if (answer.ok) return { url, metadata: await this.http.json(answer, url) };
      if (answer.status >= 500) throw this.complaints.about(`${url} answers ${answer.status}, which ends the search`);
    }
    throw this.complaints.about(`there is no metadata of the ${of} at ${urls.join(' or ')}`);
  }

  private readResource(metadata: JsonObject, url: string, mcpUrl: string): string {
    const { resource } = metadata;
    if (typeof resource !== 'string' || !URL.canParse(resource))
      throw this.complaints.about(`${url} names no resource`);
    const { exactResource, sameOrigin } = this.profile.demands;
    if (sameOrigin && new URL(url).origin !== new URL(mcpUrl).origin) {
      throw this.complaints.about(`${url} is on another origin than ${mcpUrl}`);
    }
    if (exactResource ? resource !== mcpUrl : !contains(resource, mcpUrl)) {
      throw this.complaints.about(`${url} is about the resource ${resource}, and it was given ${mcpUrl}`);
    }
    return resource;
  }

  private assertServer(metadata: JsonObject, url: string, issuer: string): void {
    const { demands } = this.profile;
    for (const name of ['issuer', 'authorization_endpoint', 'token_endpoint']) {
      if (typeof metadata[name] !== 'string' || !URL.canParse(metadata[name]))
        throw this.complaints.about(`${url} has no URL in ${name}`);
    }
    const tolerated = demands.issuer === 'but-for-slash' && metadata['issuer'] === `${new URL(issuer).origin}/`;
    if (demands.issuer && metadata['issuer'] !== issuer && !tolerated) {
      throw this.complaints.about(`${url} has the issuer ${String(metadata['issuer'])}, and it was sent to ${issuer}`);
    }
    if (!listIn(metadata, 'response_types_supported')?.includes('code'))
      throw this.complaints.about(`${url} does not offer the response type code`);
    const challenges = listIn(metadata, 'code_challenge_methods_supported');
    if (challenges ? !challenges.includes('S256') : demands.announcedPkce)
      throw this.complaints.about(`${url} does not offer the code challenge method S256`);
  }
}

/** Clients read the challenge with expressions such as this one, not with a parser. */
function parameter(header: string, name: string): string | undefined {
  return new RegExp(`${name}=(?:"([^"]*)"|([^\\s,]+))`)
    .exec(header)
    ?.slice(1)
    .find((value) => value !== undefined);
}

function resourceMetadataUrls(mcpUrl: string, announced: string | undefined): readonly string[] {
  if (announced !== undefined) return [announced];
  const { origin, pathname } = new URL(mcpUrl);
  const root = `${origin}/.well-known/oauth-protected-resource`;
  return pathname === '/' ? [root] : [`${root}${pathname}`, root];
}

function serverMetadataUrls(issuer: string): readonly string[] {
  const { origin, pathname } = new URL(issuer);
  const path = pathname === '/' ? '' : pathname;
  return [
    ...new Set([
      `${origin}/.well-known/oauth-authorization-server${path}`,
      `${origin}/.well-known/openid-configuration${path}`,
      `${origin}${path}/.well-known/openid-configuration`,
    ]),
  ];
}

/** The SDKs' rule: same origin, and a path that the address of the server goes on from. */
function contains(resource: string, mcpUrl: string): boolean {
  const [whole, part] = [new URL(resource), new URL(mcpUrl)];
  const directory = (path: string) => (path.endsWith('/') ? path : `${path}/`);
  return whole.origin === part.origin && directory(part.pathname).startsWith(directory(whole.pathname));
}

/** A list of strings, if that is what is there. */
export function listIn(object: JsonObject, name: string): readonly string[] | undefined {
  const value = object[name];
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : undefined;
}
