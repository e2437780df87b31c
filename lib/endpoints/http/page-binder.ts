import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { PublicUrls } from '../../config/public-urls.js';
import { stashedBody } from '../../http/body-stash.js';
import { requestTarget, toHttpRequest } from '../../http/http-request.js';
import { send } from '../../http/http-response.js';
import { securityHeaders } from '../../http/security-headers.js';
import { Pages } from '../authorize/pages.js';
import type { Method } from './endpoint.decorator.js';
import { type EndpointEntry, EndpointTable, type Handler } from './endpoint-table.js';
import { jsonFailure } from './error-response.js';
import { ExpressLayers } from './express-layers.js';

interface AdapterRequest {
  readonly raw?: IncomingMessage;
}

interface AdapterResponse {
  readonly raw?: ServerResponse;
  readonly hijack?: () => void;
  readonly callNotFound?: () => void;
}

type Next = Function | undefined;

/** Routes the pages on the HTTP adapter at their exact public paths, out of reach of prefix, versioning, guards, pipes and filters (decision H1). */
@Injectable()
export class PageBinder {
  private layers: ExpressLayers | undefined;

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly table: EndpointTable,
    private readonly pages: Pages,
    private readonly urls: PublicUrls,
  ) {}

  /** Called while modules are configured: behind the host's `app.use()`, before its routes. */
  bind(): void {
    const adapter = this.host.httpAdapter;
    if (adapter.getType() === 'express')
      this.layers = new ExpressLayers(adapter as unknown as ConstructorParameters<typeof ExpressLayers>[0]);
    for (const entry of this.table.pages) {
      for (const [method, handler] of entry.handlers) {
        if (entry.early.has(method)) continue;
        const route = this.route(entry, method, handler);
        if (method === 'GET') adapter.get(entry.path, route);
        else adapter.post(entry.path, route);
      }
    }
  }

  /** Called once all middleware is registered: on Express, `consumer.apply()` of the host comes after `bind()`. */
  settle(): void {
    this.layers?.moveBehindMiddleware(new Set(this.table.pages.map(({ path }) => path)));
  }

  private route(entry: EndpointEntry, method: Method, handler: Handler) {
    return async (request: AdapterRequest, response: AdapterResponse, next: Next): Promise<void> => {
      const message = request.raw ?? (request as IncomingMessage);
      // Routers are generous with case and slashes; the edge has prepared the exact path only.
      if (requestTarget(message.url ?? '/').path !== entry.path) return (response.callNotFound ?? next)?.call(response);
      response.hijack?.();
      const where = `${method} ${entry.path}`;
      const page = toHttpRequest(message, stashedBody(message), request);
      const answer = await handler(page).catch((error: unknown) =>
        entry.kind === 'data' ? jsonFailure(where, error) : this.pages.failure(where, error, page),
      );
      const headers = { ...securityHeaders(this.urls.secure), ...answer.headers };
      send({ ...answer, headers }, response.raw ?? (response as unknown as ServerResponse), false);
    };
  }
}
