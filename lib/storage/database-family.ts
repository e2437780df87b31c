import type { DataSource } from 'typeorm';

/** The databases the library is made and tested for, by the SQL they speak. */
export type DatabaseFamily = 'sqlite' | 'postgres' | 'mysql';

const FAMILIES: ReadonlyMap<string, DatabaseFamily> = new Map([
  ['better-sqlite3', 'sqlite'],
  ['sqlite', 'sqlite'],
  ['sqljs', 'sqlite'],
  ['postgres', 'postgres'],
  ['mysql', 'mysql'],
  ['mariadb', 'mysql'],
]);

export function databaseFamily(dataSource: DataSource): DatabaseFamily {
  const family = FAMILIES.get(dataSource.options.type);
  if (family) return family;
  throw new TypeError(
    `The data source has type "${dataSource.options.type}"; use one of ${[...FAMILIES.keys()].join(', ')}`,
  );
}
