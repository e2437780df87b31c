import { Migration, MigrationExecutor } from 'typeorm';
import type { DataSource, QueryRunner } from 'typeorm';
import { databaseFamily } from './database-family.js';
import { withMigrationLock } from './migration-lock.js';
import { mcpAuthMigrations } from './migrations.js';
import { schemaOf } from './migrations/portable-table.js';
import { inTurn } from './write-queue.js';

export interface McpAuthMigrationOptions {
  /**
   * The PostgreSQL schema of the library's tables; it is created when it does not exist.
   * It must be the schema in which the data source looks for them.
   * @default the `schema` option of the data source
   */
  readonly schema?: string;
}

/**
 * Creates or updates the library's tables. Safe to call at every start and by several processes at once: they take
 * turns, and the later ones find nothing to do. What was run is noted in the migrations table of the data source,
 * so a host may as well list `mcpAuthMigrations` among its own migrations.
 */
export async function runMcpAuthMigrations(
  dataSource: DataSource,
  options: McpAuthMigrationOptions = {},
): Promise<void> {
  const schema = resolveSchema(dataSource, options.schema);
  await inTurn(dataSource, async () => {
    const runner = dataSource.createQueryRunner();
    try {
      await withMigrationLock(runner, () => runPending(dataSource, runner, schema));
    } finally {
      await runner.release();
    }
  });
}

/** Tables in another schema than the entities' would be created and never found. */
function resolveSchema(dataSource: DataSource, asked: string | undefined): string | undefined {
  const own = schemaOf(dataSource.options);
  if (asked === undefined || asked === own) return own;
  if (databaseFamily(dataSource) !== 'postgres') {
    throw new TypeError(
      `The option schema "${asked}" needs PostgreSQL; the data source is "${dataSource.options.type}"`,
    );
  }
  const { searchSchema } = dataSource.driver as { searchSchema?: string };
  if (own === undefined && asked === (searchSchema ?? 'public')) return asked;
  throw new TypeError(
    `The option schema "${asked}" is not where the data source looks (${own ?? searchSchema ?? 'public'}); ` +
      `set schema: '${asked}' on the data source as well`,
  );
}

async function runPending(dataSource: DataSource, runner: QueryRunner, schema: string | undefined): Promise<void> {
  if (schema !== undefined && !(await runner.hasSchema(schema))) await runner.createSchema(schema, true);
  const executor = new MigrationExecutor(dataSource, runner);
  const done = new Set((await executor.getExecutedMigrations()).map((migration) => migration.name));
  for (const McpAuthMigration of mcpAuthMigrations) {
    const instance = new McpAuthMigration(schema);
    if (done.has(instance.name)) continue;
    // TypeORM reads the timestamp from the end of the name in the same way.
    const timestamp = Number(instance.name.slice(-13));
    await executor.executeMigration(new Migration(undefined, timestamp, instance.name, instance));
  }
}
