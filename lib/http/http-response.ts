import type { ServerResponse } from 'node:http';

export type Headers = Readonly<Record<string, string | readonly string[]>>;

/** A response as endpoints give it: a plain value that the edge or the page binder sends. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body?: string;
}

const NO_STORE = { 'Cache-Control': 'no-store' } as const;
const JSON_TYPE = { 'Content-Type': 'application/json; charset=utf-8' } as const;

/** A JSON document that nobody stores (TRN-03). */
export function json(status: number, body: object, headers: Headers = NO_STORE): HttpResponse {
  return { status, headers: { ...JSON_TYPE, ...headers }, body: JSON.stringify(body) };
}

/** An answer whose status says it all. */
export function empty(status: number): HttpResponse {
  return { status, headers: NO_STORE };
}

/** A public document that may be cached for a while (DSC-24). */
export function document(body: object, maxAgeSeconds: number): HttpResponse {
  return json(200, body, { 'Cache-Control': `public, max-age=${maxAgeSeconds}` });
}

export function page(status: number, html: string, headers: Headers): HttpResponse {
  return { status, headers: { 'Content-Type': 'text/html; charset=utf-8', ...headers }, body: html };
}

/** A redirect of a GET; 303 also turns a POST into a GET. The body stays empty: a `Location` may hold a code. */
export function redirect(status: 302 | 303, location: string, headers: Headers = {}): HttpResponse {
  return { status, headers: { ...NO_STORE, 'Referrer-Policy': 'no-referrer', ...headers, Location: location } };
}

/**
 * Sends a response as the only author of its headers. What the host's middleware set before is dropped (its CSP would break the consent page,
 * its CORS headers would open it), cookies excepted: a session may want to be saved.
 */
export function send(response: HttpResponse, res: ServerResponse, head: boolean): void {
  for (const name of res.getHeaderNames()) if (name !== 'set-cookie') res.removeHeader(name);
  res.statusCode = response.status;
  for (const [name, value] of Object.entries(response.headers)) {
    if (name.toLowerCase() === 'set-cookie') res.appendHeader(name, value);
    else res.setHeader(name, value);
  }
  const body = response.body ?? '';
  if (response.status !== 204) res.setHeader('Content-Length', Buffer.byteLength(body));
  res.end(head ? undefined : body);
}
