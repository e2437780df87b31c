// The public API, by name; nothing else may be imported from the package, the subpaths aside.
export { McpAuthModule } from './mcp-auth.module.js';
export type { McpAuthOptionsFactory } from './mcp-auth.module-definition.js';
export type {
  MaintenanceOptions,
  McpAuthOptions,
  RefreshOptions,
  RevocationOptions,
} from './config/mcp-auth-options.js';
export type { PageLanguage, PageLink, ViewOptions } from './config/view-options.js';
export type { PageTexts } from './config/texts/page-texts.js';
export type { ClientDocumentOptions, ConfiguredClient } from './config/client-options.js';
export type { ScopeDefinition } from './config/scope-options.js';
export type { AdditionalPublicKey, SigningOptions } from './config/signing-options.js';
export type { McpAuthStaticOptions } from './config/mcp-auth-static-options.js';
export type { LimitOptions, RateLimitOptions } from './config/limit-options.js';
export { McpAuthConfigurationError } from './config/mcp-auth-configuration-error.js';
export type {
  AllowClientContext,
  AskingClient,
  LoginUrlContext,
  McpOrg,
  McpUser as McpSignedInUser,
  McpUserAdapter,
  McpUserData,
  ScopeQuestion,
} from './config/mcp-user-adapter.js';
export { McpLoginHandleError, McpLoginService } from './users/mcp-login.service.js';
export { McpClientError } from './clients/mcp-client-error.js';
export { type ListClientsOptions, McpClientService, type McpClientSummary } from './clients/mcp-client.service.js';
export { McpMaintenanceService, type CleanupReport } from './maintenance/maintenance.service.js';
export {
  type KeepScopesOutcome,
  type McpConnectedApp,
  McpConnectedAppsService,
} from './endpoints/connected-apps/mcp-connected-apps.service.js';
export type { McpAuthStatistics } from './storage/repositories/statistics.repository.js';
export { McpAuthGuard } from './resource-server/mcp-auth.guard.js';
export { McpAuthMiddleware } from './resource-server/mcp-auth.middleware.js';
export { McpAuthService } from './resource-server/mcp-auth.service.js';
export { type DeclaredTools, type GuardServerOptions, McpToolScopes } from './resource-server/tools/mcp-tool-scopes.js';
export type { GuardableServer } from './resource-server/tools/server-guard.js';
export type { McpAuthInfo, McpPrincipal } from './resource-server/mcp-principal.js';
export { RequireScopes } from './resource-server/decorators/require-scopes.decorator.js';
export { McpOptionalAuth, McpProtected, McpPublic } from './resource-server/decorators/exposure.decorators.js';
export {
  McpApiKey,
  type McpApiKeyPair,
  McpAuthenticated,
  McpEmail,
  McpOrgId,
  McpScope,
  McpToken,
  McpUser,
  McpUserId,
} from './resource-server/decorators/principal.decorators.js';
export type { VerifiedAccessToken } from './protocol/access-token-verifier.js';
export { OAuthError } from './protocol/oauth-error.js';
export {
  AccessDeniedError,
  AccountSelectionRequiredError,
  ConsentRequiredError,
  InsufficientScopeError,
  InteractionRequiredError,
  InvalidClientError,
  InvalidClientMetadataError,
  InvalidGrantError,
  InvalidRedirectUriError,
  InvalidRequestError,
  InvalidScopeError,
  InvalidTargetError,
  InvalidTokenError,
  LoginRequiredError,
  RegistrationNotSupportedError,
  RequestNotSupportedError,
  RequestUriNotSupportedError,
  ServerError,
  TemporarilyUnavailableError,
  TooManyRequestsError,
  UnauthorizedClientError,
  UnsupportedGrantTypeError,
  UnsupportedResponseTypeError,
} from './protocol/oauth-errors.js';
export { mcpAuthEntities } from './storage/entities.js';
export { mcpAuthMigrations } from './storage/migrations.js';
export { runMcpAuthMigrations } from './storage/run-migrations.js';
export { TransactionRunner } from './storage/transaction-runner.js';
