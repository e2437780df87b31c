import { Injectable } from '@nestjs/common';
import type { RegisteredClient } from '../../clients/registered-client.js';
import { InvalidGrantError } from '../../protocol/oauth-errors.js';
import { ScopePolicy } from '../../scopes/scope-policy.js';
import type { GrantEntity } from '../../storage/entities/grant.entity.js';
import { GrantRepository } from '../../storage/repositories/grant.repository.js';
import { type Transaction, TransactionRunner } from '../../storage/transaction-runner.js';
import { GrantRevoker } from '../../tokens/grant-revoker.js';
import { type PreparedTokens, TokenIssuer } from '../../tokens/token-issuer.js';
import { UserDirectory } from '../../users/user-directory.js';

/** What became of tokens that were to be stored. */
export type StoreOutcome = 'stored' | 'spent' | 'grant_ended' | 'grant_reduced';

/** Tokens of a grant, whichever grant type asks for them. */
@Injectable()
export class GrantedTokens {
  constructor(
    private readonly issuer: TokenIssuer,
    private readonly policy: ScopePolicy,
    private readonly users: UserDirectory,
    private readonly grants: GrantRepository,
    private readonly revoker: GrantRevoker,
    private readonly transactions: TransactionRunner,
  ) {}

  /**
   * The scopes among `scopes` that the user may still give this client. Throws `InvalidGrantError` when the user or the membership is gone (RFT-08), or
   * when nothing is left.
   */
  async scopesOf(client: RegisteredClient, grant: GrantEntity, scopes: readonly string[]): Promise<readonly string[]> {
    const { userId, clientId, resource } = grant;
    const subject = { userId, clientId, resource, ...(grant.orgId === null ? {} : { orgId: grant.orgId }) };
    if ((await this.users.userData(subject)) === null) {
      await this.revoker.endGrant(grant.id, 'user_gone');
      throw ended('user_gone');
    }
    const left = await this.policy.grantable(client, subject, scopes);
    if (left.length === 0) throw ended('no_scope_left');
    return left;
  }

  /**
   * Signs outside the transaction, which must stay short.
   * @param nonce of the authorization request whose code is redeemed
   */
  prepare(
    client: RegisteredClient,
    grant: GrantEntity,
    scopes: readonly string[],
    nonce?: string,
  ): Promise<PreparedTokens> {
    const subject = {
      userId: grant.userId,
      clientId: client.clientId,
      scopes,
      resource: grant.resource,
      grantId: grant.id,
      ...(grant.orgId === null ? {} : { orgId: grant.orgId }),
      ...(grant.authTime === null ? {} : { authTime: grant.authTime }),
    };
    return this.issuer.prepare(subject, client.metadata.grant_types.includes('refresh_token'), grant.createdAt, nonce);
  }

  /**
   * Stores what `prepare` made, if the grant is alive and `spend` says that this call may: in this order, in one transaction, without a
   * rollback (decision D7). Of racing calls exactly one gets `stored`; a grant that ends, or loses scopes, since it was read gets no more tokens.
   * @param spend the conditional UPDATE that uses up a code or refresh token
   */
  storeOnce(
    prepared: PreparedTokens,
    grant: GrantEntity,
    spend: (tx: Transaction) => Promise<boolean>,
  ): Promise<StoreOutcome> {
    return this.transactions.run(async (tx) => {
      const use = { now: prepared.now, expiresAt: prepared.grantExpiresAt };
      if (!(await this.grants.extend(grant, use, tx)))
        return (await this.grants.isLiving(grant.id, tx)) ? 'grant_reduced' : 'grant_ended';
      if (!(await spend(tx))) return 'spent';
      await this.issuer.store(prepared, grant.id, tx);
      return 'stored';
    });
  }
}

function ended(reason: string): InvalidGrantError {
  return new InvalidGrantError('The grant has ended', { reason });
}
