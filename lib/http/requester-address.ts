import type { IncomingMessage } from 'node:http';
import { isIP, type Server } from 'node:net';
import proxyAddr from '@fastify/proxy-addr';

const stash = new WeakMap<IncomingMessage, string>();

/** An address as some proxies write it, in brackets or with a port, which is another one at every connection. */
const WITH_PORT = /^(?:\[([^\]]+)\]|([\d.]+))(?::\d+)?$/;

/**
 * Notes who sends a request, by the proxies that the operator trusts: at the edge no framework has looked at it yet. Where they say something
 * that is no IP address, it is whoever connected.
 * @param proxies as `trustedProxies` of the options; undefined: nothing is noted, and the framework's own word counts
 */
export function requesterStash(proxies: readonly string[] | undefined): (message: IncomingMessage) => void {
  if (proxies === undefined) return () => undefined;
  const listed = proxyAddr.compile([...proxies]);
  return (message) => {
    const { socket } = message;
    const trusts = (address: string | undefined, hop: number) =>
      address === undefined ? isLocal(socket) : listed(withoutPort(address), hop);
    const said = withoutPort(proxyAddr(message, trusts) ?? '');
    const requester = isIP(said) === 0 ? socket.remoteAddress : said;
    if (requester !== undefined) stash.set(message, requester);
  };
}

export function stashedRequester(message: IncomingMessage): string | undefined {
  return stash.get(message);
}

/**
 * Whether somebody without an address came by a unix socket, where the proxy of this machine is. A stranger who has hung up has no address
 * either, and is not believed for that.
 */
function isLocal(socket: IncomingMessage['socket'] & { readonly server?: Server }): boolean {
  const address = socket.server?.listening === true ? socket.server.address() : undefined;
  return address === null || typeof address === 'string';
}

function withoutPort(address: string): string {
  const [, bracketed, plain] = WITH_PORT.exec(address) ?? [];
  return bracketed ?? plain ?? address;
}
