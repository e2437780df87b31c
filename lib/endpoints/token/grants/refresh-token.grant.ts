import { Inject, Injectable } from '@nestjs/common';
import { ClientPolicy } from '../../../clients/client-policy.js';
import type { RegisteredClient } from '../../../clients/registered-client.js';
import { Clock } from '../../../config/clock.js';
import { RESOLVED_OPTIONS } from '../../../config/injection-tokens.js';
import { PublicUrls } from '../../../config/public-urls.js';
import type { ResolvedMcpAuthOptions } from '../../../config/resolved-options.js';
import type { FormParameters } from '../../../protocol/form-parameters.js';
import { InvalidRequestError, InvalidScopeError } from '../../../protocol/oauth-errors.js';
import { hashToken } from '../../../protocol/opaque-token.js';
import { assertRefreshable, refreshTokenRefused } from '../../../protocol/redeemable.js';
import { parseScope } from '../../../protocol/scope-set.js';
import type { TokenResponse } from '../../../protocol/token-response.js';
import type { GrantEntity } from '../../../storage/entities/grant.entity.js';
import { GrantRepository } from '../../../storage/repositories/grant.repository.js';
import { RefreshTokenRepository } from '../../../storage/repositories/refresh-token.repository.js';
import { ScopeRegistry } from '../../../scopes/scope-registry.js';
import { GrantedTokens } from '../granted-tokens.js';
import { assertWithinGrant } from '../requested-resource.js';
import { RefreshReplay } from '../refresh-replay.js';
import type { GrantHandler } from '../grant-handler.js';

/** Rotates a refresh token (OAuth 2.1 §4.3.1): every use retires the token and gives its successor. */
@Injectable()
export class RefreshTokenGrant implements GrantHandler {
  readonly grantType = 'refresh_token';

  constructor(
    private readonly refreshTokens: RefreshTokenRepository,
    private readonly grants: GrantRepository,
    private readonly tokens: GrantedTokens,
    private readonly replay: RefreshReplay,
    private readonly policy: ClientPolicy,
    private readonly registry: ScopeRegistry,
    private readonly clock: Clock,
    private readonly urls: PublicUrls,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedMcpAuthOptions,
  ) {}

  async handle(client: RegisteredClient, form: FormParameters): Promise<TokenResponse> {
    const arrivedAt = this.clock.now();
    const { presented, grant } = await this.find(client, form, arrivedAt);
    // Before anything else about the request is looked at: the reuse of a stolen token is not to be hidden behind a wrong scope.
    await this.replay.endReused(presented.row, arrivedAt);
    assertWithinGrant(form, grant.resource, this.urls.resource);
    const scopes = this.requestedScopes(form, grant.scopes);
    if (presented.row.consumedAt !== null) return this.replay.answer(presented, arrivedAt);
    await this.assertAllowed(client, grant);
    const prepared = await this.tokens.prepare(client, grant, await this.tokens.scopesOf(client, grant, scopes));
    // Encrypted before the transaction, which must stay short.
    const rotation = this.replay.rotation(presented, prepared);
    const outcome = await this.tokens.storeOnce(prepared, grant, (tx) =>
      this.refreshTokens.rotate(presented.row.id, this.replay.fromNow(rotation), tx),
    );
    switch (outcome) {
      case 'stored':
        return prepared.response;
      case 'spent':
        return this.replay.answer(presented, arrivedAt);
      case 'grant_reduced':
        // Nothing was stored or spent; with the scopes that are left it goes on as if it came now.
        return this.handle(client, form);
      case 'grant_ended':
        throw refreshTokenRefused('grant_revoked');
    }
  }

  /** The grant stays: a policy can change its mind, and a client that is told it is unknown would register again for ever. */
  private async assertAllowed(client: RegisteredClient, { userId, orgId }: GrantEntity): Promise<void> {
    const context = { at: 'refresh', userId, ...(orgId === null ? {} : { orgId }) } as const;
    if ((await this.policy.decide(client, context)) !== 'allowed') throw refreshTokenRefused('client_refused');
  }

  private async find(client: RegisteredClient, form: FormParameters, now: number) {
    const token = form.get('refresh_token');
    if (token === undefined)
      throw new InvalidRequestError('refresh_token is missing', { reason: 'refresh_token_missing' });
    const row = await this.refreshTokens.findByHash(hashToken(token));
    if (!row) throw refreshTokenRefused('refresh_token_unknown');
    const grant = await this.grants.findById(row.grantId);
    if (!grant) throw refreshTokenRefused('grant_unknown');
    assertRefreshable(row, grant, { clientId: client.clientId, now });
    // By the limit of today: a token of before may say that it lives longer.
    if (grant.createdAt + this.options.refresh.absoluteLifetimeSeconds * 1000 <= now)
      throw refreshTokenRefused('refresh_token_expired');
    return { presented: { row, token, clientId: client.clientId, form }, grant };
  }

  /** RFT-06: omitted means the whole grant; narrowing, by the hierarchy too, is for this access token only; more than the grant is refused. */
  private requestedScopes(form: FormParameters, granted: readonly string[]): readonly string[] {
    const scope = form.get('scope');
    if (scope === undefined) return granted;
    const requested = parseScope(scope).filter((name) => name !== 'offline_access');
    if (requested.length === 0) return granted;
    if (!this.registry.satisfies(granted, requested))
      throw new InvalidScopeError('The scope exceeds what was granted', { reason: 'scope_exceeds_grant' });
    return requested;
  }
}
