import { setTimeout as delay } from 'node:timers/promises';
import type { DataSource, DataSourceOptions } from 'typeorm';
import { isOutage } from '../../lib/storage/outage.js';
import { runMcpAuthMigrations } from '../../lib/storage/run-migrations.js';
import { openDataSource } from './open-data-source.js';

/** What an instance of an app does when it starts; returns what is still missing in the database afterwards. */
export async function openAndMigrate(options: DataSourceOptions): Promise<readonly string[]> {
  const dataSource = await connect(options);
  try {
    await runMcpAuthMigrations(dataSource);
    const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
    return upQueries.map(({ query }) => query);
  } finally {
    await dataSource.destroy();
  }
}

/**
 * Connecting is the host's business and repeated by @nestjs/typeorm when it fails: while one process switches a new
 * SQLite file to WAL, the other one is refused at once, before it could ask for a migration.
 */
async function connect(options: DataSourceOptions, attempts = 10): Promise<DataSource> {
  try {
    return await openDataSource({ options });
  } catch (error) {
    if (attempts === 1 || !isOutage(error)) throw error;
    await delay(50);
    return connect(options, attempts - 1);
  }
}
