import { invalidMetadata, isJsonObject, member, readHttpsUri, type JsonObject } from './client-metadata-members.js';
import type { ClientMetadataPolicy } from './client-metadata-policy.js';

/** Public keys of a client (RFC 7517 §5). */
export interface ClientKeySet {
  readonly keys: readonly Readonly<Record<string, unknown>>[];
}

/** Keys of a client: by value, by reference, or none; never both. */
export interface ClientKeys {
  readonly jwks: ClientKeySet | undefined;
  readonly jwks_uri: string | undefined;
}

const MAX_KEYS = 20;
/** Enough for the modulus of an RSA key of 12,288 bits. */
const MAX_MEMBER_LENGTH = 2048;
/** 8 bytes in base64url. Keys in use have 3; with a long one, every verification takes as long as a signature. */
const MAX_EXPONENT_LENGTH = 11;
const MAX_OPERATIONS = 10;

/** The key types whose signatures can be verified; others are ignored (RFC 7517 §5). */
const KEY_TYPES = ['RSA', 'EC', 'OKP'];

/** What is kept of a key. Certificates are not: nobody would look at who signed them. */
const PUBLIC_MEMBERS = ['kty', 'use', 'key_ops', 'alg', 'kid', 'crv', 'x', 'y', 'n', 'e'];

/** Members that only a private or a symmetric key has (RFC 7518 §6; `priv` of the post-quantum types). */
const SECRET_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];

function wrongType(): Error {
  return invalidMetadata('jwks_wrong_type', 'jwks must be a JSON Web Key Set');
}

function assertPublic(key: unknown): asserts key is JsonObject {
  if (!isJsonObject(key)) throw wrongType();
  if (member(key, 'kty') === 'oct' || SECRET_MEMBERS.some((name) => Object.hasOwn(key, name))) {
    throw invalidMetadata('jwks_not_public', 'jwks must hold public keys only');
  }
}

function assertLength({ length }: { readonly length: number }, most: number): void {
  if (length > most) throw invalidMetadata('jwks_too_long', 'jwks is too long');
}

function copyText(value: unknown): string {
  if (typeof value !== 'string') throw wrongType();
  assertLength(value, MAX_MEMBER_LENGTH);
  return value;
}

function copyMember(name: string, value: unknown): unknown {
  if (name !== 'key_ops') return copyText(value);
  if (!Array.isArray(value)) throw wrongType();
  assertLength(value, MAX_OPERATIONS);
  return value.map(copyText);
}

function copyKey(key: JsonObject): Readonly<Record<string, unknown>> {
  const present = PUBLIC_MEMBERS.filter((name) => Object.hasOwn(key, name));
  const copy = Object.fromEntries(present.map((name) => [name, copyMember(name, key[name])]));
  if (copy['kty'] === 'RSA' && typeof copy['e'] === 'string') assertLength(copy['e'], MAX_EXPONENT_LENGTH);
  return copy;
}

/** A key set of public keys, copied member by member: what is not needed to verify a signature does not come along. */
export function parseKeySet(value: unknown): ClientKeySet {
  const keys = isJsonObject(value) ? member(value, 'keys') : undefined;
  if (!Array.isArray(keys)) throw wrongType();
  assertLength(keys, MAX_KEYS);
  return {
    keys: keys
      .map((key: unknown) => {
        assertPublic(key);
        return copyKey(key);
      })
      .filter(({ kty }) => KEY_TYPES.includes(String(kty))),
  };
}

/** RFC 7591 §2: keys by value or, where that is offered, by reference; not both, and never the secret half. */
export function readKeys(input: JsonObject, { remoteKeys }: Pick<ClientMetadataPolicy, 'remoteKeys'>): ClientKeys {
  const jwks_uri = readHttpsUri(input, 'jwks_uri');
  if (jwks_uri !== undefined && !remoteKeys) {
    throw invalidMetadata('jwks_uri_unsupported', 'jwks_uri is not supported here; keys can be sent in jwks');
  }
  const value = member(input, 'jwks');
  if (value === undefined) return { jwks: undefined, jwks_uri };
  if (jwks_uri !== undefined) {
    throw invalidMetadata('jwks_and_jwks_uri', 'jwks and jwks_uri must not be sent together');
  }
  return { jwks: parseKeySet(value), jwks_uri };
}
