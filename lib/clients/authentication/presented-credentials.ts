import type { FormParameters } from '../../protocol/form-parameters.js';
import { InvalidRequestError } from '../../protocol/oauth-errors.js';
import { authenticationFailure } from './authentication-failure.js';
import { readBasicCredentials } from './basic-credentials.js';
import { type ClientAssertion, readClientAssertion } from './client-assertion.js';

/** What a request brings along to prove which client sent it, unverified. */
export type PresentedCredentials =
  | { readonly method: 'none'; readonly clientId: string }
  | {
      readonly method: 'client_secret_basic' | 'client_secret_post';
      readonly clientId: string;
      readonly secret: string;
    }
  | { readonly method: 'private_key_jwt'; readonly clientId: string; readonly assertion: ClientAssertion };

/** Throws `InvalidRequestError` for two mechanisms at once or two names, `InvalidClientError` for what cannot be read. */
export function readPresentedCredentials(
  form: FormParameters,
  authorization: string | undefined,
): PresentedCredentials {
  const basic = readBasicCredentials(authorization);
  const secret = form.get('client_secret');
  const signed = form.has('client_assertion') || form.has('client_assertion_type');
  // CAU-05: one mechanism per request.
  if ([basic !== undefined, secret !== undefined, signed].filter(Boolean).length > 1) {
    throw new InvalidRequestError('Use one client authentication method', { reason: 'client_auth_several' });
  }
  if (basic) return named({ method: 'client_secret_basic', ...basic }, form);
  if (signed) {
    const assertion = readClientAssertion(form);
    return named({ method: 'private_key_jwt', clientId: assertion.clientId, assertion }, form);
  }
  const clientId = form.get('client_id');
  if (clientId === undefined) throw authenticationFailure('client_id_missing');
  return secret === undefined ? { method: 'none', clientId } : { method: 'client_secret_post', clientId, secret };
}

/** CAU-06: where the credentials name the client, `client_id` may be left out but not differ. */
function named(presented: PresentedCredentials, form: FormParameters): PresentedCredentials {
  if ((form.get('client_id') ?? presented.clientId) !== presented.clientId) {
    throw new InvalidRequestError('client_id differs from the authenticated client', { reason: 'client_id_differs' });
  }
  return presented;
}
