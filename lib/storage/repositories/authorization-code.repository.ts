import { Inject, Injectable } from '@nestjs/common';
import { DataSource, IsNull } from 'typeorm';
import { AuthorizationCodeEntity } from '../entities/authorization-code.entity.js';
import { newRowId } from '../new-row.js';
import type { NewRow } from '../new-row.js';
import { MCP_AUTH_DATA_SOURCE } from '../storage-tokens.js';
import { TransactionRunner } from '../transaction-runner.js';
import type { Transaction } from '../transaction-runner.js';
import { deleteExpired } from './delete-expired.js';
import { insertRow } from './insert-row.js';
import { byId, present } from './row-key.js';

@Injectable()
export class AuthorizationCodeRepository {
  constructor(
    @Inject(MCP_AUTH_DATA_SOURCE) private readonly dataSource: DataSource,
    private readonly transactions: TransactionRunner,
  ) {}

  async insert(row: NewRow<AuthorizationCodeEntity>, tx: Transaction): Promise<AuthorizationCodeEntity> {
    const code: AuthorizationCodeEntity = {
      id: row.id ?? newRowId(),
      codeHash: row.codeHash,
      grantId: row.grantId,
      clientId: row.clientId,
      redirectUri: row.redirectUri,
      codeChallenge: row.codeChallenge,
      resource: row.resource,
      nonce: row.nonce ?? null,
      createdAt: row.createdAt,
      expiresAt: row.expiresAt,
      consumedAt: row.consumedAt ?? null,
    };
    await insertRow(tx, AuthorizationCodeEntity, code);
    return code;
  }

  async findByHash(codeHash: string): Promise<AuthorizationCodeEntity | null> {
    return this.dataSource.manager.findOneBy(AuthorizationCodeEntity, { codeHash: present(codeHash) });
  }

  /**
   * Marks the code used, and reports whether this call is the one that used it.
   * A single conditional UPDATE: of two racing requests exactly one gets `true`.
   */
  async consume(id: string, now: number, tx: Transaction): Promise<boolean> {
    const { affected } = await tx.update(
      AuthorizationCodeEntity,
      { ...byId(id), consumedAt: IsNull() },
      { consumedAt: now },
    );
    return affected === 1;
  }

  async deleteExpired(now: number, limit: number): Promise<number> {
    return deleteExpired(this.transactions, AuthorizationCodeEntity, now, limit);
  }
}
