import type { Provider, Type } from '@nestjs/common';
import { RESOLVED_OPTIONS } from '../config/injection-tokens.js';
import { PublicUrls } from '../config/public-urls.js';
import { requesterStash } from '../http/requester-address.js';
import { RateLimiter } from '../limits/rate-limiter.js';
import type { ResolvedMcpAuthOptions } from '../config/resolved-options.js';
import { McpGate } from '../resource-server/mcp-gate.js';
import { AuthorizationIntake } from './authorize/authorization-intake.js';
import { AuthorizeController } from './authorize/authorize.controller.js';
import { BrowserCookie } from './authorize/browser-cookie.js';
import { Interaction } from './authorize/interaction.js';
import { Pages } from './authorize/pages.js';
import { PendingAuthorizations } from './authorize/pending-authorizations.js';
import { RequestLanguages } from './authorize/request-languages.js';
import { SignedIn } from './authorize/signed-in.js';
import { AppCommands } from './connected-apps/app-commands.js';
import { ConnectedAppsController } from './connected-apps/connected-apps.controller.js';
import { ConnectedAppsScreen } from './connected-apps/connected-apps-screen.js';
import { ConnectedAppsDataController } from './connected-apps/connected-apps-data.controller.js';
import { McpConnectedAppsService } from './connected-apps/mcp-connected-apps.service.js';
import { Visits } from './connected-apps/visits.js';
import { Approval } from './consent/approval.js';
import { ConsentController } from './consent/consent.controller.js';
import { OrganisationController } from './consent/organisation.controller.js';
import { ConsentQuestion } from './consent/consent-question.js';
import { GivenConsents } from './consent/given-consents.js';
import { ConsentScreen } from './consent/consent-screen.js';
import { ConsentingClient } from './consent/consenting-client.js';
import { DiscoveryController } from './discovery/discovery.controller.js';
import { Edge } from './http/edge.js';
import { EndpointTable } from './http/endpoint-table.js';
import { RegistrationController } from './registration/registration.controller.js';
import { GrantRegistry } from './token/grant-registry.js';
import { GrantedTokens } from './token/granted-tokens.js';
import { AuthorizationCodeGrant } from './token/grants/authorization-code.grant.js';
import { RefreshTokenGrant } from './token/grants/refresh-token.grant.js';
import { IntrospectionController } from './introspection/introspection.controller.js';
import { RevocationController } from './revocation/revocation.controller.js';
import { DirectRequest } from './http/direct-request.js';
import { RefreshReplay } from './token/refresh-replay.js';
import { TokenController } from './token/token.controller.js';
import { UserInfoController } from './userinfo/userinfo.controller.js';

const CONTROLLERS: readonly Type[] = [
  DiscoveryController,
  AuthorizeController,
  ConsentController,
  OrganisationController,
  ConnectedAppsController,
  ConnectedAppsDataController,
  TokenController,
  RegistrationController,
  RevocationController,
  IntrospectionController,
  UserInfoController,
];

const SERVICES: readonly Type[] = [
  BrowserCookie,
  RequestLanguages,
  PendingAuthorizations,
  SignedIn,
  Pages,
  AuthorizationIntake,
  Interaction,
  ConsentingClient,
  GivenConsents,
  ConsentQuestion,
  ConsentScreen,
  Approval,
  McpConnectedAppsService,
  Visits,
  AppCommands,
  ConnectedAppsScreen,
  DirectRequest,
  RefreshReplay,
  GrantedTokens,
  AuthorizationCodeGrant,
  RefreshTokenGrant,
  GrantRegistry,
];

/**
 * The endpoints and the door they are served through. They are providers: Nest's router has no part in them.
 * @param guarded whether the edge also protects the MCP path
 */
export function endpointProviders(guarded: boolean): readonly Provider[] {
  return [
    ...CONTROLLERS,
    ...SERVICES,
    {
      provide: EndpointTable,
      inject: [RESOLVED_OPTIONS, PublicUrls, RateLimiter, ...CONTROLLERS],
      useFactory: (options: ResolvedMcpAuthOptions, urls: PublicUrls, limiter: RateLimiter, ...controllers: object[]) =>
        new EndpointTable(controllers, options, urls, limiter),
    },
    {
      provide: Edge,
      inject: [EndpointTable, PublicUrls, Pages, RESOLVED_OPTIONS, McpGate],
      useFactory: (
        table: EndpointTable,
        urls: PublicUrls,
        pages: Pages,
        { trustedProxies }: ResolvedMcpAuthOptions,
        gate: McpGate,
      ) => new Edge(table, urls, pages, requesterStash(trustedProxies), guarded ? gate : undefined),
    },
  ];
}
