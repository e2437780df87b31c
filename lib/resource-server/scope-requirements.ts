import { Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { McpAuthConfigurationError } from '../config/mcp-auth-configuration-error.js';
import { ScopeRegistry } from '../scopes/scope-registry.js';
import { asksForToken, contradictsItself, isProtected, losesProtection, requiredScopes } from './exposure.js';
import { type HandlerRoute, HandlerRoutes, mayBeFor } from './handler-routes.js';
import { McpNestTools } from './tools/mcp-nest-tools.js';
import { McpToolScopes } from './tools/mcp-tool-scopes.js';

interface ScopedRoute {
  readonly route: HandlerRoute;
  readonly scopes: readonly string[];
}

/** Which scopes the routes of the host need, by `@RequireScopes()`. */
@Injectable()
export class ScopeRequirements {
  private routes: readonly ScopedRoute[] = [];
  /** The functions of all handlers, as decorated and as mounted. */
  private known: ReadonlySet<object> = new Set();
  /** Controllers with a handler that asks for a token itself. */
  private marked: ReadonlySet<object> = new Set();

  constructor(
    private readonly handlers: HandlerRoutes,
    private readonly registry: ScopeRegistry,
    private readonly reflector: Reflector,
    private readonly nestTools: McpNestTools,
    private readonly toolScopes: McpToolScopes,
  ) {}

  /**
   * Reads the decorators of every controller. Throws `McpAuthConfigurationError` for a scope that nobody declared, since no token could ever
   * have it, and for decorators that no guard would see.
   */
  discover(): void {
    const called = this.discoverTools();
    for (const { name, target } of this.handlers.unrouted()) this.assertIdle(name, target, called.has(target));
    const routes = this.handlers.list();
    this.known = new Set(routes.flatMap(({ handler, mounted }) => [handler, mounted]));
    const marked = routes.filter(({ handler }) => asksForToken(this.reflector, handler));
    this.marked = new Set(marked.map(({ controller }) => controller));
    this.routes = routes.flatMap((route) => {
      this.assertClear(route);
      this.assertMounted(route);
      const scopes = requiredScopes(this.reflector, route.handler, route.controller);
      return scopes.length === 0 ? [] : [{ route, scopes }];
    });
  }

  /** The scopes of the operation that a request seems to be for, before a router has matched; undefined when it has none of its own. */
  of(method: string, path: string): readonly string[] | undefined {
    return this.routes.find(({ route }) => mayBeFor(route, method, path))?.scopes;
  }

  /**
   * Whether a function may lack what decorators said of a handler: it was not there at boot, so a constructor has put it there for this
   * request alone, and which handler it stands for cannot be told.
   */
  mayBeLostOn(handler: Function, controller: object): boolean {
    return !this.known.has(handler) && this.marked.has(controller) && !asksForToken(this.reflector, handler);
  }

  /** Declares what stands on tools of mcp-nest and their controllers, and returns both: calls lead there. No more tools can be declared then. */
  private discoverTools(): ReadonlySet<Function> {
    const tools = this.nestTools.list();
    for (const { tool, handler, controller } of tools) {
      const name = `${controller.name}.${handler.name}`;
      this.assertConsistent(name, [controller, handler]);
      const scopes = requiredScopes(this.reflector, handler, controller);
      if (scopes.length > 0) this.toolScopes.declareTool(tool, scopes, `@RequireScopes() of ${name}`);
    }
    this.toolScopes.close();
    return new Set(tools.flatMap(({ controller, handler }) => [controller, handler]));
  }

  /** Outside of HTTP routes, guards of HTTP do not run or let nobody in: neither is what the decorators promise. Scopes of tools are looked at. */
  private assertIdle(name: string, target: Function, isCalled: boolean): void {
    if (!(isCalled ? isProtected(this.reflector, target) : asksForToken(this.reflector, target))) return;
    throw new McpAuthConfigurationError(
      `@RequireScopes() or @McpProtected() stands on ${name}, which no HTTP route leads to: nothing would check it there; look at the scopes of @McpUser() instead`,
    );
  }

  private assertMounted({ controller, handler, mounted }: HandlerRoute): void {
    if (mounted === handler || !losesProtection(this.reflector, handler, mounted)) return;
    throw new McpAuthConfigurationError(
      `${controller.name}.${handler.name} is replaced in the instance, and the function there lacks its @RequireScopes() or @McpProtected(): the route would be open. ` +
        'Keep the method, or put the decorator on the class',
    );
  }

  private assertClear({ controller, handler }: HandlerRoute): void {
    const name = `${controller.name}.${handler.name}`;
    this.assertConsistent(name, [controller, handler]);
    for (const scope of requiredScopes(this.reflector, handler, controller)) {
      if (this.registry.names.includes(scope)) continue;
      throw new McpAuthConfigurationError(
        `@RequireScopes() of ${name} names "${scope}", which scopes does not declare`,
      );
    }
  }

  private assertConsistent(name: string, targets: readonly Function[]): void {
    if (!targets.some((target) => contradictsItself(this.reflector, target))) return;
    throw new McpAuthConfigurationError(
      `${name} is open by @McpPublic() or @McpOptionalAuth(), and needs scopes by @RequireScopes() at the same place; remove one`,
    );
  }
}
