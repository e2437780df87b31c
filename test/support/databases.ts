import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import type { DataSourceOptions } from 'typeorm';
import { describe } from 'vitest';

/** One empty database of a test, with what a DataSource needs to open it. */
export interface TestDatabase {
  readonly options: DataSourceOptions;
  drop(): Promise<void>;
}

/** One kind of database the suites run on. */
export interface TestDatabaseKind {
  readonly name: 'better-sqlite3' | 'postgres' | 'mariadb' | 'mysql';
  readonly available: boolean;
  /** Why it is not available. */
  readonly reason?: string;
  /** Makes an empty database of its own, so that test files never meet. */
  create(): Promise<TestDatabase>;
}

type ServerOptions = Extract<DataSourceOptions, { type: 'postgres' | 'mariadb' | 'mysql' }>;

/** With this variable set to 1, a server that is missing fails the suite instead of being skipped. */
const required = process.env['TEST_DATABASES_REQUIRED'] === '1';

export const databases: readonly TestDatabaseKind[] = [
  { name: 'better-sqlite3', available: true, create: createSqliteFile },
  await serverKind(
    'postgres',
    'TEST_POSTGRES_URL',
    'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)',
    'CREATE DATABASE "{name}"',
    // No test takes the server's power away; to wait for its disk at every commit is most of a race's time.
    'ALTER DATABASE "{name}" SET synchronous_commit = off',
  ),
  await serverKind(
    'mariadb',
    'TEST_MYSQL_URL',
    'DROP DATABASE IF EXISTS `{name}`',
    'CREATE DATABASE `{name}` CHARACTER SET utf8mb4',
  ),
];

/** Declares the tests once for every kind of database; those that are not there appear as skipped, with the reason. */
export function describeDatabases(title: string, declare: (kind: TestDatabaseKind) => void): void {
  for (const kind of databases) {
    const name = `${title} [${kind.name}]`;
    if (kind.available) describe(name, () => declare(kind));
    else describe.skip(`${name}: ${kind.reason}`, () => declare(kind));
  }
}

async function createSqliteFile(): Promise<TestDatabase> {
  const directory = await mkdtemp(join(tmpdir(), 'mcp-auth-test-'));
  return {
    options: { type: 'better-sqlite3', database: join(directory, 'test.sqlite'), enableWAL: true },
    drop: () => rm(directory, { recursive: true, force: true }),
  };
}

async function serverKind(
  type: 'postgres' | 'mariadb',
  variable: string,
  dropSql: string,
  ...createSql: readonly string[]
): Promise<TestDatabaseKind> {
  const url = process.env[variable];
  if (!url) return missing(type, `${variable} is not set`);
  const admin = serverOptions(type, url);
  let name: TestDatabaseKind['name'];
  try {
    name = await probe(admin);
  } catch (error) {
    return missing(type, `${variable} is not reachable: ${String(error)}`);
  }
  const execute = (sql: string, database: string) =>
    asAdmin(admin, (source) => source.query(sql.replace('{name}', database)));
  return {
    name,
    available: true,
    create: async () => {
      const database = `mcp_auth_test_${process.pid}_${randomBytes(5).toString('hex')}`;
      for (const sql of createSql) await execute(sql, database);
      return {
        options: { ...serverOptions(name === 'mysql' ? 'mysql' : type, url), database } as ServerOptions,
        drop: async () => void (await execute(dropSql, database)),
      };
    },
  };
}

function serverOptions(type: 'postgres' | 'mariadb' | 'mysql', address: string): ServerOptions {
  const url = new URL(address);
  const credentials = {
    host: url.hostname,
    ...(url.port && { port: Number(url.port) }),
    username: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: url.pathname.slice(1),
  };
  return type === 'postgres' ? { type, ...credentials } : { type, ...credentials };
}

/** TypeORM wants to be told which of the two servers it talks to. */
async function probe(admin: ServerOptions): Promise<TestDatabaseKind['name']> {
  const rows: { version: string }[] = await asAdmin(admin, (source) => source.query('SELECT version() AS version'));
  if (admin.type === 'postgres') return 'postgres';
  return /mariadb/i.test(rows[0]?.version ?? '') ? 'mariadb' : 'mysql';
}

async function asAdmin<T>(options: ServerOptions, work: (source: DataSource) => Promise<T>): Promise<T> {
  const source = await new DataSource(options).initialize();
  try {
    return await work(source);
  } finally {
    await source.destroy();
  }
}

function missing(name: 'postgres' | 'mariadb', reason: string): TestDatabaseKind {
  if (required) throw new Error(`TEST_DATABASES_REQUIRED=1, but ${reason}`);
  console.warn(`Not tested on ${name}: ${reason}`);
  return { name, available: false, reason, create: () => Promise.reject(new Error(reason)) };
}
