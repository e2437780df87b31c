import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable } from '@nestjs/common';
import { McpGate } from './mcp-gate.js';
import { RouteWatch } from './route-watch.js';

type RawMiddleware = (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void;

/**
 * Protection for handlers that Nest does not route:
 * `app.use('/mcp', [app.get(McpAuthMiddleware).use, handler])` on Express and Fastify, before `listen()`. The list matters: Fastify's `use()`
 * drops a third argument. `request.auth` is set for the MCP SDK.
 */
@Injectable()
export class McpAuthMiddleware {
  constructor(
    private readonly gate: McpGate,
    private readonly routes: RouteWatch,
  ) {}

  /** The middleware function; taking it declares that the MCP path is served by a raw mount. */
  get use(): RawMiddleware {
    this.routes.declareRawMount();
    return (request, response, next) => {
      this.admits(request, response).then((admitted) => (admitted ? next() : undefined), next);
    };
  }

  private async admits(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    return (await this.gate.enter(request, response)) && this.gate.permits(request, [], response, 'refused');
  }
}
