import { expect, it } from 'vitest';
import { describeDatabases } from '../../support/databases.js';
import { useStorage } from '../../support/storage.js';
import { NOW } from '../../support/storage-rows.js';

describeDatabases('RevocationRepository', (kind) => {
  const storage = useStorage(kind);
  const insert = (targetId: string, createdAt = NOW, expiresAt = NOW + 3_600_000) =>
    storage.transactions.run((tx) => storage.revocations.insert({ targetId, expiresAt }, createdAt, tx));
  const targets = async (since: number, now = NOW) =>
    (await storage.revocations.listSince(since, now)).map(({ targetId }) => targetId).toSorted();

  it('REV-05 lists what was revoked since a moment and still matters', async () => {
    await insert('since-1', NOW - 1);
    await insert('since-2', NOW);
    await insert('since-3', NOW + 5_000);
    await insert('since-over', NOW, NOW);
    expect(await targets(NOW)).toEqual(['since-2', 'since-3']);
    expect(await targets(0)).toEqual(['since-1', 'since-2', 'since-3']);
    expect(await targets(NOW + 5_001)).toEqual([]);
    const [row] = await storage.revocations.listSince(NOW + 5_000, NOW);
    expect(row).toMatchObject({ targetId: 'since-3', expiresAt: NOW + 3_600_000 });
  });

  it('REV-05 STO-05 tells which of some ids are revoked, to the letter', async () => {
    await insert('exact-id');
    expect(await storage.revocations.listAmong(['other', 'exact-id'])).toEqual(['exact-id']);
    for (const id of ['other', 'EXACT-ID', 'exact-id ', 'exact']) {
      expect(await storage.revocations.listAmong([id]), id).not.toContain(id);
    }
    await expect(storage.revocations.listAmong([''])).rejects.toThrow(TypeError);
  });

  it('finds the revoked ones among more ids than one statement takes', async () => {
    for (const id of ['of-many-0', 'of-many-499', 'of-many-500', 'of-many-1200']) await insert(id);
    const ids = Array.from({ length: 1201 }, (_id, index) => `of-many-${index}`);
    const found = await storage.revocations.listAmong(ids);
    expect(found.toSorted()).toEqual(['of-many-0', 'of-many-1200', 'of-many-499', 'of-many-500']);
    expect(await storage.revocations.listAmong([])).toEqual([]);
  });

  it('is written with the transaction it belongs to, or not at all', async () => {
    const failing = storage.transactions.run(async (tx) => {
      await storage.revocations.insert({ targetId: 'rolled-back', expiresAt: NOW + 1 }, NOW, tx);
      throw new Error('the rest failed');
    });
    await expect(failing).rejects.toThrow('the rest failed');
    expect(await storage.revocations.listAmong(['rolled-back'])).toEqual([]);
  });

  it('OPS-04 deletes what does not matter any more, not more than asked', async () => {
    await storage.revocations.deleteExpired(NOW * 2, 1_000);
    for (const id of ['old-1', 'old-2', 'old-3']) await insert(id, NOW, NOW);
    await insert('living', NOW, NOW + 1);
    expect(await storage.revocations.deleteExpired(NOW, 2)).toBe(2);
    expect(await storage.revocations.deleteExpired(NOW, 2)).toBe(1);
    expect(await storage.revocations.listAmong(['living'])).toEqual(['living']);
  });
});
