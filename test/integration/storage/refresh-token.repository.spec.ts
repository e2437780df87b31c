import { beforeAll, describe, expect, it } from 'vitest';
import { describeDatabases } from '../../support/databases.js';
import { winnersOf, winningTransactions } from '../../support/race.js';
import { useStorage } from '../../support/storage.js';
import { newRefreshToken, newGrant, newHash, NOW } from '../../support/storage-rows.js';

describeDatabases('RefreshTokenRepository', (kind) => {
  const storage = useStorage(kind);
  let grantId: string;
  const insert = async (change = {}) =>
    storage.transactions.run((tx) => storage.refreshTokens.insert(newRefreshToken(grantId, change), tx));
  const rotation = (now = NOW) => ({
    now,
    successorId: '0193f0a1-7e2b-7c3d-8e4f-5a6b7c8d9e10',
    fingerprint: 'f'.repeat(64),
    answer: 'sealed',
    replayUntil: now + 30_000,
  });
  const rotate = async (id: string, now = NOW) =>
    storage.transactions.run((tx) => storage.refreshTokens.rotate(id, rotation(now), tx));

  beforeAll(async () => {
    ({ id: grantId } = await storage.transactions.run((tx) => storage.grants.insert(newGrant(), tx)));
  });

  it('gives a token back exactly as it was stored', async () => {
    const stored = await insert();
    expect(await storage.refreshTokens.findByHash(stored.tokenHash)).toEqual(stored);
  });

  it('STO-05 finds nothing for another hash, nor for the same one in capitals or with a blank', async () => {
    const { tokenHash } = await insert({ tokenHash: `ab${newHash().slice(2)}` });
    for (const presented of [newHash(), tokenHash.toUpperCase(), `${tokenHash} `, tokenHash.slice(1)]) {
      expect(await storage.refreshTokens.findByHash(presented)).toBeNull();
    }
  });

  it.each([
    ['undefined', undefined],
    ['null', null],
    ['an empty string', ''],
  ])('ABU-05 never turns %s into a query for any refresh token', async (_case, missing) => {
    const { tokenHash } = await insert();
    await expect(storage.refreshTokens.findByHash(missing as unknown as string)).rejects.toThrow(TypeError);
    await expect(rotate(missing as unknown as string)).rejects.toThrow(TypeError);
    expect((await storage.refreshTokens.findByHash(tokenHash))?.consumedAt).toBeNull();
  });

  it('refuses a second token with the same hash', async () => {
    const { tokenHash } = await insert();
    await expect(insert({ tokenHash })).rejects.toThrow();
  });

  it('refuses a token of a grant that does not exist', async () => {
    await expect(insert({ grantId: 'no-such-grant' })).rejects.toThrow();
  });

  describe('rotate', () => {
    it('STO-03 lets exactly one of twenty racers use the token', async () => {
      const { id } = await insert();
      expect(await winningTransactions(storage, (tx) => storage.refreshTokens.rotate(id, rotation(), tx))).toBe(1);
    });

    it('STO-03 lets exactly one of twenty win even where no transaction and no queue orders them', async () => {
      const { manager } = storage.dataSource;
      for (let race = 0; race < 10; race++) {
        const { id } = await insert();
        expect(await winnersOf(() => storage.refreshTokens.rotate(id, rotation(), manager))).toBe(1);
      }
    });

    it('keeps the time of the first use', async () => {
      const { id, tokenHash } = await insert();
      expect(await rotate(id, NOW)).toBe(true);
      expect(await rotate(id, NOW + 1)).toBe(false);
      expect((await storage.refreshTokens.findByHash(tokenHash))?.consumedAt).toBe(NOW);
    });

    it('leaves behind what a replay needs', async () => {
      const { id, tokenHash } = await insert();
      await rotate(id);
      const { now: consumedAt, successorId, fingerprint, answer, replayUntil } = rotation();
      const left = { consumedAt, successorId, replayFingerprint: fingerprint, replayAnswer: answer, replayUntil };
      expect(await storage.refreshTokens.findByHash(tokenHash)).toMatchObject(left);
      expect(await storage.refreshTokens.findById(id)).toMatchObject(left);
    });

    it('uses up no other token', async () => {
      const [used, other] = [await insert(), await insert()];
      expect(await rotate(used.id)).toBe(true);
      expect((await storage.refreshTokens.findByHash(other.tokenHash))?.consumedAt).toBeNull();
    });

    it('leaves the token unused when the transaction is rolled back', async () => {
      const { id } = await insert();
      const failing = storage.transactions.run(async (tx) => {
        expect(await storage.refreshTokens.rotate(id, rotation(), tx)).toBe(true);
        throw new Error('issuing failed');
      });
      await expect(failing).rejects.toThrow('issuing failed');
      expect(await rotate(id)).toBe(true);
    });

    it('refuses an unknown token', async () => {
      expect(await rotate('unknown')).toBe(false);
    });
  });

  it('REV-05 tells when the last access token of a grant expires', async () => {
    const { id: own } = await storage.transactions.run((tx) => storage.grants.insert(newGrant(), tx));
    const last = () => storage.transactions.run((tx) => storage.refreshTokens.lastAccessExpiry(own, tx));
    await insert({ accessExpiresAt: NOW + 99 });
    expect(await last()).toBeUndefined();
    for (const accessExpiresAt of [NOW + 5, NOW + 9, NOW + 7]) await insert({ grantId: own, accessExpiresAt });
    expect(await last()).toBe(NOW + 9);
  });

  it('STO-06 erases answers whose window is over, the oldest first, not more than asked, and keeps the tokens', async () => {
    await storage.refreshTokens.eraseAnswers(NOW * 2, 1_000);
    const rows = [await insert(), await insert(), await insert()];
    for (const [index, { id }] of rows.entries()) await rotate(id, NOW + 2 - index);
    expect(await storage.refreshTokens.eraseAnswers(NOW + 30_001, 1)).toBe(1);
    const [, , oldest] = await Promise.all(rows.map(({ id }) => storage.refreshTokens.findById(id)));
    expect([oldest?.replayAnswer, oldest?.replayUntil]).toEqual([null, null]);
    expect(await storage.refreshTokens.eraseAnswers(NOW + 30_001, 9)).toBe(1);
    expect(await storage.refreshTokens.eraseAnswers(NOW + 30_001, 9)).toBe(0);
    const left = await Promise.all(rows.map(({ id }) => storage.refreshTokens.findById(id)));
    expect(left.map((row) => [row?.replayAnswer, row?.consumedAt])).toEqual([
      ['sealed', NOW + 2],
      [null, NOW + 1],
      [null, NOW],
    ]);
  });

  it('OPS-04 deletes expired tokens, not more than asked, and none that lives', async () => {
    await storage.refreshTokens.deleteExpired(NOW * 2, 1_000);
    for (const expiresAt of [NOW - 2, NOW - 1, NOW]) await insert({ expiresAt, accessExpiresAt: NOW });
    const living = await insert({ expiresAt: NOW + 1, accessExpiresAt: NOW });
    const withAccess = await insert({ expiresAt: NOW, accessExpiresAt: NOW + 1 });
    expect(await storage.refreshTokens.deleteExpired(NOW, 2)).toBe(2);
    expect(await storage.refreshTokens.deleteExpired(NOW, 2)).toBe(1);
    expect(await storage.refreshTokens.deleteExpired(NOW, 2)).toBe(0);
    for (const one of [living, withAccess]) expect(await storage.refreshTokens.findByHash(one.tokenHash)).toEqual(one);
  });
});
