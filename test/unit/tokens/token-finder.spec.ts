import { describe, expect, it, vi } from 'vitest';
import { newRefreshToken, NOW } from '../../support/storage-rows.js';
import { hashToken } from '../../../lib/protocol/opaque-token.js';
import { approve, forgetGrant, ORIGIN, RESOURCE, tokenParts, useFrozenStorage } from './fixture.js';

const SUBJECT = { userId: 'ada', clientId: 'a-client', scopes: ['mcp:read'], resource: RESOURCE };

describe('TokenFinder', () => {
  const storage = useFrozenStorage();
  const store = (grantId: string, token: string, change = {}) =>
    storage.transactions.run((tx) =>
      storage.refreshTokens.insert(newRefreshToken(grantId, { tokenHash: hashToken(token), ...change }), tx),
    );

  it.each([
    ['alive', {}],
    ['retired', { consumedAt: NOW - 1 }],
    ['expired', { expiresAt: NOW - 1 }],
  ])('REV-03 finds a refresh token that is %s, with the grant and the client it belongs to', async (state, change) => {
    const grant = await approve(storage, { clientId: `client of ${state}` });
    const row = await store(grant.id, state, change);
    expect(await tokenParts(storage).finder.find(state)).toEqual({
      kind: 'refresh_token',
      clientId: `client of ${state}`,
      row,
      grant,
    });
  });

  it('REV-03 INT-04 finds an access token, with what it says', async () => {
    const { finder, issuer, verifier } = tokenParts(storage);
    const { token } = await issuer.accessToken(SUBJECT);
    const verified = await verifier.verify(token, RESOURCE);
    expect(await finder.find(token)).toEqual({ kind: 'access_token', clientId: 'a-client', token: verified });
  });

  it.each(['', 'unknown', 'a.b.c', 'x'.repeat(5000), hashToken('hashed')])(
    'REV-02 INT-03 finds nothing for %.20j',
    async (token) => {
      await store((await approve(storage)).id, `hashed${token.length}`);
      expect(await tokenParts(storage).finder.find(token)).toBeUndefined();
    },
  );

  it('INT-04 finds no access token that has expired, was revoked, or is for another resource or of another issuer', async () => {
    const { finder, issuer, revoker, clock } = tokenParts(storage);
    const revoked = await issuer.accessToken(SUBJECT);
    await revoker.endAccessToken(revoked.id, NOW / 1000 + 3600);
    const elsewhere = await issuer.accessToken({ ...SUBJECT, resource: `${ORIGIN}/other` });
    const foreign = await tokenParts(storage, { issuer: `${ORIGIN}/tenant` }).issuer.accessToken(SUBJECT);
    const expired = await issuer.accessToken(SUBJECT, 1);
    clock.advance(2);
    for (const { token } of [revoked, elsewhere, foreign, expired]) expect(await finder.find(token)).toBeUndefined();
  });

  it('REV-02 finds nothing for a refresh token whose grant has just been deleted', async () => {
    const { id } = await approve(storage);
    await store(id, 'orphan');
    await forgetGrant(storage, id);
    expect(await tokenParts(storage).finder.find('orphan')).toBeUndefined();
  });

  it('REV-06 does not take an outage for a token that is not there', async () => {
    const { finder, issuer } = tokenParts(storage);
    const { token } = await issuer.accessToken(SUBJECT);
    vi.spyOn(storage.revocations, 'listSince').mockRejectedValueOnce(new Error('down'));
    await expect(finder.find(token)).rejects.toMatchObject({ name: 'RevocationsUnknownError' });
    vi.spyOn(storage.refreshTokens, 'findByHash').mockRejectedValueOnce(new Error('down'));
    await expect(finder.find(token)).rejects.toThrow('down');
  });
});
