import { Injectable } from '@nestjs/common';
import type { HttpRequest } from '../../http/http-request.js';
import { type HttpResponse, json } from '../../http/http-response.js';
import { bearerChallenge, readBearer } from '../../protocol/bearer-challenge.js';
import { CLAIM_SCOPES, OPENID_SCOPE } from '../../protocol/identity-scopes.js';
import { InsufficientScopeError, InvalidRequestError, InvalidTokenError } from '../../protocol/oauth-errors.js';
import { userClaims } from '../../protocol/user-claims.js';
import { ScopeRegistry } from '../../scopes/scope-registry.js';
import { AnyAudienceVerifier } from '../../tokens/any-audience.verifier.js';
import { UserDirectory } from '../../users/user-directory.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { logRefusal } from '../http/error-response.js';

/**
 * UserInfo (OpenID Connect Core §5.3). Any access token of ours counts that carries `openid`, for the MCP server too; without OpenID Connect one
 * that carries a scope of claims (decision C8).
 */
@Injectable()
export class UserInfoController {
  private readonly opening: readonly string[];

  constructor(
    private readonly verifier: AnyAudienceVerifier,
    private readonly users: UserDirectory,
    private readonly scopes: ScopeRegistry,
  ) {
    this.opening = scopes.names.includes(OPENID_SCOPE)
      ? [OPENID_SCOPE]
      : CLAIM_SCOPES.filter((scope) => scopes.names.includes(scope));
  }

  @Endpoint('GET', 'userinfo')
  @Endpoint('POST', 'userinfo')
  async userInfo(request: HttpRequest): Promise<HttpResponse> {
    try {
      const token = readToken(request);
      return token === undefined ? this.askForToken() : json(200, await this.claims(token));
    } catch (error) {
      if (!isVerdict(error)) throw error;
      return this.refuse(request, error);
    }
  }

  private async claims(token: string): Promise<object> {
    const { userId, orgId, scopes } = await this.verifier.verify(token);
    if (!this.opening.some((scope) => this.scopes.satisfies(scopes, [scope]))) {
      const reason = 'userinfo_scope_missing';
      throw new InsufficientScopeError('The access token does not open UserInfo', this.opening, { reason });
    }
    const data = await this.users.userData({ userId, ...(orgId === undefined ? {} : { orgId }) });
    if (data === null) throw new InvalidTokenError('The access token is not valid', { reason: 'user_gone' });
    return userClaims(userId, data, (scope) => this.scopes.satisfies(scopes, [scope]));
  }

  /** RFC 6750 §3.1: no error code when nothing was sent. */
  private askForToken(): HttpResponse {
    const headers = { ...NO_STORE, 'WWW-Authenticate': bearerChallenge({ scopes: this.opening }) };
    return json(401, { message: 'Authentication required' }, headers);
  }

  private refuse({ path }: HttpRequest, error: Verdict): HttpResponse {
    logRefusal(path, error);
    const challenge = bearerChallenge({ error: error.code, description: error.message, scopes: this.opening });
    return json(error.status, error.toBody(), { ...NO_STORE, 'WWW-Authenticate': challenge });
  }
}

const NO_STORE = { 'Cache-Control': 'no-store' } as const;

/** From the header alone: a token in a URL or a body is none (OAuth 2.1 §5.1). */
function readToken(request: HttpRequest): string | undefined {
  const credentials = readBearer(request.headerValues('authorization'));
  switch (credentials.kind) {
    case 'none':
      return undefined;
    case 'repeated':
      throw new InvalidRequestError('Send one Authorization header', { reason: 'authorization_repeated' });
    case 'malformed':
      throw new InvalidTokenError('The access token is not valid', { reason: 'token_not_token68' });
    case 'token':
      return credentials.token;
  }
}

type Verdict = InvalidTokenError | InvalidRequestError | InsufficientScopeError;

/** About the token. Whatever else goes wrong is answered like everywhere, and an outage never tells a client to ask for another token. */
function isVerdict(error: unknown): error is Verdict {
  return (
    error instanceof InvalidTokenError ||
    error instanceof InvalidRequestError ||
    error instanceof InsufficientScopeError
  );
}
