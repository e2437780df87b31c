import { createPublicKey } from 'node:crypto';
import { calculateJwkThumbprint } from 'jose';
import { describe, expect, it } from 'vitest';
import { jwkThumbprint, publicJwk } from '../../../lib/protocol/public-jwk.js';
import { ecPair, rsaPair } from '../../support/key-pairs.js';

/** The key of RFC 7638 §3.1, whose thumbprint stands there too. */
const RFC_KEY = {
  kty: 'RSA',
  n: '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw',
  e: 'AQAB',
};

describe('a public key as a JWK', () => {
  it('ATK-08 is named as the example of RFC 7638 is', () => {
    const key = createPublicKey({ key: RFC_KEY, format: 'jwk' });
    expect(jwkThumbprint(key, 'RS256')).toBe('NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs');
  });

  it.each([
    ['RS256', rsaPair(), ['alg', 'e', 'kid', 'kty', 'n', 'use']],
    ['ES256', ecPair(), ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']],
  ] as const)(
    'ATK-07 ATK-08 has the public members of %s and no other, even of a private key',
    async (alg, pair, members) => {
      const jwk = publicJwk(pair.publicKey, alg, 'name');
      expect(Object.keys(jwk).sort()).toEqual(members);
      expect(jwk).toMatchObject({ use: 'sig', alg, kid: 'name' });
      expect(publicJwk(pair.privateKey, alg, 'name')).toEqual(jwk);
      expect(jwkThumbprint(pair.publicKey, alg)).toBe(
        await calculateJwkThumbprint(pair.publicKey.export({ format: 'jwk' })),
      );
      expect(createPublicKey({ key: { ...jwk }, format: 'jwk' }).equals(pair.publicKey)).toBe(true);
    },
  );
});
