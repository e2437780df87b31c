import type { DataSource, FindOptionsOrder } from 'typeorm';
import { databaseFamily } from '../database-family.js';

/** The order of an index on two columns, the first of which is to be NULL. PostgreSQL sorts unless that is named, MariaDB and MySQL if it is. */
export function orderAfterNull<Row>(
  dataSource: DataSource,
  first: keyof Row,
  second: keyof Row,
): FindOptionsOrder<Row> {
  const order = databaseFamily(dataSource) === 'postgres' ? [first, second] : [second];
  return Object.fromEntries(order.map((column) => [column, 'ASC'])) as FindOptionsOrder<Row>;
}
