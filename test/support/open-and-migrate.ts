import type { DataSourceOptions } from 'typeorm';
import { runMcpAuthMigrations } from '../../lib/storage/run-migrations.js';
import { openDataSource } from './open-data-source.js';

/** What an instance of an app does when it starts; returns what is still missing in the database afterwards. */
export async function openAndMigrate(options: DataSourceOptions): Promise<readonly string[]> {
  const dataSource = await openDataSource({ options });
  try {
    await runMcpAuthMigrations(dataSource);
    const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
    return upQueries.map(({ query }) => query);
  } finally {
    await dataSource.destroy();
  }
}
