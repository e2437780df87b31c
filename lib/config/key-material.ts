import { createPrivateKey, createPublicKey, KeyObject } from 'node:crypto';
import type { AsymmetricAlgorithm } from '../protocol/public-jwk.js';
import { McpAuthConfigurationError } from './mcp-auth-configuration-error.js';

// No message here shows a value: it could be a private key, also where none belongs.

export type KeyHalf = 'private' | 'public';

const MINIMUM_RSA_BITS = 2048;
/** The name that OpenSSL has for P-256. */
const P256 = 'prime256v1';
const LABEL = /-----BEGIN ([A-Z0-9 ]+)-----/g;

function refuse(message: string): never {
  throw new McpAuthConfigurationError(message);
}

/** A key from a PEM text or a `KeyObject`: this half, and no other. */
export function readKey(option: string, value: unknown, half: KeyHalf): KeyObject {
  const key = value instanceof KeyObject ? value : readPem(option, value, half);
  if (key.type !== half) refuse(`${option} is a ${key.type} key; give the ${half} key`);
  return key;
}

function readPem(option: string, value: unknown, half: KeyHalf): KeyObject {
  if (typeof value !== 'string') return refuse(`${option} must be a PEM text or a KeyObject`);
  const labels = [...value.matchAll(LABEL)].map(([, label = '']) => label);
  const keys = labels.filter((label) => label.endsWith('KEY'));
  if (keys.length > 1) refuse(`${option} holds ${keys.length} keys; give one`);
  if (labels.includes('CERTIFICATE')) refuse(`${option} is a certificate; give the key alone`);
  const [label = ''] = keys;
  if (label.startsWith('ENCRYPTED') || value.includes('4,ENCRYPTED'))
    refuse(`${option} is encrypted; decrypt it first, or give a KeyObject`);
  const found = label.includes('PRIVATE') ? 'private' : 'public';
  if (label !== '' && found !== half) refuse(`${option} is a ${found} key; give the ${half} key`);
  try {
    // createPublicKey() would take a private key as well; which half it is was seen above.
    return half === 'private' ? createPrivateKey(value) : createPublicKey(value);
  } catch {
    const advice = value.includes('\\n') ? '; it has "\\n" where line breaks belong' : '';
    return refuse(`${option} cannot be read as a key in PEM (PKCS#8, PKCS#1, SEC1 or SPKI)${advice}`);
  }
}

/** The one algorithm of a key, which follows from its type; other types sign nothing here. */
export function algorithmOf(option: string, { asymmetricKeyType: type }: KeyObject): AsymmetricAlgorithm {
  if (type === 'rsa') return 'RS256';
  if (type === 'ec') return 'ES256';
  return refuse(`${option} is of type ${type}; there are RSA keys (RS256) and EC keys (ES256)`);
}

/** RFC 7518 §3.3, §3.4: long enough, and on the curve of the algorithm. */
export function assertStrong(option: string, { asymmetricKeyDetails: details = {} }: KeyObject): void {
  const { modulusLength: bits, namedCurve: curve } = details;
  if (bits !== undefined && bits < MINIMUM_RSA_BITS)
    refuse(`${option} is an RSA key of ${bits} bits; RS256 needs at least ${MINIMUM_RSA_BITS}`);
  if (curve !== undefined && curve !== P256) refuse(`${option} is on the curve ${curve}; ES256 needs P-256`);
}
