import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { mcpAuthEntities } from 'nestjs-mcp-auth';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { migrate } from './database/migrate.js';
import { sampleEntities } from './database/sample-entities.js';
import { sampleMigrations } from './database/sample-migrations.js';
import type { DatabaseTarget } from './environment.js';

/** The application's only connection. The library puts its tables into it and opens none of its own. */
export function dataSourceOptions(target: DatabaseTarget): DataSourceOptions {
  const common = { entities: [...sampleEntities, ...mcpAuthEntities], migrations: sampleMigrations, logging: false };
  switch (target.kind) {
    case 'sqlite':
      return {
        ...common,
        type: 'better-sqlite3',
        database: target.path,
        enableWAL: true,
        // With the default of WAL a power cut could undo what a client was already told: a used code, a revoked grant.
        prepareDatabase: (database: { pragma(text: string): unknown }) => void database.pragma('synchronous = FULL'),
      };
    case 'postgres':
      return { ...common, type: 'postgres', url: target.url };
    case 'mariadb':
      return { ...common, type: 'mariadb', url: target.url, charset: 'utf8mb4', timezone: 'Z' };
  }
}

/** Connects, and brings the schema up to date before anybody uses it. */
export async function openDatabase(target: DatabaseTarget): Promise<DataSource> {
  if (target.kind === 'sqlite' && target.path !== ':memory:') await mkdir(dirname(target.path), { recursive: true });
  const dataSource = new DataSource(dataSourceOptions(target));
  await dataSource.initialize();
  try {
    await migrate(dataSource);
  } catch (error) {
    await dataSource.destroy();
    throw error;
  }
  return dataSource;
}
