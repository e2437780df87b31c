import { Injectable } from '@nestjs/common';
import type { RegisteredClient } from '../../../clients/registered-client.js';
import { Clock } from '../../../config/clock.js';
import { PublicUrls } from '../../../config/public-urls.js';
import type { FormParameters } from '../../../protocol/form-parameters.js';
import { InvalidRequestError, InvalidScopeError } from '../../../protocol/oauth-errors.js';
import { hashToken } from '../../../protocol/opaque-token.js';
import { assertRefreshable, refreshTokenRefused } from '../../../protocol/redeemable.js';
import { isSubset, parseScope } from '../../../protocol/scope-set.js';
import type { TokenResponse } from '../../../protocol/token-response.js';
import { GrantRepository } from '../../../storage/repositories/grant.repository.js';
import { RefreshTokenRepository } from '../../../storage/repositories/refresh-token.repository.js';
import { TransactionRunner } from '../../../storage/transaction-runner.js';
import { GrantedTokens } from '../granted-tokens.js';
import { assertWithinGrant } from '../requested-resource.js';
import type { GrantHandler } from '../grant-handler.js';

/** Rotates a refresh token (OAuth 2.1 §4.3.1): every use retires the token and gives its successor. */
@Injectable()
export class RefreshTokenGrant implements GrantHandler {
  readonly grantType = 'refresh_token';

  constructor(
    private readonly refreshTokens: RefreshTokenRepository,
    private readonly grants: GrantRepository,
    private readonly tokens: GrantedTokens,
    private readonly transactions: TransactionRunner,
    private readonly clock: Clock,
    private readonly urls: PublicUrls,
  ) {}

  async handle(client: RegisteredClient, form: FormParameters): Promise<TokenResponse> {
    const { token, grant, scopes } = await this.validate(client, form);
    const prepared = await this.tokens.prepare(client, grant, await this.tokens.scopesOf(grant, scopes));
    const won = await this.transactions.run(async (tx) => {
      if (!(await this.refreshTokens.consume(token.id, prepared.now, tx))) return false;
      await this.tokens.store(prepared, grant, tx);
      return true;
    });
    if (!won) throw refreshTokenRefused('refresh_token_used');
    return prepared.response;
  }

  private async validate(client: RegisteredClient, form: FormParameters) {
    const presented = form.get('refresh_token');
    if (presented === undefined)
      throw new InvalidRequestError('refresh_token is missing', { reason: 'refresh_token_missing' });
    const token = await this.refreshTokens.findByHash(hashToken(presented));
    if (!token) throw refreshTokenRefused('refresh_token_unknown');
    const grant = await this.grants.findById(token.grantId);
    if (!grant) throw refreshTokenRefused('grant_unknown');
    assertRefreshable(token, grant, { clientId: client.clientId, now: this.clock.now() });
    assertWithinGrant(form, grant.resource, this.urls.resource);
    const scopes = requestedScopes(form, grant.scopes);
    if (token.consumedAt !== null) throw refreshTokenRefused('refresh_token_used');
    return { token, grant, scopes };
  }
}

/** RFT-06: omitted means the whole grant; narrowing is for this access token only; more than the grant is refused. */
function requestedScopes(form: FormParameters, granted: readonly string[]): readonly string[] {
  const scope = form.get('scope');
  if (scope === undefined) return granted;
  const requested = parseScope(scope).filter((name) => name !== 'offline_access');
  if (requested.length === 0) return granted;
  if (!isSubset(requested, granted))
    throw new InvalidScopeError('The scope exceeds what was granted', { reason: 'scope_exceeds_grant' });
  return requested;
}
