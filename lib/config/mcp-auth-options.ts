import type { Type } from '@nestjs/common';
import type { ClientOptions } from './client-options.js';
import type { LimitOptions } from './limit-options.js';
import type { McpUserAdapter } from './mcp-user-adapter.js';
import type { ScopeDefinition } from './scope-options.js';
import type { SigningOptions } from './signing-options.js';
import type { ViewOptions } from './view-options.js';

/** Refresh token rotation (OAuth 2.1 section 4.3.1). */
export interface RefreshOptions {
  /**
   * For how long the same request with a retired refresh token gets the same answer again, in seconds, 0 to 60. Clients refresh in parallel
   * and lose answers; after this window a retired token is taken for stolen, and its grant ends.
   * @default 30
   */
  readonly replayWindowSeconds?: number;
  /**
   * For how long a grant can be refreshed in all, in seconds, however often it is used.
   * @default 31536000 (1 year)
   */
  readonly absoluteLifetimeSeconds?: number;
}

/** Revocation of access tokens that are JWTs. */
export interface RevocationOptions {
  /**
   * `cached`: this instance at once, the others within a second, at the price of at most one query a second. `strict`: every instance at
   * once, at the price of one query a request.
   * @default 'cached'
   */
  readonly mode?: 'cached' | 'strict';
  /**
   * How old the list of revocations may be, in seconds, while the database does not answer; after that requests get a 503.
   * @default 5
   */
  readonly maxStalenessSeconds?: number;
}

/** Scheduled removal of expired rows. */
export interface MaintenanceOptions {
  /**
   * Remove expired rows on a schedule inside this process. Off: call `McpMaintenanceService.cleanup()` yourself.
   * @default true
   */
  readonly enabled?: boolean;
  /**
   * Time between two runs, in seconds; each one starts up to a tenth of it later, so that instances do not run together.
   * @default 3600 (1 hour)
   */
  readonly intervalSeconds?: number;
  /**
   * For how long a client that registered itself and was never approved by anybody is kept, in seconds, 3600 or more. One that ever was stays.
   * @default 604800 (7 days)
   */
  readonly unusedClientLifetimeSeconds?: number;
}

/** Options of `McpAuthModule.forRoot()`, and what the factory of `forRootAsync()` answers. Durations are in seconds. */
export interface McpAuthOptions extends ClientOptions, LimitOptions {
  /**
   * Secret (32 bytes or more) from which the keys for token signing (HS256), consent forms and stored answers are derived; it signs nothing itself.
   * With a list, the first one signs and all of them verify: put a new secret first to rotate.
   */
  readonly oauthSecret: string | readonly string[];

  /** How tokens are signed. `oauthSecret` stays required: other keys are derived from it. */
  readonly signing?: SigningOptions;

  /** The host's users, login and policy: an object, or a class resolved by dependency injection. */
  readonly users: McpUserAdapter | Type<McpUserAdapter>;

  /**
   * Public origin of this application, without a path: `https://app.example.com`. Every URL, `iss` and `aud` derives from it; the `Host` header never does.
   * @default the address the server listens on, if that is loopback; anything else refuses to boot
   */
  readonly baseUrl?: string;

  /**
   * Issuer identifier (RFC 8414 §2), without query, fragment or trailing slash; on the origin of `baseUrl`.
   * @default baseUrl
   */
  readonly issuer?: string;

  /**
   * Issuer of the authorization server. Unset or equal to `issuer`: this module is the authorization server. Any other value refuses to boot.
   * @default issuer
   */
  readonly authorizationServerUrl?: string;

  /**
   * Documentation of the MCP server: a path (open for GET and HEAD, exact) or an absolute https URL. Published as `resource_documentation`.
   * @default `${mcpServerPath}/docs`
   */
  readonly mcpDocsUrl?: string;

  /**
   * Lifetime of an access token, in seconds.
   * @default 3600 (1 hour)
   */
  readonly accessTokenLifetime?: number;

  /**
   * Lifetime of a refresh token, in seconds, not shorter than that of an access token. Each rotation starts it anew.
   * @default 2592000 (30 days)
   */
  readonly refreshTokenLifetime?: number;

  /** How refresh tokens behave beyond their lifetime. */
  readonly refresh?: RefreshOptions;

  /** How fast a revoked grant or token stops opening the MCP path. */
  readonly revocation?: RevocationOptions;

  /** Removal of what has expired. */
  readonly maintenance?: MaintenanceOptions;

  /**
   * Lifetime of an authorization code, in seconds. 600 is what OAuth 2.1 recommends.
   * @default 1800 (30 minutes)
   */
  readonly authorizationCodeLifetime?: number;

  /**
   * How long a person may take from the authorization request to the decision (login included), in seconds.
   * @default 1800 (30 minutes)
   */
  readonly authorizationRequestLifetime?: number;

  /**
   * Permissions by scope name.
   * @default `mcp:read` (required) and `mcp:write`
   */
  readonly scopes?: Readonly<Record<string, ScopeDefinition>>;

  /**
   * Scopes of a request that names none; also `scopes_supported` of the protected resource and `scope` of the 401 challenge.
   * @default every scope of `scopes`
   */
  readonly defaultScopes?: readonly string[];

  /**
   * Name of the MCP server, for people: on the consent page and as `resource_name`.
   * @default 'MCP server'
   */
  readonly resourceName?: string;

  /**
   * Private-use redirect URI schemes without a dot that clients may register. Schemes with a dot (`com.example.app`) are always allowed.
   * @default ['cursor', 'vscode', 'vscode-insiders']
   */
  readonly allowedRedirectSchemes?: readonly string[];

  /**
   * Origins that browsers may call the MCP path from; `'*'` means any.
   * @default any for a public https `baseUrl`; loopback origins for a loopback one
   */
  readonly allowedOrigins?: readonly string[] | '*';

  /**
   * Dynamic client registration (RFC 7591) at `${endpointPrefix}/register`.
   * @default true
   */
  readonly dynamicRegistration?: boolean;

  /** The look of the consent and error pages. */
  readonly views?: ViewOptions;

  /**
   * Stands in for a loopback listen address where the process listens on 0.0.0.0 inside a container. `baseUrl` must be loopback; warns at every boot; refused when `NODE_ENV` is `production`.
   * @default false
   */
  readonly development?: boolean;
}
