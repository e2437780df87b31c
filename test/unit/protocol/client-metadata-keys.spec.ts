import { describe, expect, it } from 'vitest';
import { parseKeySet, readKeys as readKeysUnder } from '../../../lib/protocol/client-metadata-keys.js';
import type { JsonObject } from '../../../lib/protocol/client-metadata-members.js';
import { EC_KEY, metadataRefused } from './metadata-fixture.js';
import { refusal } from './refusal.js';

const RSA_KEY = { kty: 'RSA', n: 'n', e: 'AQAB', key_ops: ['verify'] };
const OKP_KEY = { kty: 'OKP', crv: 'Ed25519', x: 'x' };
const WRONG_TYPE = metadataRefused('jwks_wrong_type', 'jwks must be a JSON Web Key Set');
const NOT_PUBLIC = metadataRefused('jwks_not_public', 'jwks must hold public keys only');
const TOO_LONG = metadataRefused('jwks_too_long', 'jwks is too long');

describe('readKeys', () => {
  const readKeys = (input: JsonObject, remoteKeys = true) => readKeysUnder(input, { remoteKeys });
  const NONE = { jwks: undefined, jwks_uri: undefined };

  it('REG-15 takes public keys by value, or a reference to them, or neither', () => {
    expect(readKeys({})).toStrictEqual(NONE);
    expect(readKeys({ jwks_uri: '' })).toStrictEqual(NONE);
    expect(readKeys({ jwks: { keys: [EC_KEY] }, jwks_uri: '' })).toStrictEqual({ ...NONE, jwks: { keys: [EC_KEY] } });
    const jwks_uri = 'https://client.example/jwks.json';
    expect(readKeys({ jwks_uri })).toStrictEqual({ ...NONE, jwks_uri });
  });

  it('REG-15 refuses both at once, even where one of them is empty', () => {
    for (const keys of [[EC_KEY], []]) {
      expect(refusal(() => readKeys({ jwks: { keys }, jwks_uri: 'https://client.example/jwks.json' }))).toStrictEqual(
        metadataRefused('jwks_and_jwks_uri', 'jwks and jwks_uri must not be sent together'),
      );
    }
  });

  it('REG-15 refuses a reference where nobody would follow it, and takes keys by value', () => {
    const jwks_uri = 'https://client.example/jwks.json';
    expect(refusal(() => readKeys({ jwks_uri }, false))).toStrictEqual(
      metadataRefused('jwks_uri_unsupported', 'jwks_uri is not supported here; keys can be sent in jwks'),
    );
    expect(readKeys({ jwks_uri: '' }, false)).toStrictEqual(NONE);
    expect(readKeys({ jwks: { keys: [EC_KEY] } }, false)).toStrictEqual({ ...NONE, jwks: { keys: [EC_KEY] } });
  });

  it('REG-16 refuses a reference that is not https', () => {
    expect(refusal(() => readKeys({ jwks_uri: 'http://client.example/jwks.json' }))).toStrictEqual(
      metadataRefused('jwks_uri_not_https', 'jwks_uri must be an https URL'),
    );
  });
});

describe('parseKeySet', () => {
  it('REG-15 keeps keys of every type whose signatures can be verified', () => {
    const keys = [EC_KEY, RSA_KEY, OKP_KEY];
    expect(parseKeySet({ keys })).toStrictEqual({ keys });
    expect(parseKeySet({ keys: [] })).toStrictEqual({ keys: [] });
  });

  it('REG-15 ignores keys of other types, like any reader of a key set', () => {
    expect(parseKeySet({ keys: [{ kty: 'AKP', alg: 'ML-DSA-44', pub: 'x' }, { x: 'x' }, EC_KEY] })).toStrictEqual({
      keys: [EC_KEY],
    });
  });

  it('CAU-10 copies what verifies a signature, and neither certificates nor unknown members', () => {
    const key = { ...EC_KEY, x5c: ['MII'], x5u: 'https://evil.example', x5t: 'x', jku: 'x', exp: 1, note: { a: 1 } };
    const kept = parseKeySet({ keys: [key], other: 1 });
    expect(kept).toStrictEqual({ keys: [EC_KEY] });
    expect(kept.keys[0]).not.toBe(key);
  });

  it('ABU-05 takes no member from a prototype', () => {
    const inherited: unknown = Object.assign(Object.create({ kid: 'evil', d: 'evil' }) as object, OKP_KEY);
    expect(parseKeySet({ keys: [inherited] })).toStrictEqual({ keys: [OKP_KEY] });
    expect(refusal(() => parseKeySet(Object.create({ keys: [EC_KEY] })))).toStrictEqual(WRONG_TYPE);
  });

  it.each(['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'])('REG-15 refuses a key with the member %s', (name) => {
    for (const value of ['x', null]) {
      expect(refusal(() => parseKeySet({ keys: [EC_KEY, { ...EC_KEY, [name]: value }] }))).toStrictEqual(NOT_PUBLIC);
    }
  });

  it('REG-15 refuses the secret half of a key that would have been ignored', () => {
    expect(refusal(() => parseKeySet({ keys: [{ kty: 'AKP', pub: 'x', priv: 'x' }] }))).toStrictEqual(NOT_PUBLIC);
  });

  it('REG-15 refuses a symmetric key, even an empty one', () => {
    expect(refusal(() => parseKeySet({ keys: [{ kty: 'oct' }] }))).toStrictEqual(NOT_PUBLIC);
  });

  it.each([[null], [[]], ['{}'], [7], [{}], [{ keys: null }], [{ keys: {} }], [{ keys: [null] }], [{ keys: ['x'] }]])(
    'REG-15 refuses %j, which is no key set',
    (jwks) => {
      expect(refusal(() => parseKeySet(jwks))).toStrictEqual(WRONG_TYPE);
    },
  );

  it.each([
    ['kty', 7],
    ['kid', null],
    ['x', ['x']],
    ['alg', {}],
    ['key_ops', 'verify'],
    ['key_ops', [7]],
    ['key_ops', { 0: 'verify', length: 1 }],
  ])('ABU-05 refuses a key whose %s is %j', (name, value) => {
    expect(refusal(() => parseKeySet({ keys: [{ ...EC_KEY, [name]: value }] }))).toStrictEqual(WRONG_TYPE);
  });

  it('ABU-02 takes 20 keys, 10 operations and 2048 characters, and refuses one more of each', () => {
    const keys = (count: number) => ({ keys: Array.from({ length: count }, () => EC_KEY) });
    expect(parseKeySet(keys(20)).keys).toHaveLength(20);
    expect(refusal(() => parseKeySet(keys(21)))).toStrictEqual(TOO_LONG);
    const operations = (count: number) => ({ keys: [{ ...EC_KEY, key_ops: Array(count).fill('verify') }] });
    expect(parseKeySet(operations(10)).keys[0]?.['key_ops']).toHaveLength(10);
    expect(refusal(() => parseKeySet(operations(11)))).toStrictEqual(TOO_LONG);
    const modulus = (length: number) => ({ keys: [{ ...RSA_KEY, n: 'n'.repeat(length) }] });
    expect(parseKeySet(modulus(2048)).keys[0]?.['n']).toHaveLength(2048);
    expect(refusal(() => parseKeySet(modulus(2049)))).toStrictEqual(TOO_LONG);
  });

  it('ABU-02 CAU-10 takes an RSA exponent of 8 bytes, and refuses one more: each bit of it is work', () => {
    const exponent = (bytes: number) => ({
      keys: [EC_KEY, { ...RSA_KEY, e: Buffer.alloc(bytes, 0xff).toString('base64url') }],
    });
    expect(parseKeySet(exponent(8)).keys).toHaveLength(2);
    for (const bytes of [9, 376]) expect(refusal(() => parseKeySet(exponent(bytes)))).toStrictEqual(TOO_LONG);
    // Of another type it is no exponent.
    expect(parseKeySet({ keys: [{ ...EC_KEY, e: 'x'.repeat(12) }] }).keys).toHaveLength(1);
  });
});
