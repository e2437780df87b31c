import { Table, TableForeignKey, TableIndex } from 'typeorm';
import type { QueryRunner, TableColumnOptions } from 'typeorm';
import { databaseFamily } from '../database-family.js';

/** A table as a migration describes it, in the words that all supported databases share. */
export interface PortableTable {
  readonly name: string;
  readonly columns: readonly TableColumnOptions[];
  /** Index name to its columns; names ending in `_uq` are unique. */
  readonly indices: Readonly<Record<string, readonly string[]>>;
  readonly foreignKey?: { readonly name: string; readonly column: string; readonly referencedTable: string };
}

interface Nullable {
  readonly nullable?: boolean;
}

export const varchar = (name: string, length: number, { nullable = false }: Nullable = {}): TableColumnOptions => ({
  name,
  type: 'varchar',
  length: String(length),
  isNullable: nullable,
});

export const text = (name: string, { nullable = false }: Nullable = {}): TableColumnOptions => ({
  name,
  type: 'text',
  isNullable: nullable,
});

export const bigint = (name: string, { nullable = false }: Nullable = {}): TableColumnOptions => ({
  name,
  type: 'bigint',
  isNullable: nullable,
});

export const integer = (name: string): TableColumnOptions => ({ name, type: 'int', isNullable: false });

export const primaryKey = (constraintName: string): TableColumnOptions => ({
  ...varchar('id', 36),
  isPrimary: true,
  primaryKeyConstraintName: constraintName,
});

/** Creates the table under the name the host's entities use, or adopts the one that `synchronize: true` has made. */
export async function createPortableTable(runner: QueryRunner, table: PortableTable, schema?: string): Promise<void> {
  const name = tablePath(runner, table.name, schema);
  const collation = await exactCollation(runner);
  if (await runner.hasTable(name)) {
    if (collation) await convertToExact(runner, name, table, collation);
    return;
  }
  await runner.createTable(tableOf(runner, name, table, collation, schema));
  if (collation) await runner.query(`ALTER TABLE \`${name}\` DEFAULT CHARACTER SET utf8mb4 COLLATE ${collation}`);
}

export async function dropPortableTable(runner: QueryRunner, table: PortableTable, schema?: string): Promise<void> {
  await runner.dropTable(tablePath(runner, table.name, schema), true);
}

/**
 * TypeORM puts a host's `entityPrefix` before every table name, explicit ones included, and its naming strategy may
 * reshape them; asking the same two in the same order gives the name that the entities will look for.
 */
function tablePath({ connection }: QueryRunner, name: string, schema = schemaOf(connection.options)): string {
  const { entityPrefix } = connection.options;
  const given = connection.namingStrategy.tableName(name, name);
  const prefixed = entityPrefix ? connection.namingStrategy.prefixTableName(entityPrefix, given) : given;
  return schema ? `${schema}.${prefixed}` : prefixed;
}

/** Only PostgreSQL, of the supported databases, has schemas. */
export function schemaOf(options: QueryRunner['connection']['options']): string | undefined {
  return options.type === 'postgres' ? options.schema : undefined;
}

function tableOf(
  runner: QueryRunner,
  name: string,
  table: PortableTable,
  collation: string | undefined,
  schema: string | undefined,
): Table {
  return new Table({
    name,
    columns: table.columns.map((column) => portableColumn(runner, column, collation)),
    indices: Object.entries(table.indices).map(
      ([index, columnNames]) =>
        new TableIndex({ name: index, columnNames: [...columnNames], isUnique: index.endsWith('_uq') }),
    ),
    foreignKeys: table.foreignKey
      ? [
          new TableForeignKey({
            name: table.foreignKey.name,
            columnNames: [table.foreignKey.column],
            referencedTableName: tablePath(runner, table.foreignKey.referencedTable, schema),
            referencedColumnNames: ['id'],
            onDelete: 'CASCADE',
            onUpdate: 'NO ACTION',
          }),
        ]
      : [],
  });
}

function portableColumn(
  { connection }: QueryRunner,
  column: TableColumnOptions,
  collation: string | undefined,
): TableColumnOptions {
  if (column.type === 'int' && databaseFamily(connection) === 'sqlite') return { ...column, type: 'integer' };
  return collation && isText(column) ? { ...column, charset: 'utf8mb4', collation } : column;
}

function isText({ type }: TableColumnOptions): boolean {
  return type === 'varchar' || type === 'text';
}

/**
 * MySQL and MariaDB compare without regard to case, and to trailing blanks, unless the collation says otherwise;
 * identifiers and hashes must match exactly. The two servers have different names for the collation that does.
 */
async function exactCollation(runner: QueryRunner): Promise<string | undefined> {
  if (databaseFamily(runner.connection) !== 'mysql') return undefined;
  const rows = (await runner.query('SELECT VERSION() AS version')) as readonly { version: string }[];
  return /mariadb/i.test(rows[0]?.version ?? '') ? 'utf8mb4_nopad_bin' : 'utf8mb4_0900_bin';
}

/**
 * Gives a table that `synchronize` made the columns a migration would have made. The ends of foreign keys stay as they
 * are: the server refuses to change them, and they only ever hold ids that this library wrote in one spelling.
 */
async function convertToExact(
  runner: QueryRunner,
  name: string,
  table: PortableTable,
  collation: string,
): Promise<void> {
  const changes = table.columns
    .filter((column) => isText(column) && !column.isPrimary && column.name !== table.foreignKey?.column)
    .map(({ name: column, type, length, isNullable }) => {
      const fullType = length ? `${type}(${length})` : type;
      return `MODIFY \`${column}\` ${fullType} CHARACTER SET utf8mb4 COLLATE ${collation} ${isNullable ? 'NULL' : 'NOT NULL'}`;
    });
  await runner.query(
    `ALTER TABLE \`${name}\` DEFAULT CHARACTER SET utf8mb4 COLLATE ${collation}, ${changes.join(', ')}`,
  );
}
