import type { IncomingMessage } from 'node:http';
import getRawBody from 'raw-body';

/** A request body read by ourselves: text, nothing, or the reason why it was not read. */
export type RequestBody =
  | { readonly kind: 'none' }
  | { readonly kind: 'text'; readonly mediaType: string; readonly text: string }
  | { readonly kind: 'refused'; readonly reason: BodyFault; readonly mediaType: string };

export type BodyFault =
  'body_too_large' | 'body_charset_unsupported' | 'body_encoding_unsupported' | 'body_not_utf8' | 'body_incomplete';

/** Most bytes read of a form or of anything that is not JSON (ABU-02). */
const FORM_LIMIT = 64 * 1024;
/** Most bytes read of a JSON document (ABU-02). */
const JSON_LIMIT = 32 * 1024;

export const NO_BODY: RequestBody = { kind: 'none' };

/** Reads the body of a request that no parser has touched. Never rejects: a fault is part of the value, and each endpoint words its own error. */
export async function readBody(message: IncomingMessage): Promise<RequestBody> {
  const body = await bodyOf(message, (mediaType) => consume(message, mediaType));
  if (body.kind === 'refused') message.resume();
  return body;
}

/** @param bytesOf asked only where the headers leave hope */
export async function bodyOf(
  message: IncomingMessage,
  bytesOf: (mediaType: string) => Promise<Buffer | BodyFault>,
): Promise<RequestBody> {
  const { mediaType, charset } = contentType(message.headers['content-type']);
  const refused = (reason: BodyFault): RequestBody => ({ kind: 'refused', reason, mediaType });
  const encoding = message.headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') return refused('body_encoding_unsupported');
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8') return refused('body_charset_unsupported');
  const bytes = await bytesOf(mediaType);
  if (!Buffer.isBuffer(bytes)) return refused(bytes);
  if (bytes.length === 0) return NO_BODY;
  try {
    return { kind: 'text', mediaType, text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return refused('body_not_utf8');
  }
}

async function consume(message: IncomingMessage, mediaType: string): Promise<Buffer | BodyFault> {
  const limit = mediaType.endsWith('json') ? JSON_LIMIT : FORM_LIMIT;
  const length = message.headers['content-length'];
  try {
    return await getRawBody(message, { limit, ...(length === undefined ? {} : { length }) });
  } catch (error) {
    return (error as { type?: unknown }).type === 'entity.too.large' ? 'body_too_large' : 'body_incomplete';
  }
}

function contentType(header: string | undefined): { mediaType: string; charset: string | undefined } {
  const [mediaType = '', ...parameters] = (header ?? '').toLowerCase().split(';');
  const charset = parameters
    .map((parameter) => /^\s*charset\s*=\s*"?([^"\s]*)"?\s*$/.exec(parameter)?.[1])
    .find((found) => found !== undefined);
  return { mediaType: mediaType.trim(), charset };
}
