import { Inject, Injectable, Logger } from '@nestjs/common';
import { normalizeIp, type ThrottlerStorage, ThrottlerStorageService } from '@nestjs/throttler';
import { RESOLVED_OPTIONS } from '../config/injection-tokens.js';
import type { ResolvedRateLimits } from '../config/limit-option-checks.js';
import type { ResolvedMcpAuthOptions } from '../config/resolved-options.js';
import { TooManyRequestsError } from '../protocol/oauth-errors.js';

export type LimitName = keyof Omit<ResolvedRateLimits, 'enabled' | 'storage'>;

const WINDOW_MS = 60_000;

/** A client of Redis that has lost its connection keeps what it is told for later, and never answers. */
const ANSWER_MS = 1000;

/** Counts who asks how often (ABU-01), in the storage of the host or in this process (decision N6). */
@Injectable()
export class RateLimiter {
  private readonly logger = new Logger('McpAuth');
  private readonly limits: ResolvedRateLimits;
  private readonly storage: ThrottlerStorage;

  constructor(@Inject(RESOLVED_OPTIONS) { rateLimits }: ResolvedMcpAuthOptions) {
    this.limits = rateLimits;
    this.storage = rateLimits.storage ?? new ThrottlerStorageService();
  }

  /**
   * Counts one request. Throws `TooManyRequestsError` when it is one too many.
   * @param address of whoever asks; IPv6 counts by the 64 bits in which anybody has addresses without number
   * @param what counts together beside the address
   */
  async take(limit: LimitName, address: string | undefined, what = ''): Promise<void> {
    if (!this.limits.enabled) return;
    const key = `mcp-auth:${limit}:${normalizeIp(address ?? '')}:${what}`;
    const record = await this.count(key, limit);
    if (record?.isBlocked) throw new TooManyRequestsError(record.timeToBlockExpire);
  }

  /** Limits keep floods away; they decide about nobody's rights. So where nothing can be counted, everybody gets in. */
  private async count(key: string, limit: LimitName) {
    try {
      return await inTime(this.storage.increment(key, WINDOW_MS, this.limits[limit], WINDOW_MS, limit));
    } catch (error) {
      this.logger.warn(`requests cannot be counted: limit=${limit} ${error instanceof Error ? error.message : ''}`);
      return undefined;
    }
  }
}

async function inTime<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), ANSWER_MS);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
