import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request on its way to the application. */
export interface PassingRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** Changes a request, answers it in the application's place, or lets it pass. */
export type Tampering = {
  readonly request?: (request: PassingRequest) => PassingRequest | Response | undefined;
  readonly answer?: (answer: Response, request: PassingRequest) => Response | Promise<Response>;
};

/** Headers of one connection. */
const HOP_BY_HOP = ['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'content-encoding', 'host'];

/** Stands in front of an application under the address that it is published at, and makes it another one. */
export class TamperingProxy {
  tampering: Tampering = {};
  private target = '';

  private constructor(
    private readonly server: Server,
    readonly origin: string,
  ) {}

  static async start(): Promise<TamperingProxy> {
    const server = createServer((request, response) => void proxy.handle(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const proxy = new TamperingProxy(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    return proxy;
  }

  /** @param origin where the application really listens */
  leadTo(origin: string): void {
    this.target = origin;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const request = await read(incoming, this.origin);
    const changed = this.tampering.request?.(request) ?? request;
    const answer = changed instanceof Response ? changed : await this.pass(changed);
    await write((await this.tampering.answer?.(answer, request)) ?? answer, outgoing);
  }

  private pass({ method, url, headers, body }: PassingRequest): Promise<Response> {
    return fetch(`${this.target}${url.pathname}${url.search}`, {
      method,
      headers,
      redirect: 'manual',
      ...(method === 'GET' || method === 'HEAD' ? {} : { body }),
    });
  }
}

async function read(incoming: IncomingMessage, origin: string): Promise<PassingRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  const { method = 'GET', url = '/', headers } = incoming;
  const passed = Object.entries(headers).filter(([name]) => !HOP_BY_HOP.includes(name));
  return {
    method,
    url: new URL(url, origin),
    headers: Object.fromEntries(passed.map(([name, value]) => [name, [value ?? ''].flat().join(', ')])),
    body: Buffer.concat(chunks).toString(),
  };
}

async function write(answer: Response, outgoing: ServerResponse): Promise<void> {
  const body = Buffer.from(await answer.arrayBuffer());
  const cookies = answer.headers.getSetCookie();
  const headers = [...answer.headers].filter(([name]) => !HOP_BY_HOP.includes(name) && name !== 'set-cookie');
  outgoing.writeHead(answer.status, [
    ...headers.flat(),
    ...cookies.flatMap((cookie) => ['set-cookie', cookie]),
    'content-length',
    String(body.length),
  ]);
  outgoing.end(body);
}

/** The same answer with another JSON body. */
export async function withJson(
  answer: Response,
  change: (body: Record<string, unknown>) => Record<string, unknown>,
  status = answer.status,
): Promise<Response> {
  const body = change((await answer.json()) as Record<string, unknown>);
  return new Response(JSON.stringify(body), { status, headers: answer.headers });
}
