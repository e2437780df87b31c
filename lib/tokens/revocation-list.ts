import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../config/clock.js';
import { RESOLVED_OPTIONS } from '../config/injection-tokens.js';
import type { ResolvedMcpAuthOptions } from '../config/resolved-options.js';
import { RevocationRepository, type Revoked } from '../storage/repositories/revocation.repository.js';

/** Age in milliseconds from which the list is looked up again, on the next request and not before. */
const FRESH_MS = 1000;
/** Overlap of two looks, in milliseconds: clocks of instances differ, and a transaction commits later than it reads the time. */
const OVERLAP_MS = 60_000;

/** Ids of a token by which it can be revoked. */
export interface RevocableToken {
  readonly tokenId: string;
  readonly grantId?: string;
}

/**
 * What has been revoked, as this instance knows it (decision D5). A request that finds the list older than a second looks once, for all
 * requests that wait with it; without requests nothing is asked, and there is no timer.
 */
@Injectable()
export class RevocationList {
  private readonly ended = new Map<string, number>();
  private lookedAt: number | undefined;
  private triedAt: number | undefined;
  private looking: Promise<void> | undefined;

  constructor(
    private readonly revocations: RevocationRepository,
    private readonly clock: Clock,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedMcpAuthOptions,
  ) {}

  /** Makes a revocation of this instance count at once. */
  note({ targetId, expiresAt }: Revoked): void {
    this.ended.set(targetId, expiresAt);
  }

  /** Whether the token was revoked. Throws what the database throws when that cannot be known: nobody is let in, and nobody is logged out. */
  async includes(token: RevocableToken): Promise<boolean> {
    const ids = token.grantId === undefined ? [token.tokenId] : [token.tokenId, token.grantId];
    if (this.options.revocation.mode === 'strict') return this.revocations.includesAny(ids);
    await this.refresh();
    return ids.some((id) => this.ended.has(id));
  }

  private async refresh(): Promise<void> {
    const now = this.clock.now();
    if (isYoung(this.lookedAt, now, FRESH_MS)) return;
    // A look that failed is not repeated by every request of the same second.
    if (this.looking === undefined && isYoung(this.triedAt, now, FRESH_MS)) return this.tolerate(now, undefined);
    try {
      await (this.looking ??= this.look(now).finally(() => (this.looking = undefined)));
    } catch (error) {
      this.tolerate(now, error);
    }
  }

  private async look(now: number): Promise<void> {
    this.triedAt = now;
    const since = this.lookedAt === undefined ? 0 : Math.min(this.lookedAt, now) - OVERLAP_MS;
    for (const revoked of await this.revocations.listSince(since, now)) this.note(revoked);
    for (const [id, expiresAt] of this.ended) if (expiresAt <= now) this.ended.delete(id);
    this.lookedAt = now;
  }

  /** A list that is a little older is good enough to bridge a short outage. */
  private tolerate(now: number, error: unknown): void {
    if (isYoung(this.lookedAt, now, this.options.revocation.maxStalenessSeconds * 1000)) return;
    throw new Error('The revocations cannot be looked up', { cause: error });
  }
}

/** False also for a clock that was set back: then the age is not known. */
function isYoung(since: number | undefined, now: number, limitMs: number): boolean {
  return since !== undefined && now >= since && now - since < limitMs;
}
