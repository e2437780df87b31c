import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A port nobody listens on right now, for a program that wants to be told one. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Opens the callback of a program on this computer; it may have told its address a moment before it listens. */
export async function visitCallback(callback: URL, attempts = 100): Promise<Response> {
  try {
    return await fetch(callback);
  } catch (error) {
    if (attempts === 0) throw error;
    await sleep(100);
    return visitCallback(callback, attempts - 1);
  }
}
