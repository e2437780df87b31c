import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataSource } from 'typeorm';
import type { DataSourceOptions } from 'typeorm';
import { isOutage } from '../../../lib/storage/outage.js';
import { runMcpAuthMigrations } from '../../../lib/storage/run-migrations.js';
import { describeDatabases } from '../../support/databases.js';
import type { TestDatabase } from '../../support/databases.js';
import { storageOn } from '../../support/storage.js';
import { newClient, newCode } from '../../support/storage-rows.js';
import { openDataSource } from '../../support/open-data-source.js';

const NO_SOCKET = '/nowhere/database';

const failureOf = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describeDatabases('isOutage, with what the driver really throws', (kind) => {
  let database: TestDatabase;
  let open: DataSource[];
  const connect = async (change: object = {}) => {
    const dataSource = await openDataSource({ options: { ...database.options, ...change } as DataSourceOptions });
    open.push(dataSource);
    return dataSource;
  };
  beforeEach(async () => {
    open = [];
    database = await kind.create();
  });
  afterEach(async () => {
    for (const dataSource of open) if (dataSource.isInitialized) await dataSource.destroy();
    await database.drop();
  });

  it('is none when the statement is wrong or breaks a constraint', async () => {
    const dataSource = await connect();
    await runMcpAuthMigrations(dataSource);
    const { clients, codes, transactions } = storageOn(dataSource);
    const { clientId } = await clients.insert(newClient());
    const failures = [
      await failureOf(clients.insert(newClient({ clientId }))),
      await failureOf(transactions.run((tx) => codes.insert(newCode('no-such-grant'), tx))),
      await failureOf(dataSource.query('SELECT * FROM no_such_table')),
      await failureOf(dataSource.query('SELEKT 1')),
    ];
    for (const failure of failures) {
      expect(failure).toBeInstanceOf(Error);
      expect(isOutage(failure)).toBe(false);
    }
  });

  it('is one when the data source was closed', async () => {
    const dataSource = await connect();
    await dataSource.destroy();
    expect(isOutage(await failureOf(dataSource.query('SELECT 1')))).toBe(true);
    expect(isOutage(await failureOf(dataSource.transaction(async (tx) => tx.query('SELECT 1'))))).toBe(true);
  });

  if (kind.name === 'better-sqlite3') {
    it('is one when another process holds the lock for too long', async () => {
      const [holder, waiter] = [await connect(), await connect({ timeout: 20 })];
      await holder.query('CREATE TABLE t (id integer)');
      await holder.query('BEGIN IMMEDIATE');
      expect(isOutage(await failureOf(waiter.query('INSERT INTO t VALUES (1)')))).toBe(true);
    });

    it('is one when the file cannot be opened', async () => {
      expect(isOutage(await failureOf(connect({ database: tmpdir() })))).toBe(true);
    });
    return;
  }

  it.each([
    ['nobody listens', { host: '127.0.0.1', port: 1 }],
    ['the host is unknown', { host: 'database.invalid' }],
    ['its socket is not there', { host: NO_SOCKET, socketPath: NO_SOCKET }],
  ])('is one when %s', async (_case, change) => {
    expect(isOutage(await failureOf(connect(change)))).toBe(true);
  });

  it('is one when the server accepts connections and never answers, in the time that the host gives it', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const limit = kind.name === 'postgres' ? { connectTimeoutMS: 200 } : { connectTimeout: 200 };
    const failure = await failureOf(connect({ host: '127.0.0.1', port, ...limit }));
    silent.close();
    expect(isOutage(failure)).toBe(true);
  });

  it.each([
    ['at once', 0],
    ['once the driver has noticed', 100],
  ])('is one when the server has ended the connection, asked %s', async (_case, pause) => {
    const dataSource = await connect();
    const victim = dataSource.createQueryRunner();
    const postgres = kind.name === 'postgres';
    const [row] = await victim.query(postgres ? 'SELECT pg_backend_pid() AS id' : 'SELECT CONNECTION_ID() AS id');
    await dataSource.query(postgres ? `SELECT pg_terminate_backend(${row.id})` : `KILL ${row.id}`);
    await delay(pause);
    const failure = await failureOf(victim.query('SELECT 1'));
    await failureOf(victim.release());
    expect(failure).toBeInstanceOf(Error);
    expect(isOutage(failure)).toBe(true);
  });

  it('is one when the connection breaks in the middle of a transaction, and the next one works', async () => {
    const dataSource = await connect();
    const { transactions } = storageOn(dataSource);
    const postgres = kind.name === 'postgres';
    const broken = transactions.run(async (tx) => {
      const [row] = await tx.query(postgres ? 'SELECT pg_backend_pid() AS id' : 'SELECT CONNECTION_ID() AS id');
      await dataSource.query(postgres ? `SELECT pg_terminate_backend(${row.id})` : `KILL ${row.id}`);
      return tx.query('SELECT 1');
    });
    expect(isOutage(await failureOf(broken))).toBe(true);
    expect(await transactions.run((tx) => tx.query('SELECT 1 AS one'))).toHaveLength(1);
  });

  it('is one when every connection of the pool is busy', async () => {
    const extra = kind.name === 'postgres' ? { connectionTimeoutMillis: 2000 } : { queueLimit: 1 };
    const dataSource = await connect({ poolSize: 1, extra });
    const runner = dataSource.createQueryRunner();
    await runner.query('SELECT 1');
    const waiting = [failureOf(dataSource.query('SELECT 1')), failureOf(dataSource.query('SELECT 1'))];
    expect(isOutage(await waiting[1])).toBe(true);
    await runner.release();
    await waiting[0];
  });

  it('is one when the server gave a statement up that took longer than it may', async () => {
    const dataSource = await connect({ poolSize: 1 });
    const limit = {
      postgres: 'SET statement_timeout = 50',
      mariadb: 'SET SESSION max_statement_time = 0.05',
      mysql: 'SET SESSION max_execution_time = 50',
    }[kind.name as 'postgres' | 'mariadb' | 'mysql'];
    const sleep = kind.name === 'postgres' ? 'pg_sleep(5)' : 'SLEEP(5)';
    await dataSource.query(limit);
    expect(isOutage(await failureOf(dataSource.query(`SELECT ${sleep} FROM information_schema.tables`)))).toBe(true);
  });

  if (kind.name !== 'postgres') return;
  it('is one when the server does not answer in the time that the host gives it', async () => {
    const dataSource = await connect({ extra: { query_timeout: 50 } });
    expect(isOutage(await failureOf(dataSource.query('SELECT pg_sleep(1)')))).toBe(true);
  });
});

describe('isOutage', () => {
  const CODES = `
    ECONNREFUSED ECONNRESET ECONNABORTED ETIMEDOUT EPIPE ENOTFOUND EAI_AGAIN
    EHOSTUNREACH EHOSTDOWN ENETUNREACH
    08006 53300 53100 57P01 57P02 57P03 57014 55P03 25006
    PROTOCOL_CONNECTION_LOST PROTOCOL_ENQUEUE_AFTER_FATAL_ERROR PROTOCOL_SEQUENCE_TIMEOUT POOL_CLOSED
    ER_CON_COUNT_ERROR ER_TOO_MANY_USER_CONNECTIONS ER_USER_LIMIT_REACHED
    ER_SERVER_SHUTDOWN ER_CONNECTION_KILLED
    ER_LOCK_WAIT_TIMEOUT ER_QUERY_INTERRUPTED ER_QUERY_TIMEOUT ER_STATEMENT_TIMEOUT
    ER_DISK_FULL ER_RECORD_FILE_FULL
    ER_OPTION_PREVENTS_STATEMENT ER_READ_ONLY_MODE ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION
    ER_INNODB_READ_ONLY ER_OPEN_AS_READONLY
    SQLITE_BUSY SQLITE_BUSY_RECOVERY SQLITE_LOCKED SQLITE_FULL SQLITE_IOERR_FSYNC SQLITE_CANTOPEN
    SQLITE_PROTOCOL SQLITE_READONLY SQLITE_READONLY_DBMOVED
  `;

  it.each(CODES.trim().split(/\s+/))('is one: %s, bare or wrapped by TypeORM', (code) => {
    expect([isOutage({ code }), isOutage({ driverError: { code } })]).toEqual([true, true]);
  });

  it.each([
    ['refused on every address of the host', new AggregateError([{ code: 'ECONNREFUSED' }])],
    ['a cause that was an outage', new Error('wrapped', { cause: { code: 'ETIMEDOUT' } })],
    ['a socket that is not there', { code: 'ENOENT', syscall: 'connect' }],
    ['MariaDB: connection killed', { driverError: { errno: 1927 } }],
    ['MariaDB: statement took too long', { driverError: { errno: 1969 } }],
    ['a deadlock that persisted', { driverError: { code: '40P01' } }],
  ])('is one: %s', (_case, error) => {
    expect(isOutage(error)).toBe(true);
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['text that names a code', 'ECONNREFUSED'],
    ['an error of the code', new TypeError('x is not a function')],
    ['a unique violation', { driverError: { code: '23505' } }],
    ['a missing table', { driverError: { code: '42P01' } }],
    ['a value that is too long', { code: 'ER_DATA_TOO_LONG' }],
    ['a statement of the wrong sort in a transaction', { code: '25001' }],
    ['a variable that cannot be set', { code: 'ER_VARIABLE_IS_READONLY' }],
    ['a file that is not there', { code: 'ENOENT', syscall: 'open' }],
    ['a SQLite constraint', { code: 'SQLITE_CONSTRAINT_UNIQUE' }],
    ['a numeric code', { code: 53300 }],
    ['a code that only begins like one', { code: '08' }],
  ])('is none: %s', (_case, error) => {
    expect(isOutage(error)).toBe(false);
  });

  it('ends on an error that is its own cause', () => {
    const error = new Error('round and round');
    error.cause = error;
    expect(isOutage(error)).toBe(false);
  });
});
