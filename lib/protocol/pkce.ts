import { createHash } from 'node:crypto';
import { constantTimeEqual } from './constant-time.js';
import { InvalidGrantError, InvalidRequestError } from './oauth-errors.js';

/** SHA-256 in base64url is always 43 characters long. */
const S256_CHALLENGE = /^[A-Za-z0-9_-]{43}$/;

/** RFC 7636 §4.1: 43 to 128 unreserved characters. */
const CODE_VERIFIER = /^[A-Za-z0-9._~-]{43,128}$/;

/** RFC 7636 §4.3: the challenge of an authorization request. Only S256; an absent method would mean `plain`. */
export function assertCodeChallenge(
  challenge: string | undefined,
  method: string | undefined,
): asserts challenge is string {
  if (challenge === undefined) {
    throw new InvalidRequestError('PKCE is required: code_challenge is missing', { reason: 'code_challenge_missing' });
  }
  if (method !== 'S256') {
    throw new InvalidRequestError('PKCE is required with code_challenge_method S256', {
      reason: 'code_challenge_method_unsupported',
    });
  }
  if (!S256_CHALLENGE.test(challenge)) {
    throw new InvalidRequestError('code_challenge must be 43 base64url characters', {
      reason: 'code_challenge_malformed',
    });
  }
}

/** RFC 7636 §4.6: the verifier of a token request proves that the same client began the flow. */
export function assertPkce(verifier: string, challenge: string): void {
  // A storage fault that loses the challenge must never switch PKCE off.
  if (!challenge) {
    throw new InvalidRequestError('The authorization code was issued without PKCE', {
      reason: 'code_challenge_missing',
    });
  }
  if (!CODE_VERIFIER.test(verifier)) {
    throw new InvalidRequestError('code_verifier must be 43 to 128 unreserved characters', {
      reason: 'code_verifier_malformed',
    });
  }
  if (!constantTimeEqual(s256(verifier), challenge)) {
    throw new InvalidGrantError('The authorization code is not valid', { reason: 'pkce_mismatch' });
  }
}

/** RFC 7636 §4.2: the S256 challenge of a verifier. */
export function s256(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url');
}
