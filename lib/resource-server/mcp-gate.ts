import type { IncomingMessage, ServerResponse } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { RESOLVED_OPTIONS } from '../config/injection-tokens.js';
import type { ResolvedMcpAuthOptions } from '../config/resolved-options.js';
import { CORS, overrideCors, preflight } from '../http/cors.js';
import { requestTarget } from '../http/http-request.js';
import { InsufficientScopeError } from '../protocol/oauth-errors.js';
import { ScopeRegistry } from '../scopes/scope-registry.js';
import { Authenticator } from './authenticator.js';
import { Challenger } from './challenger.js';
import { OpenResponses } from './open-responses.js';
import { OriginPolicy } from './origin-policy.js';
import { isAtOrBelow } from './protected-path.js';
import { type McpPrincipal, principalOf, rawRequest } from './mcp-principal.js';
import { PublicRoutes } from './public-routes.js';
import { RouteWatch } from './route-watch.js';
import { ScopeRequirements } from './scope-requirements.js';
import { ToolCalls, type Unreadable } from './tools/tool-calls.js';

const MCP_METHODS = ['GET', 'POST', 'DELETE'] as const;

/** Who passes to the MCP path: asked by the edge for every request there, by guard and middleware for what they are put on. */
@Injectable()
export class McpGate {
  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedMcpAuthOptions,
    private readonly origins: OriginPolicy,
    private readonly authenticator: Authenticator,
    private readonly challenger: Challenger,
    private readonly publicRoutes: PublicRoutes,
    private readonly routes: RouteWatch,
    private readonly openResponses: OpenResponses,
    private readonly requirements: ScopeRequirements,
    private readonly registry: ScopeRegistry,
    private readonly calls: ToolCalls,
  ) {}

  /** Whether a path, in any reading of it, belongs to the MCP server. */
  covers(path: string): boolean {
    return isAtOrBelow(path, this.options.mcpServerPath);
  }

  /** The edge's question, before method, Accept or body are looked at. `false`: the answer has been sent. */
  async admit(message: IncomingMessage, res: ServerResponse): Promise<boolean> {
    const { path } = requestTarget(message.url ?? '/');
    // Open routes are the host's own business, its CORS included; the guard sees them again by the route that matched.
    if (this.isDocumentation(message.method, path) || this.publicRoutes.include(message.method ?? '', path))
      return true;
    return this.enter(message, res);
  }

  /** Origin, preflight and token, in this order, for a request to the MCP server itself. `false`: the answer has been sent. */
  async enter(message: IncomingMessage, res: ServerResponse): Promise<boolean> {
    if (!this.origins.allows(message.headers.origin)) return refused(this.challenger.forbidOrigin(res));
    if (isPreflight(message)) return refused(this.challenger.preflight(res, preflight(MCP_METHODS)));
    return this.verify(message, res, this.scopesOf(message));
  }

  /**
   * The guard's question, about a route anywhere; the origin counts on the MCP path only. `false`: the answer has been sent.
   * @param needed by the handler that matched
   */
  async authenticate(request: unknown, res: ServerResponse, needed: readonly string[]): Promise<boolean> {
    const message = rawRequest(request);
    const entered = principalOf(request) !== undefined || !this.covers(requestTarget(message.url ?? '/').path);
    if (!entered && !this.origins.allows(message.headers.origin)) return refused(this.challenger.forbidOrigin(res));
    return this.verify(request, res, needed.length > 0 ? needed : undefined);
  }

  /** Puts the principal on a request that may come without one, and ends its response with the token. Throws what the authenticator throws. */
  async fill(request: unknown, res: ServerResponse): Promise<McpPrincipal | undefined> {
    const principal = await this.authenticator.authenticate(request);
    if (principal) this.openResponses.watch(res, principal);
    return principal;
  }

  /** Undefined scopes: the challenge names the default ones. */
  private async verify(request: unknown, res: ServerResponse, scopes: readonly string[] | undefined): Promise<boolean> {
    try {
      if (!(await this.fill(request, res))) return refused(this.challenger.askForToken(res, scopes));
      overrideCors(res, CORS);
      return true;
    } catch (error) {
      return refused(this.challenger.refuse(res, error, scopes));
    }
  }

  /**
   * Whether the token has what an operation needs, by the hierarchy (RSG-09): the scopes of its handler, and those of all tools that its body
   * calls. `false`: the answer has been sent.
   */
  async permits(
    request: unknown,
    needed: readonly string[],
    res: ServerResponse,
    unreadable: Unreadable = 'refused',
  ): Promise<boolean> {
    try {
      const all = [...new Set([...needed, ...(await this.calls.scopesOf(request, unreadable))])];
      if (this.registry.satisfies(principalOf(request)?.scopes ?? [], all)) return true;
      throw new InsufficientScopeError('The access token lacks a scope', all);
    } catch (error) {
      return refused(this.challenger.refuse(res, error));
    }
  }

  /** The same for a handler that needs no token itself: calls of tools with scopes need one all the same. `false`: the answer has been sent. */
  async permitsCalls(request: unknown, res: ServerResponse, unreadable: Unreadable): Promise<boolean> {
    try {
      const needed = await this.calls.scopesOf(request, unreadable);
      return (
        needed.length === 0 ||
        ((await this.authenticate(request, res, needed)) && this.permits(request, needed, res, unreadable))
      );
    } catch (error) {
      return refused(this.challenger.refuse(res, error));
    }
  }

  /** What a token for this request should have, as far as can be known before a router has matched. */
  private scopesOf({ method = '', url = '/' }: IncomingMessage): readonly string[] | undefined {
    return this.requirements.of(method, requestTarget(url).path);
  }

  /** Whether it is certain what the decorators say of a function that is about to handle a request. */
  knows(handler: Function, controller: object): boolean {
    return !this.requirements.mayBeLostOn(handler, controller);
  }

  /** Answers a failure that is no verdict about the request, and lets nobody in. */
  refuse(res: ServerResponse, error: unknown): void {
    this.challenger.refuse(res, error);
  }

  /** The docs URL is open on its exact route, for reading only (decision H3). Without such a route, a raw handler mounted on the MCP path would get the request. */
  isDocumentation(method: string | undefined, path: string): boolean {
    return path === this.options.mcpDocsUrl && (method === 'GET' || method === 'HEAD') && this.routes.has(path);
  }
}

function isPreflight({ method, headers }: IncomingMessage): boolean {
  return method === 'OPTIONS' && headers.origin !== undefined && headers['access-control-request-method'] !== undefined;
}

function refused(_sent: void): false {
  return false;
}
