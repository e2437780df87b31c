import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { ServerCertificate } from './test-certificates.js';

/** An egress proxy: tunnels what is asked for to where the test says, and writes down what was asked. */
export class ConnectProxy {
  readonly asked: { readonly authority: string; readonly headers: IncomingMessage['headers'] }[] = [];
  readonly tunnels = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  /**
   * @param behaviour what it says to a CONNECT; with a target, it opens the tunnel
   */
  static async start(
    behaviour: (authority: string) => { target?: { host: string; port: number }; raw?: string },
    certificate?: ServerCertificate,
  ): Promise<ConnectProxy> {
    const server = certificate ? createTlsServer(certificate) : createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const proxy = new ConnectProxy(server, (server.address() as AddressInfo).port);
    server.on('connect', ({ url = '', headers }: IncomingMessage, client: Socket) => {
      proxy.asked.push({ authority: url, headers });
      client.on('error', () => undefined);
      proxy.tunnels.add(client);
      client.on('close', () => proxy.tunnels.delete(client));
      const { target, raw } = behaviour(url);
      if (raw !== undefined) client.write(raw);
      if (!target) return void client.on('end', () => client.end()).resume();
      const upstream = connect(target, () => {
        client.write('HTTP/1.1 200 Connection established\r\n\r\n');
        upstream.pipe(client).pipe(upstream);
      });
      upstream.on('error', () => client.destroy());
      client.on('close', () => upstream.destroy());
    });
    return proxy;
  }

  async close(): Promise<void> {
    for (const tunnel of this.tunnels) tunnel.destroy();
    this.server.close();
    await once(this.server, 'close');
  }
}
