import type { ColumnOptions, ValueTransformer } from 'typeorm';

const transformer: ValueTransformer = {
  to: (value: number) => value,
  // PostgreSQL and MariaDB drivers answer a bigint as text.
  from: (value: string | number) => Number(value),
};

/** A point in time as a number of milliseconds: no time zone, no precision that differs between databases. */
export function epochMilliseconds(name: string): ColumnOptions {
  return { name, type: 'bigint', transformer };
}
