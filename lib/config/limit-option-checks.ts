import type { ThrottlerStorage } from '@nestjs/throttler';
import proxyAddr from '@fastify/proxy-addr';
import { DEFAULTS } from './defaults.js';
import type { RateLimitOptions } from './limit-options.js';
import { isLoopbackHost } from './loopback.js';
import { McpAuthConfigurationError } from './mcp-auth-configuration-error.js';
import { checkBoolean, show } from './option-checks.js';
import { inProduction } from './production.js';

const MOST = 1_000_000_000;

/** `rateLimits` as the rest of the library reads it. */
export interface ResolvedRateLimits extends Required<Omit<RateLimitOptions, 'storage'>> {
  /** Undefined: the memory of this process. */
  readonly storage: ThrottlerStorage | undefined;
}

function refuse(message: string): never {
  throw new McpAuthConfigurationError(message);
}

/**
 * Applies defaults and refuses what is wrong.
 * @param baseUrl the public origin, if one is configured; checked before
 */
export function resolveRateLimits(given: RateLimitOptions = {}, baseUrl: string | undefined): ResolvedRateLimits {
  const limit = (name: keyof typeof DEFAULTS.rateLimits): number => checkLimit(name, given[name]);
  return {
    enabled: checkEnabled(given.enabled ?? true, baseUrl),
    storage: given.storage === undefined ? undefined : checkStorage(given.storage),
    authorizationsPerMinute: limit('authorizationsPerMinute'),
    registrationsPerMinute: limit('registrationsPerMinute'),
    directRequestsPerMinute: limit('directRequestsPerMinute'),
    wrongSecretsPerMinute: limit('wrongSecretsPerMinute'),
  };
}

/** Addresses and ranges, read by what will compare with them. */
export function checkTrustedProxies(value: unknown): readonly string[] | undefined {
  if (value === undefined) return undefined;
  const proxies: readonly unknown[] = Array.isArray(value)
    ? value
    : refuse(`trustedProxies must be a list of addresses; got ${show(value)}`);
  return proxies.map((proxy) => {
    try {
      proxyAddr.compile(proxy as string);
    } catch {
      return refuse(`trustedProxies: ${show(proxy)} is not an address, a range such as "10.0.0.0/8", or "loopback"`);
    }
    return proxy as string;
  });
}

function checkLimit(name: keyof typeof DEFAULTS.rateLimits, value: unknown = DEFAULTS.rateLimits[name]): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= MOST) return value;
  return refuse(`rateLimits.${name} must be a whole number between 1 and ${MOST}; got ${show(value)}`);
}

/** Decision C5. The listen address is looked at when it listens. */
function checkEnabled(value: unknown, baseUrl: string | undefined): boolean {
  const enabled = checkBoolean('rateLimits.enabled', value);
  if (!enabled && inProduction()) refuse('NODE_ENV is production: rateLimits.enabled: false is for tests');
  if (!enabled && baseUrl !== undefined && !isLoopbackHost(new URL(baseUrl).hostname)) {
    refuse(`rateLimits.enabled: false is for a loopback baseUrl; got ${show(baseUrl)}`);
  }
  return enabled;
}

function checkStorage(value: unknown): ThrottlerStorage {
  const { increment } = Object(value) as { increment?: unknown };
  if (typeof increment !== 'function') refuse('rateLimits.storage must be a ThrottlerStorage of @nestjs/throttler');
  return value as ThrottlerStorage;
}
