import { AsyncLocalStorage } from 'node:async_hooks';
import type { DataSource } from 'typeorm';
import { databaseFamily } from './database-family.js';

interface Turn {
  readonly dataSource: DataSource;
  over: boolean;
}

const tails = new WeakMap<DataSource, Promise<void>>();
const currentTurn = new AsyncLocalStorage<Turn>();

/**
 * Runs the unit once no other unit of this DataSource is running, where the driver has one connection for everybody
 * (SQLite): a write there joins whatever transaction is open at the moment, and is lost when that rolls back.
 * Other databases give every transaction its own connection and need no queue.
 */
export function inTurn<T>(dataSource: DataSource, unit: () => Promise<T>): Promise<T> {
  refuseNesting(dataSource);
  const turn: Turn = { dataSource, over: false };
  const take = () => currentTurn.run(turn, unit).finally(() => (turn.over = true));
  if (databaseFamily(dataSource) !== 'sqlite') return take();

  const result = (tails.get(dataSource) ?? Promise.resolve()).then(take);
  tails.set(dataSource, result.then(ignore, ignore));
  return result;
}

/** A unit that waits for a second one would wait for ever on SQLite; it is refused everywhere, so that any test finds it. */
function refuseNesting(dataSource: DataSource): void {
  const outer = currentTurn.getStore();
  if (outer && !outer.over && outer.dataSource === dataSource) {
    throw new Error('A transaction was begun inside another one: pass the open transaction on instead');
  }
}

function ignore(): void {}
