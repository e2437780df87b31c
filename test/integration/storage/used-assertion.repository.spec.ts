import { expect, it } from 'vitest';
import { describeDatabases } from '../../support/databases.js';
import { winnersOf } from '../../support/race.js';
import { useStorage } from '../../support/storage.js';
import { newHash, NOW } from '../../support/storage-rows.js';

describeDatabases('UsedAssertionRepository', (kind) => {
  const storage = useStorage(kind);

  it('CAU-08 lets an assertion be used once', async () => {
    const [hash, other] = [newHash(), newHash()];
    expect(await storage.usedAssertions.use(hash, NOW)).toBe(true);
    expect(await storage.usedAssertions.use(hash, NOW)).toBe(false);
    expect(await storage.usedAssertions.use(hash, NOW + 1)).toBe(false);
    expect(await storage.usedAssertions.use(other, NOW)).toBe(true);
  });

  it('CAU-08 STO-03 has one winner of twenty', async () => {
    const hash = newHash();
    expect(await winnersOf(() => storage.usedAssertions.use(hash, NOW))).toBe(1);
  });

  it('takes no other failure for a repetition', async () => {
    await expect(storage.usedAssertions.use('', NOW)).rejects.toThrow(TypeError);
    await expect(storage.usedAssertions.use(newHash(), null as unknown as number)).rejects.toThrow();
  });

  it('OPS-04 forgets those that would not be valid any more', async () => {
    await storage.usedAssertions.deleteExpired(NOW * 2, 1000);
    const [old, living] = [newHash(), newHash()];
    await storage.usedAssertions.use(old, NOW);
    await storage.usedAssertions.use(living, NOW + 1);
    expect(await storage.usedAssertions.deleteExpired(NOW, 10)).toBe(1);
    expect(await storage.usedAssertions.use(living, NOW + 1)).toBe(false);
  });
});
