import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Clock } from '../../config/clock.js';
import { ClientDocumentError } from './client-document-error.js';
import { countersOf, type FetchWish } from './fetch-wish.js';

/**
 * Fetches a minute, each as many at once. In one process; several instances fetch as many times as much. One requester alone exhausts neither
 * total, and strangers take nothing from what is known.
 */
export const FETCHES_PER_MINUTE = {
  strange: { requester: 20, host: 30, total: 120 },
  known: { url: 6, requester: 60, host: 30, total: 120 },
} as const;

/** More than can be counted in two minutes, so that nobody is forgotten while it matters. */
const MAX_KEYS = 5000;

interface Allowance {
  readonly left: number;
  readonly at: number;
}

/** Limits outgoing fetches (ABU-03), failed ones too: those are never remembered (CMD-14), so this is what keeps them few. */
@Injectable()
export class FetchLimits {
  private readonly allowances = new LRUCache<string, Allowance>({ max: MAX_KEYS });

  constructor(private readonly clock: Clock) {}

  /** Counts a fetch. Throws `ClientDocumentError` when it would be one too many, and counts nothing then. */
  take(wish: FetchWish): void {
    const at = this.clock.now();
    const counters = countersOf(wish, FETCHES_PER_MINUTE).map(({ key, most }) => ({
      key,
      available: this.available(key, most, at),
    }));
    if (counters.some(({ available }) => available < 1))
      throw new ClientDocumentError({ reason: 'client_document_limited' });
    for (const { key, available } of counters) this.allowances.set(key, { left: available - 1, at });
  }

  private available(key: string, perMinute: number, now: number): number {
    const { left, at } = this.allowances.get(key) ?? { left: perMinute, at: now };
    // A clock that was set back gives nothing, and does not hold up what is due from now on.
    if (now < at) this.allowances.set(key, { left, at: now });
    return Math.min(perMinute, left + (Math.max(0, now - at) * perMinute) / 60_000);
  }
}
