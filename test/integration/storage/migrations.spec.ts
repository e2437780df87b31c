import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DataSource } from 'typeorm';
import { mcpAuthMigrations } from '../../../lib/storage/migrations.js';
import { runMcpAuthMigrations } from '../../../lib/storage/run-migrations.js';
import { describeDatabases } from '../../support/databases.js';
import type { TestDatabase } from '../../support/databases.js';
import { RenamingStrategy, SnakeNamingStrategy } from '../../support/naming-strategies.js';
import { openDataSource } from '../../support/open-data-source.js';
import type { ExtraOptions } from '../../support/open-data-source.js';
import { storageOn } from '../../support/storage.js';
import { newClient, newCode, newGrant, newPending, newRefreshToken, NOW } from '../../support/storage-rows.js';

const TABLES = [
  'mcp_auth_authorization_codes',
  'mcp_auth_clients',
  'mcp_auth_grants',
  'mcp_auth_pending_authorizations',
  'mcp_auth_refresh_tokens',
  'mcp_auth_revocations',
  'mcp_auth_used_assertions',
];

/** What `migration:generate` would write for the host. */
async function drift(dataSource: DataSource): Promise<readonly string[]> {
  const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
  return upQueries.map(({ query }) => query);
}

/** Writes and reads a row in every table. */
async function useEveryTable(dataSource: DataSource): Promise<void> {
  const { clients, pending, grants, codes, refreshTokens, transactions } = storageOn(dataSource);
  const client = await clients.insert(newClient());
  const request = await pending.insert(newPending());
  const code = newCode('');
  const token = newRefreshToken('');
  await transactions.run(async (tx) => {
    const { id } = await grants.insert(newGrant(), tx);
    await codes.insert({ ...code, grantId: id }, tx);
    await refreshTokens.insert({ ...token, grantId: id }, tx);
  });
  expect(await clients.findByClientId(client.clientId)).toEqual(client);
  expect(await pending.findByHandle(request.handleHash)).toEqual(request);
  expect(await codes.findByHash(code.codeHash)).toMatchObject({ createdAt: NOW });
  expect(await refreshTokens.findByHash(token.tokenHash)).toMatchObject({ createdAt: NOW });
}

describeDatabases('runMcpAuthMigrations', (kind) => {
  let database: TestDatabase;
  let open: DataSource[];
  const connect = async (extra: ExtraOptions = {}) => {
    const dataSource = await openDataSource(database, extra);
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

  it('leaves nothing for a host to generate', async () => {
    const dataSource = await connect();
    await runMcpAuthMigrations(dataSource);
    expect(await drift(dataSource)).toEqual([]);
    await useEveryTable(dataSource);
  });

  it('finds nothing to do the second time, and notes each migration once', async () => {
    const dataSource = await connect();
    await runMcpAuthMigrations(dataSource);
    await runMcpAuthMigrations(dataSource);
    await Promise.all([runMcpAuthMigrations(dataSource), runMcpAuthMigrations(dataSource)]);
    const noted: { name: string }[] = await dataSource.query('SELECT name FROM migrations');
    expect(noted.map(({ name }) => name)).toEqual(['CreateMcpAuthTables1795500000000']);
  });

  const hosts: [string, ExtraOptions][] = [
    ['a snake case naming strategy', { namingStrategy: new SnakeNamingStrategy() }],
    ['a naming strategy that renames everything', { namingStrategy: new RenamingStrategy() }],
    ['an entityPrefix', { entityPrefix: 'app_' }],
    ['both', { entityPrefix: 'app_', namingStrategy: new SnakeNamingStrategy() }],
    ['synchronize', { synchronize: true }],
  ];

  describe.each(hosts)('for a host with %s', (_case, extra) => {
    it('makes the tables its entities look for, without drift', async () => {
      const dataSource = await connect(extra);
      await runMcpAuthMigrations(dataSource);
      expect(await drift(dataSource)).toEqual([]);
      await useEveryTable(dataSource);
    });

    it('finds everything in place after a restart', async () => {
      const first = await connect(extra);
      await runMcpAuthMigrations(first);
      await storageOn(first).clients.insert(newClient({ clientId: 'from-before' }));
      await first.destroy();
      const second = await connect(extra);
      await runMcpAuthMigrations(second);
      expect(await drift(second)).toEqual([]);
      expect(await storageOn(second).clients.findByClientId('from-before')).not.toBeNull();
    });
  });

  it('makes tables that a later change of the naming strategy does not move', async () => {
    const before = await connect();
    await runMcpAuthMigrations(before);
    await before.destroy();
    const after = await connect({ namingStrategy: new SnakeNamingStrategy() });
    expect(await drift(after)).toEqual([]);
    await useEveryTable(after);
  });

  it('gives every table, column, index and key its own explicit name', async () => {
    const dataSource = await connect({ namingStrategy: new SnakeNamingStrategy() });
    await runMcpAuthMigrations(dataSource);
    expect(dataSource.entityMetadatas.map(({ tableName }) => tableName).toSorted()).toEqual(TABLES);
    const runner = dataSource.createQueryRunner();
    const names = (await runner.getTables(TABLES)).flatMap((table) => [
      ...table.indices.map(({ name }) => name),
      ...table.foreignKeys.map(({ name }) => name),
      ...(kind.name === 'postgres' ? table.primaryColumns.map((column) => column.primaryKeyConstraintName) : []),
    ]);
    await runner.release();
    expect(names.length).toBeGreaterThan(10);
    for (const name of names) expect(name).toMatch(/^mcp_auth_[a-z_]+_(?:pk|uq|ix|fk)$/);
  });

  it("runs from the host's own list of migrations as well, and then has nothing left to do", async () => {
    const dataSource = await connect({ migrations: mcpAuthMigrations });
    expect(await dataSource.runMigrations()).toHaveLength(1);
    await runMcpAuthMigrations(dataSource);
    expect(await dataSource.showMigrations()).toBe(false);
    expect(await drift(dataSource)).toEqual([]);
  });

  it('leaves nothing to do for a host that lists the migrations later', async () => {
    await runMcpAuthMigrations(await connect());
    const dataSource = await connect({ migrations: mcpAuthMigrations });
    expect(await dataSource.runMigrations()).toEqual([]);
  });

  it('can be undone and done again', async () => {
    const dataSource = await connect({ migrations: mcpAuthMigrations });
    await dataSource.runMigrations();
    await dataSource.undoLastMigration();
    const runner = dataSource.createQueryRunner();
    for (const table of TABLES) expect(await runner.hasTable(table)).toBe(false);
    await runner.release();
    await runMcpAuthMigrations(dataSource);
    expect(await drift(dataSource)).toEqual([]);
  });

  it('finishes what an interrupted run began', async () => {
    const dataSource = await connect();
    await runMcpAuthMigrations(dataSource);
    await dataSource.query('DROP TABLE mcp_auth_refresh_tokens');
    await dataSource.query('DELETE FROM migrations');
    await runMcpAuthMigrations(dataSource);
    expect(await drift(dataSource)).toEqual([]);
    await useEveryTable(dataSource);
  });

  it('notes no migration, and leaves the data source usable, when one fails', async () => {
    const dataSource = await connect();
    await dataSource.query('CREATE VIEW mcp_auth_grants AS SELECT 1 AS id');
    await expect(runMcpAuthMigrations(dataSource)).rejects.toThrow();
    await dataSource.query('DROP VIEW mcp_auth_grants');
    await runMcpAuthMigrations(dataSource);
    expect(await drift(dataSource)).toEqual([]);
    await useEveryTable(dataSource);
  });

  it('refuses a schema in which the entities would never look', async () => {
    const dataSource = await connect();
    await expect(runMcpAuthMigrations(dataSource, { schema: 'elsewhere' })).rejects.toThrow(TypeError);
  });

  if (kind.name === 'postgres') {
    it('creates the schema of the data source and puts everything there', async () => {
      const dataSource = await connect({ schema: 'auth' });
      await runMcpAuthMigrations(dataSource);
      await runMcpAuthMigrations(dataSource, { schema: 'auth' });
      expect(await drift(dataSource)).toEqual([]);
      await useEveryTable(dataSource);
      const places: { table_schema: string }[] = await dataSource.query(
        "SELECT DISTINCT table_schema FROM information_schema.tables WHERE table_name LIKE 'mcp_auth_%' OR table_name = 'migrations'",
      );
      expect(places).toEqual([{ table_schema: 'auth' }]);
    });

    it('keeps the tables of two schemas in one database apart', async () => {
      for (const schema of ['one', 'two']) {
        const dataSource = await connect({ schema });
        await runMcpAuthMigrations(dataSource);
        await storageOn(dataSource).clients.insert(newClient({ clientId: 'same-in-both' }));
        expect(await drift(dataSource)).toEqual([]);
      }
    });

    it('accepts the default schema by its name', async () => {
      const dataSource = await connect();
      await runMcpAuthMigrations(dataSource, { schema: 'public' });
      expect(await drift(dataSource)).toEqual([]);
    });
  }

  if (kind.name === 'mariadb') {
    it.each([
      ['created', false],
      ['adopted from synchronize', true],
    ])('STO-05 makes every column with a foreign value compare exactly, %s', async (_case, synchronize) => {
      const dataSource = await connect({ synchronize });
      await runMcpAuthMigrations(dataSource);
      const rows: { collation: string }[] = await dataSource.query(
        'SELECT DISTINCT collation_name AS collation FROM information_schema.columns ' +
          "WHERE table_schema = DATABASE() AND table_name LIKE 'mcp_auth_%' AND collation_name IS NOT NULL " +
          "AND column_name NOT IN ('id', 'grant_id')",
      );
      expect(rows).toEqual([{ collation: 'utf8mb4_nopad_bin' }]);
      const tables: { collation: string }[] = await dataSource.query(
        'SELECT DISTINCT table_collation AS collation FROM information_schema.tables ' +
          "WHERE table_schema = DATABASE() AND table_name LIKE 'mcp_auth_%'",
      );
      expect(tables).toEqual([{ collation: 'utf8mb4_nopad_bin' }]);
    });

    it('adopts tables of an older character set, without drift', async () => {
      await (await connect()).query('ALTER DATABASE CHARACTER SET latin1');
      const dataSource = await connect({ synchronize: true });
      await runMcpAuthMigrations(dataSource);
      expect(await drift(dataSource)).toEqual([]);
      await useEveryTable(dataSource);
    });

    it('creates its tables in utf8mb4 in a database of an older character set', async () => {
      await (await connect()).query('ALTER DATABASE CHARACTER SET latin1');
      const dataSource = await connect();
      await runMcpAuthMigrations(dataSource);
      expect(await drift(dataSource)).toEqual([]);
      await useEveryTable(dataSource);
    });
  }
});
