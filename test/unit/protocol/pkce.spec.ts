import { describe, expect, it } from 'vitest';
import { assertCodeChallenge, assertPkce, s256 } from '../../../lib/protocol/pkce.js';
import { refusal } from './refusal.js';

// RFC 7636 appendix B.
const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';

const MISMATCH = {
  type: 'InvalidGrantError',
  reason: 'pkce_mismatch',
  description: 'The authorization code is not valid',
};
const VERIFIER_MALFORMED = {
  type: 'InvalidRequestError',
  reason: 'code_verifier_malformed',
  description: 'code_verifier must be 43 to 128 unreserved characters',
};
const CHALLENGE_MALFORMED = {
  type: 'InvalidRequestError',
  reason: 'code_challenge_malformed',
  description: 'code_challenge must be 43 base64url characters',
};
const METHOD_UNSUPPORTED = {
  type: 'InvalidRequestError',
  reason: 'code_challenge_method_unsupported',
  description: 'PKCE is required with code_challenge_method S256',
};

describe('s256', () => {
  it('gives the challenge of RFC 7636 appendix B', () => {
    expect(s256(verifier)).toBe(challenge);
  });
});

describe('assertCodeChallenge', () => {
  it('AUT-13 accepts an S256 challenge', () => {
    expect(() => assertCodeChallenge(challenge, 'S256')).not.toThrow();
  });

  it.each([['S256'], ['plain'], [undefined]])('AUT-12 refuses a request without challenge (method %s)', (method) => {
    expect(refusal(() => assertCodeChallenge(undefined, method))).toStrictEqual({
      type: 'InvalidRequestError',
      reason: 'code_challenge_missing',
      description: 'PKCE is required: code_challenge is missing',
    });
  });

  it.each([[undefined], ['plain'], ['s256'], ['S256 '], ['S512'], ['']])('AUT-13 refuses the method %s', (method) => {
    expect(refusal(() => assertCodeChallenge(challenge, method))).toStrictEqual(METHOD_UNSUPPORTED);
  });

  it.each([
    ['42 characters', challenge.slice(1)],
    ['44 characters', `${challenge}A`],
    ['padding', `${challenge}=`],
    ['padding in the place of a character', `${challenge.slice(1)}=`],
    ['the base64 alphabet', `+${challenge.slice(1)}`],
    ['a slash', `/${challenge.slice(1)}`],
    ['a character that only a verifier may have', `~${challenge.slice(1)}`],
    ['a blank', ` ${challenge.slice(1)}`],
    ['a line break at the end', `${challenge}\n`],
    ['a letter beyond ASCII', `ä${challenge.slice(1)}`],
    ['nothing', ''],
  ])('AUT-13 refuses a challenge with %s', (_case, malformed) => {
    expect(refusal(() => assertCodeChallenge(malformed, 'S256'))).toStrictEqual(CHALLENGE_MALFORMED);
  });
});

describe('assertPkce', () => {
  it('ACG-02 accepts the verifier of RFC 7636 appendix B', () => {
    expect(() => assertPkce(verifier, challenge)).not.toThrow();
  });

  it('ACG-02 accepts 43 to 128 characters of the whole alphabet', () => {
    for (const candidate of ['~'.repeat(43), 'a-._~Z09'.repeat(16)]) {
      expect(() => assertPkce(candidate, s256(candidate))).not.toThrow();
    }
  });

  it.each([
    ['another verifier', `${verifier.slice(0, -1)}X`],
    ['the challenge itself (plain)', challenge],
    ['another case', verifier.toLowerCase()],
    ['a longer verifier', `${verifier}A`],
  ])('ACG-02 refuses %s', (_case, presented) => {
    expect(refusal(() => assertPkce(presented, challenge))).toStrictEqual(MISMATCH);
  });

  it.each([
    ['an empty one', ''],
    ['42 characters', verifier.slice(1)],
    ['129 characters', 'a'.repeat(129)],
    ['a blank', ` ${verifier.slice(1)}`],
    ['a plus sign', `+${verifier.slice(1)}`],
    ['a slash', `/${verifier.slice(1)}`],
    ['padding', `${verifier}=`],
    ['a line break at the end', `${verifier}\n`],
    ['a percent sequence', `%7E${verifier.slice(1)}`],
    ['a letter beyond ASCII', `ä${verifier.slice(1)}`],
  ])('ACG-02 refuses a malformed verifier: %s', (_case, presented) => {
    expect(refusal(() => assertPkce(presented, s256(presented)))).toStrictEqual(VERIFIER_MALFORMED);
  });

  it('ACG-03 refuses a code that was stored without challenge', () => {
    const expected = {
      type: 'InvalidRequestError',
      reason: 'code_challenge_missing',
      description: 'The authorization code was issued without PKCE',
    };
    expect(refusal(() => assertPkce(verifier, ''))).toStrictEqual(expected);
    // What a storage that forgot the column would hand over.
    expect(refusal(() => assertPkce(verifier, JSON.parse('null') as string))).toStrictEqual(expected);
  });

  it('ACG-02 refuses a plain challenge even for the same string', () => {
    expect(refusal(() => assertPkce(verifier, verifier))).toStrictEqual(MISMATCH);
  });
});
