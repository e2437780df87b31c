import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkTrustedProxies, resolveRateLimits } from '../../../lib/config/limit-option-checks.js';
import type { RateLimitOptions } from '../../../lib/config/limit-options.js';
import { McpAuthConfigurationError } from '../../../lib/config/mcp-auth-configuration-error.js';
import { thrown } from '../protocol/refusal.js';

function refusal(work: () => unknown): string {
  const error = thrown(work);
  expect(error).toBeInstanceOf(McpAuthConfigurationError);
  return (error as Error).message;
}

beforeEach(() => void vi.stubEnv('NODE_ENV', 'test'));
afterEach(() => void vi.unstubAllEnvs());

describe('resolveRateLimits', () => {
  it.each([0, -1, 1.5, Number.NaN, Infinity, '60', null, 1_000_000_001])('OPS-01 refuses %s as a limit', (value) => {
    for (const name of [
      'authorizationsPerMinute',
      'registrationsPerMinute',
      'directRequestsPerMinute',
      'wrongSecretsPerMinute',
    ]) {
      expect(refusal(() => resolveRateLimits({ [name]: value }, undefined))).toContain(
        `rateLimits.${name} must be a whole number between 1 and 1000000000`,
      );
    }
  });

  it.each([null, {}, 'redis', 7, { increment: true }])('OPS-01 refuses %j as a storage', (storage) => {
    expect(refusal(() => resolveRateLimits({ storage } as unknown as RateLimitOptions, undefined))).toBe(
      'rateLimits.storage must be a ThrottlerStorage of @nestjs/throttler',
    );
  });

  it('OPS-06 is switched off on the loopback only, and never in production', () => {
    for (const baseUrl of [undefined, 'http://localhost:3000', 'http://127.0.0.1:3000', 'https://[::1]']) {
      expect(resolveRateLimits({ enabled: false }, baseUrl).enabled).toBe(false);
    }
    expect(refusal(() => resolveRateLimits({ enabled: false }, 'https://app.example'))).toBe(
      'rateLimits.enabled: false is for a loopback baseUrl; got "https://app.example"',
    );
    expect(refusal(() => resolveRateLimits({ enabled: 'no' } as never, undefined))).toContain('must be true or false');
    vi.stubEnv('NODE_ENV', 'production');
    expect(refusal(() => resolveRateLimits({ enabled: false }, 'https://localhost'))).toBe(
      'NODE_ENV is production: rateLimits.enabled: false is for tests',
    );
    expect(resolveRateLimits({}, 'https://app.example').enabled).toBe(true);
  });
});

describe('checkTrustedProxies', () => {
  it('keeps addresses, ranges and words', () => {
    const proxies = ['loopback', 'uniquelocal', 'linklocal', '10.0.0.1', '10.0.0.0/8', '2001:db8::/32'];
    expect(checkTrustedProxies(proxies)).toEqual(proxies);
    expect(checkTrustedProxies([])).toEqual([]);
    expect(checkTrustedProxies(undefined)).toBeUndefined();
  });

  it.each(['', 'proxy.internal', '10.0.0.0/33', 'loopback, 10.0.0.1', 7, null, true])('OPS-01 refuses %j', (proxy) => {
    expect(refusal(() => checkTrustedProxies(['loopback', proxy]))).toBe(
      `trustedProxies: ${JSON.stringify(proxy)} is not an address, a range such as "10.0.0.0/8", or "loopback"`,
    );
  });

  it.each(['loopback', true, 1, null, {}])('OPS-01 refuses %j where a list belongs', (value) => {
    expect(refusal(() => checkTrustedProxies(value))).toContain('trustedProxies must be a list of addresses; got');
  });
});
