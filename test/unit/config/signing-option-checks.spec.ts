import { createSecretKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { McpAuthConfigurationError } from '../../../lib/config/mcp-auth-configuration-error.js';
import { resolveSigning } from '../../../lib/config/signing-option-checks.js';
import type { SigningOptions } from '../../../lib/config/signing-options.js';
import { jwkThumbprint } from '../../../lib/protocol/public-jwk.js';
import { ecPair, rsaPair } from '../../support/key-pairs.js';

const [rsa, ec, other] = [rsaPair(), ecPair(), ecPair()];
const pkcs1 = rsa.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
const sec1 = ec.privateKey.export({ type: 'sec1', format: 'pem' }).toString();
const passphrase = { cipher: 'aes-256-cbc', passphrase: 'secret' } as const;
const ed25519 = generateKeyPairSync('ed25519');
const pss = generateKeyPairSync('rsa-pss', { modulusLength: 2048 });
const certificate = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
const parameters = '-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n';

/** What the boot says; a message with a line of a key in it would be in every log. */
function refusal(given: unknown): string {
  try {
    resolveSigning(given as SigningOptions);
  } catch (error) {
    expect(error).toBeInstanceOf(McpAuthConfigurationError);
    const { message, cause } = error as Error;
    expect(cause).toBeUndefined();
    expect(message).not.toMatch(/-----|[A-Za-z0-9+/_-]{30}/);
    return message;
  }
  throw new Error('nothing was refused');
}

describe('signing: keys that are accepted', () => {
  it.each([undefined, {}, { algorithm: 'HS256' as const }])('ATK-09 %j signs with the secret', (given) => {
    expect(resolveSigning(given)).toEqual({ algorithm: 'HS256' });
  });

  it.each([
    ['RS256', 'PKCS#8', rsa.privatePem, rsa],
    ['RS256', 'PKCS#1', pkcs1, rsa],
    ['RS256', 'a KeyObject', rsa.privateKey, rsa],
    ['ES256', 'PKCS#8', ec.privatePem, ec],
    ['ES256', 'SEC1', sec1, ec],
    ['ES256', 'SEC1 with parameters, as OpenSSL writes it', parameters + sec1, ec],
    ['ES256', 'a KeyObject', ec.privateKey, ec],
  ] as const)('ATK-03 ATK-08 %s as %s, under its thumbprint', (algorithm, _form, privateKey, pair) => {
    const keyId = jwkThumbprint(pair.publicKey, algorithm);
    const resolved = resolveSigning({ algorithm, privateKey });
    if (resolved.algorithm === 'HS256') throw new Error('not asymmetric');
    expect(resolved.keyId).toBe(keyId);
    expect(resolved.privateKey.equals(pair.privateKey)).toBe(true);
    expect(resolved.publicKeys.map((key) => [key.keyId, key.algorithm])).toEqual([[keyId, algorithm]]);
    expect(resolved.publicKeys[0]?.publicKey.equals(pair.publicKey)).toBe(true);
  });

  it('ATK-08 keeps names that are given, and takes the algorithm of further keys from their type', () => {
    const resolved = resolveSigning({
      algorithm: 'RS256',
      privateKey: rsa.privatePem,
      keyId: 'now',
      additionalPublicKeys: [{ publicKey: ec.publicPem, keyId: 'next' }, { publicKey: other.publicKey }],
    });
    expect('publicKeys' in resolved && resolved.publicKeys.map(({ keyId, algorithm }) => [keyId, algorithm])).toEqual([
      ['now', 'RS256'],
      ['next', 'ES256'],
      [jwkThumbprint(other.publicKey, 'ES256'), 'ES256'],
    ]);
  });
});

describe('signing: the boot refuses', () => {
  const asked = 'signing.privateKey';
  it.each<readonly [string, unknown, string]>([
    ['no object', 'RS256', 'signing must be an object, such as { algorithm: "RS256", privateKey }'],
    ['a list', [], 'signing must be an object, such as { algorithm: "RS256", privateKey }'],
    ['a key as algorithm', { algorithm: rsa.privatePem }, 'signing.algorithm must be "HS256", "RS256" or "ES256"'],
    ['none', { algorithm: 'none' }, 'signing.algorithm must be "HS256", "RS256" or "ES256"'],
    [
      'PS256',
      { algorithm: 'PS256', privateKey: rsa.privatePem },
      'signing.algorithm must be "HS256", "RS256" or "ES256"',
    ],
    ['a name of Object', { algorithm: 'constructor' }, 'signing.algorithm must be "HS256", "RS256" or "ES256"'],
    ...(['privateKey', 'keyId', 'additionalPublicKeys'] as const).map(
      (name) =>
        [
          `${name} with HS256`,
          { [name]: rsa.privatePem },
          `signing.${name} has no use with HS256, which signs by oauthSecret; choose RS256 or ES256, or leave it out`,
        ] as const,
    ),
    [
      'RS256 without key',
      { algorithm: 'RS256' },
      `${asked} is missing; RS256 needs one. Make one with: openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048`,
    ],
    [
      'ES256 without key',
      { algorithm: 'ES256' },
      `${asked} is missing; ES256 needs one. Make one with: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256`,
    ],
  ])('OPS-01 %s', (_what, given, message) => {
    expect(refusal(given)).toBe(message);
  });

  it.each([
    ['1024 bits', 'RS256', rsaPair(1024).privatePem, 'is an RSA key of 1024 bits; RS256 needs at least 2048'],
    ['2047 bits', 'RS256', rsaPair(2047).privateKey, 'is an RSA key of 2047 bits; RS256 needs at least 2048'],
    ['P-384', 'ES256', ecPair('P-384').privatePem, 'is on the curve secp384r1; ES256 needs P-256'],
    ['secp256k1', 'ES256', ecPair('secp256k1').privateKey, 'is on the curve secp256k1; ES256 needs P-256'],
    ['an EC key for RS256', 'RS256', ec.privatePem, 'is a key for ES256; signing.algorithm is "RS256"'],
    ['an RSA key for ES256', 'ES256', rsa.privateKey, 'is a key for RS256; signing.algorithm is "ES256"'],
    ['Ed25519', 'ES256', ed25519.privateKey, 'is of type ed25519; there are RSA keys (RS256) and EC keys (ES256)'],
    ['RSA-PSS', 'RS256', pss.privateKey, 'is of type rsa-pss; there are RSA keys (RS256) and EC keys (ES256)'],
    ['a public PEM', 'RS256', rsa.publicPem, 'is a public key; give the private key'],
    ['a public KeyObject', 'ES256', ec.publicKey, 'is a public key; give the private key'],
    ['a secret KeyObject', 'RS256', createSecretKey(Buffer.alloc(32)), 'is a secret key; give the private key'],
    ['a certificate', 'RS256', certificate, 'is a certificate; give the key alone'],
    ['a key with its certificate', 'RS256', rsa.privatePem + certificate, 'is a certificate; give the key alone'],
    ['two keys', 'RS256', rsa.privatePem + rsa.publicPem, 'holds 2 keys; give one'],
    [
      'an encrypted PKCS#8',
      'RS256',
      rsa.privateKey.export({ type: 'pkcs8', format: 'pem', ...passphrase }).toString(),
      'is encrypted; decrypt it first, or give a KeyObject',
    ],
    [
      'an encrypted PKCS#1',
      'RS256',
      rsa.privateKey.export({ type: 'pkcs1', format: 'pem', ...passphrase }).toString(),
      'is encrypted; decrypt it first, or give a KeyObject',
    ],
    [
      'half a PEM',
      'RS256',
      rsa.privatePem.slice(0, 200),
      'cannot be read as a key in PEM (PKCS#8, PKCS#1, SEC1 or SPKI)',
    ],
    ['a word', 'RS256', 'secret', 'cannot be read as a key in PEM (PKCS#8, PKCS#1, SEC1 or SPKI)'],
    ['nothing', 'RS256', '', 'cannot be read as a key in PEM (PKCS#8, PKCS#1, SEC1 or SPKI)'],
    [
      'a PEM of an environment variable',
      'RS256',
      rsa.privatePem.replaceAll('\n', '\\n'),
      'cannot be read as a key in PEM (PKCS#8, PKCS#1, SEC1 or SPKI); it has "\\n" where line breaks belong',
    ],
    ['a number', 'RS256', 42, 'must be a PEM text or a KeyObject'],
    ['a JWK', 'RS256', rsa.privateKey.export({ format: 'jwk' }), 'must be a PEM text or a KeyObject'],
    ['bytes', 'RS256', Buffer.from(rsa.privatePem), 'must be a PEM text or a KeyObject'],
  ])('OPS-01 ATK-07 %s', (_what, algorithm, privateKey, message) => {
    expect(refusal({ algorithm, privateKey })).toBe(`${asked} ${message}`);
  });

  const withKeys = (...additionalPublicKeys: unknown[]) =>
    refusal({ algorithm: 'RS256', privateKey: rsa.privateKey, keyId: 'now', additionalPublicKeys });
  const first = 'signing.additionalPublicKeys[0]';

  it.each([
    ['a private PEM', { publicKey: ec.privatePem }, '.publicKey is a private key; give the public key'],
    ['a private KeyObject', { publicKey: ec.privateKey }, '.publicKey is a private key; give the public key'],
    [
      'a short one',
      { publicKey: rsaPair(1024).publicPem },
      '.publicKey is an RSA key of 1024 bits; RS256 needs at least 2048',
    ],
    [
      'another curve',
      { publicKey: ecPair('P-521').publicKey },
      '.publicKey is on the curve secp521r1; ES256 needs P-256',
    ],
    [
      'another type',
      { publicKey: ed25519.publicKey },
      '.publicKey is of type ed25519; there are RSA keys (RS256) and EC keys (ES256)',
    ],
    ['a bare PEM', ec.publicPem, '.publicKey must be a PEM text or a KeyObject'],
    ['null', null, '.publicKey must be a PEM text or a KeyObject'],
    [
      'a name with a blank',
      { publicKey: ec.publicKey, keyId: 'a b' },
      '.keyId must be 1 to 128 visible ASCII characters',
    ],
    [
      'the name of the signing key',
      { publicKey: ec.publicKey, keyId: 'now' },
      ' has the keyId of another key; list each key once, under a keyId of its own',
    ],
  ])('OPS-01 ATK-07 %s among the further keys', (_what, key, message) => {
    expect(withKeys(key)).toBe(first + message);
  });

  it('OPS-01 ATK-07 one further key twice, and what is no list', () => {
    expect(withKeys({ publicKey: ec.publicKey }, { publicKey: ec.publicPem })).toBe(
      'signing.additionalPublicKeys[1] has the keyId of another key; list each key once, under a keyId of its own',
    );
    expect(refusal({ algorithm: 'RS256', privateKey: rsa.privateKey, additionalPublicKeys: ec.publicPem })).toBe(
      'signing.additionalPublicKeys must be a list of { publicKey, keyId? }',
    );
  });

  it.each([
    ['empty', ''],
    ['129 characters', 'k'.repeat(129)],
    ['not ASCII', 'clé'],
    ['a number', 1],
    ['null', null],
  ])('OPS-01 ATK-09 a keyId that is %s', (_what, keyId) => {
    expect(refusal({ algorithm: 'RS256', privateKey: rsa.privateKey, keyId })).toBe(
      'signing.keyId must be 1 to 128 visible ASCII characters',
    );
  });
});
