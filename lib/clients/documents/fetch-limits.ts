import { Injectable } from '@nestjs/common';
import { normalizeIp } from '@nestjs/throttler';
import { LRUCache } from 'lru-cache';
import { Clock } from '../../config/clock.js';
import { ClientDocumentError } from './client-document-error.js';

/** Fetches a minute, each as many at once. In one process; several instances fetch as many times as much. */
export const FETCHES_PER_MINUTE = {
  /** One document that was valid before: strangers who name others on its host cannot lock it out. */
  known: 6,
  requester: 20,
  host: 30,
  total: 120,
} as const;

/** Hosts, requesters and documents remembered; the longest unused is forgotten. */
const MAX_KEYS = 10_000;

/** A fetch that somebody brings about. */
export interface FetchWish {
  readonly url: string;
  readonly host: string;
  /** Address of whoever makes us fetch. */
  readonly requester?: string;
  /** The document was valid before. */
  readonly known?: boolean;
}

interface Allowance {
  left: number;
  at: number;
}

/** Limits outgoing fetches (ABU-03), failed ones too: those are never remembered (CMD-14), so this is what keeps them few. */
@Injectable()
export class FetchLimits {
  private readonly allowances = new LRUCache<string, Allowance>({ max: MAX_KEYS });

  constructor(private readonly clock: Clock) {}

  /** Counts a fetch. Throws `ClientDocumentError` when it would be one too many. */
  take({ url, host, requester, known = false }: FetchWish): void {
    const allowed = known
      ? this.spend(`url ${url}`, FETCHES_PER_MINUTE.known)
      : (requester === undefined || this.spend(`from ${normalizeIp(requester)}`, FETCHES_PER_MINUTE.requester)) &&
        this.spend(`host ${host}`, FETCHES_PER_MINUTE.host) &&
        this.spend('all', FETCHES_PER_MINUTE.total);
    if (!allowed) throw new ClientDocumentError({ reason: 'client_document_limited' });
  }

  private spend(key: string, perMinute: number): boolean {
    const now = this.clock.now();
    const { left, at } = this.allowances.get(key) ?? { left: perMinute, at: now };
    const regained = (Math.max(0, now - at) * perMinute) / 60_000;
    const available = Math.min(perMinute, left + regained);
    const allowed = available >= 1;
    this.allowances.set(key, { left: allowed ? available - 1 : available, at: now });
    return allowed;
  }
}
