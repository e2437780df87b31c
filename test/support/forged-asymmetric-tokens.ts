import { createHash, sign as signWith, type KeyObject } from 'node:crypto';
import { deriveKey } from '../../lib/keys/derived-keys.js';
import { type ForgedToken, hmacJwt } from './forged-tokens.js';
import { ecPair, type KeyPair, rsaPair } from './key-pairs.js';

type Json = Readonly<Record<string, unknown>>;

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A compact JWS with any header and payload: RSASSA-PKCS1-v1_5 or ECDSA with SHA-2, by the type of the key. */
export function signedJwt(
  header: unknown,
  payload: unknown,
  key: KeyObject,
  hash = 'sha256',
  padding?: number,
): string {
  const input = `${encode(header)}.${encode(payload)}`;
  const how = { key, dsaEncoding: 'ieee-p1363' as const, ...(padding === undefined ? {} : { padding }) };
  return `${input}.${signWith(hash, Buffer.from(input), how).toString('base64url')}`;
}

/** The keys of a module that signs with one key and publishes another. */
export interface PublishedPairs {
  readonly rsa: KeyPair;
  readonly rsaId: string;
  readonly ec: KeyPair;
  readonly ecId: string;
}

const RSA_PSS = 6;

/**
 * Tokens that must not open the MCP path of a module with these keys, both of which may sign. Each differs from a valid token in what its name says.
 * @param secret the `oauthSecret` of the module
 * @param claims the claims of a valid access token
 */
export function forgedAsymmetricTokens(
  { rsa, rsaId, ec, ecId }: PublishedPairs,
  secret: string,
  claims: Json,
): readonly ForgedToken[] {
  const [foreignRsa, foreignEc] = [rsaPair(), ecPair()];
  const typ = 'at+jwt';
  const [rs, es] = [
    { alg: 'RS256', typ, kid: rsaId },
    { alg: 'ES256', typ, kid: ecId },
  ];
  const valid = signedJwt(rs, claims, rsa.privateKey);
  const [head = '', body = '', signature = ''] = valid.split('.');
  const ecParts = signedJwt(es, claims, ec.privateKey).split('.');
  const withHeader = (change: Json) => signedJwt({ ...rs, ...change }, claims, rsa.privateKey);
  const withClaims = (change: Json) => signedJwt(rs, { ...claims, ...change }, rsa.privateKey);
  const ecWithHeader = (change: Json) => signedJwt({ ...es, ...change }, claims, ec.privateKey);
  const without = (name: string) => Object.fromEntries(Object.entries(rs).filter(([member]) => member !== name));
  const hmac = (key: KeyObject | string | Uint8Array, change: Json = {}) =>
    hmacJwt({ ...rs, alg: 'HS256', ...change }, claims, key);
  const jwk = (pair: KeyPair) => pair.publicKey.export({ format: 'jwk' });
  const der = (pair: KeyPair) => pair.publicKey.export({ type: 'spki', format: 'der' });
  const derived = deriveKey(secret, 'access-token-signing');
  const now = Math.floor(Date.now() / 1000);
  const table: Record<string, string> = {
    'HS256 keyed with the PEM of the RSA key': hmac(rsa.publicPem),
    'HS256 keyed with the PEM without its last line break': hmac(rsa.publicPem.trimEnd()),
    'HS256 keyed with the PEM in PKCS#1': hmac(rsa.publicKey.export({ type: 'pkcs1', format: 'pem' }).toString()),
    'HS256 keyed with the DER of the RSA key': hmac(der(rsa)),
    'HS256 keyed with the modulus': hmac(Buffer.from(String(jwk(rsa)['n']), 'base64url')),
    'HS256 keyed with the JWK as text': hmac(JSON.stringify(jwk(rsa))),
    'HS256 keyed with the PEM of the EC key': hmac(ec.publicPem, { kid: ecId }),
    'HS256 keyed with the DER of the EC key': hmac(der(ec), { kid: ecId }),
    'HS256 keyed with the kid': hmac(rsaId),
    'HS256 keyed with nothing': hmac(''),
    'HS384 keyed with the PEM': hmacJwt({ ...rs, alg: 'HS384' }, claims, rsa.publicPem, 'sha384'),
    'HS512 keyed with the PEM': hmacJwt({ ...rs, alg: 'HS512' }, claims, rsa.publicPem, 'sha512'),
    'HS256 of the derived key, as before the change of algorithm': hmacJwt({ alg: 'HS256', typ }, claims, derived),
    'HS256 of the derived key under the kid of the RSA key': hmac(derived),
    'HS256 of the derived key under the kid of the EC key': hmac(derived, { kid: ecId }),
    'HS256 of the raw oauthSecret': hmac(secret),
    'none without signature': `${encode({ ...rs, alg: 'none' })}.${body}.`,
    'none with the signature': `${encode({ ...rs, alg: 'none' })}.${body}.${signature}`,
    'None without signature': `${encode({ ...rs, alg: 'None' })}.${body}.`,
    'none without kid': `${encode({ alg: 'none', typ })}.${body}.`,
    'alg left out': signedJwt(without('alg'), claims, rsa.privateKey),
    'alg empty': withHeader({ alg: '' }),
    'alg a list': withHeader({ alg: ['RS256'] }),
    'alg in lower case': withHeader({ alg: 'rs256' }),
    'RS384 of the key': signedJwt({ ...rs, alg: 'RS384' }, claims, rsa.privateKey, 'sha384'),
    'RS512 of the key': signedJwt({ ...rs, alg: 'RS512' }, claims, rsa.privateKey, 'sha512'),
    'PS256 of the key': signedJwt({ ...rs, alg: 'PS256' }, claims, rsa.privateKey, 'sha256', RSA_PSS),
    'RS256 in name, PS256 in fact': signedJwt(rs, claims, rsa.privateKey, 'sha256', RSA_PSS),
    'ES256 under the kid of the RSA key': ecWithHeader({ kid: rsaId }),
    'RS256 under the kid of the EC key': withHeader({ kid: ecId }),
    'ES256 in name, of the RSA key': withHeader({ alg: 'ES256' }),
    'RS256 in name, of the EC key': ecWithHeader({ alg: 'RS256' }),
    'ES384 of the EC key': signedJwt({ ...es, alg: 'ES384' }, claims, ec.privateKey, 'sha384'),
    'ES256 with a signature of zeros': `${ecParts[0]}.${ecParts[1]}.${Buffer.alloc(64).toString('base64url')}`,
    'RS256 with a signature of zeros': `${head}.${body}.${Buffer.alloc(256).toString('base64url')}`,
    'a foreign RSA key under our kid': signedJwt(rs, claims, foreignRsa.privateKey),
    'a foreign EC key under our kid': signedJwt(es, claims, foreignEc.privateKey),
    'a foreign key under a foreign kid': signedJwt({ ...rs, kid: 'foreign' }, claims, foreignRsa.privateKey),
    'our key under a foreign kid': withHeader({ kid: 'foreign' }),
    'our key without kid': signedJwt(without('kid'), claims, rsa.privateKey),
    'kid empty': withHeader({ kid: '' }),
    'kid with a blank behind': withHeader({ kid: `${rsaId} ` }),
    'kid in other case': withHeader({ kid: rsaId.toUpperCase() }),
    'kid a list': withHeader({ kid: [rsaId] }),
    'kid a number': withHeader({ kid: 0 }),
    'kid null': withHeader({ kid: null }),
    'kid a path': withHeader({ kid: '../../dev/null' }),
    'kid a statement': withHeader({ kid: `${rsaId}' OR '1'='1` }),
    'kid __proto__': withHeader({ kid: '__proto__' }),
    'kid constructor': withHeader({ kid: 'constructor' }),
    'a jwk that fits its foreign key': signedJwt({ ...rs, jwk: jwk(foreignRsa) }, claims, foreignRsa.privateKey),
    'a jwk that fits, without kid': signedJwt(
      { ...without('kid'), jwk: jwk(foreignRsa) },
      claims,
      foreignRsa.privateKey,
    ),
    'a jku of the attacker': signedJwt({ ...rs, jku: 'http://127.0.0.1:9/jwks.json' }, claims, foreignRsa.privateKey),
    'an x5u of the attacker': signedJwt({ ...rs, x5u: 'http://127.0.0.1:9/cert' }, claims, foreignRsa.privateKey),
    'an x5c of the attacker': signedJwt(
      { ...rs, x5c: [der(foreignRsa).toString('base64')] },
      claims,
      foreignRsa.privateKey,
    ),
    'our key with a jwk': withHeader({ jwk: jwk(rsa) }),
    'our key with a jku': withHeader({ jku: 'https://elsewhere.example/jwks.json' }),
    'our key with an x5u': withHeader({ x5u: 'https://elsewhere.example/cert' }),
    'our key with an x5c': withHeader({ x5c: [] }),
    'our key with crit': withHeader({ crit: ['exp'] }),
    'our key with crit and b64': withHeader({ crit: ['b64'], b64: true }),
    'typ JWT, as an id token has it': withHeader({ typ: 'JWT' }),
    'typ left out': signedJwt(without('typ'), claims, rsa.privateKey),
    'typ of a logout token': withHeader({ typ: 'logout+jwt' }),
    'typ of a client assertion': ecWithHeader({ typ: 'client-authentication+jwt' }),
    'another audience': withClaims({ aud: 'https://elsewhere.example/mcp' }),
    'the client as audience, as an id token has it': withClaims({ aud: claims['client_id'] }),
    'another issuer': withClaims({ iss: 'https://elsewhere.example' }),
    expired: withClaims({ exp: now - 1, iat: now - 3600 }),
    'not valid yet': withClaims({ nbf: now + 3600 }),
    'another payload under the signature': `${head}.${encode({ ...claims, sub: 'grace' })}.${signature}`,
    'another header under the signature': `${encode({ ...rs, kid: ecId })}.${body}.${signature}`,
    'no signature': `${head}.${body}.`,
    'the hash for a signature': `${head}.${body}.${createHash('sha256').update(`${head}.${body}`).digest('base64url')}`,
    'the public key for a token': rsa.publicPem.split('\n').slice(1, -2).join(''),
  };
  return Object.entries(table).map(([name, token]) => ({ name, token }));
}
