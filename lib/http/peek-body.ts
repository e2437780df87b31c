import type { IncomingMessage } from 'node:http';
import { type BodyFault, readBody, type RequestBody } from './request-body.js';

/** Most bytes looked at; as much as the MCP SDKs read of one request. */
const LIMIT = 4 * 1024 * 1024;

/** Reads the body of a request that nobody has read yet, and puts it back: whoever comes next finds it unread. */
export function peekBody(message: IncomingMessage): Promise<RequestBody> {
  return readBody(message, () => peekBytes(message));
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
      for (let chunk = read(message); chunk !== null && length <= LIMIT; chunk = read(message)) {
        chunks.push(chunk);
        length += chunk.length;
      }
      if (length > LIMIT) return finish('body_too_large');
      if (!message.complete) return;
      const bytes = Buffer.concat(chunks);
      // All has arrived and the end has not been announced: the last moment at which bytes can be put back.
      if (bytes.length > 0) message.unshift(bytes);
      finish(bytes);
    };
    message.on('readable', look).on('end', tear).on('close', tear).on('error', tear);
  });
}

function read(message: IncomingMessage): Buffer | null {
  return message.read() as Buffer | null;
}
