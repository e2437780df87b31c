import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface CallbackServer {
  readonly port: number;
  /** Path and query of every request, favicons aside. */
  readonly visits: string[];
  close(): Promise<void>;
}

/** A program on this computer that waits for its answer, and shows every visitor the same page. */
export async function startCallbackServer(
  html = '<!doctype html><title>Client</title><p>Connected</p>',
): Promise<CallbackServer> {
  const visits: string[] = [];
  const server = createServer(({ url = '' }, response) => {
    if (url !== '/favicon.ico') visits.push(url);
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(html);
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  return { port, visits, close };
}
