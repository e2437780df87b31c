import 'reflect-metadata';
import { DataSource } from 'typeorm';
import type { DataSourceOptions } from 'typeorm';
import { mcpAuthEntities } from '../../lib/storage/entities.js';
import type { TestDatabase } from './databases.js';

export type ExtraOptions = Partial<
  Pick<DataSourceOptions, 'entityPrefix' | 'namingStrategy' | 'synchronize' | 'migrations'>
> & {
  readonly schema?: string;
  readonly poolSize?: number;
};

export async function openDataSource(
  database: Pick<TestDatabase, 'options'>,
  extra: ExtraOptions = {},
): Promise<DataSource> {
  const options = { ...database.options, entities: mcpAuthEntities, ...extra } as DataSourceOptions;
  return new DataSource(options).initialize();
}
