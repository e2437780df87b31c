import { describe, expect, it } from 'vitest';
import type { ResolvedMcpAuthOptions } from '../../../lib/config/resolved-options.js';
import { ReplayCipher } from '../../../lib/keys/replay-cipher.js';

const [OLD, NEW] = ['old-secret-of-at-least-32-characters', 'new-secret-of-at-least-32-characters'];
const CONTEXT = { token: 'a-refresh-token', rowId: 'a-row', clientId: 'a-client' };
const ANSWER = JSON.stringify({ access_token: 'ünïcode 🦊', refresh_token: 'next' });

const cipher = (...oauthSecrets: string[]) => new ReplayCipher({ oauthSecrets } as unknown as ResolvedMcpAuthOptions);

describe('ReplayCipher', () => {
  const sealed = cipher(OLD).encrypt(ANSWER, CONTEXT);
  const bytes = Buffer.from(sealed, 'base64url');

  it('STO-06 opens what it sealed, and shows nothing of it', () => {
    expect(sealed).toMatch(/^[\w-]+$/);
    expect(bytes.length).toBe(Buffer.byteLength(ANSWER) + 12 + 16);
    expect(bytes.toString('latin1')).not.toMatch(/access_token|next/);
    expect(cipher(OLD).decrypt(sealed, CONTEXT)).toBe(ANSWER);
  });

  it('STO-06 opens what a release before this one sealed', () => {
    const earlier = 'Isnh9dQTHi_vi8Kabf8vi8k8yLnBwUqWkS2BfkNTkV2tBDbN55n9byJbgGR1QqBuQI3ImA';
    expect(cipher(OLD).decrypt(earlier, CONTEXT)).toBe('{"access_token":"first"}');
  });

  it('STO-06 never seals the same answer to the same text', () => {
    expect(cipher(OLD).encrypt(ANSWER, CONTEXT)).not.toBe(sealed);
  });

  it.each([
    ['another token', { token: 'another' }],
    ['no token', { token: '' }],
    ['another row', { rowId: 'another' }],
    ['another client', { clientId: 'another' }],
    ['row and client cut at another place', { rowId: 'a-row","a', clientId: '-client' }],
    ['row and client exchanged', { rowId: 'a-client', clientId: 'a-row' }],
  ])('STO-06 opens it for nothing else: %s', (_what, change) => {
    expect(cipher(OLD).decrypt(sealed, { ...CONTEXT, ...change })).toBeUndefined();
  });

  it('STO-06 opens it with the secret it was sealed under, wherever that stands, and with no other', () => {
    expect(cipher(NEW).decrypt(sealed, CONTEXT)).toBeUndefined();
    expect(cipher().decrypt(sealed, CONTEXT)).toBeUndefined();
    expect(cipher(NEW, OLD).decrypt(sealed, CONTEXT)).toBe(ANSWER);
    expect(cipher(OLD, NEW).decrypt(sealed, CONTEXT)).toBe(ANSWER);
  });

  it('OPS-07 seals under the first secret', () => {
    const rotated = cipher(NEW, OLD).encrypt(ANSWER, CONTEXT);
    expect(cipher(NEW).decrypt(rotated, CONTEXT)).toBe(ANSWER);
    expect(cipher(OLD).decrypt(rotated, CONTEXT)).toBeUndefined();
  });

  it('STO-06 refuses to seal without a secret', () => {
    expect(() => cipher().encrypt(ANSWER, CONTEXT)).toThrow(new TypeError('No secret to encrypt with'));
  });

  it('STO-06 opens nothing that was changed anywhere or cut short', () => {
    for (let place = 0; place < bytes.length; place++) {
      const bent = Buffer.from(bytes);
      bent.writeUInt8(bent.readUInt8(place) ^ 1, place);
      expect(cipher(OLD).decrypt(bent.toString('base64url'), CONTEXT), `byte ${place}`).toBeUndefined();
    }
    for (const length of [0, 1, 12, 27, 28, bytes.length - 1]) {
      const short = bytes.subarray(0, length).toString('base64url');
      expect(cipher(OLD).decrypt(short, CONTEXT), `${length} bytes`).toBeUndefined();
    }
  });

  it.each(['', 'x', '!!!', 'not sealed by us at all'])('STO-06 opens nothing that is no answer: %j', (text) => {
    expect(cipher(OLD).decrypt(text, CONTEXT)).toBeUndefined();
  });
});
