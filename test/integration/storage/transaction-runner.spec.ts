import { setTimeout as delay } from 'node:timers/promises';
import type { DataSourceOptions } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { ClientEntity } from '../../../lib/storage/entities/client.entity.js';
import { GrantEntity } from '../../../lib/storage/entities/grant.entity.js';
import { runMcpAuthMigrations } from '../../../lib/storage/run-migrations.js';
import { type Transaction, TransactionRunner } from '../../../lib/storage/transaction-runner.js';
import { databases, describeDatabases } from '../../support/databases.js';
import { barrier } from '../../support/barrier.js';
import { winnersOf, winningTransactions } from '../../support/race.js';
import { useStorage } from '../../support/storage.js';
import { newClient, newGrant, NOW } from '../../support/storage-rows.js';

describeDatabases('TransactionRunner', (kind) => {
  const storage = useStorage(kind);
  const insertGrant = async (userId: string, runner = storage.transactions) =>
    runner.run((tx) => storage.grants.insert(newGrant({ userId }), tx));

  /** Writes, lingers while others want to write, and then fails. */
  const failSlowly = async (userId: string, runner = storage.transactions) => {
    const id = `00000000-0000-7000-8000-${Math.random().toString(16).slice(2, 14).padEnd(12, '0')}`;
    const failing = runner.run(async (tx) => {
      await storage.grants.insert(newGrant({ id, userId }), tx);
      await delay(2);
      throw new Error('no space left for this user');
    });
    await expect(failing).rejects.toThrow('no space left for this user');
    return id;
  };

  const revoke = (id: string, reason: string) =>
    storage.transactions.run((tx) => storage.grants.revoke(id, reason, NOW, tx));

  it('commits the work and hands its result on', async () => {
    const { id } = await insertGrant('committed');
    expect((await storage.grants.findById(id))?.userId).toBe('committed');
  });

  it('undoes everything when the work fails, and fails with its error', async () => {
    const id = await failSlowly('undone');
    expect(await storage.grants.findById(id)).toBeNull();
  });

  it('loses nothing of a concurrent transaction when one is rolled back', async () => {
    for (let round = 0; round < 20; round++) {
      const [lost, kept, alsoKept] = await Promise.all([
        failSlowly('rolled-back'),
        insertGrant('beside'),
        insertGrant('beside'),
      ]);
      expect(await storage.grants.findById(lost)).toBeNull();
      expect(await storage.grants.findById(kept.id)).not.toBeNull();
      expect(await storage.grants.findById(alsoKept.id)).not.toBeNull();
    }
  });

  it('loses nothing of a single statement beside a transaction that is rolled back', async () => {
    const grant = await insertGrant('owner');
    const [, client, revoked] = await Promise.all([
      failSlowly('rolled-back'),
      storage.clients.insert(newClient()),
      revoke(grant.id, 'test'),
    ]);
    expect(revoked).toBe(true);
    expect(await storage.clients.findByClientId(client.clientId)).not.toBeNull();
    expect((await storage.grants.findById(grant.id))?.revokedAt).toBe(NOW);
  });

  it("keeps two runners on one data source out of each other's transactions", async () => {
    const second = new TransactionRunner(storage.dataSource);
    for (let round = 0; round < 10; round++) {
      const [lost, kept] = await Promise.all([failSlowly('rolled-back'), insertGrant('beside', second)]);
      const [lostToo, keptToo] = await Promise.all([failSlowly('rolled-back', second), insertGrant('beside')]);
      for (const id of [lost, lostToo]) expect(await storage.grants.findById(id)).toBeNull();
      for (const { id } of [kept, keptToo]) expect(await storage.grants.findById(id)).not.toBeNull();
    }
  });

  it('completes twenty transactions that begin together', async () => {
    const grants = await Promise.all(Array.from({ length: 20 }, () => insertGrant('together')));
    for (const { id } of grants) expect(await storage.grants.findById(id)).not.toBeNull();
  });

  it('runs a statement although the ones before it failed', async () => {
    const { clientId } = await storage.clients.insert(newClient());
    const results = await Promise.allSettled([
      storage.clients.insert(newClient({ clientId })),
      storage.clients.insert(newClient({ clientId })),
      storage.clients.insert(newClient()),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
  });

  describe('refuses to be entered a second time from inside, where SQLite would wait for ever', () => {
    it.each<[string, () => Promise<unknown>]>([
      ['a transaction', () => storage.transactions.run(async () => undefined)],
      ['a transaction of another runner', () => new TransactionRunner(storage.dataSource).run(async () => undefined)],
      ['a statement of a repository', () => storage.clients.insert(newClient())],
      ['a migration', () => runMcpAuthMigrations(storage.dataSource)],
    ])('by %s', async (_case, inner) => {
      await expect(storage.transactions.run(inner)).rejects.toThrow('inside another one');
    });

    it('but not for work that goes on after the transaction', async () => {
      let afterwards: Promise<boolean> | undefined;
      const { id } = await storage.transactions.run(async (tx) => {
        const grant = await storage.grants.insert(newGrant(), tx);
        afterwards = delay(50).then(() => revoke(grant.id, 'later'));
        return grant;
      });
      expect(await afterwards).toBe(true);
      expect((await storage.grants.findById(id))?.revokedReason).toBe('later');
    });
  });

  describe('runs again what the database gave up to a rival', () => {
    const failing = (error: unknown, failures: number) => {
      let calls = 0;
      const result = storage.transactions.run(async () => {
        if (++calls <= failures) throw error;
        return calls;
      });
      return { result, calls: () => calls };
    };

    it.each([
      ['a serialization failure', { driverError: { code: '40001' } }],
      ['a deadlock on PostgreSQL', { driverError: { code: '40P01' } }],
      ['a deadlock on MySQL', { driverError: { code: 'ER_LOCK_DEADLOCK', errno: 1213 } }],
      ['a changed record on MariaDB', { driverError: { errno: 1020 } }],
      ['a stale snapshot on SQLite', { code: 'SQLITE_BUSY_SNAPSHOT' }],
    ])('after %s', async (_case, error) => {
      expect(await failing(error, 2).result).toBe(3);
    });

    it('and gives up after the third time', async () => {
      const { result, calls } = failing(Object.assign(new Error('rival'), { code: '40001' }), 9);
      await expect(result).rejects.toThrow('rival');
      expect(calls()).toBe(3);
    });

    it.each([
      ['a unique violation', { driverError: { code: '23505', errno: 1062 } }],
      ['an outage', { code: 'ECONNREFUSED' }],
      ['an error of the caller', new TypeError('wrong')],
      ['something that is no error', 'thrown text'],
    ])('but not %s', async (_case, error) => {
      const { result, calls } = failing(error, 1);
      await expect(result).rejects.toBe(error);
      expect(calls()).toBe(1);
    });
  });

  if (kind.name !== 'better-sqlite3') {
    it('completes both of two transactions that really deadlock', async () => {
      const [first, second] = [await storage.clients.insert(newClient()), await storage.clients.insert(newClient())];
      const bothHoldOne = barrier(2);
      let calls = 0;
      const touchInOrder = (ids: readonly string[]) => {
        let met = false;
        return storage.transactions.run(async (tx) => {
          calls++;
          await tx.increment(ClientEntity, { id: ids[0]! }, 'createdAt', 1);
          if (!met) await bothHoldOne();
          met = true;
          await tx.increment(ClientEntity, { id: ids[1]! }, 'createdAt', 1);
        });
      };
      await Promise.all([touchInOrder([first.id, second.id]), touchInOrder([second.id, first.id])]);
      expect(calls).toBe(3);
      for (const { clientId } of [first, second]) {
        expect((await storage.clients.findByClientId(clientId))?.createdAt).toBe(NOW + 2);
      }
    });
  }
});

const postgres = databases.find(({ name }) => name === 'postgres');

/** Levels a host may have made its default, at which PostgreSQL gives up whoever waited for a row that another one changed. */
describe.skipIf(!postgres?.available).each(['repeatable read', 'serializable'])(
  'TransactionRunner on a PostgreSQL whose default is %s',
  (level) => {
    const storage = useStorage({
      ...postgres!,
      create: async () => {
        const database = await postgres!.create();
        const extra = { options: `-c default_transaction_isolation=${level.replace(' ', '\\ ')}` };
        return { ...database, options: { ...database.options, extra } as DataSourceOptions };
      },
    });
    const LEVEL = 'SHOW transaction_isolation';
    const insertGrant = () => storage.transactions.run((tx) => storage.grants.insert(newGrant(), tx));

    it('STO-03 works at READ COMMITTED, whatever is the default beside it', async () => {
      const inside = storage.transactions.run((tx) => tx.query<unknown[]>(LEVEL));
      expect(await inside).toEqual([{ transaction_isolation: 'read committed' }]);
      expect(await storage.dataSource.query(LEVEL)).toEqual([{ transaction_isolation: level }]);
    });

    it('STO-03 has one winner among twenty open transactions, and gives up none of them', async () => {
      const { id } = await insertGrant();
      let begun = 0;
      const race = winningTransactions(storage, (tx) => {
        begun++;
        return storage.grants.revoke(id, 'raced', NOW, tx);
      });
      expect(await race).toBe(1);
      expect(begun, 'none was run again').toBe(20);
    });

    it('STO-03 loses none of twenty changes to one row', async () => {
      const { id, expiresAt } = await insertGrant();
      const change = (tx: Transaction) => tx.increment(GrantEntity, { id }, 'expiresAt', 1).then(() => true);
      expect(await winningTransactions(storage, change)).toBe(20);
      expect((await storage.grants.findById(id))?.expiresAt).toBe(expiresAt + 20);
    });

    it('STO-03 has one winner among twenty single statements, too', async () => {
      const { id } = await insertGrant();
      const revoke = () => storage.transactions.runStatement((tx) => storage.grants.revoke(id, 'raced', NOW, tx));
      expect(await winnersOf(revoke)).toBe(1);
    });
  },
);
