import { createHmac, createPrivateKey, generateKeyPairSync, sign as signWith, type KeyObject } from 'node:crypto';
import { deriveKey } from '../../lib/keys/derived-keys.js';

type Json = Readonly<Record<string, unknown>>;

const encode = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** A compact JWS with any header and payload, signed with any HMAC key. */
export function hmacJwt(
  header: unknown,
  payload: unknown,
  key: KeyObject | string | Uint8Array,
  hash = 'sha256',
): string {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${createHmac(hash, key).update(input).digest('base64url')}`;
}

const { privateKey: rsaKey, publicKey: rsaPublicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const { privateKey: ecKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

function rsaJwt(header: Json, payload: Json): string {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${signWith('sha256', Buffer.from(input), rsaKey).toString('base64url')}`;
}

function ecJwt(header: Json, payload: Json): string {
  const input = `${encode(header)}.${encode(payload)}`;
  const signature = signWith('sha256', Buffer.from(input), { key: ecKey, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}

export interface ForgedToken {
  readonly name: string;
  readonly token: string;
}

/**
 * Tokens that must not open the MCP path. Those signed with the real key differ from a valid one in exactly what their name says.
 * @param secret the `oauthSecret` of the running module
 * @param claims the claims of a valid access token
 */
export function forgedTokens(
  secret: string,
  claims: Json,
  others: { refreshToken: string; code: string; csrfToken: string },
): readonly ForgedToken[] {
  const key = deriveKey(secret, 'access-token-signing');
  const header = { alg: 'HS256', typ: 'at+jwt' };
  const valid = hmacJwt(header, claims, key);
  const [head = '', body = '', signature = ''] = valid.split('.');
  const withHeader = (change: Json) => hmacJwt({ ...header, ...change }, claims, key);
  const withClaims = (change: Json) => hmacJwt(header, { ...claims, ...change }, key);
  const without = (claim: string) =>
    hmacJwt(header, Object.fromEntries(Object.entries(claims).filter(([name]) => name !== claim)), key);
  const pem = rsaPublicKey.export({ type: 'spki', format: 'pem' }).toString();
  const now = Math.floor(Date.now() / 1000);
  const table: Record<string, string> = {
    'alg none without signature': `${encode({ ...header, alg: 'none' })}.${body}.`,
    'alg none with the old signature': `${encode({ ...header, alg: 'none' })}.${body}.${signature}`,
    'alg None': `${encode({ ...header, alg: 'None' })}.${body}.`,
    'alg nOnE': `${encode({ ...header, alg: 'nOnE' })}.${body}.`,
    'alg empty': withHeader({ alg: '' }),
    'alg missing': hmacJwt({ typ: 'at+jwt' }, claims, key),
    'alg a list': withHeader({ alg: ['HS256'] }),
    'alg HS384 with the real key': hmacJwt({ ...header, alg: 'HS384' }, claims, key, 'sha384'),
    'alg HS512 with the real key': hmacJwt({ ...header, alg: 'HS512' }, claims, key, 'sha512'),
    'alg RS256 of a foreign key': rsaJwt({ ...header, alg: 'RS256' }, claims),
    'alg ES256 of a foreign key': ecJwt({ ...header, alg: 'ES256' }, claims),
    'HS256 keyed with a public key': hmacJwt(header, claims, pem),
    'a jwk header with its own key': rsaJwt(
      { ...header, alg: 'RS256', jwk: rsaPublicKey.export({ format: 'jwk' }) },
      claims,
    ),
    'the raw oauthSecret as key': hmacJwt(header, claims, secret),
    'the raw oauthSecret, typ JWT (a token of the host)': hmacJwt({ alg: 'HS256', typ: 'JWT' }, claims, secret),
    'the key of consent forms': hmacJwt(header, claims, deriveKey(secret, 'consent-form')),
    'another secret': hmacJwt(header, claims, deriveKey(`${secret}x`, 'access-token-signing')),
    'an empty key': hmacJwt(header, claims, ''),
    'typ JWT': withHeader({ typ: 'JWT' }),
    'typ missing': hmacJwt({ alg: 'HS256' }, claims, key),
    'typ id_token': withHeader({ typ: 'id_token+jwt' }),
    'typ logout+jwt': withHeader({ typ: 'logout+jwt' }),
    'typ a number': withHeader({ typ: 1 }),
    'a critical extension': withHeader({ crit: ['b64'], b64: true }),
    'another audience': withClaims({ aud: 'https://elsewhere.example/mcp' }),
    'the audience with a trailing slash': withClaims({ aud: `${String(claims['aud'])}/` }),
    'the audience as prefix': withClaims({ aud: `${String(claims['aud'])}.evil.example` }),
    'the origin as audience': withClaims({ aud: claims['iss'] }),
    'the client as audience': withClaims({ aud: claims['client_id'] }),
    'no audience': without('aud'),
    'an empty audience list': withClaims({ aud: [] }),
    'another issuer': withClaims({ iss: 'https://elsewhere.example' }),
    'the issuer with a trailing slash': withClaims({ iss: `${String(claims['iss'])}/` }),
    'no issuer': without('iss'),
    'no subject': without('sub'),
    'a subject that is a number': withClaims({ sub: 42 }),
    'no client': without('client_id'),
    'no jti': without('jti'),
    'no expiry': without('exp'),
    'an expiry that is text': withClaims({ exp: '9999999999' }),
    expired: withClaims({ exp: now - 61, iat: now - 3600 }),
    'expired this very second': withClaims({ exp: now, iat: now - 3600 }),
    'not valid yet': withClaims({ nbf: now + 3600 }),
    'no iat': without('iat'),
    'scope a list': withClaims({ scope: ['mcp:read'] }),
    'payload a list': hmacJwt(header, [claims], key),
    'payload text': hmacJwt(header, 'mcp', key),
    'payload null': hmacJwt(header, 'null', key),
    'another first character in the signature': `${head}.${body}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`,
    'another payload under the old signature': `${head}.${encode({ ...claims, sub: 'grace' })}.${signature}`,
    'no signature': `${head}.${body}.`,
    'two parts': `${head}.${body}`,
    'four parts': `${valid}.${signature}`,
    'five parts (JWE)': `${valid}.${head}.${body}`,
    'padding in the signature': `${valid}=`,
    'a header that is no JSON': `${encode('{')}.${body}.${signature}`,
    'an opaque value': 'abc',
    'a refresh token': others.refreshToken,
    'an authorization code': others.code,
    'a CSRF token': others.csrfToken,
    'a token of 5000 characters': `${head}.${body}${'A'.repeat(5000)}.${signature}`,
    'a private key': createPrivateKey(rsaKey.export({ type: 'pkcs8', format: 'pem' }))
      .export({ type: 'pkcs8', format: 'der' })
      .toString('base64url'),
  };
  return Object.entries(table).map(([name, token]) => ({ name, token }));
}
