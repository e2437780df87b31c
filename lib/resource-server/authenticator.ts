import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import { PublicUrls } from '../config/public-urls.js';
import { AccessTokenVerifier } from '../protocol/access-token-verifier.js';
import { readBearer } from '../protocol/bearer-challenge.js';
import { InvalidRequestError, InvalidTokenError } from '../protocol/oauth-errors.js';
import { ScopeRegistry } from '../scopes/scope-registry.js';
import { UserDirectory } from '../users/user-directory.js';
import { attachPrincipal, type McpPrincipal, principalOf, rawRequest } from './mcp-principal.js';

/** Turns the `Authorization` header of a request into a principal, once per request. */
@Injectable()
export class Authenticator {
  constructor(
    private readonly verifier: AccessTokenVerifier,
    private readonly urls: PublicUrls,
    private readonly users: UserDirectory,
    private readonly registry: ScopeRegistry,
  ) {}

  /** The principal, or undefined when no bearer token was sent. Throws `InvalidTokenError`, `InvalidRequestError`; anything else is an outage. */
  async authenticate(request: unknown): Promise<McpPrincipal | undefined> {
    const known = principalOf(request);
    if (known) {
      // Verified at the edge, on Node's request; here it may be the adapter's own that has to show it.
      this.attach(request, known);
      return known;
    }
    const credentials = readBearer(authorizationHeaders(rawRequest(request)));
    switch (credentials.kind) {
      case 'none':
        return undefined;
      case 'repeated':
        throw new InvalidRequestError('Send one Authorization header', { reason: 'authorization_repeated' });
      case 'malformed':
        throw new InvalidTokenError('The access token is not valid', { reason: 'token_not_token68' });
      case 'token': {
        const verified = await this.verifier.verify(credentials.token, this.urls.resource);
        const principal = { ...verified, userData: this.lookUpOnce(verified) };
        this.attach(request, principal);
        return principal;
      }
    }
  }

  private attach(request: unknown, principal: McpPrincipal): void {
    attachPrincipal(request, principal, this.registry.withImplied(principal.scopes));
  }

  private lookUpOnce({ userId, orgId }: { userId: string; orgId?: string }): McpPrincipal['userData'] {
    let answer: ReturnType<McpPrincipal['userData']> | undefined;
    return () => (answer ??= this.users.userData({ userId, ...(orgId === undefined ? {} : { orgId }) }));
  }
}

/** From the raw list: Node keeps only the first of two `Authorization` headers (RSG-06). */
function authorizationHeaders({ rawHeaders }: IncomingMessage): readonly string[] {
  return rawHeaders.filter(
    (_value, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === 'authorization',
  );
}
