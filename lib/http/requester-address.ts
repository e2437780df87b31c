import type { IncomingMessage } from 'node:http';
import proxyAddr from '@fastify/proxy-addr';

const stash = new WeakMap<IncomingMessage, string>();

/**
 * Notes who sends a request, by the proxies that the operator trusts: at the edge no framework has looked at it yet.
 * @param proxies as `trustedProxies` of the options; undefined: nothing is noted, and the framework's own word counts
 */
export function requesterStash(proxies: readonly string[] | undefined): (message: IncomingMessage) => void {
  if (proxies === undefined) return () => undefined;
  const trusts = proxyAddr.compile([...proxies]);
  return (message) => void stash.set(message, proxyAddr(message, trusts));
}

export function stashedRequester(message: IncomingMessage): string | undefined {
  return stash.get(message);
}
