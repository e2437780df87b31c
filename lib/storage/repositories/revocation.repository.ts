import { Inject, Injectable } from '@nestjs/common';
import { DataSource, In } from 'typeorm';
import { RevocationEntity } from '../entities/revocation.entity.js';
import { newRowId } from '../new-row.js';
import { MCP_AUTH_DATA_SOURCE } from '../storage-tokens.js';
import { TransactionRunner } from '../transaction-runner.js';
import type { Transaction } from '../transaction-runner.js';
import { deleteExpired } from './delete-expired.js';
import { insertRow } from './insert-row.js';
import { present } from './row-key.js';

/** A grant or access token that is not to be believed until it expires by itself. Times in milliseconds. */
export interface Revoked {
  readonly targetId: string;
  readonly expiresAt: number;
}

/** A revocation with the key of its row. */
export interface ListedRevocation extends Revoked {
  readonly id: string;
}

/** Longest page of a list. */
export const REVOCATIONS_AT_ONCE = 2000;

/** Parameters of one statement; every database takes as many. */
const IDS_AT_ONCE = 500;

@Injectable()
export class RevocationRepository {
  constructor(
    @Inject(MCP_AUTH_DATA_SOURCE) private readonly dataSource: DataSource,
    private readonly transactions: TransactionRunner,
  ) {}

  async insert({ targetId, expiresAt }: Revoked, now: number, tx: Transaction): Promise<void> {
    const row = { id: newRowId(), targetId: present(targetId), createdAt: now, expiresAt };
    await insertRow(tx, RevocationEntity, row);
  }

  /** What was revoked at or after `createdAt` and still matters, beyond the row `after`: `REVOCATIONS_AT_ONCE` of them, in order of id. Plain rows, because there may be very many. */
  async listSince(createdAt: number, now: number, after = ''): Promise<readonly ListedRevocation[]> {
    const rows = await this.dataSource.manager
      .createQueryBuilder(RevocationEntity, 'revocation')
      .select('revocation.id', 'id')
      .addSelect('revocation.targetId', 'target')
      .addSelect('revocation.expiresAt', 'expiry')
      .where('revocation.createdAt >= :createdAt AND revocation.expiresAt > :now', { createdAt, now })
      .andWhere('revocation.id > :after', { after })
      .orderBy('revocation.id')
      .limit(REVOCATIONS_AT_ONCE)
      .getRawMany<{ id: string; target: string; expiry: string | number }>();
    return rows.map(({ id, target, expiry }) => ({ id, targetId: target, expiresAt: Number(expiry) }));
  }

  /** Those of the ids that are revoked. */
  async listAmong(targetIds: readonly string[]): Promise<readonly string[]> {
    const found: string[] = [];
    for (let start = 0; start < targetIds.length; start += IDS_AT_ONCE) {
      const targetId = In(targetIds.slice(start, start + IDS_AT_ONCE).map(present));
      const rows = await this.dataSource.manager.find(RevocationEntity, {
        select: { id: true, targetId: true },
        where: { targetId },
      });
      found.push(...rows.map((row) => row.targetId));
    }
    return found;
  }

  async deleteExpired(now: number, limit: number): Promise<number> {
    return deleteExpired(this.transactions, RevocationEntity, now, limit);
  }
}
