import type { IncomingMessage } from 'node:http';
import { parse as parseCookies } from 'cookie';
import type { RequestBody } from './request-body.js';
import { stashedRequester } from './requester-address.js';

/** A request as endpoints see it: a plain value, whatever adapter it came through. */
export interface HttpRequest {
  readonly method: string;
  /** Path as sent, without query. */
  readonly path: string;
  /** Query string as sent, without `?`. */
  readonly query: string;
  readonly body: RequestBody;
  /** First value of a header; names in lower case. */
  header(name: string): string | undefined;
  /** Every value of a header, repeated ones included (Node keeps only the first of some). */
  headerValues(name: string): readonly string[];
  cookie(name: string): string | undefined;
  /** Who sent it, for limits and nothing else: by the `trustedProxies` of the options; without them Express's word, or the socket's. */
  readonly remoteAddress: string | undefined;
  /** The host's own request object, for the user adapter and nobody else. */
  readonly hostRequest: unknown;
}

export interface RequestTarget {
  readonly path: string;
  readonly query: string;
}

/** Splits a request target into path and query; understands the absolute form (RFC 9112 §3.2.2), whose authority is ignored. */
export function requestTarget(url: string): RequestTarget {
  const origin = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i.exec(url)?.[0] ?? '';
  const rest = url.slice(origin.length);
  const mark = rest.indexOf('?');
  return mark < 0
    ? { path: rest || '/', query: '' }
    : { path: rest.slice(0, mark) || '/', query: rest.slice(mark + 1) };
}

/** Every value of a header, in the order sent. */
export function headerValues(message: IncomingMessage, name: string): readonly string[] {
  const values: string[] = [];
  for (let index = 0; index + 1 < message.rawHeaders.length; index += 2) {
    if (message.rawHeaders[index]?.toLowerCase() === name) values.push(message.rawHeaders[index + 1] ?? '');
  }
  return values;
}

/** The plain request value of a Node request. */
export function toHttpRequest(
  message: IncomingMessage,
  body: RequestBody,
  hostRequest: unknown = message,
): HttpRequest {
  const { path, query } = requestTarget(message.url ?? '/');
  return {
    method: message.method ?? 'GET',
    path,
    query,
    body,
    hostRequest,
    header: (name) => headerValues(message, name)[0],
    headerValues: (name) => headerValues(message, name),
    remoteAddress: stashedRequester(message) ?? expressAddress(message) ?? message.socket.remoteAddress,
    cookie: (name) => parseCookies(headerValues(message, 'cookie').join('; '))[name],
  };
}

/** Fastify's word is not there at the edge yet, and one person shall not be two. Its middleware writes an `ip` too, on a request without `app`. */
function expressAddress(
  message: IncomingMessage & { readonly app?: unknown; readonly ip?: unknown },
): string | undefined {
  const { app, ip } = message;
  return app !== undefined && typeof ip === 'string' ? ip : undefined;
}
