import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable, Optional } from '@nestjs/common';
import { PublicUrls } from '../../config/public-urls.js';
import { McpGate } from '../../resource-server/mcp-gate.js';
import { CORS, overrideCors, preflight } from '../../http/cors.js';
import { Pages } from '../authorize/pages.js';
import { type EndpointEntry, EndpointTable, isBehindHost } from './endpoint-table.js';
import { jsonFailure } from './error-response.js';
import { requestTarget, toHttpRequest } from '../../http/http-request.js';
import { type Headers, type HttpResponse, json, send } from '../../http/http-response.js';
import { stashBody, stashedBody } from '../../http/body-stash.js';
import { NO_BODY, readBody } from '../../http/request-body.js';
import { securityHeaders } from '../../http/security-headers.js';

type Next = (error?: unknown) => void;

/** Well-known names of OAuth: an unknown one is a clean 404, never the host's single-page app (DSC-23). */
const OAUTH_DOCUMENT = /^(\/[^?]*)?\/\.well-known\/(oauth-|openid-configuration|jwks\.json)/;

/**
 * The front door, before any middleware, parser or router of the host. It answers the endpoints of programs itself, prepares pages,
 * and lets nobody without a token past it on the MCP path.
 */
@Injectable()
export class Edge {
  private readonly seen = new WeakMap<IncomingMessage, string | undefined>();

  constructor(
    private readonly table: EndpointTable,
    private readonly urls: PublicUrls,
    private readonly pages: Pages,
    private readonly noteRequester: (message: IncomingMessage) => void,
    @Optional() private readonly gate?: McpGate,
  ) {}

  /** Node's own request and response, so that one door serves every adapter. Runs once per request and URL, however often it is mounted: Fastify may rewrite one. */
  readonly handle = (message: IncomingMessage, res: ServerResponse, next: Next): void => {
    if (this.seen.get(message) === message.url) return next();
    this.seen.set(message, message.url);
    const { path } = requestTarget(message.url ?? '/');
    const entry = this.table.find(path);
    if (entry) {
      this.enter(entry, message, res, next).catch((error: unknown) => this.fail(entry, error, message, res));
    } else if (OAUTH_DOCUMENT.test(path)) {
      this.missing(message, res);
    } else if (this.gate?.covers(path)) {
      this.admit(this.gate, message, res, next);
    } else {
      next();
    }
  };

  /** Whatever goes wrong here is answered here: passed on, an error could become an open door. */
  private admit(gate: McpGate, message: IncomingMessage, res: ServerResponse, next: Next): void {
    gate.admit(message, res).then(
      (admitted) => (admitted ? next() : undefined),
      (error: unknown) => gate.refuse(res, error),
    );
  }

  private fail(entry: EndpointEntry, error: unknown, message: IncomingMessage, res: ServerResponse): void {
    if (!res.headersSent) this.sendTo(entry, jsonFailure(entry.path, error), message, res);
  }

  /** The preflight passes, so that a browser client gets to see the 404 and tries the next place. */
  private missing(message: IncomingMessage, res: ServerResponse): void {
    message.resume();
    if (message.method === 'OPTIONS') return this.send(preflight(['GET']), message, res);
    this.sendJson(json(404, { error: 'not_found', error_description: 'No such document' }), message, res);
  }

  private async enter(entry: EndpointEntry, message: IncomingMessage, res: ServerResponse, next: Next): Promise<void> {
    this.noteRequester(message);
    if (!isBehindHost(entry.kind)) return this.answer(entry, message, res);
    // AUT-02: no page is ever readable from another origin, whatever the host's CORS says.
    overrideCors(res, {});
    const method = message.method ?? 'GET';
    if (method !== 'GET' && method !== 'POST') return this.methodNotAllowed(entry, message, res);
    const handler = entry.handlers.get(method);
    if (!handler) return this.methodNotAllowed(entry, message, res);
    if (method === 'POST') await stashBody(message);
    if (!entry.early.has(method)) return next();
    const request = toHttpRequest(message, stashedBody(message));
    const answer = await handler(request).catch((error: unknown) =>
      this.pages.failure(`${method} ${entry.path}`, error, request),
    );
    this.send(answer, message, res);
  }

  private async answer(entry: EndpointEntry, message: IncomingMessage, res: ServerResponse): Promise<void> {
    const method = message.method === 'HEAD' ? 'GET' : message.method;
    if (method === 'OPTIONS' && isForBrowsers(entry))
      return this.send(preflight([...entry.handlers.keys()]), message, res);
    const handler = method === 'GET' || method === 'POST' ? entry.handlers.get(method) : undefined;
    if (!handler) return this.methodNotAllowed(entry, message, res);
    try {
      const body = method === 'POST' ? await readBody(message) : NO_BODY;
      this.sendTo(entry, await handler(toHttpRequest(message, body)), message, res);
    } catch (error) {
      this.sendTo(entry, jsonFailure(entry.path, error), message, res);
    }
  }

  private methodNotAllowed(entry: EndpointEntry, message: IncomingMessage, res: ServerResponse): void {
    const allow = [...entry.handlers.keys()].join(', ');
    message.resume();
    const body = { error: 'invalid_request', error_description: 'Method not allowed' };
    const response = json(405, body, { 'Cache-Control': 'no-store', Allow: allow });
    this.sendTo(entry, response, message, res);
  }

  private sendTo(entry: EndpointEntry, response: HttpResponse, message: IncomingMessage, res: ServerResponse): void {
    if (isForBrowsers(entry)) this.sendJson(response, message, res);
    else this.send(response, message, res);
  }

  private sendJson(response: HttpResponse, message: IncomingMessage, res: ServerResponse): void {
    this.send({ ...response, headers: { ...response.headers, ...CORS } }, message, res);
  }

  private send(response: HttpResponse, message: IncomingMessage, res: ServerResponse): void {
    const headers: Headers = { ...securityHeaders(this.urls.secure), ...response.headers };
    send({ ...response, headers }, res, message.method === 'HEAD');
  }
}

/** Whether a page of another origin may read the answer (decision H4). */
function isForBrowsers({ kind }: EndpointEntry): boolean {
  return kind === 'document' || kind === 'json';
}
