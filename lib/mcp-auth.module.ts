import {
  type DynamicModule,
  Inject,
  type MiddlewareConsumer,
  Module,
  type NestModule,
  type OnApplicationBootstrap,
  type OnModuleInit,
  type Provider,
} from '@nestjs/common';
import { APP_GUARD, DiscoveryModule, HttpAdapterHost, MetadataScanner } from '@nestjs/core';
import { CLIENT_PROVIDERS } from './clients/client-providers.js';
import { McpClientService } from './clients/mcp-client.service.js';
import { Clock, SystemClock } from './config/clock.js';
import { RESOLVED_OPTIONS } from './config/injection-tokens.js';
import type { McpAuthOptions } from './config/mcp-auth-options.js';
import type { McpAuthStaticOptions } from './config/mcp-auth-static-options.js';
import { PublicUrls } from './config/public-urls.js';
import { refuseStaticOptions, resolveOptions, resolveStaticOptions } from './config/resolve-options.js';
import type { ResolvedMcpAuthOptions, ResolvedStaticOptions } from './config/resolved-options.js';
import { endpointProviders } from './endpoints/endpoint-providers.js';
import { McpConnectedAppsService } from './endpoints/connected-apps/mcp-connected-apps.service.js';
import { EdgeMount } from './endpoints/http/edge-mount.js';
import { ListenCheck } from './endpoints/http/listen-check.js';
import { PageBinder } from './endpoints/http/page-binder.js';
import { DerivedKeys } from './keys/derived-keys.js';
import { ReplayCipher } from './keys/replay-cipher.js';
import { JwtSigner } from './keys/jwt-signer.js';
import { JwtVerifier } from './keys/jwt-verifier.js';
import { SigningKeys } from './keys/signing-keys.js';
import {
  ASYNC_OPTIONS_TYPE,
  ConfigurableModuleClass,
  MODULE_OPTIONS_TOKEN,
  OPTIONS_TYPE,
} from './mcp-auth.module-definition.js';
import { MaintenanceSchedule } from './maintenance/maintenance-schedule.js';
import { McpMaintenanceService } from './maintenance/maintenance.service.js';
import { AccessTokenVerifier } from './protocol/access-token-verifier.js';
import { Authenticator } from './resource-server/authenticator.js';
import { Challenger } from './resource-server/challenger.js';
import { McpAuthGuard, McpPathGuard } from './resource-server/mcp-auth.guard.js';
import { McpAuthMiddleware } from './resource-server/mcp-auth.middleware.js';
import { McpAuthService } from './resource-server/mcp-auth.service.js';
import { McpGate } from './resource-server/mcp-gate.js';
import { OpenResponses } from './resource-server/open-responses.js';
import { OriginPolicy } from './resource-server/origin-policy.js';
import { HandlerRoutes } from './resource-server/handler-routes.js';
import { PublicRoutes } from './resource-server/public-routes.js';
import { RouteWatch } from './resource-server/route-watch.js';
import { ScopeRequirements } from './resource-server/scope-requirements.js';
import { McpNestTools } from './resource-server/tools/mcp-nest-tools.js';
import { McpToolScopes } from './resource-server/tools/mcp-tool-scopes.js';
import { ToolCalls } from './resource-server/tools/tool-calls.js';
import { ScopePolicy } from './scopes/scope-policy.js';
import { ScopeRegistry } from './scopes/scope-registry.js';
import { RateLimiter } from './limits/rate-limiter.js';
import { StorageModule } from './storage/storage.module.js';
import { AnyAudienceVerifier } from './tokens/any-audience.verifier.js';
import { LocalTokenVerifier } from './tokens/local-token.verifier.js';
import { GrantRevoker } from './tokens/grant-revoker.js';
import { RevocationList } from './tokens/revocation-list.js';
import { TokenFinder } from './tokens/token-finder.js';
import { TokenIssuer } from './tokens/token-issuer.js';
import { McpLoginService } from './users/mcp-login.service.js';
import { UserAdapterHost } from './users/user-adapter-host.js';
import { UserDirectory } from './users/user-directory.js';

const CORE: readonly Provider[] = [
  { provide: Clock, useClass: SystemClock },
  PublicUrls,
  DerivedKeys,
  SigningKeys,
  JwtSigner,
  JwtVerifier,
  RateLimiter,
  ScopeRegistry,
  ScopePolicy,
  UserAdapterHost,
  UserDirectory,
  McpLoginService,
  ...CLIENT_PROVIDERS,
  ReplayCipher,
  RevocationList,
  GrantRevoker,
  AnyAudienceVerifier,
  TokenFinder,
  McpMaintenanceService,
  MaintenanceSchedule,
  TokenIssuer,
  { provide: AccessTokenVerifier, useClass: LocalTokenVerifier },
];

const RESOURCE_SERVER: readonly Provider[] = [
  MetadataScanner,
  OriginPolicy,
  Authenticator,
  Challenger,
  HandlerRoutes,
  PublicRoutes,
  McpNestTools,
  McpToolScopes,
  ToolCalls,
  ScopeRequirements,
  RouteWatch,
  OpenResponses,
  McpGate,
  McpAuthGuard,
  McpAuthMiddleware,
  McpAuthService,
];

const EXPORTS = [
  StorageModule,
  McpClientService,
  McpMaintenanceService,
  McpConnectedAppsService,
  McpAuthService,
  McpLoginService,
  McpAuthGuard,
  McpAuthMiddleware,
  McpToolScopes,
  McpGate,
  Authenticator,
];

/** Makes the application the OAuth 2.1 authorization server and the protected resource server of its MCP endpoint. */
@Module({})
export class McpAuthModule extends ConfigurableModuleClass implements NestModule, OnModuleInit, OnApplicationBootstrap {
  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedMcpAuthOptions,
    private readonly host: HttpAdapterHost,
    private readonly pages: PageBinder,
    private readonly publicRoutes: PublicRoutes,
    private readonly requirements: ScopeRequirements,
    private readonly routes: RouteWatch,
    private readonly listening: ListenCheck,
  ) {
    super();
  }

  /** Options known at once. */
  static override forRoot(options: typeof OPTIONS_TYPE): DynamicModule {
    return assemble(super.forRoot(options), options);
  }

  /** Options from a factory (`useFactory`, `useClass`, `useExisting`); what shapes routes stays static, beside the factory. */
  static override forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    return assemble(super.forRootAsync(options), options, refuseStaticOptions);
  }

  configure(_consumer: MiddlewareConsumer): void {
    if (this.host.httpAdapter) this.pages.bind();
  }

  onModuleInit(): void {
    if (this.host.httpAdapter) this.pages.settle();
  }

  onApplicationBootstrap(): void {
    if (!this.host.httpAdapter) return;
    this.publicRoutes.discover();
    this.requirements.discover();
    if (this.options.guard) this.routes.assertServed();
    this.listening.watch();
  }
}

function assemble(
  base: DynamicModule,
  given: McpAuthStaticOptions,
  check = (fromHost: McpAuthOptions) => fromHost,
): DynamicModule {
  const fixed: ResolvedStaticOptions = resolveStaticOptions(given);
  const options: Provider = {
    provide: RESOLVED_OPTIONS,
    inject: [MODULE_OPTIONS_TOKEN],
    useFactory: (fromHost: McpAuthOptions) => resolveOptions(check(fromHost), fixed),
  };
  const guard: Provider = { provide: APP_GUARD, useClass: McpPathGuard };
  return {
    ...base,
    imports: [...(base.imports ?? []), DiscoveryModule, StorageModule.forDataSource(fixed.dataSource)],
    providers: [
      ...(base.providers ?? []),
      options,
      ...CORE,
      ...RESOURCE_SERVER,
      ...endpointProviders(fixed.guard),
      EdgeMount,
      PageBinder,
      ListenCheck,
      guard,
    ],
    exports: [...(base.exports ?? []), ...EXPORTS],
  };
}
