import 'reflect-metadata';
import { KeyObject } from 'node:crypto';
import { JwtService } from '@nestjs/jwt';
import { describe, expect, it, vi } from 'vitest';
import type { ResolvedMcpAuthOptions } from '../../../lib/config/resolved-options.js';
import { DerivedKeys } from '../../../lib/keys/derived-keys.js';
import { JwtSigner } from '../../../lib/keys/jwt-signer.js';
import { JwtVerifier } from '../../../lib/keys/jwt-verifier.js';
import { accessTokenClaims } from '../../../lib/protocol/access-token-claims.js';
import { FakeClock } from '../../support/fake-clock.js';

const SECRET = 'abcdefghijklmnopqrstuvwxyz0123456789';
const keysOf = (...oauthSecrets: string[]) => new DerivedKeys({ oauthSecrets } as unknown as ResolvedMcpAuthOptions);
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
    const keys = keysOf(SECRET);
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
    expect(seen).toEqual([keys.accessTokenSigning[0], keys.accessTokenSigning[0]]);
    expect(seen[0]).toBeInstanceOf(KeyObject);
    expect(keys.accessTokenSigning[0]?.symmetricKeySize).toBe(32);
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
