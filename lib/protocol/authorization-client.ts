import { AuthorizationError } from './authorization-error.js';
import type { FormParameters } from './form-parameters.js';
import { InvalidRequestError } from './oauth-errors.js';
import { findRedirectUri } from './redirect-uri.js';

/** What the authorization endpoint must know of a client. */
export interface AuthorizationClient {
  readonly clientId: string;
  readonly redirectUris: readonly string[];
  readonly grantTypes: readonly string[];
}

/** RFC 6749 App. A.1 and A.5: printable ASCII. */
const PRINTABLE = /^[\x20-\x7e]+$/;

/** A refusal that is shown to the user, because nothing proves yet where it could be sent. */
function page(reason: string, description: string): AuthorizationError {
  return new AuthorizationError(new InvalidRequestError(description, { reason }));
}

/** Reads a parameter that may cause no redirect, whatever is wrong with it. */
function readOnPage(p: FormParameters, name: 'client_id' | 'redirect_uri'): string {
  if (p.isRepeated(name)) throw page(`${name}_repeated`, `${name} is repeated`);
  let value: string | undefined;
  try {
    value = p.get(name);
  } catch {
    throw page(`${name}_malformed`, `${name} is malformed`);
  }
  if (value === undefined) throw page(`${name}_missing`, `${name} is missing`);
  if (!PRINTABLE.test(value)) throw page(`${name}_malformed`, `${name} is malformed`);
  return value;
}

/** The first parameter to be looked at: without a client there is nobody to answer to. */
export function readClientId(p: FormParameters): string {
  return readOnPage(p, 'client_id');
}

/**
 * The second one: the redirect URI that was sent, when it is the client's, or its only registered one when none was
 * sent. Everything after this may be answered with a redirect.
 */
export function readRedirectUri(p: FormParameters, client: AuthorizationClient): string {
  const [only, ...others] = client.redirectUris;
  const sent = p.has('redirect_uri') || p.isRepeated('redirect_uri');
  if (!sent && only !== undefined && others.length === 0) return only;
  const requested = readOnPage(p, 'redirect_uri');
  const match = findRedirectUri(client.redirectUris, requested);
  if (match === undefined) {
    throw page('redirect_uri_mismatch', 'redirect_uri is not registered for this client');
  }
  return match;
}

/** The `state` that goes along with every redirect; one that cannot be returned unchanged is left out. */
export function readState(p: FormParameters): string | undefined {
  let state: string | undefined;
  try {
    state = p.get('state');
  } catch (error) {
    // Cutting it would break the client's own check, and returning it whole may break the browser.
    if (error instanceof InvalidRequestError && error.reason === 'parameter_too_long') {
      throw page('state_too_long', 'state is too long');
    }
    return undefined;
  }
  return state !== undefined && PRINTABLE.test(state) ? state : undefined;
}
