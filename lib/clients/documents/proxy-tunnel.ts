import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { ClientDocumentError } from './client-document-error.js';
import type { DocumentTarget } from './document-hosts.js';

/** A way through the operator's proxy (RFC 9110 §9.3.6). Whom it calls for us is up to the proxy. */
export async function openTunnel(
  proxy: URL,
  { host, port }: Pick<DocumentTarget, 'host' | 'port'>,
  signal: AbortSignal,
): Promise<Socket> {
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const request = (proxy.protocol === 'https:' ? httpsRequest : httpRequest)({
    method: 'CONNECT',
    host: proxy.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: proxy.port === '' ? (proxy.protocol === 'https:' ? 443 : 80) : Number(proxy.port),
    path: authority,
    agent: false,
    // Said in so many words, because an environment variable could turn it off.
    ...(proxy.protocol === 'https:' ? { rejectUnauthorized: true } : {}),
    headers: { Host: authority, ...credentials(proxy) },
    signal,
  });
  request.end();
  const { statusCode, socket } = await new Promise<Tunnel>((resolve, reject) => {
    request.once('connect', ({ statusCode }, socket: Socket) => resolve({ statusCode, socket }));
    request.once('response', ({ statusCode }) => resolve({ statusCode }));
    request.on('error', reject).once('close', () => reject(new Error('closed without an answer')));
  });
  if (statusCode === 200 && socket) return socket;
  request.destroy();
  socket?.destroy();
  throw new ClientDocumentError({ reason: 'client_document_proxy_refused' });
}

interface Tunnel {
  readonly statusCode: number | undefined;
  readonly socket?: Socket;
}

function credentials({ username, password }: URL): Record<string, string> {
  if (username === '' && password === '') return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { 'Proxy-Authorization': `Basic ${Buffer.from(pair).toString('base64')}` };
}
