import type { Transaction } from '../../lib/storage/transaction-runner.js';
import { barrier } from './barrier.js';
import type { TestStorage } from './storage.js';

/** Starts twenty racers together and returns how many of them won. */
export async function winnersOf(racer: () => Promise<boolean>, racers = 20): Promise<number> {
  const ready = barrier(racers);
  const results = await Promise.all(
    Array.from({ length: racers }, async () => {
      await ready();
      return racer();
    }),
  );
  return results.filter(Boolean).length;
}

/**
 * The same with each racer in a transaction of its own. Where transactions run side by side, all twenty are open
 * before the first one acts; on SQLite they take turns, and the race is for the turn.
 */
export async function winningTransactions(
  { dataSource, transactions }: TestStorage,
  racer: (tx: Transaction) => Promise<boolean>,
): Promise<number> {
  const takesTurns = dataSource.options.type === 'better-sqlite3';
  const ready = barrier(20);
  return winnersOf(() =>
    transactions.run(async (tx) => {
      if (!takesTurns) {
        await tx.query('SELECT 1');
        await ready();
      }
      return racer(tx);
    }),
  );
}
