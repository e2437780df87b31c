import type { EntityTarget } from 'typeorm';
import type { Transaction } from '../transaction-runner.js';

/** One INSERT; `save()` would read the row first and costs several times as much. TypeORM writes into what it is given, hence the copy. */
export async function insertRow<Row extends { id: string }>(
  tx: Transaction,
  entity: EntityTarget<Row>,
  row: Row,
): Promise<void> {
  await tx.insert(entity, { ...row } as object);
}
