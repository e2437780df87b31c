import { describe, expect, it } from 'vitest';
import { hashToken, newOpaqueToken } from '../../../lib/protocol/opaque-token.js';

describe('newOpaqueToken', () => {
  it('AUT-33 and ATK-05 gives 256 random bits in token68 characters', () => {
    const token = newOpaqueToken();
    expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(Buffer.from(token, 'base64url')).toHaveLength(32);
  });

  it('STO-02 never gives the same value twice', () => {
    expect(new Set(Array.from({ length: 1000 }, newOpaqueToken)).size).toBe(1000);
  });
});

describe('hashToken', () => {
  it('STO-01 is SHA-256 in lower-case hex (FIPS 180-4 example)', () => {
    expect(hashToken('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });

  it('STO-05 tells tokens apart that differ in case or in a trailing blank', () => {
    expect(hashToken('abc')).not.toBe(hashToken('ABC'));
    expect(hashToken('abc')).not.toBe(hashToken('abc '));
  });

  it('STO-05 hashes the UTF-8 form, whatever is presented as a token', () => {
    expect(hashToken('ü')).toBe(hashToken(Buffer.from([0xc3, 0xbc]).toString('utf8')));
    expect(hashToken('ü')).not.toBe(hashToken('\u00c3'));
  });
});
