import { Injectable } from '@nestjs/common';
import { McpAuthConfigurationError } from '../../config/mcp-auth-configuration-error.js';
import { ScopeRegistry } from '../../scopes/scope-registry.js';
import { type GuardableServer, guardServer, registeredTools } from './server-guard.js';

export interface GuardServerOptions {
  /**
   * List every tool, not only those that the token may call. A client can ask for a missing scope only after it has called a tool, and models
   * call what they have seen.
   * @default false
   */
  readonly listAll?: boolean;
}

/** The tools of one MCP server, whose scopes are declared. */
export interface DeclaredTools {
  /** As `McpToolScopes.guard()`, after the server's tools were registered. Throws `McpAuthConfigurationError` when one of the declared tools was not. */
  guard<Server extends GuardableServer>(server: Server, options?: GuardServerOptions): Server;
}

/**
 * Which scopes the tools of the application's MCP servers need. A call without them is answered 403 `insufficient_scope` before the server
 * sees it. Tools without an entry here, and without `@RequireScopes()`, can be called with any valid token.
 */
@Injectable()
export class McpToolScopes {
  private readonly scopes = new Map<string, readonly string[]>();
  private started = false;

  constructor(private readonly registry: ScopeRegistry) {}

  /**
   * Declares the tools of a server by name, each with all scopes that a call needs; an empty list is for any valid token. Called while the
   * application starts, in a constructor for example, since calls are checked before there is a server. Throws `McpAuthConfigurationError` for
   * a scope that the options do not declare, for a tool that was declared with other scopes, and once the application has started.
   */
  declare(tools: Readonly<Record<string, readonly string[]>>): DeclaredTools {
    if (this.started) {
      throw new McpAuthConfigurationError(
        'Scopes of tools are declared too late: the application has started, and calls may have come through unchecked. ' +
          'Call McpToolScopes.declare() in the constructor of a provider',
      );
    }
    for (const [name, scopes] of Object.entries(tools)) this.declareTool(name, scopes, 'McpToolScopes.declare()');
    return {
      guard: (server, options) => {
        assertRegistered(Object.keys(tools), registeredTools(server));
        return this.guard(server, options);
      },
    };
  }

  /**
   * Makes an MCP server list only the tools that the token of a request may call, and refuse calls to the others even when no HTTP check came
   * first. For an `McpServer` or `Server` of the official SDKs, 1.x and 2.x, before it is connected; for the `serverMutator` of
   * `@rekog/mcp-nest`, too. Returns the same server. Throws `McpAuthConfigurationError` when the server is connected already.
   */
  guard<Server extends GuardableServer>(server: Server, { listAll = false }: GuardServerOptions = {}): Server {
    guardServer(server, {
      missing: (tool, granted) => (this.allows(tool, granted) ? [] : this.of(tool)),
      lists: (tool, granted) => listAll || this.allows(tool, granted),
    });
    return server;
  }

  /** What a call needs; nothing, where nobody said. */
  of(tool: string): readonly string[] {
    return this.scopes.get(tool) ?? [];
  }

  /** Whether any tool needs a scope at all. */
  get inUse(): boolean {
    return [...this.scopes.values()].some((scopes) => scopes.length > 0);
  }

  /** @param source who says so, for the error */
  declareTool(name: string, scopes: readonly string[], source: string): void {
    for (const scope of scopes) {
      if (this.registry.names.includes(scope)) continue;
      throw new McpAuthConfigurationError(
        `${source} names "${scope}" for the tool "${name}", which scopes does not declare`,
      );
    }
    const before = this.scopes.get(name);
    if (before && !sameSet(before, scopes)) {
      throw new McpAuthConfigurationError(
        `${source} asks for other scopes for the tool "${name}" than another declaration (${before.join(' ') || 'none'}); ` +
          'calls name nothing but the tool, so that one name has one list of scopes: rename one of them',
      );
    }
    if (!before) this.scopes.set(name, [...new Set(scopes)]);
  }

  /** No more declarations: requests are about to come. */
  close(): void {
    this.started = true;
  }

  private allows(tool: string, granted: readonly string[]): boolean {
    return this.registry.satisfies(granted, this.of(tool));
  }
}

function sameSet(some: readonly string[], others: readonly string[]): boolean {
  return some.every((name) => others.includes(name)) && others.every((name) => some.includes(name));
}

/** A name with a typo would leave the tool itself without scopes. */
function assertRegistered(declared: readonly string[], registered: readonly string[] | undefined): void {
  const unknown = registered === undefined ? [] : declared.filter((name) => !registered.includes(name));
  if (unknown.length === 0) return;
  throw new McpAuthConfigurationError(
    `Scopes are declared for tools that the MCP server does not have: ${unknown.join(', ')}. It has: ${registered?.join(', ') || 'none'}. ` +
      'Correct the names, and call guard() after the tools were registered',
  );
}
