import { createPublicKey, type KeyObject } from 'node:crypto';
import { type AsymmetricAlgorithm, jwkThumbprint } from '../protocol/public-jwk.js';
import { DEFAULTS } from './defaults.js';
import { algorithmOf, assertStrong, readKey } from './key-material.js';
import { McpAuthConfigurationError } from './mcp-auth-configuration-error.js';
import type { AdditionalPublicKey, PublicSigningKey, ResolvedSigning, SigningOptions } from './signing-options.js';

const KEY_ID = /^[\x21-\x7e]{1,128}$/;
const GENERATE: Readonly<Record<AsymmetricAlgorithm, string>> = {
  RS256: 'openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048',
  ES256: 'openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256',
};

function refuse(message: string): never {
  throw new McpAuthConfigurationError(message);
}

/** Reads the keys once and refuses those that are weak, of the wrong half or of another algorithm. No message shows key material. */
export function resolveSigning(given: SigningOptions | undefined): ResolvedSigning {
  const options: unknown = given ?? {};
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    return refuse('signing must be an object, such as { algorithm: "RS256", privateKey }');
  const algorithm = given?.algorithm ?? DEFAULTS.signing.algorithm;
  switch (algorithm) {
    case 'HS256':
      refuseKeys(given ?? {});
      return { algorithm };
    case 'RS256':
    case 'ES256':
      return resolveKeys(given ?? {}, algorithm);
    default:
      return refuse('signing.algorithm must be "HS256", "RS256" or "ES256"');
  }
}

/** Keys that nobody looks at would be taken for keys in use. */
function refuseKeys(given: SigningOptions): void {
  for (const name of ['privateKey', 'keyId', 'additionalPublicKeys'] as const) {
    if (given[name] !== undefined)
      refuse(
        `signing.${name} has no use with HS256, which signs by oauthSecret; choose RS256 or ES256, or leave it out`,
      );
  }
}

function resolveKeys(given: SigningOptions, algorithm: AsymmetricAlgorithm): ResolvedSigning {
  const option = 'signing.privateKey';
  if (given.privateKey === undefined)
    refuse(`${option} is missing; ${algorithm} needs one. Make one with: ${GENERATE[algorithm]}`);
  const privateKey = readKey(option, given.privateKey, 'private');
  const fits = algorithmOf(option, privateKey);
  if (fits !== algorithm) refuse(`${option} is a key for ${fits}; signing.algorithm is "${algorithm}"`);
  assertStrong(option, privateKey);
  const own = named('signing.keyId', createPublicKey(privateKey), algorithm, given.keyId);
  const publicKeys = [own, ...additionalKeys(given.additionalPublicKeys ?? [])];
  refuseSameNames(publicKeys);
  return { algorithm, keyId: own.keyId, privateKey, publicKeys };
}

function additionalKeys(given: readonly AdditionalPublicKey[]): readonly PublicSigningKey[] {
  if (!Array.isArray(given)) return refuse('signing.additionalPublicKeys must be a list of { publicKey, keyId? }');
  return given.map((one: AdditionalPublicKey | null | undefined, index) => {
    const option = `signing.additionalPublicKeys[${index}]`;
    const publicKey = readKey(`${option}.publicKey`, one?.publicKey, 'public');
    const algorithm = algorithmOf(`${option}.publicKey`, publicKey);
    assertStrong(`${option}.publicKey`, publicKey);
    return named(`${option}.keyId`, publicKey, algorithm, one?.keyId);
  });
}

function named(
  option: string,
  publicKey: KeyObject,
  algorithm: AsymmetricAlgorithm,
  keyId: unknown = jwkThumbprint(publicKey, algorithm),
): PublicSigningKey {
  if (typeof keyId !== 'string' || !KEY_ID.test(keyId))
    return refuse(`${option} must be 1 to 128 visible ASCII characters`);
  return { keyId, algorithm, publicKey };
}

/** A name that two keys have names none. */
function refuseSameNames(keys: readonly PublicSigningKey[]): void {
  const names = keys.map(({ keyId }) => keyId);
  const index = names.findIndex((name, at) => names.indexOf(name) !== at);
  if (index > 0)
    refuse(
      `signing.additionalPublicKeys[${index - 1}] has the keyId of another key; list each key once, under a keyId of its own`,
    );
}
