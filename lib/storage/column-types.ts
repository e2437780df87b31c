import type { ColumnOptions, ValueTransformer } from 'typeorm';

/** Drivers hand a bigint back as a string where it may exceed a double; epoch milliseconds and seconds never do. */
const asNumber: ValueTransformer = {
  to: (value: unknown) => value,
  from: (stored: unknown) => (stored === null || stored === undefined ? stored : Number(stored)),
};

const asJson: ValueTransformer = {
  to: (value: unknown) => (value === null || value === undefined ? value : JSON.stringify(value)),
  from: (stored: unknown) => (typeof stored === 'string' ? (JSON.parse(stored) as unknown) : stored),
};

interface Nullable {
  readonly nullable?: boolean;
}

// Every helper demands the column's name, so that no naming strategy of the host can choose another one.

export function primaryKey(constraintName: string): ColumnOptions & { nullable?: false } {
  return { name: 'id', type: 'varchar', length: 36, primaryKeyConstraintName: constraintName };
}

export function varchar(name: string, length: number, { nullable = false }: Nullable = {}): ColumnOptions {
  return { name, type: 'varchar', length, nullable };
}

export function text(name: string, { nullable = false }: Nullable = {}): ColumnOptions {
  return { name, type: 'text', nullable };
}

/** SHA-256 in hexadecimal: the only form in which a secret is stored or looked up. */
export function sha256Hex(name: string, { nullable = false }: Nullable = {}): ColumnOptions {
  return varchar(name, 64, { nullable });
}

/** Milliseconds since the epoch: native date types lose the zone on some drivers and the milliseconds on others. */
export function epochMilliseconds(name: string, { nullable = false }: Nullable = {}): ColumnOptions {
  return { name, type: 'bigint', nullable, transformer: asNumber };
}

/** Seconds since the epoch, for the values that go into a token as they are. */
export function epochSeconds(name: string, { nullable = false }: Nullable = {}): ColumnOptions {
  return { name, type: 'bigint', nullable, transformer: asNumber };
}

export function counter(name: string): ColumnOptions {
  return { name, type: 'int' };
}

/** Lists are stored as JSON too: a joined string would let one redirect URI or scope pose as two. */
export function json(name: string, { nullable = false }: Nullable = {}): ColumnOptions {
  return { name, type: 'text', nullable, transformer: asJson };
}
