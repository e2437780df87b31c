import { Injectable } from '@nestjs/common';
import type { HttpRequest } from '../../http/http-request.js';
import { empty, type HttpResponse } from '../../http/http-response.js';
import { InvalidGrantError } from '../../protocol/oauth-errors.js';
import { GrantRevoker } from '../../tokens/grant-revoker.js';
import { TokenFinder } from '../../tokens/token-finder.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { DirectRequest } from '../http/direct-request.js';

/** Token revocation (RFC 7009). */
@Injectable()
export class RevocationController {
  constructor(
    private readonly requests: DirectRequest,
    private readonly finder: TokenFinder,
    private readonly revoker: GrantRevoker,
  ) {}

  /** A refresh token ends its grant and all that came of it, an access token itself (decision D4). 200 too for what is no token of ours. */
  @Endpoint('POST', 'revoke')
  async revoke(request: HttpRequest): Promise<HttpResponse> {
    const { client, token } = await this.requests.readToken(request);
    const found = await this.finder.find(token);
    if (!found) return empty(200);
    // RFC 7009 §2.1: refused, and the client is told; the token lives on.
    if (found.clientId !== client.clientId) {
      throw new InvalidGrantError('The token was issued to another client', { reason: 'token_of_another_client' });
    }
    if (found.kind === 'refresh_token') await this.revoker.endGrant(found.grant.id, 'revoked_by_client');
    else await this.revoker.endAccessToken(found.token.tokenId, found.token.expiresAt);
    return empty(200);
  }
}
