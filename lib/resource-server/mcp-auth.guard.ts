import type { ServerResponse } from 'node:http';
import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { McpAuthConfigurationError } from '../config/mcp-auth-configuration-error.js';
import { RESOLVED_OPTIONS } from '../config/injection-tokens.js';
import type { ResolvedMcpAuthOptions } from '../config/resolved-options.js';
import { InvalidRequestError, InvalidTokenError } from '../protocol/oauth-errors.js';
import { requestTarget } from '../http/http-request.js';
import { Authenticator } from './authenticator.js';
import { type Exposure, exposureOf, requiredScopes } from './exposure.js';
import { McpGate } from './mcp-gate.js';
import { rawRequest } from './mcp-principal.js';
import { messageHasScopes } from './tools/scoped-message.guard.js';

interface AdapterRequest {
  /** Express: the route that matched. */
  readonly route?: { readonly path?: unknown };
  /** Fastify: the route that matched. */
  readonly routeOptions?: { readonly url?: unknown };
  readonly method: string;
}

interface AdapterResponse {
  /** Fastify keeps Node's response here. */
  readonly raw?: ServerResponse;
  /** Fastify: takes the answer out of its hands. */
  readonly hijack?: () => void;
}

/** Asks for an MCP access token on whatever it is put on; `@McpPublic()`, `@McpOptionalAuth()` and `@RequireScopes()` are honoured. */
@Injectable()
export class McpAuthGuard implements CanActivate {
  constructor(
    protected readonly gate: McpGate,
    private readonly authenticator: Authenticator,
    private readonly reflector: Reflector,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType<string>() !== 'http') return this.admitsOtherThanHttp(context);
    const request = context.switchToHttp().getRequest<AdapterRequest>();
    if (!this.gate.knows(context.getHandler(), context.getClass())) return this.refuse(context, replaced(context));
    const exposure = this.exposureOf(context);
    if (exposure === 'optional') await this.fillPrincipal(request, context);
    else if (exposure !== 'public' && !this.asksForToken(request, exposure)) return true;
    const { raw, never } = responseOf(context);
    return (await this.admits(request, raw, exposure, context)) || never();
  }

  /** Whatever is open itself stays shut for calls of tools that need scopes. `false`: the answer has been sent. */
  private async admits(
    request: AdapterRequest,
    raw: ServerResponse,
    exposure: Exposure | undefined,
    context: ExecutionContext,
  ): Promise<boolean> {
    const unreadable = this.isForMcpPath(request) ? 'refused' : 'left';
    if (exposure === 'public' || exposure === 'optional') return this.gate.permitsCalls(request, raw, unreadable);
    const needed = requiredScopes(this.reflector, context.getHandler(), context.getClass());
    return (await this.gate.authenticate(request, raw, needed)) && this.gate.permits(request, needed, raw, unreadable);
  }

  /** Whatever carries no HTTP request carries no token either: a guard that was put there on purpose lets nobody in. */
  protected admitsOtherThanHttp(_context: ExecutionContext): boolean {
    return false;
  }

  protected exposureOf(context: ExecutionContext): Exposure | undefined {
    return exposureOf(this.reflector, context.getHandler(), context.getClass());
  }

  protected asksForToken(_request: AdapterRequest, _exposure: Exposure | undefined): boolean {
    return true;
  }

  /** By the path that was sent, and by the route that matched. */
  protected isForMcpPath(request: AdapterRequest): boolean {
    const pattern = patternOf(request);
    return (
      this.gate.covers(requestTarget(rawRequest(request).url ?? '/').path) ||
      (typeof pattern === 'string' && this.gate.covers(pattern))
    );
  }

  /** A token that is not valid here may be the host's own: the request stays anonymous. An outage is no verdict and is answered as one. */
  private async fillPrincipal(request: AdapterRequest, context: ExecutionContext): Promise<void> {
    try {
      await this.gate.fill(request, responseOf(context).raw);
    } catch (error) {
      if (error instanceof InvalidTokenError || error instanceof InvalidRequestError) return;
      await this.refuse(context, error);
    }
  }

  private refuse(context: ExecutionContext, error: unknown): Promise<never> {
    const { raw, never } = responseOf(context);
    this.gate.refuse(raw, error);
    return never();
  }
}

function patternOf(request: AdapterRequest): unknown {
  return request.route?.path ?? request.routeOptions?.url;
}

function replaced(context: ExecutionContext): McpAuthConfigurationError {
  return new McpAuthConfigurationError(
    `A handler of ${context.getClass().name} is replaced in the instance, and the function there has no decorators: whether it needs a token cannot be told. ` +
      'Keep the method, or put the decorator on the class',
  );
}

/** Node's response under the adapter's own, and a way to leave the answer at what has been sent on it. */
function responseOf(context: ExecutionContext): { readonly raw: ServerResponse; readonly never: () => Promise<never> } {
  const response = context.switchToHttp().getResponse<AdapterResponse>();
  return {
    raw: response.raw ?? (response as unknown as ServerResponse),
    never: () => {
      response.hijack?.();
      // A `false` or an error would make Nest, and then a filter of the host, write a second answer.
      return new Promise<never>(() => undefined);
    },
  };
}

/**
 * The module's global guard: `@McpProtected()`, `@McpOptionalAuth()` and `@RequireScopes()` anywhere and, unless the host guards the MCP path itself (`guard: false`),
 * that path by matched route and by URL. Everything else is not its business.
 */
@Injectable()
export class McpPathGuard extends McpAuthGuard {
  constructor(
    gate: McpGate,
    authenticator: Authenticator,
    reflector: Reflector,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedMcpAuthOptions,
  ) {
    super(gate, authenticator, reflector);
  }

  protected override admitsOtherThanHttp(context: ExecutionContext): boolean {
    return this.exposureOf(context) !== 'protected' || messageHasScopes(context);
  }

  protected override asksForToken(request: AdapterRequest, exposure: Exposure | undefined): boolean {
    if (exposure === 'protected') return true;
    if (!this.options.guard) return false;
    const { path } = requestTarget(rawRequest(request).url ?? '/');
    // A docs URL is open on its exact route only, by the pattern that matched and by the path that was sent.
    if (patternOf(request) === this.options.mcpDocsUrl && this.gate.isDocumentation(request.method, path)) return false;
    return this.isForMcpPath(request);
  }
}
