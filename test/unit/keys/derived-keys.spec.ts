import { createHmac, createSecretKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { ResolvedMcpAuthOptions } from '../../../lib/config/resolved-options.js';
import { deriveKey, DerivedKeys } from '../../../lib/keys/derived-keys.js';

const OLD = 'an-old-secret-of-more-than-32-bytes-00000000';
const NEW = 'a-new-secret-of-more-than-32-bytes-111111111';

const keys = (...oauthSecrets: string[]) => new DerivedKeys({ oauthSecrets } as unknown as ResolvedMcpAuthOptions);
const bytes = (secret: string, purpose: Parameters<typeof deriveKey>[1]) =>
  deriveKey(secret, purpose).export().toString('hex');

describe('deriveKey', () => {
  it('STO-02 gives 256 bits, the same for the same secret and purpose', () => {
    expect(bytes(OLD, 'consent-form')).toHaveLength(64);
    expect(bytes(OLD, 'consent-form')).toBe(bytes(OLD, 'consent-form'));
  });

  it('gives another key for another purpose or secret, and none that is the secret', () => {
    const all = [OLD, NEW].flatMap((secret) => [bytes(secret, 'consent-form'), bytes(secret, 'access-token-signing')]);
    expect(new Set(all).size).toBe(4);
    for (const secret of [OLD, NEW]) expect(all).not.toContain(Buffer.from(secret).toString('hex'));
  });

  it('stays what it was: a change of label or length would end every session and token', () => {
    expect(bytes(OLD, 'access-token-signing')).toBe('bfe8ea35f4475e4a6fa65e2b19af9c5b8bf2474ff8525baa578a6f05d6ced1be');
    expect(bytes(OLD, 'consent-form')).toBe('dbc43fdaed7f11e10e5ee4b0952f25c95b64714cb55422a7202c1a4f2bb4a4be');
  });
});

describe('the CSRF token of a form', () => {
  const parts = ['request', 'browser', 'user', 'org'];
  const SHOWN = ['mcp:read', 'mcp:write'];

  it('CON-01 belongs to these parts, in this order, and to no others', () => {
    const subject = keys(OLD);
    const token = subject.formToken(parts, SHOWN);
    expect(token).toMatch(/^[\w-]+\.[\w-]{43}$/);
    expect(subject.readFormToken(token, parts)).toEqual(SHOWN);
    const others = [
      ['other', 'browser', 'user', 'org'],
      ['request', 'other', 'user', 'org'],
      ['request', 'browser', 'other', 'org'],
      ['request', 'browser', 'user', ''],
      ['request', 'browser', 'userorg', ''],
      ['request', 'browser', 'user"', '"org'],
      ['browser', 'request', 'user', 'org'],
      ['request', 'browser', 'user'],
      [...parts, ''],
      [],
    ];
    for (const other of others) expect(subject.readFormToken(token, other)).toBeUndefined();
  });

  it.each(['', 'x', 'A'.repeat(43), 'A'.repeat(5000), 'é'.repeat(43)])('CON-01 is not %j', (presented) => {
    expect(keys(OLD).readFormToken(presented, parts)).toBeUndefined();
  });

  it('CON-01 is not accepted with a character more, less or changed', () => {
    const token = keys(OLD).formToken(parts, SHOWN);
    const bent = [`${token}A`, token.slice(1), token.slice(0, -1), `${token} `, token.toLowerCase(), `${token}=`];
    for (const presented of bent) expect(keys(OLD).readFormToken(presented, parts)).toBeUndefined();
  });

  it('CON-05 holds what the page showed, and nothing else', () => {
    const subject = keys(OLD);
    const [names = '', proof = ''] = subject.formToken(parts, SHOWN).split('.');
    const more = Buffer.from(JSON.stringify([...SHOWN, 'mcp:admin'])).toString('base64url');
    for (const presented of [
      `${more}.${proof}`,
      `.${proof}`,
      proof,
      `${names}.`,
      `${names}.${proof}.`,
      `${names}.${proof}.x`,
      `${names}=.${proof}`,
    ])
      expect(subject.readFormToken(presented, parts)).toBeUndefined();
    expect(subject.readFormToken(subject.formToken(parts, []), parts)).toEqual([]);
  });

  it('is made with the first secret and accepted under any, so that a rotation loses no open page', () => {
    const before = keys(OLD).formToken(parts, SHOWN);
    const rotated = keys(NEW, OLD);
    expect(rotated.readFormToken(before, parts)).toEqual(SHOWN);
    expect(rotated.formToken(parts, SHOWN)).toBe(keys(NEW).formToken(parts, SHOWN));
    expect(keys(NEW).readFormToken(before, parts)).toBeUndefined();
  });

  it('is signed with a key of its own: neither with the secret nor with the key for tokens', () => {
    const names = keys(OLD).formToken(parts, SHOWN).split('.')[0] ?? '';
    const text = JSON.stringify([parts, names]);
    const { accessTokenSigning } = keys(OLD);
    for (const key of [createSecretKey(OLD, 'utf8'), ...accessTokenSigning]) {
      const forged = createHmac('sha256', key).update(text).digest('base64url');
      expect(keys(OLD).readFormToken(`${names}.${forged}`, parts)).toBeUndefined();
    }
  });

  it('has one signing key for each secret, in their order', () => {
    const [first, second] = keys(NEW, OLD).accessTokenSigning.map((key) => key.export().toString('hex'));
    expect([first, second]).toEqual([bytes(NEW, 'access-token-signing'), bytes(OLD, 'access-token-signing')]);
  });

  it('refuses to sign without a secret', () => {
    expect(() => keys().formToken(parts, SHOWN)).toThrow(TypeError);
    expect(keys().readFormToken('', parts)).toBeUndefined();
  });
});
