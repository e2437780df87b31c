import type { Type } from '@nestjs/common';
import type { ResolvedClientDocumentOptions } from './client-option-checks.js';
import type { ResolvedConfiguredClient } from './configured-clients.js';
import type { ResolvedRateLimits } from './limit-option-checks.js';
import type { McpUserAdapter } from './mcp-user-adapter.js';
import type { MaintenanceOptions, RefreshOptions, RevocationOptions } from './mcp-auth-options.js';
import type { ScopeDefinition } from './scope-options.js';
import type { ResolvedSigning } from './signing-options.js';
import type { ResolvedViewOptions } from './view-options.js';

/** Static options with every default applied. */
export interface ResolvedStaticOptions {
  readonly mcpServerPath: string;
  readonly endpointPrefix: string;
  readonly dataSource: string | undefined;
  readonly guard: boolean;
}

/** Options as the rest of the library reads them: checked, complete, durations still in seconds. */
export interface ResolvedMcpAuthOptions extends ResolvedStaticOptions {
  readonly oauthSecrets: readonly string[];
  readonly signing: ResolvedSigning;
  readonly users: McpUserAdapter | Type<McpUserAdapter>;
  /** Undefined: the loopback address the server listens on. */
  readonly baseUrl: string | undefined;
  readonly issuer: string | undefined;
  /** A path on this origin, or an absolute URL. */
  readonly mcpDocsUrl: string;
  readonly accessTokenLifetime: number;
  readonly refreshTokenLifetime: number;
  readonly authorizationCodeLifetime: number;
  readonly authorizationRequestLifetime: number;
  readonly refresh: Required<RefreshOptions>;
  readonly revocation: Required<RevocationOptions>;
  readonly maintenance: Required<MaintenanceOptions>;
  readonly scopes: Readonly<Record<string, ScopeDefinition>>;
  readonly defaultScopes: readonly string[];
  readonly resourceName: string;
  readonly allowedRedirectSchemes: readonly string[];
  readonly allowedOrigins: readonly string[] | '*' | undefined;
  readonly dynamicRegistration: boolean;
  readonly clients: readonly ResolvedConfiguredClient[];
  readonly clientDocuments: ResolvedClientDocumentOptions;
  readonly rateLimits: ResolvedRateLimits;
  /** Undefined: what the framework says. */
  readonly trustedProxies: readonly string[] | undefined;
  readonly views: ResolvedViewOptions;
  readonly development: boolean;
}
