import { In, LessThanOrEqual } from 'typeorm';
import type { EntityTarget, FindOptionsOrder, FindOptionsSelect, FindOptionsWhere } from 'typeorm';
import type { TransactionRunner } from '../transaction-runner.js';

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
  return transactions.run(async (tx) => {
    const expired = await tx.find(entity, {
      select: { id: true } as FindOptionsSelect<Row>,
      where: { expiresAt: LessThanOrEqual(now) } as FindOptionsWhere<Row>,
      order: { expiresAt: 'ASC' } as FindOptionsOrder<Row>,
      take: limit,
    });
    if (expired.length === 0) return 0;
    const { affected } = await tx.delete(entity, { id: In(expired.map((row) => row.id)) } as FindOptionsWhere<Row>);
    return affected ?? 0;
  });
}
