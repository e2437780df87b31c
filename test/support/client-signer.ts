import {
  constants,
  generateKeyPairSync,
  type KeyObject,
  type KeyPairKeyObjectResult,
  randomUUID,
  sign as signWith,
  type SigningOptions,
} from 'node:crypto';

export type Json = Readonly<Record<string, unknown>>;

export const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

interface Algorithm {
  readonly key: () => KeyPairKeyObjectResult;
  readonly hash: string | null;
  readonly options?: Partial<SigningOptions>;
}

const shared = new Map<string, KeyPairKeyObjectResult>();

/** RSA keys take their time: those that nobody has to tell apart are made once. */
function once(name: string, make: () => KeyPairKeyObjectResult): () => KeyPairKeyObjectResult {
  return () => {
    const pair = shared.get(name) ?? make();
    shared.set(name, pair);
    return pair;
  };
}

export const newRsaKey = (modulusLength = 2048): KeyPairKeyObjectResult =>
  generateKeyPairSync('rsa', { modulusLength });
const rsa = once('rsa', newRsaKey);
const ec = (namedCurve: string) => () => generateKeyPairSync('ec', { namedCurve });
const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
const raw = { dsaEncoding: 'ieee-p1363' } as const;

/** How each algorithm signs, by Node's own means (RFC 7518 §3, RFC 8037 §3.1). */
export const ALGORITHMS = {
  RS1: { key: rsa, hash: 'sha1' },
  RS256: { key: rsa, hash: 'sha256' },
  RS384: { key: rsa, hash: 'sha384' },
  RS512: { key: rsa, hash: 'sha512' },
  PS256: { key: rsa, hash: 'sha256', options: pss },
  PS384: { key: rsa, hash: 'sha384', options: pss },
  PS512: { key: rsa, hash: 'sha512', options: pss },
  ES256: { key: ec('P-256'), hash: 'sha256', options: raw },
  ES256K: { key: ec('secp256k1'), hash: 'sha256', options: raw },
  ES384: { key: ec('P-384'), hash: 'sha384', options: raw },
  ES512: { key: ec('P-521'), hash: 'sha512', options: raw },
  EdDSA: { key: () => generateKeyPairSync('ed25519'), hash: null },
  Ed25519: { key: () => generateKeyPairSync('ed25519'), hash: null },
} as const satisfies Readonly<Record<string, Algorithm>>;
export type AlgorithmName = keyof typeof ALGORITHMS;

export const encode = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** A compact JWS of any header and payload; texts go in as they are. */
export function signJws(header: unknown, payload: unknown, alg: AlgorithmName, key: KeyObject): string {
  const { hash, options }: Algorithm = ALGORITHMS[alg];
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${signWith(hash, Buffer.from(input), { key, ...options }).toString('base64url')}`;
}

/** A key pair of a client, and what it signs with it. */
export class ClientSigner {
  readonly kid: string;
  readonly privateKey: KeyObject;
  /** What the client publishes. */
  readonly jwk: Json;

  constructor(
    readonly alg: AlgorithmName,
    { kid = randomUUID(), pair = ALGORITHMS[alg].key(), ...labels }: SignerLabels = {},
  ) {
    this.kid = kid;
    this.privateKey = pair.privateKey;
    this.jwk = { ...pair.publicKey.export({ format: 'jwk' }), kid, ...labels };
  }

  /** A valid assertion of this client for this issuer; `undefined` takes a member out. */
  assertion(clientId: string, issuer: string, { header = {}, claims = {} }: AssertionChange = {}): string {
    const now = Math.floor(Date.now() / 1000);
    const all = { iss: clientId, sub: clientId, aud: issuer, jti: randomUUID(), iat: now, exp: now + 300, ...claims };
    return signJws({ alg: this.alg, kid: this.kid, ...header }, all, this.alg, this.privateKey);
  }

  /** The same as the parameters of a form. */
  form(clientId: string, issuer: string, change: AssertionChange = {}): Record<string, string> {
    return { client_assertion_type: ASSERTION_TYPE, client_assertion: this.assertion(clientId, issuer, change) };
  }
}

export interface SignerLabels {
  readonly kid?: string;
  readonly pair?: KeyPairKeyObjectResult;
  readonly alg?: string;
  readonly use?: string;
  readonly key_ops?: readonly string[];
}

export interface AssertionChange {
  readonly header?: Json;
  readonly claims?: Json;
}
