import { ASSERTION_ALGORITHMS } from '../../protocol/supported.js';
import { authenticationFailure } from './authentication-failure.js';

/** Longest lifetime of an assertion. Clients of the field make them for one to five minutes; what works once needs no more. */
export const MAX_LIFETIME_SECONDS = 600;

/** How far the client's clock may be off, in either direction: well between the 10 s and the 60 s of FAPI 2.0 §5.3.2.1. */
export const CLOCK_SKEW_SECONDS = 30;

const MAX_ID_LENGTH = 256;

/** RFC 8725 §3.11: no other kind of JWT passes for an assertion. Many libraries write none. */
const TYPES: readonly unknown[] = [undefined, 'jwt', 'client-authentication+jwt'];

type Members = Readonly<Record<string, unknown>>;

/** What the use of an assertion is remembered by. */
export interface AssertionUse {
  /** `jti` */
  readonly id: string;
  /** `exp`, in milliseconds since the epoch. */
  readonly expiresAt: number;
}

/**
 * RFC 8725 §3.1: an asymmetric algorithm, and the one the client registered, if it did. Keys in the header are nobody's registered keys
 * and nobody looks at them. Throws `InvalidClientError`.
 */
export function assertAssertionHeader({ alg, typ, ...others }: Members, registeredAlgorithm: string | undefined): void {
  if (!ASSERTION_ALGORITHMS.some((one) => one === alg)) throw authenticationFailure('client_assertion_algorithm');
  if (registeredAlgorithm !== undefined && alg !== registeredAlgorithm) {
    throw authenticationFailure('client_assertion_algorithm_differs');
  }
  // RFC 7515 §4.1.9: `application/` may be left out, and usually is.
  const type = typeof typ === 'string' ? typ.toLowerCase().replace(/^application\//, '') : typ;
  if (!TYPES.includes(type)) throw authenticationFailure('client_assertion_typ');
  // RFC 7515 §4.1.11: extensions that are not understood make it invalid; we understand none.
  if ('crit' in others) throw authenticationFailure('client_assertion_critical_header');
}

/**
 * RFC 7523 §3: for one of these audiences and nobody else, alive, short-lived, and with a name of its own. Throws `InvalidClientError`.
 * @param now milliseconds since the epoch
 */
export function readAssertionUse(claims: Members, audiences: readonly string[], now: number): AssertionUse {
  // CAU-09: an audience that others accept as well lets them use the assertion here.
  const audience: unknown =
    Array.isArray(claims['aud']) && claims['aud'].length === 1 ? claims['aud'][0] : claims['aud'];
  if (!audiences.some((one) => one === audience)) throw authenticationFailure('client_assertion_audience');
  const expiry = readTime(claims, 'exp');
  if (expiry === undefined) throw authenticationFailure('client_assertion_expiry_missing');
  assertTimes(expiry, readTime(claims, 'nbf'), readTime(claims, 'iat'), now / 1000);
  const { jti } = claims;
  if (typeof jti !== 'string' || jti === '' || jti.length > MAX_ID_LENGTH) {
    throw authenticationFailure('client_assertion_id');
  }
  return { id: jti, expiresAt: Math.ceil(expiry * 1000) };
}

function readTime(claims: Members, name: string): number | undefined {
  const value = claims[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !Number.isFinite(value)) throw authenticationFailure('client_assertion_time');
  return value;
}

function assertTimes(expiry: number, notBefore: number | undefined, issued: number | undefined, now: number): void {
  const [earliest, latest] = [now - CLOCK_SKEW_SECONDS, now + CLOCK_SKEW_SECONDS];
  if (expiry <= earliest) throw authenticationFailure('client_assertion_expired');
  if (Math.max(notBefore ?? 0, issued ?? 0) > latest) throw authenticationFailure('client_assertion_not_yet_valid');
  if (expiry > latest + MAX_LIFETIME_SECONDS || (issued ?? now) < earliest - MAX_LIFETIME_SECONDS) {
    throw authenticationFailure('client_assertion_long_lived');
  }
}
