import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../config/clock.js';
import { RESOLVED_OPTIONS } from '../config/injection-tokens.js';
import type { ResolvedMcpAuthOptions } from '../config/resolved-options.js';
import { GrantRepository } from '../storage/repositories/grant.repository.js';
import { RefreshTokenRepository } from '../storage/repositories/refresh-token.repository.js';
import { RevocationRepository, type Revoked } from '../storage/repositories/revocation.repository.js';
import { type Transaction, TransactionRunner } from '../storage/transaction-runner.js';
import { RevocationList } from './revocation-list.js';

/** Why a grant ended, as stored with it. */
export type EndReason =
  | 'authorization_code_replayed'
  | 'refresh_token_reused'
  | 'revoked_by_client'
  | 'revoked_by_operator'
  | 'user_gone'
  | 'membership_ended';

/** Tokens outlive a grant by their lifetime at most; this much is added for clocks that differ, in milliseconds. */
const MARGIN_MS = 60_000;

/** Age of a revocation at its commit, in milliseconds, from which others may have missed it. */
const LATE_MS = 30_000;

/** Ends grants and access tokens, so that every instance hears of it (decision D5). */
@Injectable()
export class GrantRevoker {
  constructor(
    private readonly grants: GrantRepository,
    private readonly refreshTokens: RefreshTokenRepository,
    private readonly revocations: RevocationRepository,
    private readonly list: RevocationList,
    private readonly transactions: TransactionRunner,
    private readonly clock: Clock,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedMcpAuthOptions,
  ) {}

  /** Ends a grant and all its tokens, and reports whether this call did. Never inside another transaction: a rollback would undo it. */
  async endGrant(grantId: string, reason: EndReason): Promise<boolean> {
    const now = this.clock.now();
    const { ended, ...published } = await this.transactions.run(async (tx) => {
      const isFirst = await this.grants.revoke(grantId, reason, now, tx);
      const target: Revoked = { targetId: grantId, expiresAt: (await this.lastExpiry(grantId, now, tx)) + MARGIN_MS };
      return { ended: isFirst, target, publishedAt: isFirst ? await this.publish(target, tx) : undefined };
    });
    await this.makeKnown(published);
    return ended;
  }

  /** Ends one access token until it expires by itself. @param expiresAt seconds since the epoch, the token's `exp` */
  async endAccessToken(tokenId: string, expiresAt: number): Promise<void> {
    const target: Revoked = { targetId: tokenId, expiresAt: expiresAt * 1000 + MARGIN_MS };
    const publishedAt = await this.transactions.runStatement((tx) => this.publish(target, tx));
    await this.makeKnown({ target, publishedAt });
  }

  /** Not by the lifetime of now alone: tokens were issued before it was changed, or by an instance that has another one. */
  private async lastExpiry(grantId: string, now: number, tx: Transaction): Promise<number> {
    const issued =
      (await this.refreshTokens.lastAccessExpiry(grantId, tx)) ?? (await this.grants.expiryOf(grantId, tx));
    return Math.max(now + this.options.accessTokenLifetime * 1000, issued);
  }

  /** The time is taken here, after every wait for a connection or a lock: other instances read what is not much older than their last look. */
  private async publish(target: Revoked, tx: Transaction): Promise<number> {
    const publishedAt = this.clock.now();
    await this.revocations.insert(target, publishedAt, tx);
    return publishedAt;
  }

  /**
   * Makes it count here at once, whoever ended it. What took very long to be committed lies behind what the others still look at, and is
   * published once more.
   */
  private async makeKnown({ target, publishedAt }: Published): Promise<void> {
    this.list.note(target);
    if (publishedAt === undefined || this.clock.now() - publishedAt < LATE_MS) return;
    await this.transactions.runStatement((tx) => this.publish(target, tx));
  }
}

interface Published {
  readonly target: Revoked;
  /** In milliseconds; undefined when somebody else did. */
  readonly publishedAt: number | undefined;
}
