import type { DataSource } from 'typeorm';
import { afterAll, beforeAll } from 'vitest';
import { AuthorizationCodeRepository } from '../../lib/storage/repositories/authorization-code.repository.js';
import { ClientRepository } from '../../lib/storage/repositories/client.repository.js';
import { GrantRepository } from '../../lib/storage/repositories/grant.repository.js';
import { PendingAuthorizationRepository } from '../../lib/storage/repositories/pending-authorization.repository.js';
import { RefreshTokenRepository } from '../../lib/storage/repositories/refresh-token.repository.js';
import { RevocationRepository } from '../../lib/storage/repositories/revocation.repository.js';
import { UsedAssertionRepository } from '../../lib/storage/repositories/used-assertion.repository.js';
import { runMcpAuthMigrations } from '../../lib/storage/run-migrations.js';
import { TransactionRunner } from '../../lib/storage/transaction-runner.js';
import type { TestDatabase, TestDatabaseKind } from './databases.js';
import { openDataSource } from './open-data-source.js';

/** The storage floor on a migrated database, without Nest. */
export interface TestStorage {
  readonly dataSource: DataSource;
  readonly transactions: TransactionRunner;
  readonly clients: ClientRepository;
  readonly pending: PendingAuthorizationRepository;
  readonly grants: GrantRepository;
  readonly codes: AuthorizationCodeRepository;
  readonly refreshTokens: RefreshTokenRepository;
  readonly revocations: RevocationRepository;
  readonly usedAssertions: UsedAssertionRepository;
}

export function storageOn(dataSource: DataSource): TestStorage {
  const transactions = new TransactionRunner(dataSource);
  return {
    dataSource,
    transactions,
    clients: new ClientRepository(dataSource, transactions),
    pending: new PendingAuthorizationRepository(dataSource, transactions),
    grants: new GrantRepository(dataSource, transactions),
    codes: new AuthorizationCodeRepository(dataSource, transactions),
    refreshTokens: new RefreshTokenRepository(dataSource, transactions),
    revocations: new RevocationRepository(dataSource, transactions),
    usedAssertions: new UsedAssertionRepository(transactions),
  };
}

/** One migrated database for all tests of the surrounding `describe`; it is dropped after them. */
export function useStorage(kind: TestDatabaseKind): TestStorage {
  const storage = {} as TestStorage;
  let database: TestDatabase | undefined;
  beforeAll(async () => {
    database = await kind.create();
    const dataSource = await openDataSource(database, { poolSize: 20 });
    await runMcpAuthMigrations(dataSource);
    Object.assign(storage, storageOn(dataSource));
  });
  afterAll(async () => {
    await storage.dataSource?.destroy();
    await database?.drop();
  });
  return storage;
}
