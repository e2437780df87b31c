import { Inject, Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { RESOLVED_OPTIONS } from '../config/injection-tokens.js';
import { McpAuthConfigurationError } from '../config/mcp-auth-configuration-error.js';
import type { ResolvedMcpAuthOptions } from '../config/resolved-options.js';
import { whenAdapterIsSet } from '../http/when-adapter-is-set.js';
import { isAtOrBelow } from './protected-path.js';

interface ExpressLayer {
  readonly route?: { readonly path: unknown };
}

interface FastifyInstance {
  addHook(name: 'onRoute', hook: (route: { readonly url: string }) => void): void;
}

/** Knows which routes the application has, so that a protected path which nothing serves stops the boot (decision H3). */
@Injectable()
export class RouteWatch {
  private readonly seen: string[] = [];
  private rawMount = false;

  constructor(
    private readonly host: HttpAdapterHost,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedMcpAuthOptions,
  ) {
    whenAdapterIsSet(this.host, (adapter) => {
      if (adapter.getType() !== 'fastify') return;
      adapter.getInstance<FastifyInstance>().addHook('onRoute', ({ url }) => this.seen.push(url));
    });
  }

  /** `McpAuthMiddleware` is in use: the MCP path is served by something no router shows. */
  declareRawMount(): void {
    this.rawMount = true;
  }

  /** Whether a route is registered at exactly this path. */
  has(path: string): boolean {
    return this.routes().includes(path);
  }

  /** Throws `McpAuthConfigurationError` when no route lies at or below the MCP path; a typo there would leave the real server open. */
  assertServed(): void {
    const { mcpServerPath, mcpDocsUrl } = this.options;
    if (this.rawMount) return;
    const served = this.routes().some((route) => route !== mcpDocsUrl && isAtOrBelow(route, mcpServerPath));
    if (served) return;
    throw new McpAuthConfigurationError(
      `Nothing serves mcpServerPath "${mcpServerPath}": no route of the application is at or below it. Give the full public path, global ` +
        'prefix and version included, or mount a raw handler with app.use(path, [app.get(McpAuthMiddleware).use, handler]). Routes: ' +
        (this.routes().join(', ') || 'none'),
    );
  }

  private routes(): readonly string[] {
    const adapter = this.host.httpAdapter;
    if (adapter.getType() === 'fastify') return this.seen;
    const { router } = adapter.getInstance<{ router?: { stack?: readonly ExpressLayer[] } }>();
    return (router?.stack ?? []).flatMap(({ route }) =>
      [route?.path].flat().filter((path) => typeof path === 'string'),
    );
  }
}
