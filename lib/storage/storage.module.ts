import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import { mcpAuthEntities } from './entities.js';
import { AuthorizationCodeRepository } from './repositories/authorization-code.repository.js';
import { ClientRepository } from './repositories/client.repository.js';
import { GrantRepository } from './repositories/grant.repository.js';
import { PendingAuthorizationRepository } from './repositories/pending-authorization.repository.js';
import { RefreshTokenRepository } from './repositories/refresh-token.repository.js';
import { RevocationRepository } from './repositories/revocation.repository.js';
import { SeenKeySetRepository } from './repositories/seen-key-set.repository.js';
import { StatisticsRepository } from './repositories/statistics.repository.js';
import { MCP_AUTH_DATA_SOURCE } from './storage-tokens.js';
import { UsedAssertionRepository } from './repositories/used-assertion.repository.js';
import { TransactionRunner } from './transaction-runner.js';

const PROVIDERS = [
  TransactionRunner,
  ClientRepository,
  PendingAuthorizationRepository,
  GrantRepository,
  AuthorizationCodeRepository,
  RefreshTokenRepository,
  RevocationRepository,
  SeenKeySetRepository,
  StatisticsRepository,
  UsedAssertionRepository,
];

/** Puts the library's tables on one of the host's data sources and hands out the repositories. */
@Module({})
export class StorageModule {
  /** @param name the host's DataSource; left out, its default one. */
  static forDataSource(name?: string): DynamicModule {
    return {
      module: StorageModule,
      imports: [TypeOrmModule.forFeature(mcpAuthEntities, name)],
      providers: [{ provide: MCP_AUTH_DATA_SOURCE, useExisting: getDataSourceToken(name) }, ...PROVIDERS],
      exports: [MCP_AUTH_DATA_SOURCE, ...PROVIDERS],
    };
  }
}
