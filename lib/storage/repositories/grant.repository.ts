import { Inject, Injectable } from '@nestjs/common';
import { DataSource, IsNull } from 'typeorm';
import { GrantEntity } from '../entities/grant.entity.js';
import { newRowId } from '../new-row.js';
import type { NewRow } from '../new-row.js';
import { MCP_AUTH_DATA_SOURCE } from '../storage-tokens.js';
import { TransactionRunner } from '../transaction-runner.js';
import type { Transaction } from '../transaction-runner.js';
import { insertRow } from './insert-row.js';
import { byId } from './row-key.js';

@Injectable()
export class GrantRepository {
  constructor(
    @Inject(MCP_AUTH_DATA_SOURCE) private readonly dataSource: DataSource,
    private readonly transactions: TransactionRunner,
  ) {}

  async insert(row: NewRow<GrantEntity>, tx: Transaction): Promise<GrantEntity> {
    const grant: GrantEntity = {
      id: row.id ?? newRowId(),
      userId: row.userId,
      orgId: row.orgId ?? null,
      clientId: row.clientId,
      resource: row.resource,
      scopes: row.scopes,
      redirectUri: row.redirectUri,
      deviceLabel: row.deviceLabel ?? null,
      authTime: row.authTime ?? null,
      createdAt: row.createdAt,
      lastUsedAt: row.lastUsedAt,
      expiresAt: row.expiresAt,
      revokedAt: row.revokedAt ?? null,
      revokedReason: row.revokedReason ?? null,
      clientSnapshot: row.clientSnapshot,
    };
    await insertRow(tx, GrantEntity, grant);
    return grant;
  }

  async findById(id: string): Promise<GrantEntity | null> {
    return this.dataSource.manager.findOneBy(GrantEntity, byId(id));
  }

  async touch(id: string, now: number, tx: Transaction): Promise<void> {
    await tx.update(GrantEntity, byId(id), { lastUsedAt: now });
  }

  /** Notes a use, and until when the newest refresh token keeps the grant alive. */
  async extend(id: string, use: { readonly now: number; readonly expiresAt: number }, tx: Transaction): Promise<void> {
    await tx.update(GrantEntity, byId(id), { lastUsedAt: use.now, expiresAt: use.expiresAt });
  }

  /**
   * Ends the grant and with it every token of its family, and reports whether this call ended it: the first reason stays.
   * It opens its own unit, so it is called after a transaction that found a replay: throwing inside would undo it.
   */
  async revoke(id: string, reason: string, now: number): Promise<boolean> {
    const { affected } = await this.transactions.runStatement((tx) =>
      tx.update(GrantEntity, { ...byId(id), revokedAt: IsNull() }, { revokedAt: now, revokedReason: reason }),
    );
    return affected === 1;
  }
}
