import { runMcpAuthMigrations } from 'nestjs-mcp-auth';
import type { DataSource, QueryRunner } from 'typeorm';

const LOCK = 1_767_225_600;

/** Brings the schema up to date: the library's tables, then ours. Instances that start together take turns. */
export async function migrate(dataSource: DataSource): Promise<void> {
  await runMcpAuthMigrations(dataSource);
  const runner = dataSource.createQueryRunner();
  try {
    await runOwnMigrations(dataSource, runner);
  } finally {
    await runner.release();
  }
}

async function runOwnMigrations(dataSource: DataSource, runner: QueryRunner): Promise<void> {
  switch (dataSource.options.type) {
    case 'postgres':
      return enclosed(runner, `SELECT pg_advisory_lock(${LOCK})`, `SELECT pg_advisory_unlock(${LOCK})`, () =>
        dataSource.runMigrations({ transaction: 'each' }),
      );
    case 'mariadb':
      return enclosed(runner, `SELECT GET_LOCK('notes_${LOCK}', 60)`, `SELECT RELEASE_LOCK('notes_${LOCK}')`, () =>
        dataSource.runMigrations({ transaction: 'none' }),
      );
    default:
      return inOneTransaction(runner, () => dataSource.runMigrations({ transaction: 'none' }));
  }
}

async function enclosed(
  runner: QueryRunner,
  before: string,
  after: string,
  work: () => Promise<unknown>,
): Promise<void> {
  await runner.query(before);
  try {
    await work();
  } finally {
    await runner.query(after);
  }
}

/** SQLite has one connection for everything; IMMEDIATE makes the second process wait before it looks. */
async function inOneTransaction(runner: QueryRunner, work: () => Promise<unknown>): Promise<void> {
  await runner.query('BEGIN IMMEDIATE');
  try {
    await work();
    await runner.query('COMMIT');
  } catch (error) {
    await runner.query('ROLLBACK');
    throw error;
  }
}
