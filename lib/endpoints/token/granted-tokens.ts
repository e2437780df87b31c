import { Injectable } from '@nestjs/common';
import type { RegisteredClient } from '../../clients/registered-client.js';
import { InvalidGrantError } from '../../protocol/oauth-errors.js';
import { ScopePolicy } from '../../scopes/scope-policy.js';
import type { GrantEntity } from '../../storage/entities/grant.entity.js';
import { GrantRepository } from '../../storage/repositories/grant.repository.js';
import type { Transaction } from '../../storage/transaction-runner.js';
import { type PreparedTokens, TokenIssuer } from '../../tokens/token-issuer.js';
import { UserDirectory } from '../../users/user-directory.js';

/** Tokens of a grant, whichever grant type asks for them. */
@Injectable()
export class GrantedTokens {
  constructor(
    private readonly issuer: TokenIssuer,
    private readonly policy: ScopePolicy,
    private readonly users: UserDirectory,
    private readonly grants: GrantRepository,
  ) {}

  /**
   * The scopes among `scopes` that the user may still give. Throws `InvalidGrantError` when the user or the membership is gone (RFT-08), or
   * when nothing is left.
   */
  async scopesOf(grant: GrantEntity, scopes: readonly string[]): Promise<readonly string[]> {
    const { userId, clientId, resource } = grant;
    const subject = { userId, clientId, resource, ...(grant.orgId === null ? {} : { orgId: grant.orgId }) };
    if ((await this.users.userData(subject)) === null) throw ended('user_gone');
    const left = await this.policy.grantable(subject, scopes);
    if (left.length === 0) throw ended('no_scope_left');
    return left;
  }

  /** Signs outside the transaction, which must stay short. */
  prepare(client: RegisteredClient, grant: GrantEntity, scopes: readonly string[]): Promise<PreparedTokens> {
    const subject = {
      userId: grant.userId,
      clientId: client.clientId,
      scopes,
      resource: grant.resource,
      grantId: grant.id,
      ...(grant.orgId === null ? {} : { orgId: grant.orgId }),
      ...(grant.authTime === null ? {} : { authTime: grant.authTime }),
    };
    return this.issuer.prepare(subject, client.metadata.grant_types.includes('refresh_token'));
  }

  /** Stores what `prepare` made, and notes that the grant was used. */
  async store(prepared: PreparedTokens, grant: GrantEntity, tx: Transaction): Promise<void> {
    await this.issuer.store(prepared, grant.id, tx);
    await this.grants.extend(grant.id, { now: prepared.now, expiresAt: prepared.refreshExpiresAt }, tx);
  }
}

function ended(reason: string): InvalidGrantError {
  return new InvalidGrantError('The grant has ended', { reason });
}
