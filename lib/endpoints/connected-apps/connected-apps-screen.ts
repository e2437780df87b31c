import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../config/clock.js';
import { RESOLVED_OPTIONS } from '../../config/injection-tokens.js';
import type { ResolvedMcpAuthOptions } from '../../config/resolved-options.js';
import type { ResolvedPageLanguage } from '../../config/view-options.js';
import type { HttpRequest } from '../../http/http-request.js';
import type { HttpResponse } from '../../http/http-response.js';
import { redirectTarget } from '../../protocol/redirect-uri.js';
import { ScopeRegistry } from '../../scopes/scope-registry.js';
import { type SignedInUser, UserDirectory } from '../../users/user-directory.js';
import type { ConnectedAppsView } from '../../views/view-renderer.js';
import { PageError } from '../authorize/page-error.js';
import { Pages } from '../authorize/pages.js';
import { RequestLanguages } from '../authorize/request-languages.js';
import { AppCommands } from './app-commands.js';
import { type McpConnectedApp, McpConnectedAppsService, MOST_CONNECTIONS } from './mcp-connected-apps.service.js';
import { type Visitor, Visits } from './visits.js';

type Notice = ConnectedAppsView['notice'];
type AppView = ConnectedAppsView['apps'][number];

/** Shows the connected apps of whoever is looking. */
@Injectable()
export class ConnectedAppsScreen {
  constructor(
    private readonly apps: McpConnectedAppsService,
    private readonly commands: AppCommands,
    private readonly users: UserDirectory,
    private readonly scopes: ScopeRegistry,
    private readonly languages: RequestLanguages,
    private readonly pages: Pages,
    private readonly visits: Visits,
    private readonly clock: Clock,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedMcpAuthOptions,
  ) {}

  async show(request: HttpRequest, visitor: Visitor, notice: Notice): Promise<HttpResponse> {
    const apps = await this.apps.list(visitor.user.userId);
    const words = this.languages.of(request).scopes;
    const view: ConnectedAppsView = {
      apps: apps.map((app) => this.view(app, visitor, words)),
      more: apps.length === MOST_CONNECTIONS,
      accountName: await this.accountName(visitor),
      resourceName: this.options.resourceName,
      formAction: this.visits.address(undefined),
      request: visitor.handle,
      csrfToken: this.commands.csrfToken(visitor),
      notice,
      now: new Date(this.clock.now()),
    };
    return this.pages.connectedApps(view, request, visitor.setCookie);
  }

  private async accountName({ user: { userId, orgId } }: Visitor): Promise<string> {
    const data = await this.users.userData({ userId, ...(orgId === undefined ? {} : { orgId }) });
    if (data) return data.email;
    throw PageError.userGone();
  }

  private view(app: McpConnectedApp, { user }: Visitor, words: ResolvedPageLanguage['scopes']): AppView {
    const { metadata, orgId } = app;
    return {
      id: app.id,
      clientId: app.clientId,
      clientName: metadata.client_name ?? '',
      clientUri: metadata.client_uri,
      verified: app.verified,
      redirectTarget: redirectTarget(app.redirectUri),
      device: app.device,
      organisationName: orgId === undefined ? undefined : organisationName(orgId, user),
      resource: app.resource,
      scopes: this.scopes.declared(app.scopes, undefined).map((name) => ({
        name,
        ...this.scopes.textsOf(name, words),
        removable: app.removableScopes.includes(name),
      })),
      connectedAt: app.connectedAt,
      lastUsedAt: app.lastUsedAt,
      expiresAt: app.expiresAt,
    };
  }
}

/** The name of an organisation that the host has named for this user; another one is known by its id. */
function organisationName(wanted: string, { orgId, orgName, orgs = [] }: SignedInUser): string {
  const known = [{ orgId, orgName }, ...orgs].find((org) => org.orgId === wanted);
  return known?.orgName ?? wanted;
}
