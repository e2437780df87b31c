import { Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { TypeOrmModuleOptions } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { expect, it } from 'vitest';
import { mcpAuthEntities } from '../../../lib/storage/entities.js';
import { AuthorizationCodeRepository } from '../../../lib/storage/repositories/authorization-code.repository.js';
import { ClientRepository } from '../../../lib/storage/repositories/client.repository.js';
import { GrantRepository } from '../../../lib/storage/repositories/grant.repository.js';
import { PendingAuthorizationRepository } from '../../../lib/storage/repositories/pending-authorization.repository.js';
import { RefreshTokenRepository } from '../../../lib/storage/repositories/refresh-token.repository.js';
import { runMcpAuthMigrations } from '../../../lib/storage/run-migrations.js';
import { MCP_AUTH_DATA_SOURCE } from '../../../lib/storage/storage-tokens.js';
import { StorageModule } from '../../../lib/storage/storage.module.js';
import { TransactionRunner } from '../../../lib/storage/transaction-runner.js';
import { describeDatabases } from '../../support/databases.js';
import { newClient } from '../../support/storage-rows.js';

const EXPORTED = [
  TransactionRunner,
  ClientRepository,
  PendingAuthorizationRepository,
  GrantRepository,
  AuthorizationCodeRepository,
  RefreshTokenRepository,
];

describeDatabases('StorageModule', (kind) => {
  it.each([
    ['the default data source', undefined, { autoLoadEntities: true }],
    ['a data source with a name', 'oauth', { autoLoadEntities: true }],
    ['a data source that lists the entities itself', 'listed', { entities: mcpAuthEntities }],
  ])('works on %s', async (_case, name, extra) => {
    const database = await kind.create();
    const named = name === undefined ? {} : { name };
    const options = { ...database.options, ...named, ...extra } as TypeOrmModuleOptions;

    @Module({ imports: [StorageModule.forDataSource(name)], exports: [StorageModule] })
    class FeatureModule {}

    const app = await Test.createTestingModule({ imports: [TypeOrmModule.forRoot(options), FeatureModule] }).compile();
    try {
      const dataSource = app.get<DataSource>(MCP_AUTH_DATA_SOURCE, { strict: false });
      await runMcpAuthMigrations(dataSource);
      for (const type of EXPORTED) expect(app.get(type, { strict: false })).toBeInstanceOf(type);
      const clients = app.get(ClientRepository, { strict: false });
      const { clientId } = await clients.insert(newClient());
      expect((await clients.findByClientId(clientId))?.clientId).toBe(clientId);
    } finally {
      await app.close();
      await database.drop();
    }
  });
});
