import { Injectable } from '@nestjs/common';
import { Clock } from '../../config/clock.js';
import { PublicUrls } from '../../config/public-urls.js';
import type { HttpRequest } from '../../http/http-request.js';
import { type HttpResponse, json } from '../../http/http-response.js';
import { InvalidClientError } from '../../protocol/oauth-errors.js';
import { formatScope } from '../../protocol/scope-set.js';
import { type FoundToken, TokenFinder } from '../../tokens/token-finder.js';
import { ServiceEndpoint } from '../http/endpoint.decorator.js';
import { DirectRequest } from '../http/direct-request.js';

const INACTIVE = { active: false } as const;

/** Token introspection (RFC 7662). A client sees its own tokens and no others (decision D11). */
@Injectable()
export class IntrospectionController {
  constructor(
    private readonly requests: DirectRequest,
    private readonly finder: TokenFinder,
    private readonly urls: PublicUrls,
    private readonly clock: Clock,
  ) {}

  @ServiceEndpoint('POST', 'introspect')
  async introspect(request: HttpRequest): Promise<HttpResponse> {
    const { client, token } = await this.requests.readToken(request);
    // RFC 7662 §2.1: the caller is authorised, and a client_id alone is no authentication.
    if (client.metadata.token_endpoint_auth_method === 'none') {
      throw new InvalidClientError('Client authentication failed', { reason: 'introspection_by_public_client' });
    }
    const found = await this.finder.find(token);
    if (!found || found.clientId !== client.clientId || !this.isActive(found)) return json(200, INACTIVE);
    return json(200, { active: true, ...this.describe(found) });
  }

  private isActive(found: FoundToken): boolean {
    if (found.kind === 'access_token') return true;
    const { row, grant } = found;
    return row.consumedAt === null && grant.revokedAt === null && row.expiresAt > this.clock.now();
  }

  private describe(found: FoundToken): Record<string, unknown> {
    const common = { client_id: found.clientId, iss: this.urls.issuer };
    if (found.kind === 'refresh_token') {
      const { row, grant } = found;
      const [iat, exp] = [row.createdAt, row.expiresAt].map((ms) => Math.floor(ms / 1000));
      return {
        ...common,
        token_type: 'refresh_token',
        sub: grant.userId,
        scope: formatScope(grant.scopes),
        aud: grant.resource,
        iat,
        exp,
      };
    }
    const { userId: sub, scopes, resource: aud, issuedAt: iat, expiresAt: exp, tokenId: jti } = found.token;
    return { ...common, token_type: 'Bearer', sub, scope: formatScope(scopes), aud, iat, exp, jti };
  }
}
