import type { EntityTarget, FindOptionsOrder, FindOptionsSelect, FindOptionsWhere } from 'typeorm';
import type { Transaction } from '../transaction-runner.js';

/** Ids of the first `limit` rows that meet a condition. Only the ids are read: the rows may be big, and there may be many. */
export async function idsOf<Row extends { id: string }>(
  tx: Transaction,
  entity: EntityTarget<Row>,
  where: FindOptionsWhere<Row>,
  order: FindOptionsOrder<Row>,
  limit: number,
): Promise<readonly string[]> {
  const select = { id: true } as FindOptionsSelect<Row>;
  const rows = await tx.find(entity, { select, where, order, take: limit });
  return rows.map(({ id }) => id);
}
