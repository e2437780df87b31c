import { IncomingMessage, type OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { vi } from 'vitest';

export interface MessageParts {
  readonly method?: string;
  readonly url?: string;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly body?: string | Buffer;
}

/** A request as Node hands it over, without a connection. */
export function message({ method = 'GET', url = '/mcp', headers = [], body }: MessageParts = {}): IncomingMessage {
  const request = new IncomingMessage(new Socket());
  request.method = method;
  request.url = url;
  request.rawHeaders = headers.flat();
  for (const [name, value] of headers) request.headers[name.toLowerCase()] ??= value;
  if (body !== undefined) request.push(body);
  request.push(null);
  return request;
}

/** What was sent, as far as it left us. */
export interface Sent {
  readonly res: ServerResponse;
  ended(): number;
  status(): number;
  headers(): OutgoingHttpHeaders;
  body(): unknown;
}

/** A response without a connection, and what becomes of it. */
export function response(request: IncomingMessage = message()): Sent {
  const res = new ServerResponse(request);
  const end = vi.spyOn(res, 'end');
  return {
    res,
    ended: () => end.mock.calls.length,
    status: () => res.statusCode,
    headers: () => ({ ...res.getHeaders() }),
    body: () => end.mock.calls[0]?.[0],
  };
}
