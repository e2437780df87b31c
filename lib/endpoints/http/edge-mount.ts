import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { whenAdapterIsSet } from '../../http/when-adapter-is-set.js';
import { Edge } from './edge.js';

type RequestListener = (message: IncomingMessage, response: ServerResponse) => void;

interface ExpressInstance {
  use(middleware: Edge['handle']): void;
  readonly router?: { readonly stack?: unknown[] };
}

interface FastifyInstance {
  readonly server: Server;
  addHook(
    name: 'onRequest',
    hook: (request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void) => void,
  ): void;
}

interface FastifyRequest {
  readonly raw: IncomingMessage;
}

interface FastifyReply {
  readonly raw: ServerResponse;
  hijack(): void;
}

/**
 * Puts the edge in front of everything. A provider's constructor runs while the application is created, before the host can call `app.use()`
 * or Nest registers its body parsers.
 */
@Injectable()
export class EdgeMount {
  constructor(host: HttpAdapterHost, edge: Edge) {
    whenAdapterIsSet(host, (adapter) => {
      if (adapter.getType() === 'fastify') mountOnFastify(adapter.getInstance<FastifyInstance>(), edge);
      else mountOnExpress(adapter.getInstance<ExpressInstance>(), edge);
    });
  }
}

/** In front of what an Express application that is older than Nest may already route. */
function mountOnExpress(instance: ExpressInstance, edge: Edge): void {
  instance.use(edge.handle);
  const stack = instance.router?.stack;
  const layer = stack?.pop();
  if (layer !== undefined) stack?.unshift(layer);
}

/**
 * Nest's Fastify adapter answers CORS preflights in a hook of its own constructor, earlier than any hook of ours: so the edge also stands
 * before Fastify itself. The hook remains for requests that do not come through the server (`app.inject()`, serverless adapters).
 */
function mountOnFastify(instance: FastifyInstance, edge: Edge): void {
  const { server } = instance;
  const listeners = server.listeners('request') as RequestListener[];
  server.removeAllListeners('request');
  server.on('request', (message: IncomingMessage, response: ServerResponse) => {
    edge.handle(message, response, () => listeners.forEach((listen) => listen.call(server, message, response)));
  });
  instance.addHook('onRequest', (request, reply, done) => {
    edge.handle(request.raw, reply.raw, (error) => done(error as Error | undefined));
    if (reply.raw.writableEnded) reply.hijack();
  });
}
