import type { IncomingMessage } from 'node:http';
import { type BodyFault, bodyOf, type RequestBody } from './request-body.js';

/** Most bytes looked at; as much as the MCP SDKs read of one request. */
export const PEEK_LIMIT = 4 * 1024 * 1024;

/**
 * Reads the body of a request that nobody has read yet, and puts it back, whatever comes of it: whoever comes next finds it unread. Over HTTP/2 it
 * is left alone, as incomplete: Node does not say in time that all has come.
 */
export function peekBody(message: IncomingMessage): Promise<RequestBody> {
  return bodyOf(message, async () => {
    if (message.httpVersionMajor > 1) return 'body_incomplete';
    return Number(message.headers['content-length'] ?? 0) > PEEK_LIMIT ? 'body_too_large' : peekBytes(message);
  });
}

function peekBytes(message: IncomingMessage): Promise<Buffer | BodyFault> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const finish = (result: Buffer | BodyFault): void => {
      message.off('readable', look).off('end', tear).off('close', tear).off('error', tear);
      resolve(result);
    };
    const tear = (): void => finish('body_incomplete');
    const look = (): void => {
      for (let chunk = read(message); chunk !== null && length <= PEEK_LIMIT; chunk = read(message)) {
        chunks.push(chunk);
        length += chunk.length;
      }
      if (length <= PEEK_LIMIT && !message.complete) return;
      const bytes = Buffer.concat(chunks);
      // All has arrived and the end has not been announced: the last moment at which bytes can be put back.
      if (bytes.length > 0) message.unshift(bytes);
      finish(length > PEEK_LIMIT ? 'body_too_large' : bytes);
    };
    message.on('readable', look).on('end', tear).on('close', tear).on('error', tear);
  });
}

function read(message: IncomingMessage): Buffer | null {
  return message.read() as Buffer | null;
}
