import type { HttpRequest } from '../../http/http-request.js';
import { FormParameters } from '../../protocol/form-parameters.js';
import { InvalidRequestError } from '../../protocol/oauth-errors.js';

const FORM = 'application/x-www-form-urlencoded';

/** The form of a POST request. Throws `InvalidRequestError`, with status 413 for one that is too big (TOK-02, TOK-11). */
export function readForm({ body }: HttpRequest): FormParameters {
  if (body.kind === 'refused') {
    const status = body.reason === 'body_too_large' ? 413 : 400;
    throw new InvalidRequestError('The request body cannot be read', { reason: body.reason, status });
  }
  if (body.kind === 'none') return FormParameters.parse('');
  if (body.mediaType !== FORM) {
    throw new InvalidRequestError(`The request body must be ${FORM}`, { reason: 'content_type_unsupported' });
  }
  return FormParameters.parse(body.text);
}
