import { ThrottlerStorageService } from '@nestjs/throttler';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RateLimitOptions } from '../../../lib/config/limit-options.js';
import { resolveOptions, resolveStaticOptions } from '../../../lib/config/resolve-options.js';
import { RateLimiter } from '../../../lib/limits/rate-limiter.js';
import { TooManyRequestsError } from '../../../lib/protocol/oauth-errors.js';
import { TestUsers } from '../../support/test-users.js';

function limiterOf(rateLimits: RateLimitOptions): RateLimiter {
  const oauthSecret = 'abcdefghijklmnopqrstuvwxyz012345';
  return new RateLimiter(resolveOptions({ users: new TestUsers(), oauthSecret, rateLimits }, resolveStaticOptions({})));
}

/** How many requests in a row get in. */
async function admitted(limiter: RateLimiter, address: string | undefined, what?: string): Promise<number> {
  for (let count = 0; count < 100; count++) {
    try {
      await limiter.take('registrationsPerMinute', address, what);
    } catch {
      return count;
    }
  }
  return Infinity;
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('RateLimiter', () => {
  it('ABU-01 REG-19 lets as many in a minute as it is told, and says how long to wait', async () => {
    const limiter = limiterOf({ registrationsPerMinute: 3 });
    expect(await admitted(limiter, '192.0.2.1')).toBe(3);
    const refused = await limiter.take('registrationsPerMinute', '192.0.2.1').catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(TooManyRequestsError);
    expect(refused).toMatchObject({ status: 429, code: 'temporarily_unavailable', reason: 'too_many_requests' });
    expect((refused as TooManyRequestsError).retryAfter).toBe(60);
    vi.advanceTimersByTime(61_000);
    expect(await admitted(limiter, '192.0.2.1')).toBe(3);
  });

  it('ABU-01 counts each address, each limit, and each subject for itself', async () => {
    const limiter = limiterOf({ registrationsPerMinute: 2, authorizationsPerMinute: 1 });
    expect(await admitted(limiter, '192.0.2.1')).toBe(2);
    expect(await admitted(limiter, '192.0.2.2')).toBe(2);
    expect(await admitted(limiter, '192.0.2.1', 'one')).toBe(2);
    expect(await admitted(limiter, '192.0.2.1', 'another')).toBe(2);
    await limiter.take('authorizationsPerMinute', '192.0.2.1');
    await expect(limiter.take('authorizationsPerMinute', '192.0.2.1')).rejects.toThrow(TooManyRequestsError);
  });

  it.each([
    ['192.0.2.1', '::ffff:192.0.2.1', true],
    ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9', true],
    ['2001:db8:1:2::1', '2001:db8:1:3::1', false],
    ['192.0.2.1', undefined, false],
    [undefined, undefined, true],
  ])('ABU-01 takes %s and %s for one network: %s', async (one, other, same) => {
    const limiter = limiterOf({ registrationsPerMinute: 1 });
    await limiter.take('registrationsPerMinute', one);
    expect(await admitted(limiter, other)).toBe(same ? 0 : 1);
  });

  it('counts nothing where it is switched off', async () => {
    const increment = vi.fn<ThrottlerStorageService['increment']>();
    const limiter = limiterOf({ enabled: false, registrationsPerMinute: 1, storage: { increment } });
    expect(await admitted(limiter, '192.0.2.1')).toBe(Infinity);
    expect(increment).not.toHaveBeenCalled();
  });

  it('ABU-01 counts together what shares a storage', async () => {
    const storage = new ThrottlerStorageService();
    const [one, other] = [1, 2].map(() => limiterOf({ registrationsPerMinute: 4, storage })) as [
      RateLimiter,
      RateLimiter,
    ];
    expect(await admitted(one, '192.0.2.1')).toBe(4);
    expect(await admitted(other, '192.0.2.1')).toBe(0);
  });

  it('ABU-01 waits a second for a storage that does not answer, then lets the request in and says so', async () => {
    const warn = vi.spyOn((await import('@nestjs/common')).Logger.prototype, 'warn').mockReturnValue();
    let fail: (error: Error) => void = () => undefined;
    const limiter = limiterOf({ storage: { increment: () => new Promise((_resolve, reject) => (fail = reject)) } });
    let admitted = false;
    const taken = limiter.take('registrationsPerMinute', '192.0.2.1').then(() => (admitted = true));
    await vi.advanceTimersByTimeAsync(999);
    expect([admitted, warn.mock.calls.length]).toEqual([false, 0]);
    await vi.advanceTimersByTimeAsync(1);
    expect(admitted).toBe(true);
    await taken;
    expect(warn.mock.calls).toEqual([['requests cannot be counted: limit=registrationsPerMinute no answer in time']]);
    // Nobody hears what it says later.
    fail(new Error('no connection'));
    await vi.advanceTimersByTimeAsync(1);
    expect(warn).toHaveBeenCalledTimes(1);
  });

  it('ABU-01 keeps no timer for a storage that answers or fails', async () => {
    vi.spyOn((await import('@nestjs/common')).Logger.prototype, 'warn').mockReturnValue();
    const answer = { totalHits: 1, timeToExpire: 60, isBlocked: false, timeToBlockExpire: 0 };
    await limiterOf({ storage: { increment: async () => answer } }).take('registrationsPerMinute', '192.0.2.1');
    const failing = { increment: () => Promise.reject(new Error('no connection')) };
    await limiterOf({ storage: failing }).take('registrationsPerMinute', '192.0.2.1');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('lets everybody in while nothing can be counted, and says so', async () => {
    const warn = vi.spyOn((await import('@nestjs/common')).Logger.prototype, 'warn').mockReturnValue();
    const limiter = limiterOf({ storage: { increment: () => Promise.reject(new Error('no connection')) } });
    expect(await admitted(limiter, '192.0.2.1')).toBe(Infinity);
    expect(warn).toHaveBeenCalledWith('requests cannot be counted: limit=registrationsPerMinute no connection');
  });
});
