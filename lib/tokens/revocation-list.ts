import { setImmediate as nextTurn } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../config/clock.js';
import { RESOLVED_OPTIONS } from '../config/injection-tokens.js';
import type { ResolvedMcpAuthOptions } from '../config/resolved-options.js';
import {
  type ListedRevocation,
  RevocationRepository,
  REVOCATIONS_AT_ONCE,
  type Revoked,
} from '../storage/repositories/revocation.repository.js';

/** Age in milliseconds from which the list is looked up again, on the next request and not before. */
const FRESH_MS = 1000;
/** Overlap of two looks, in milliseconds: clocks of instances differ, and a transaction commits later than it reads the time. */
const OVERLAP_MS = 60_000;

/** Time between two removals of what has expired by itself, in milliseconds. */
const FORGET_MS = 60_000;

/** Longest wait for a page of a look, in milliseconds: everybody waits with it. */
const LOOK_TIMEOUT_MS = 3000;

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
  /** When the last look began; 0 is never. */
  private lookedAt = 0;
  private failedAt = 0;
  private failure: unknown;
  private looking: Promise<number> | undefined;
  private asking = false;
  private forgotAt = 0;

  constructor(
    private readonly revocations: RevocationRepository,
    private readonly clock: Clock,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedMcpAuthOptions,
  ) {}

  /** Makes a revocation of this instance count at once. */
  note({ targetId, expiresAt }: Revoked): void {
    // Strict instances ask each time, and would never forget.
    if (this.options.revocation.mode === 'cached') this.ended.set(targetId, expiresAt);
  }

  /** Whether the token was revoked. Throws what the database throws when that cannot be known: nobody is let in, and nobody is logged out. */
  async includes(token: RevocableToken): Promise<boolean> {
    return (await this.among([token])).size > 0;
  }

  /** The `tokenId` of every token that was revoked, by itself or with its grant; one look for all of them. Throws like `includes`. */
  async among(tokens: readonly RevocableToken[]): Promise<ReadonlySet<string>> {
    const ended = await this.endedAmong(tokens.flatMap(idsOf));
    return new Set(tokens.filter((token) => idsOf(token).some((id) => ended.has(id))).map(({ tokenId }) => tokenId));
  }

  /** The time in milliseconds up to which all revocations are known. */
  knownAt(): number {
    return this.options.revocation.mode === 'strict' ? this.clock.now() : this.lookedAt;
  }

  private async endedAmong(ids: readonly string[]): Promise<{ has(id: string): boolean }> {
    if (this.options.revocation.mode === 'strict') {
      return new Set(await within(LOOK_TIMEOUT_MS, this.revocations.listAmong(ids)));
    }
    await this.refresh();
    const now = this.clock.now();
    return { has: (id) => (this.ended.get(id) ?? 0) > now };
  }

  private async refresh(): Promise<void> {
    const now = this.clock.now();
    if (isYoung(this.lookedAt, now, FRESH_MS)) return;
    // A look that failed is not repeated by every request of the same second.
    if (isYoung(this.failedAt, now, FRESH_MS)) return this.tolerate();
    try {
      const began = await (this.looking ??= this.look());
      // One that began long before this request, in a process that was frozen say, may not have seen what this request must know.
      if (began < now - FRESH_MS) await (this.looking ??= this.look());
    } catch {
      this.tolerate();
    }
  }

  /** Asks the database, and gives the time at which it was asked. */
  private async look(): Promise<number> {
    const now = this.clock.now();
    try {
      // After the clock was set back nobody knows what was missed, or forgotten too early, meanwhile.
      await this.read(now < this.lookedAt ? 0 : this.lookedAt - OVERLAP_MS, now);
      this.forget(now);
      this.lookedAt = now;
      return now;
    } catch (error) {
      this.failedAt = this.clock.now();
      this.failure = error;
      throw error;
    } finally {
      this.looking = undefined;
    }
  }

  /** A page at a time: after a mass revocation there are very many, and everybody else waits for the event loop. */
  private async read(since: number, now: number): Promise<void> {
    for (let after = ''; ;) {
      const page = await within(LOOK_TIMEOUT_MS, this.page(since, now, after));
      for (const revoked of page) this.note(revoked);
      after = page.at(-1)?.id ?? '';
      if (page.length < REVOCATIONS_AT_ONCE) return;
      await nextTurn();
    }
  }

  /** A page that never came back still holds its connection; another look would take one more. */
  private async page(since: number, now: number, after: string): Promise<readonly ListedRevocation[]> {
    if (this.asking) throw new RevocationsUnknownError('The database has not answered yet');
    this.asking = true;
    try {
      return await this.revocations.listSince(since, now, after);
    } finally {
      this.asking = false;
    }
  }

  /** Now and then, because it walks through the whole list. */
  private forget(now: number): void {
    if (isYoung(this.forgotAt, now, FORGET_MS)) return;
    for (const [id, expiresAt] of this.ended) if (expiresAt <= now) this.ended.delete(id);
    this.forgotAt = now;
  }

  /** A list that is a little older is good enough to bridge a short outage; after that the outage is what there is to say. */
  private tolerate(): void {
    if (isYoung(this.lookedAt, this.clock.now(), this.options.revocation.maxStalenessSeconds * 1000)) return;
    throw new RevocationsUnknownError('The revocations cannot be looked up', { cause: this.failure });
  }
}

function idsOf({ tokenId, grantId }: RevocableToken): readonly string[] {
  return grantId === undefined ? [tokenId] : [tokenId, grantId];
}

/** Whether a token was revoked cannot be known: an outage, and no verdict. */
export class RevocationsUnknownError extends Error {
  override readonly name = 'RevocationsUnknownError';
}

async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new RevocationsUnknownError('The database did not answer in time')), limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** False also for a clock that was set back: then the age is not known. */
function isYoung(since: number, now: number, limitMs: number): boolean {
  return now >= since && now - since < limitMs;
}
