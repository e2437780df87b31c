import type { ServerResponse } from 'node:http';
import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { RESOLVED_OPTIONS } from '../config/injection-tokens.js';
import type { ResolvedMcpAuthOptions } from '../config/resolved-options.js';
import { InvalidRequestError, InvalidTokenError } from '../protocol/oauth-errors.js';
import { requestTarget } from '../http/http-request.js';
import { Authenticator } from './authenticator.js';
import { EXPOSURE, type Exposure } from './exposure.js';
import { McpGate } from './mcp-gate.js';
import { rawRequest } from './mcp-principal.js';
import { isAtOrBelow } from './protected-path.js';

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

/** Asks for an MCP access token on whatever it is put on; `@McpPublic()` and `@McpOptionalAuth()` are honoured. */
@Injectable()
export class McpAuthGuard implements CanActivate {
  constructor(
    protected readonly gate: McpGate,
    private readonly authenticator: Authenticator,
    private readonly reflector: Reflector,
    @Inject(RESOLVED_OPTIONS) protected readonly options: ResolvedMcpAuthOptions,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType<string>() !== 'http') return true;
    const request = context.switchToHttp().getRequest<AdapterRequest>();
    const exposure = this.reflector.getAllAndOverride<Exposure | undefined>(EXPOSURE, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (exposure === 'optional') return this.fillPrincipal(request);
    if (exposure === 'public' || !this.asksForToken(request, exposure)) return true;
    const response = context.switchToHttp().getResponse<AdapterResponse>();
    if (await this.gate.authenticate(request, response.raw ?? (response as unknown as ServerResponse))) return true;
    // The challenge is on its way. A `false` would make Nest throw, and a filter of the host write a second answer.
    response.hijack?.();
    return new Promise<never>(() => undefined);
  }

  protected asksForToken(_request: AdapterRequest, _exposure: Exposure | undefined): boolean {
    return true;
  }

  /** A token that is not valid here may be the host's own: the request stays anonymous. An outage is no verdict and is thrown. */
  private async fillPrincipal(request: AdapterRequest): Promise<true> {
    try {
      await this.authenticator.authenticate(request);
    } catch (error) {
      if (!(error instanceof InvalidTokenError) && !(error instanceof InvalidRequestError)) throw error;
    }
    return true;
  }
}

/** The module's global guard: the MCP path by matched route and by URL, and `@McpProtected()` anywhere; everything else is not its business. */
@Injectable()
export class McpPathGuard extends McpAuthGuard {
  protected override asksForToken(request: AdapterRequest, exposure: Exposure | undefined): boolean {
    if (exposure === 'protected') return true;
    const { path } = requestTarget(rawRequest(request).url ?? '/');
    const pattern = request.route?.path ?? request.routeOptions?.url;
    // A docs URL is open on its exact route only, by the pattern that matched and by the path that was sent.
    if (pattern === this.options.mcpDocsUrl && this.gate.isDocumentation(request.method, path)) return false;
    return this.gate.covers(path) || (typeof pattern === 'string' && isAtOrBelow(pattern, this.options.mcpServerPath));
  }
}
