import { Inject, Injectable } from '@nestjs/common';
import { DataSource, IsNull } from 'typeorm';
import { RefreshTokenEntity } from '../entities/refresh-token.entity.js';
import { newRowId } from '../new-row.js';
import type { NewRow } from '../new-row.js';
import { MCP_AUTH_DATA_SOURCE } from '../storage-tokens.js';
import { TransactionRunner } from '../transaction-runner.js';
import type { Transaction } from '../transaction-runner.js';
import { deleteExpired } from './delete-expired.js';
import { insertRow } from './insert-row.js';
import { byId, present } from './row-key.js';

@Injectable()
export class RefreshTokenRepository {
  constructor(
    @Inject(MCP_AUTH_DATA_SOURCE) private readonly dataSource: DataSource,
    private readonly transactions: TransactionRunner,
  ) {}

  async insert(row: NewRow<RefreshTokenEntity>, tx: Transaction): Promise<RefreshTokenEntity> {
    const token: RefreshTokenEntity = {
      id: row.id ?? newRowId(),
      tokenHash: row.tokenHash,
      grantId: row.grantId,
      accessTokenId: row.accessTokenId,
      accessExpiresAt: row.accessExpiresAt,
      createdAt: row.createdAt,
      expiresAt: row.expiresAt,
      consumedAt: row.consumedAt ?? null,
    };
    await insertRow(tx, RefreshTokenEntity, token);
    return token;
  }

  async findByHash(hash: string): Promise<RefreshTokenEntity | null> {
    return this.dataSource.manager.findOneBy(RefreshTokenEntity, { tokenHash: present(hash) });
  }

  /**
   * Marks the token used, and reports whether this call is the one that used it.
   * A single conditional UPDATE: of two racing requests exactly one gets `true`.
   */
  async consume(id: string, now: number, tx: Transaction): Promise<boolean> {
    const { affected } = await tx.update(
      RefreshTokenEntity,
      { ...byId(id), consumedAt: IsNull() },
      { consumedAt: now },
    );
    return affected === 1;
  }

  async deleteExpired(now: number, limit: number): Promise<number> {
    return deleteExpired(this.transactions, RefreshTokenEntity, now, limit);
  }
}
