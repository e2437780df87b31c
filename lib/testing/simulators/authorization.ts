import { createHash, randomBytes } from 'node:crypto';
import type { ClientProfile } from './client-profile.js';
import type { Complaints } from './complaint.js';
import type { Discovered } from './discovery.js';
import type { Identity } from './identity.js';

/** Takes a person's browser through login and consent, and says where it ended: at the client's own address. */
export type SignIn = (authorizationUrl: string) => Promise<string | URL>;

/** What a client may redeem. */
export interface AuthorizationCode {
  readonly code: string;
  readonly verifier: string;
  readonly redirectUri: string;
}

/** The part of a login that goes through the browser (RFC 6749 §4.1, RFC 7636, RFC 9207). */
export class Authorization {
  constructor(
    private readonly profile: ClientProfile,
    private readonly complaints: Complaints,
    private readonly signIn: SignIn,
  ) {}

  /** @param login which login of this client it is, from 0 on */
  async run(found: Discovered, identity: Identity, redirectUri: string, login: number): Promise<AuthorizationCode> {
    const verifier = randomBytes(48).toString('base64url');
    // Of an alphabet that has to be encoded, as that of VS Code is.
    const state = randomBytes(16).toString('base64');
    const url = new URL(String(found.server['authorization_endpoint']));
    const parameters: Readonly<Record<string, string>> = {
      response_type: 'code',
      client_id: identity.clientId,
      redirect_uri: redirectUri,
      state,
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
      ...authorizationParameters(this.profile, found, login),
    };
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    const callback = await this.open(url.href, redirectUri);
    return { code: this.readCode(callback, state, found), verifier, redirectUri };
  }

  private async open(url: string, redirectUri: string): Promise<URL> {
    let end: string;
    try {
      end = String(await this.signIn(url));
    } catch (cause) {
      throw this.complaints.about(`it waits at ${redirectUri}, and the browser does not come back there`, cause);
    }
    if (!end.startsWith(redirectUri)) {
      throw this.complaints.about(`it waits at ${redirectUri}, and the browser came to ${end.replace(/[?#].*/s, '')}`);
    }
    return new URL(end);
  }

  private readCode({ searchParams }: URL, state: string, { server }: Discovered): string {
    const only = (name: string): string | undefined => {
      const values = searchParams.getAll(name);
      if (values.length > 1) throw this.complaints.about(`the answer in the browser has ${name} more than once`);
      return values[0];
    };
    if (only('state') !== state) throw this.complaints.about('the answer in the browser has another state');
    const announced = server['authorization_response_iss_parameter_supported'] === true;
    this.assertIssuer(only('iss'), String(server['issuer']), announced);
    const error = only('error');
    if (error !== undefined) {
      throw this.complaints.about(`the answer in the browser is ${error} ${only('error_description') ?? ''}`.trim());
    }
    const code = only('code');
    if (!code) throw this.complaints.about('the answer in the browser has no code');
    return code;
  }

  /** RFC 9207 §2.4, letter by letter. */
  private assertIssuer(iss: string | undefined, issuer: string, announced: boolean): void {
    if (!this.profile.demands.issuer) return;
    if (iss === undefined && announced) throw this.complaints.about('the answer in the browser has no iss');
    if (iss !== undefined && iss !== issuer) {
      throw this.complaints.about(`the answer in the browser has the iss ${iss}, and the server is ${issuer}`);
    }
  }
}

/** What a client asks for, beyond what the protocol wants of every request. */
export function authorizationParameters(
  { scope, authorization = {}, ...profile }: ClientProfile,
  { challengeScope, resourceScopes, resource }: Pick<Discovered, 'challengeScope' | 'resourceScopes' | 'resource'>,
  login: number,
): Readonly<Record<string, string>> {
  const wanted = scope
    ? scope({ challenge: challengeScope, resource: resourceScopes }, login)
    : (challengeScope ?? resourceScopes?.join(' '));
  return {
    ...(wanted === undefined ? {} : { scope: wanted }),
    ...authorization,
    ...resourceParameter(profile, resource),
  };
}

/** RFC 8707 §2, as far as a client knows it. */
export function resourceParameter(
  { resource: habit = 'published' }: Pick<ClientProfile, 'resource'>,
  resource: string,
): Readonly<Record<string, string>> {
  if (habit === 'never') return {};
  return { resource: habit === 'without-slash' ? resource.replace(/\/$/, '') : resource };
}
