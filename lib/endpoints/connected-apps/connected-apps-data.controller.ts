import { Injectable } from '@nestjs/common';
import type { HttpRequest } from '../../http/http-request.js';
import { type HttpResponse, json } from '../../http/http-response.js';
import { InvalidRequestError, LoginRequiredError } from '../../protocol/oauth-errors.js';
import { ScopeRegistry } from '../../scopes/scope-registry.js';
import { PageData } from '../http/endpoint.decorator.js';
import { readJsonObject } from '../http/json-body.js';
import { AppCommands } from './app-commands.js';
import { jsonCommand } from './app-command.js';
import { type McpConnectedApp, McpConnectedAppsService } from './mcp-connected-apps.service.js';
import { type Visitor, Visits } from './visits.js';

/**
 * The connected apps as JSON, for scripts of the host's own pages: the same list and the same commands, for whoever the host's session says.
 * An access token is no session. Nothing here is ever readable from another origin.
 */
@Injectable()
export class ConnectedAppsDataController {
  constructor(
    private readonly visits: Visits,
    private readonly apps: McpConnectedAppsService,
    private readonly commands: AppCommands,
    private readonly scopes: ScopeRegistry,
  ) {}

  @PageData('GET', 'connected-apps.json')
  async list(request: HttpRequest): Promise<HttpResponse> {
    const visitor = await this.visitor(request);
    const apps = await this.apps.list(visitor.user.userId);
    const body = { csrf_token: this.commands.csrfToken(visitor), connected_apps: apps.map((app) => this.member(app)) };
    return withCookie(json(200, body), visitor);
  }

  @PageData('POST', 'connected-apps.json')
  async change(request: HttpRequest): Promise<HttpResponse> {
    const input = readJsonObject(request);
    const visitor = await this.visitor(request);
    const token = input['csrf_token'];
    if (!this.commands.isOurs(typeof token === 'string' ? token : undefined, visitor)) {
      throw new InvalidRequestError('csrf_token is not that of the list', { reason: 'csrf_token_wrong', status: 403 });
    }
    const outcome = await this.commands.run(jsonCommand(input), visitor);
    if (outcome === 'unknown') {
      const reason = 'connected_app_unknown';
      throw new InvalidRequestError('There is no such connection', { reason, status: 404 });
    }
    return json(200, { outcome });
  }

  private async visitor(request: HttpRequest): Promise<Visitor> {
    const visitor = await this.visits.visitor(request);
    if (visitor) return visitor;
    // No 401: that would have to name a scheme to authenticate by, and there is none but to sign in.
    throw new LoginRequiredError('Sign in first', { reason: 'no_session', status: 403 });
  }

  private member(app: McpConnectedApp) {
    const { metadata, scopes, removableScopes } = app;
    return {
      id: app.id,
      client_id: app.clientId,
      client_name: metadata.client_name ?? null,
      client_uri: metadata.client_uri ?? null,
      verified: app.verified,
      redirect_uri: app.redirectUri,
      device: app.device ?? null,
      organisation: app.orgId ?? null,
      resource: app.resource,
      scopes: this.scopes.declared(scopes, undefined).map((name) => ({
        name,
        ...this.scopes.textsOf(name),
        removable: removableScopes.includes(name),
      })),
      connected_at: app.connectedAt.toISOString(),
      last_used_at: app.lastUsedAt.toISOString(),
      expires_at: app.expiresAt.toISOString(),
    };
  }
}

function withCookie(response: HttpResponse, { setCookie }: Visitor): HttpResponse {
  return setCookie.length === 0 ? response : { ...response, headers: { ...response.headers, 'Set-Cookie': setCookie } };
}
