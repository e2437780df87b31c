import { decodeJwt, decodeProtectedHeader } from 'jose';
import type { FormParameters } from '../../protocol/form-parameters.js';
import { authenticationFailure } from './authentication-failure.js';

/** RFC 7523 §2.2. */
export const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** A signed JWT in compact form, and no other: jose would look at an encrypted one, and at padding, too. */
const COMPACT_JWS = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** RFC 6749 App. A.1: printable ASCII. A database may not even be able to compare anything else. */
const CLIENT_ID = /^[\x20-\x7e]+$/;

type Members = Readonly<Record<string, unknown>>;

/** A client's signed statement about itself (RFC 7523 §2.2) as it was sent: nothing in it is verified. */
export interface ClientAssertion {
  readonly jwt: string;
  readonly header: Members;
  readonly claims: Members;
  /** Who it says it is from, and about: `iss` and `sub`. */
  readonly clientId: string;
}

/** The assertion of a form that has one; how long it may be is the form's business. Throws `InvalidClientError`. */
export function readClientAssertion(form: FormParameters): ClientAssertion {
  const jwt = form.get('client_assertion');
  if (jwt === undefined) throw authenticationFailure('client_assertion_missing');
  if (form.get('client_assertion_type') !== ASSERTION_TYPE) throw authenticationFailure('client_assertion_type');
  if (!COMPACT_JWS.test(jwt)) throw authenticationFailure('client_assertion_malformed');
  const [header, claims] = decode(jwt);
  const { iss, sub } = claims;
  if (typeof sub !== 'string' || !CLIENT_ID.test(sub) || iss !== sub) {
    throw authenticationFailure('client_assertion_subject');
  }
  return { jwt, header, claims, clientId: sub };
}

function decode(jwt: string): readonly [header: Members, claims: Members] {
  try {
    return [decodeProtectedHeader(jwt), decodeJwt(jwt)];
  } catch {
    throw authenticationFailure('client_assertion_malformed');
  }
}
