import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../config/clock.js';
import { RESOLVED_OPTIONS } from '../config/injection-tokens.js';
import type { ResolvedMcpAuthOptions } from '../config/resolved-options.js';
import { GrantRepository, type GrantVersion } from '../storage/repositories/grant.repository.js';
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
  | 'revoked_by_user'
  | 'user_gone'
  | 'membership_ended';

/** Tokens outlive a grant by their lifetime at most; this much is added for clocks that differ, in milliseconds. */
const MARGIN_MS = 60_000;

/** Most access tokens ended one by one: each is a row, and all of them are one short transaction. */
const MOST_TOKENS = 500;

/** What became of a grant that was to lose scopes. `changed`: it had ended, or lost scopes, since it was read, and is as it was. */
export type ReduceOutcome = 'reduced' | 'ended' | 'changed';

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
    const published = await this.transactions.run((tx) => this.end(grantId, reason, tx));
    await this.makeKnown(published);
    return published.publishedAt !== undefined;
  }

  /** Ends one access token until it expires by itself. @param expiresAt seconds since the epoch, the token's `exp` */
  async endAccessToken(tokenId: string, expiresAt: number): Promise<void> {
    const target: Revoked = { targetId: tokenId, expiresAt: expiresAt * 1000 + MARGIN_MS };
    const publishedAt = await this.transactions.runStatement((tx) => this.publish(target, tx));
    await this.makeKnown({ target, publishedAt });
  }

  /**
   * Leaves a grant that can be refreshed fewer scopes, and ends the access tokens that have the others; the next refresh gives one that has
   * not. One with more than 500 living access tokens is ended as a whole. Never inside another transaction.
   */
  async reduceGrant(grant: GrantVersion, scopes: readonly string[]): Promise<ReduceOutcome> {
    const { outcome, published } = await this.transactions.run(async (tx) => {
      // First: tokens that are being stored meanwhile wait for it, and are refused or found.
      if (!(await this.grants.reduce(grant, scopes, tx))) return { outcome: 'changed', published: [] } as const;
      const tokens = await this.refreshTokens.listLivingAccessTokens(grant.id, this.clock.now(), MOST_TOKENS + 1, tx);
      if (tokens.length > MOST_TOKENS)
        return { outcome: 'ended', published: [await this.end(grant.id, 'revoked_by_user', tx)] } as const;
      return { outcome: 'reduced', published: await this.endAll(tokens, tx) } as const;
    });
    for (const one of published) await this.makeKnown(one);
    return outcome;
  }

  /** Published unless somebody else has ended it before. */
  private async end(grantId: string, reason: EndReason, tx: Transaction): Promise<Published> {
    const now = this.clock.now();
    const isFirst = await this.grants.revoke(grantId, reason, now, tx);
    const target: Revoked = { targetId: grantId, expiresAt: (await this.lastExpiry(grantId, now, tx)) + MARGIN_MS };
    return { target, publishedAt: isFirst ? await this.publish(target, tx) : undefined };
  }

  private async endAll(tokens: readonly Revoked[], tx: Transaction): Promise<readonly Published[]> {
    const published: Published[] = [];
    for (const { targetId, expiresAt } of tokens) {
      const target = { targetId, expiresAt: expiresAt + MARGIN_MS };
      published.push({ target, publishedAt: await this.publish(target, tx) });
    }
    return published;
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
