import 'reflect-metadata';
import { KeyObject } from 'node:crypto';
import { JwtService } from '@nestjs/jwt';
import { describe, expect, it, vi } from 'vitest';
import type { ResolvedMcpAuthOptions } from '../../../lib/config/resolved-options.js';
import { resolveSigning } from '../../../lib/config/signing-option-checks.js';
import type { SigningOptions } from '../../../lib/config/signing-options.js';
import { DerivedKeys } from '../../../lib/keys/derived-keys.js';
import { JwtSigner } from '../../../lib/keys/jwt-signer.js';
import { JwtVerifier } from '../../../lib/keys/jwt-verifier.js';
import { SigningKeys } from '../../../lib/keys/signing-keys.js';
import { accessTokenClaims } from '../../../lib/protocol/access-token-claims.js';
import { signedJwt } from '../../support/forged-asymmetric-tokens.js';
import { ecPair, rsaPair } from '../../support/key-pairs.js';
import { FakeClock } from '../../support/fake-clock.js';

const SECRET = 'abcdefghijklmnopqrstuvwxyz0123456789';
const derivedFrom = (...oauthSecrets: string[]) => {
  const options = { oauthSecrets, signing: { algorithm: 'HS256' } } as unknown as ResolvedMcpAuthOptions;
  const derived = new DerivedKeys(options);
  return { derived, keys: new SigningKeys(options, derived) };
};
const keysOf = (...oauthSecrets: string[]) => derivedFrom(...oauthSecrets).keys;
const [rsa, ec] = [rsaPair(), ecPair()];
const asymmetric = (signing: SigningOptions) => {
  const options = { oauthSecrets: [SECRET], signing: resolveSigning(signing) } as unknown as ResolvedMcpAuthOptions;
  return new SigningKeys(options, new DerivedKeys(options));
};
const claimsAt = (now: number) =>
  accessTokenClaims({
    issuer: 'https://app.example',
    resource: 'https://app.example/mcp',
    subject: 'ada',
    clientId: 'client',
    scopes: ['mcp:read'],
    now,
    lifetimeSeconds: 60,
    jti: 'id',
  });

describe('signing and verifying', () => {
  it('ATK-09 hands KeyObjects to @nestjs/jwt, built once: a string costs 35 times as much at every call', async () => {
    const clock = new FakeClock();
    const { derived, keys } = derivedFrom(SECRET);
    const seen: unknown[] = [];
    const record = (name: 'signAsync' | 'verify') =>
      vi.spyOn(JwtService.prototype, name).mockImplementationOnce(function (this: JwtService) {
        seen.push((this as unknown as { options: { secret: unknown } }).options.secret);
        return (name === 'verify' ? { header: { typ: 'at+jwt' }, payload: {} } : Promise.resolve('')) as never;
      });
    record('signAsync');
    await new JwtSigner(keys).sign(claimsAt(clock.now()));
    record('verify');
    new JwtVerifier(keys, clock).verify('a.b.c');
    expect(seen).toEqual([derived.accessTokenSigning[0], derived.accessTokenSigning[0]]);
    expect(seen[0]).toBeInstanceOf(KeyObject);
    expect(derived.accessTokenSigning[0]?.symmetricKeySize).toBe(32);
  });

  it('RSG-04 gives back what was signed, up to the last second of its life', async () => {
    const clock = new FakeClock();
    const keys = keysOf(SECRET);
    const claims = claimsAt(clock.now());
    const token = await new JwtSigner(keys).sign(claims);
    const verifier = new JwtVerifier(keys, clock);
    expect(verifier.verify(token)).toEqual(claims);
    clock.advance(60);
    expect(() => verifier.verify(token)).toThrow(expect.objectContaining({ reason: 'token_expired', status: 401 }));
  });

  it.each([
    ['an unknown secret', 'token_signature', (token: string) => token, 'x'],
    ['no JWT', 'token_malformed', () => 'abc', ''],
    ['a very long value', 'token_too_long', () => 'a'.repeat(4097), ''],
  ])('RSG-03 names the private reason for %s', async (_what, reason, change, suffix) => {
    const clock = new FakeClock();
    const token = await new JwtSigner(keysOf(SECRET + suffix)).sign(claimsAt(clock.now()));
    expect(() => new JwtVerifier(keysOf(SECRET), clock).verify(change(token))).toThrow(
      expect.objectContaining({ reason, message: 'The access token is not valid' }),
    );
  });

  it('ATK-08 tries every secret, newest first', async () => {
    const clock = new FakeClock();
    const claims = claimsAt(clock.now());
    const token = await new JwtSigner(keysOf(SECRET)).sign(claims);
    expect(new JwtVerifier(keysOf(`${SECRET}new`, SECRET), clock).verify(token)).toEqual(claims);
  });
});

describe('signing and verifying with asymmetric keys', () => {
  const clock = new FakeClock();
  const keys = asymmetric({
    algorithm: 'RS256',
    privateKey: rsa.privateKey,
    keyId: 'now',
    additionalPublicKeys: [{ publicKey: ec.publicKey, keyId: 'next' }],
  });
  const verifier = new JwtVerifier(keys, clock);
  const [rs, es] = [
    { alg: 'RS256', typ: 'at+jwt', kid: 'now' },
    { alg: 'ES256', typ: 'at+jwt', kid: 'next' },
  ];

  it('ATK-03 ATK-08 gives back what was signed, and what the other key signs', async () => {
    const claims = claimsAt(clock.now());
    expect(verifier.verify(await new JwtSigner(keys).sign(claims))).toEqual(claims);
    expect(verifier.verify(signedJwt(es, claims, ec.privateKey))).toEqual(claims);
    const young = asymmetric({ algorithm: 'ES256', privateKey: ec.privateKey });
    expect(new JwtVerifier(young, clock).verify(await new JwtSigner(young).sign(claims))).toEqual(claims);
  });

  it.each([
    ['HS256 of the secret, as before the change', 'token_key_unknown', () => new JwtSigner(keysOf(SECRET))],
    ['no kid', 'token_key_unknown', { alg: 'RS256', typ: 'at+jwt' }],
    ['another kid', 'token_key_unknown', { ...rs, kid: 'then' }],
    ['a kid of Object', 'token_key_unknown', { ...rs, kid: '__proto__' }],
    ['the kid of the other key', 'token_malformed', { ...rs, kid: 'next', alg: 'ES256' }],
    ['another algorithm of RSA', 'token_algorithm', { ...rs, alg: 'RS512' }],
    ['a key by value', 'token_brings_key', { ...rs, jwk: rsa.publicKey.export({ format: 'jwk' }) }],
    ['a key by reference', 'token_brings_key', { ...rs, jku: 'https://elsewhere.example' }],
    ['another type', 'token_type', { ...rs, typ: 'JWT' }],
  ] as const)('ATK-09 RSG-03 names the private reason for %s', async (_what, reason, header) => {
    const claims = claimsAt(clock.now());
    const hash = 'alg' in header && header.alg === 'RS512' ? 'sha512' : 'sha256';
    const token =
      typeof header === 'function' ? await header().sign(claims) : signedJwt(header, claims, rsa.privateKey, hash);
    expect(() => verifier.verify(token)).toThrow(
      expect.objectContaining({ reason, message: 'The access token is not valid' }),
    );
  });
});
