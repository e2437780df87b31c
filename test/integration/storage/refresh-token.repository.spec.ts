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
  const consume = async (id: string, now = NOW) =>
    storage.transactions.run((tx) => storage.refreshTokens.consume(id, now, tx));

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
    await expect(consume(missing as unknown as string)).rejects.toThrow(TypeError);
    expect((await storage.refreshTokens.findByHash(tokenHash))?.consumedAt).toBeNull();
  });

  it('refuses a second token with the same hash', async () => {
    const { tokenHash } = await insert();
    await expect(insert({ tokenHash })).rejects.toThrow();
  });

  it('refuses a token of a grant that does not exist', async () => {
    await expect(insert({ grantId: 'no-such-grant' })).rejects.toThrow();
  });

  describe('consume', () => {
    it('STO-03 lets exactly one of twenty racers use the token', async () => {
      const { id } = await insert();
      expect(await winningTransactions(storage, (tx) => storage.refreshTokens.consume(id, NOW, tx))).toBe(1);
    });

    it('STO-03 lets exactly one of twenty win even where no transaction and no queue orders them', async () => {
      const { manager } = storage.dataSource;
      for (let race = 0; race < 10; race++) {
        const { id } = await insert();
        expect(await winnersOf(() => storage.refreshTokens.consume(id, NOW, manager))).toBe(1);
      }
    });

    it('keeps the time of the first use', async () => {
      const { id, tokenHash } = await insert();
      expect(await consume(id, NOW)).toBe(true);
      expect(await consume(id, NOW + 1)).toBe(false);
      expect((await storage.refreshTokens.findByHash(tokenHash))?.consumedAt).toBe(NOW);
    });

    it('uses up no other token', async () => {
      const [used, other] = [await insert(), await insert()];
      expect(await consume(used.id)).toBe(true);
      expect((await storage.refreshTokens.findByHash(other.tokenHash))?.consumedAt).toBeNull();
    });

    it('leaves the token unused when the transaction is rolled back', async () => {
      const { id } = await insert();
      const failing = storage.transactions.run(async (tx) => {
        expect(await storage.refreshTokens.consume(id, NOW, tx)).toBe(true);
        throw new Error('issuing failed');
      });
      await expect(failing).rejects.toThrow('issuing failed');
      expect(await consume(id)).toBe(true);
    });

    it('refuses an unknown token', async () => {
      expect(await consume('unknown')).toBe(false);
    });
  });

  it('OPS-04 deletes expired tokens, not more than asked, and none that lives', async () => {
    await storage.refreshTokens.deleteExpired(NOW * 2, 1_000);
    for (const expiresAt of [NOW - 2, NOW - 1, NOW]) await insert({ expiresAt });
    const living = await insert({ expiresAt: NOW + 1 });
    expect(await storage.refreshTokens.deleteExpired(NOW, 2)).toBe(2);
    expect(await storage.refreshTokens.deleteExpired(NOW, 2)).toBe(1);
    expect(await storage.refreshTokens.deleteExpired(NOW, 2)).toBe(0);
    expect(await storage.refreshTokens.findByHash(living.tokenHash)).toEqual(living);
  });
});
