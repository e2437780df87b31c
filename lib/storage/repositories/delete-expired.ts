import { In, LessThanOrEqual } from 'typeorm';
import type { EntityTarget, FindOptionsOrder, FindOptionsWhere } from 'typeorm';
import type { TransactionRunner } from '../transaction-runner.js';
import { idsOf } from './ids-of.js';

interface ExpiringRow {
  id: string;
  expiresAt: number;
}

/**
 * Deletes at most `limit` rows that expired at or before `now`, the oldest first, and returns how many went.
 * Two statements, because not every database can limit a DELETE; small batches, because SQLite blocks the process meanwhile.
 */
export async function deleteExpired<Row extends ExpiringRow>(
  transactions: TransactionRunner,
  entity: EntityTarget<Row>,
  now: number,
  limit: number,
): Promise<number> {
  const where = { expiresAt: LessThanOrEqual(now) } as FindOptionsWhere<Row>;
  return deleteWhere(transactions, entity, where, limit, { expiresAt: 'ASC' } as FindOptionsOrder<Row>);
}

/** Deletes at most `limit` rows that meet a condition, and returns how many went. */
export async function deleteWhere<Row extends { id: string }>(
  transactions: TransactionRunner,
  entity: EntityTarget<Row>,
  where: FindOptionsWhere<Row>,
  limit: number,
  order: FindOptionsOrder<Row> = {},
): Promise<number> {
  return transactions.run(async (tx) => {
    const ids = await idsOf(tx, entity, where, order, limit);
    // A transaction that only reads keeps no other process from writing to the SQLite file.
    if (ids.length === 0) return 0;
    // The condition once more: it may not hold any longer for a row that somebody is using at this very moment.
    const { affected } = await tx.delete(entity, { ...where, id: In(ids) } as FindOptionsWhere<Row>);
    return affected ?? 0;
  });
}
