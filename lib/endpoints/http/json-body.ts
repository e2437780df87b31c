import type { HttpRequest } from '../../http/http-request.js';
import { InvalidRequestError } from '../../protocol/oauth-errors.js';

/** The JSON object of a POST request. Throws `InvalidRequestError`, with status 413 for one that is too big. */
export function readJsonObject({ body }: HttpRequest): Readonly<Record<string, unknown>> {
  if (body.kind === 'refused') {
    const status = body.reason === 'body_too_large' ? 413 : 400;
    throw new InvalidRequestError('The request body cannot be read', { reason: body.reason, status });
  }
  if (body.kind === 'none') throw new InvalidRequestError('The request body is missing', { reason: 'body_missing' });
  if (body.mediaType !== 'application/json')
    throw new InvalidRequestError('The request body must be application/json', { reason: 'content_type_unsupported' });
  const value = parsed(body.text);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new InvalidRequestError('The request body must be a JSON object', { reason: 'json_malformed' });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
