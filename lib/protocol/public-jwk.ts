import { createHash, type KeyObject } from 'node:crypto';

/** Algorithms whose signatures anybody can verify (RFC 7518 §3.1). */
export type AsymmetricAlgorithm = 'RS256' | 'ES256';

/** A public key that verifies signatures, as a key set publishes it (RFC 7517 §4). */
export type PublicJwk = Readonly<Record<string, string>>;

/** The members that make a public key, in the order of a thumbprint (RFC 7638 §3.2); whatever else a key has stays out. */
const PUBLIC_MEMBERS = { RS256: ['e', 'kty', 'n'], ES256: ['crv', 'kty', 'x', 'y'] } as const;

/** The public half of a key, and nothing of the private one even if that is handed in. */
function publicMembers(key: KeyObject, algorithm: AsymmetricAlgorithm): PublicJwk {
  const exported: Readonly<Record<string, unknown>> = { ...key.export({ format: 'jwk' }) };
  return Object.fromEntries(PUBLIC_MEMBERS[algorithm].map((name) => [name, String(exported[name])]));
}

/** RFC 7638 §3: a name for a key that follows from the key alone, and is the same everywhere. */
export function jwkThumbprint(key: KeyObject, algorithm: AsymmetricAlgorithm): string {
  return createHash('sha256')
    .update(JSON.stringify(publicMembers(key, algorithm)))
    .digest('base64url');
}

/** The entry of a key in the key set: for signatures, for this algorithm, under this name. */
export function publicJwk(key: KeyObject, algorithm: AsymmetricAlgorithm, keyId: string): PublicJwk {
  return { ...publicMembers(key, algorithm), use: 'sig', alg: algorithm, kid: keyId };
}
