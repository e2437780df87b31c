import { once } from 'node:events';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { ServerCertificate } from './test-certificates.js';

export type DocumentHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** A request as the server of documents saw it. */
export interface SeenRequest {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** As sent, names and values in turn. */
  readonly rawHeaders: readonly string[];
}

/** A vendor's web server, with a document or a trap at every path. */
export class DocumentServer {
  readonly seen: SeenRequest[] = [];
  private readonly handlers = new Map<string, DocumentHandler>();
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {
    server.on('request', (request: IncomingMessage, response: ServerResponse) => this.answer(request, response));
    server.on('connection', (socket: Socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
    // A client that hangs up in the middle is what most of these tests are about.
    server.on('tlsClientError', () => undefined);
  }

  static async start(certificate: ServerCertificate, host = '127.0.0.1'): Promise<DocumentServer> {
    const server = createServer({ ...certificate, maxHeaderSize: 65_536 });
    server.listen(0, host);
    await once(server, 'listening');
    return new DocumentServer(server, (server.address() as AddressInfo).port);
  }

  /** Connections that are open now. */
  get open(): number {
    return this.sockets.size;
  }

  at(path: string, handler: DocumentHandler): void {
    this.handlers.set(path, handler);
  }

  /** Serves JSON, or a text as it is. */
  serve(path: string, body: unknown, headers: OutgoingHttpHeaders = {}, status = 200): void {
    this.at(path, (_request, response) => {
      response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
      response.end(typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body));
    });
  }

  /** Nothing is there any more. */
  forget(path: string): void {
    this.handlers.delete(path);
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const { method = '', url = '', headers, rawHeaders } = request;
    this.seen.push({ method, path: url, host: headers.host ?? '', headers, rawHeaders });
    const handler = this.handlers.get(url);
    if (handler) return handler(request, response);
    response.writeHead(404, { 'Content-Type': 'application/json' });
    response.end('{}');
  }
}
