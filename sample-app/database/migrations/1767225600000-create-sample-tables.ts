import { Table, TableIndex, type MigrationInterface, type QueryRunner, type TableColumnOptions } from 'typeorm';

const varchar = (name: string, length: number, extra: Partial<TableColumnOptions> = {}): TableColumnOptions => ({
  name,
  type: 'varchar',
  length: String(length),
  ...extra,
});
const bigint = (name: string): TableColumnOptions => ({ name, type: 'bigint' });
const primary = { isPrimary: true };

/** The tables of the notes service itself; those of the library come from the library. */
export class CreateSampleTables1767225600000 implements MigrationInterface {
  readonly name = 'CreateSampleTables1767225600000';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const table of TABLES) await queryRunner.createTable(new Table(table));
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const { name } of TABLES.toReversed()) await queryRunner.dropTable(name);
  }
}

const TABLES = [
  {
    name: 'users',
    columns: [
      varchar('id', 36, primary),
      varchar('email', 254),
      varchar('name', 100),
      varchar('password_hash', 255),
      varchar('api_key_id', 64),
      varchar('api_key_secret', 64),
      bigint('created_at'),
    ],
    indices: [new TableIndex({ name: 'users_email', columnNames: ['email'], isUnique: true })],
  },
  { name: 'organisations', columns: [varchar('id', 36, primary), varchar('name', 100)] },
  {
    name: 'memberships',
    columns: [varchar('user_id', 36, primary), varchar('organisation_id', 36, primary), varchar('role', 16)],
  },
  {
    name: 'sessions',
    columns: [
      varchar('token_hash', 64, primary),
      varchar('user_id', 36),
      bigint('authenticated_at'),
      bigint('expires_at'),
    ],
    indices: [new TableIndex({ name: 'sessions_expires_at', columnNames: ['expires_at'] })],
  },
  {
    name: 'notes',
    columns: [
      varchar('id', 36, primary),
      varchar('organisation_id', 36),
      varchar('author_id', 36),
      varchar('title', 200),
      { name: 'body', type: 'text' },
      bigint('created_at'),
    ],
    indices: [new TableIndex({ name: 'notes_organisation', columnNames: ['organisation_id', 'created_at'] })],
  },
];
