import { beforeAll, describe, expect, it } from 'vitest';
import { describeDatabases } from '../../support/databases.js';
import { winnersOf, winningTransactions } from '../../support/race.js';
import { useStorage } from '../../support/storage.js';
import { newCode, newGrant, newHash, NOW } from '../../support/storage-rows.js';

describeDatabases('AuthorizationCodeRepository', (kind) => {
  const storage = useStorage(kind);
  let grantId: string;
  const insert = async (change = {}) =>
    storage.transactions.run((tx) => storage.codes.insert(newCode(grantId, change), tx));
  const consume = async (id: string, now = NOW) => storage.transactions.run((tx) => storage.codes.consume(id, now, tx));

  beforeAll(async () => {
    ({ id: grantId } = await storage.transactions.run((tx) => storage.grants.insert(newGrant(), tx)));
  });

  it('gives a code back exactly as it was stored', async () => {
    const stored = await insert({ nonce: 'n'.repeat(2048), resource: `https://app.example/${'r'.repeat(2028)}` });
    expect(await storage.codes.findByHash(stored.codeHash)).toEqual(stored);
  });

  it('STO-05 finds nothing for another hash, nor for the same one in capitals or with a blank', async () => {
    const { codeHash } = await insert({ codeHash: `ab${newHash().slice(2)}` });
    for (const presented of [newHash(), codeHash.toUpperCase(), `${codeHash} `, codeHash.slice(1)]) {
      expect(await storage.codes.findByHash(presented)).toBeNull();
    }
  });

  it.each([
    ['undefined', undefined],
    ['null', null],
    ['an empty string', ''],
  ])('ABU-05 never turns %s into a query for any code', async (_case, missing) => {
    const { codeHash } = await insert();
    await expect(storage.codes.findByHash(missing as unknown as string)).rejects.toThrow(TypeError);
    await expect(consume(missing as unknown as string)).rejects.toThrow(TypeError);
    expect((await storage.codes.findByHash(codeHash))?.consumedAt).toBeNull();
  });

  it('refuses a second code with the same hash', async () => {
    const { codeHash } = await insert();
    await expect(insert({ codeHash })).rejects.toThrow();
  });

  it('refuses a code of a grant that does not exist', async () => {
    await expect(insert({ grantId: 'no-such-grant' })).rejects.toThrow();
  });

  describe('consume', () => {
    it('STO-03 lets exactly one of twenty racers use the code', async () => {
      const { id } = await insert();
      expect(await winningTransactions(storage, (tx) => storage.codes.consume(id, NOW, tx))).toBe(1);
    });

    it('STO-03 lets exactly one of twenty win even where no transaction and no queue orders them', async () => {
      const { manager } = storage.dataSource;
      for (let race = 0; race < 10; race++) {
        const { id } = await insert();
        expect(await winnersOf(() => storage.codes.consume(id, NOW, manager))).toBe(1);
      }
    });

    it('keeps the time of the first use', async () => {
      const { id, codeHash } = await insert();
      expect(await consume(id, NOW)).toBe(true);
      expect(await consume(id, NOW + 1)).toBe(false);
      expect((await storage.codes.findByHash(codeHash))?.consumedAt).toBe(NOW);
    });

    it('uses up no other code', async () => {
      const [used, other] = [await insert(), await insert()];
      expect(await consume(used.id)).toBe(true);
      expect((await storage.codes.findByHash(other.codeHash))?.consumedAt).toBeNull();
    });

    it('leaves the code unused when the transaction is rolled back', async () => {
      const { id } = await insert();
      const failing = storage.transactions.run(async (tx) => {
        expect(await storage.codes.consume(id, NOW, tx)).toBe(true);
        throw new Error('issuing failed');
      });
      await expect(failing).rejects.toThrow('issuing failed');
      expect(await consume(id)).toBe(true);
    });

    it('refuses an unknown code', async () => {
      expect(await consume('unknown')).toBe(false);
    });
  });

  it('OPS-04 deletes expired codes, not more than asked, and none that lives', async () => {
    await storage.codes.deleteExpired(NOW * 2, 1_000);
    for (const expiresAt of [NOW - 2, NOW - 1, NOW]) await insert({ expiresAt });
    const living = await insert({ expiresAt: NOW + 1 });
    expect(await storage.codes.deleteExpired(NOW, 2)).toBe(2);
    expect(await storage.codes.deleteExpired(NOW, 2)).toBe(1);
    expect(await storage.codes.deleteExpired(NOW, 2)).toBe(0);
    expect(await storage.codes.findByHash(living.codeHash)).toEqual(living);
  });
});
