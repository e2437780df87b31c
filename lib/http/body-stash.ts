import type { IncomingMessage } from 'node:http';
import { NO_BODY, readBody, type RequestBody } from './request-body.js';

const stash = new WeakMap<IncomingMessage, RequestBody>();

/**
 * Reads the body of a page's form before the host can, and hides it: with the framing headers gone, no body parser of the host waits for,
 * reshapes or refuses what is already read. Works with `bodyParser: false` all the same.
 */
export async function stashBody(message: IncomingMessage): Promise<void> {
  stash.set(message, await readBody(message));
  for (const name of ['content-type', 'content-length', 'transfer-encoding', 'content-encoding'])
    delete message.headers[name];
}

export function stashedBody(message: IncomingMessage): RequestBody {
  return stash.get(message) ?? NO_BODY;
}
