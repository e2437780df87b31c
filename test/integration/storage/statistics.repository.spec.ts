import { expect, it } from 'vitest';
import { StatisticsRepository } from '../../../lib/storage/repositories/statistics.repository.js';
import { describeDatabases } from '../../support/databases.js';
import { useStorage } from '../../support/storage.js';
import { newClient, newCode, newGrant, newPending, newRefreshToken, NOW } from '../../support/storage-rows.js';

describeDatabases('StatisticsRepository', (kind) => {
  const storage = useStorage(kind);
  const count = () => new StatisticsRepository(storage.dataSource).count(NOW);
  const [living, expired] = [{ expiresAt: NOW + 1 }, { expiresAt: NOW }];

  it('lets others run between two counts', async () => {
    let turns = 0;
    const take = (): void => {
      turns++;
      next = setImmediate(take);
    };
    let next = setImmediate(take);
    const counts = Object.keys(await count()).length;
    clearImmediate(next);
    expect(turns).toBeGreaterThanOrEqual(counts - 1);
  });

  it('OPS-04 counts what is there, and what of it still lives', async () => {
    expect(await count()).toEqual({
      clients: 0,
      authorizedClients: 0,
      pendingAuthorizations: 0,
      livingGrants: 0,
      revokedGrants: 0,
      unredeemedCodes: 0,
      livingRefreshTokens: 0,
      revocations: 0,
    });
    for (const authorizedAt of [null, null, NOW]) await storage.clients.insert(newClient({ authorizedAt }));
    for (const change of [living, living, living, expired, { ...living, decidedAt: NOW }]) {
      await storage.pending.insert(newPending(change));
    }
    await storage.transactions.run(async (tx) => {
      const { id } = await storage.grants.insert(newGrant(living), tx);
      for (const change of [living, expired, expired]) await storage.grants.insert(newGrant(change), tx);
      for (const change of [living, expired, living]) {
        await storage.grants.insert(newGrant({ ...change, revokedAt: NOW }), tx);
      }
      for (const change of [living, expired, { ...living, consumedAt: NOW }]) {
        await storage.codes.insert(newCode(id, change), tx);
      }
      for (const change of [living, living, expired, { ...living, consumedAt: NOW }]) {
        await storage.refreshTokens.insert(newRefreshToken(id, change), tx);
      }
      for (const { expiresAt } of [living, living, expired]) {
        await storage.revocations.insert({ targetId: 'target', expiresAt }, NOW, tx);
      }
    });
    expect(await count()).toEqual({
      clients: 3,
      authorizedClients: 1,
      pendingAuthorizations: 3,
      livingGrants: 2,
      revokedGrants: 3,
      unredeemedCodes: 1,
      livingRefreshTokens: 2,
      revocations: 2,
    });
  });
});
