import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databases } from '../../support/databases.js';
import { type TestStorage, useStorage } from '../../support/storage.js';
import { NOW } from '../../support/storage-rows.js';

/** Of the databases, SQLite alone locks everything for one write. */
describe('a cleanup that finds nothing, while another process writes to the same SQLite file', () => {
  const storage = useStorage(databases[0]!);
  let other: DataSource;
  beforeAll(async () => {
    // Nobody waits here: whoever needs the lock fails at once.
    await storage.dataSource.query('PRAGMA busy_timeout = 0');
    other = await new DataSource({ ...storage.dataSource.options, entities: [] }).initialize();
    await other.query('BEGIN IMMEDIATE');
  });
  afterAll(async () => {
    await other?.query('ROLLBACK');
    await other?.destroy();
  });

  it('cannot write indeed', async () => {
    const writing = storage.transactions.run((tx) =>
      storage.revocations.insert({ targetId: 't', expiresAt: 1 }, 1, tx),
    );
    await expect(writing).rejects.toThrow('locked');
  });

  it.each<[string, (storage: TestStorage) => Promise<number>]>([
    ['pending authorizations', ({ pending }) => pending.deleteExpired(NOW, 100)],
    ['requests of a user', ({ pending }) => pending.deleteOfUser('ada', 100)],
    ['codes', ({ codes }) => codes.deleteExpired(NOW, 100)],
    ['refresh tokens', ({ refreshTokens }) => refreshTokens.deleteExpired(NOW, 100)],
    ['replay answers', ({ refreshTokens }) => refreshTokens.eraseAnswers(NOW, 100)],
    ['grants', ({ grants }) => grants.deleteExpired(NOW, 100)],
    ['grants of a user', ({ grants }) => grants.deleteEndedOfUser('ada', 100)],
    ['revocations', ({ revocations }) => revocations.deleteExpired(NOW, 100)],
  ])('OPS-04 asks for no lock: %s', async (_what, cleanUp) => {
    expect(await cleanUp(storage)).toBe(0);
  });
});
