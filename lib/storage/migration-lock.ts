import type { QueryRunner } from 'typeorm';
import { databaseFamily } from './database-family.js';

/** Any number will do, as long as every release of this library uses the same. */
const POSTGRES_LOCK = 1_295_204_117;
const MYSQL_LOCK = "CONCAT('mcp_auth_migrations:', MD5(DATABASE()))";
const MYSQL_WAIT_SECONDS = 120;

/**
 * Runs the work while no other process runs it on the same database, and as one transaction where the database can
 * undo a CREATE TABLE. All statements of the work must use this runner: its connection holds the lock.
 */
export async function withMigrationLock(runner: QueryRunner, work: () => Promise<void>): Promise<void> {
  switch (databaseFamily(runner.connection)) {
    case 'postgres':
      return inLockedTransaction(runner, work);
    case 'mysql':
      return underNamedLock(runner, work);
    case 'sqlite':
      return inImmediateTransaction(runner, work);
  }
}

/** A lock of the transaction, not of the session, goes when the process dies and works behind a pooling proxy. */
async function inLockedTransaction(runner: QueryRunner, work: () => Promise<void>): Promise<void> {
  // A stricter level would look at the database as it was before the wait.
  await runner.startTransaction('READ COMMITTED');
  try {
    await runner.query('SELECT pg_advisory_xact_lock($1)', [POSTGRES_LOCK]);
    await work();
    await runner.commitTransaction();
  } catch (error) {
    await runner.rollbackTransaction();
    throw error;
  }
}

/** Server-wide names, hence the database's own in it. CREATE TABLE commits by itself here; a repeated run skips it. */
async function underNamedLock(runner: QueryRunner, work: () => Promise<void>): Promise<void> {
  const query = `SELECT GET_LOCK(${MYSQL_LOCK}, ${MYSQL_WAIT_SECONDS}) AS held`;
  const rows = (await runner.query(query)) as readonly { held: unknown }[];
  if (Number(rows[0]?.held) !== 1) {
    throw new Error(`Another process has been migrating this database for ${MYSQL_WAIT_SECONDS} seconds`);
  }
  try {
    await work();
  } finally {
    await runner.query(`SELECT RELEASE_LOCK(${MYSQL_LOCK})`);
  }
}

/** IMMEDIATE takes the write lock before anything is read; a plain BEGIN would find out too late that it lost the race. */
async function inImmediateTransaction(runner: QueryRunner, work: () => Promise<void>): Promise<void> {
  await runner.query('BEGIN IMMEDIATE');
  try {
    await work();
    await runner.query('COMMIT');
  } catch (error) {
    await runner.query('ROLLBACK');
    throw error;
  }
}
