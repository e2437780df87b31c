import type { ThrottlerStorage } from '@nestjs/throttler';

/** How often somebody may ask, counted by the minute. Beyond it, the answer is 429 with `Retry-After`. */
export interface RateLimitOptions {
  /**
   * Count at all. Off is for tests: listen address and `baseUrl` must be loopback, and `NODE_ENV` not `production`.
   * @default true
   */
  readonly enabled?: boolean;
  /**
   * Where it is counted: a storage of `@nestjs/throttler`, such as the one on Redis, when several instances shall count together.
   * @default the memory of this process
   */
  readonly storage?: ThrottlerStorage;
  /**
   * Requests of one address to the authorization and approval endpoints.
   * @default 120
   */
  readonly authorizationsPerMinute?: number;
  /**
   * Registrations from one address. Hosted clients register all of their users from a few.
   * @default 60
   */
  readonly registrationsPerMinute?: number;
  /**
   * Requests of one address to the token, revocation, introspection and UserInfo endpoints together.
   * @default 1200
   */
  readonly directRequestsPerMinute?: number;
  /**
   * Wrong secrets of one client from one address. The right one always works.
   * @default 20
   */
  readonly wrongSecretsPerMinute?: number;
}

/** Options about strangers who ask too often, and how to tell them apart. */
export interface LimitOptions {
  /** Rate limits of the OAuth endpoints. The MCP path has none: that is the host's business. */
  readonly rateLimits?: RateLimitOptions;
  /**
   * Proxies in front of this server, as addresses, ranges (`10.0.0.0/8`) or the words `loopback`, `linklocal` and `uniquelocal`: the address of a
   * requester is what the last of them that is not listed says in `X-Forwarded-For`, without a port. Whoever comes by a unix socket counts as listed. It
   * matters for limits and nothing else.
   * @default what Express says, by its `trust proxy`; with Fastify, the address that connected, whatever its `trustProxy`
   */
  readonly trustedProxies?: readonly string[];
}
