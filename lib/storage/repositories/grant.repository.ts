import { setImmediate as nextTurn } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource, In, IsNull, LessThanOrEqual, MoreThan, Not } from 'typeorm';
import type { FindOptionsOrder, FindOptionsWhere } from 'typeorm';
import { GrantEntity } from '../entities/grant.entity.js';
import { RefreshTokenEntity } from '../entities/refresh-token.entity.js';
import { newRowId } from '../new-row.js';
import type { NewRow } from '../new-row.js';
import { MCP_AUTH_DATA_SOURCE } from '../storage-tokens.js';
import { TransactionRunner } from '../transaction-runner.js';
import type { Transaction } from '../transaction-runner.js';
import { deleteWhere } from './delete-expired.js';
import { idsOf } from './ids-of.js';
import { insertRow } from './insert-row.js';
import { byId, present } from './row-key.js';

/** Which grants: all of them, a client's, a user's, or a user's in one organisation. */
export type GrantFilter = Partial<Pick<GrantEntity, 'clientId' | 'userId'>> & { readonly orgId?: string };

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

  /**
   * Notes a use and until when the newest refresh token keeps the grant alive, and reports whether the grant was alive.
   * Part of every issue of tokens: a grant that ends meanwhile gets none, because the UPDATE and the one that ends it meet on the row.
   */
  async extend(
    id: string,
    use: { readonly now: number; readonly expiresAt: number },
    tx: Transaction,
  ): Promise<boolean> {
    const { affected } = await tx
      .createQueryBuilder()
      .update(GrantEntity)
      // Never earlier: a token of before, of a longer lifetime, could not be ended any more once the grant is gone.
      .set({ lastUsedAt: use.now, expiresAt: () => 'CASE WHEN expires_at > :until THEN expires_at ELSE :until END' })
      .where('id = :id AND revoked_at IS NULL', { id: present(id), until: use.expiresAt })
      .execute();
    return affected === 1;
  }

  /** Ends the grant and with it every token of its family, and reports whether this call ended it: the first reason stays. */
  async revoke(id: string, reason: string, now: number, tx: Transaction): Promise<boolean> {
    const { affected } = await tx.update(
      GrantEntity,
      { ...byId(id), revokedAt: IsNull() },
      { revokedAt: now, revokedReason: reason },
    );
    return affected === 1;
  }

  /** Ids of living grants after `afterId`, in order of id: a batch at a time, so that nobody waits for a big sweep. */
  async listLiving(filter: GrantFilter, afterId: string, limit: number): Promise<readonly string[]> {
    const living = { ...filter, revokedAt: IsNull(), id: MoreThan(afterId) };
    return idsOf(this.dataSource.manager, GrantEntity, living, { id: 'ASC' }, limit);
  }

  /** Grants of a user for a client that have neither ended nor expired, the newest first. */
  async listLivingOfUser(
    {
      userId,
      orgId,
      clientId,
    }: { readonly userId: string; readonly orgId: string | undefined; readonly clientId: string },
    now: number,
    limit: number,
  ): Promise<readonly GrantEntity[]> {
    const where = {
      userId: present(userId),
      clientId: present(clientId),
      orgId: orgId === undefined ? IsNull() : orgId,
      revokedAt: IsNull(),
      expiresAt: MoreThan(now),
    };
    return this.dataSource.manager.find(GrantEntity, { where, order: { id: 'DESC' }, take: limit });
  }

  /** Whether all of these grants are alive. An UPDATE that changes nothing: whoever goes by them, and who ends one, meet on its row. */
  async areAlive(ids: readonly string[], now: number, tx: Transaction): Promise<boolean> {
    const living = { id: In([...ids]), revokedAt: IsNull(), expiresAt: MoreThan(now) };
    const { affected } = await tx.update(GrantEntity, living, { lastUsedAt: () => 'last_used_at' });
    return affected === ids.length;
  }

  /** Deletes ended grants of a user, codes and tokens with them, and returns how many went. A living one stays: its tokens could not be ended any more. */
  async deleteEndedOfUser(userId: string, limit: number): Promise<number> {
    return this.deleteWithTokens({ userId: present(userId), revokedAt: Not(IsNull()) }, {}, limit);
  }

  /** @param signal ends it between two deletions of tokens: their grants stay then */
  async deleteExpired(now: number, limit: number, signal?: AbortSignal): Promise<number> {
    const expired = { expiresAt: LessThanOrEqual(now) };
    return this.deleteWithTokens(expired, expired, limit, { expiresAt: 'ASC' }, signal);
  }

  /** A grant may have thousands of retired tokens. They go first, `limit` at a time: nothing limits what a DELETE takes along. */
  private async deleteWithTokens(
    where: FindOptionsWhere<GrantEntity>,
    tokens: FindOptionsWhere<RefreshTokenEntity>,
    limit: number,
    order: FindOptionsOrder<GrantEntity> = {},
    signal?: AbortSignal,
  ): Promise<number> {
    const ids = await idsOf(this.dataSource.manager, GrantEntity, where, order, limit);
    if (ids.length === 0) return 0;
    const below = { ...tokens, grantId: In(ids) };
    while ((await deleteWhere(this.transactions, RefreshTokenEntity, below, limit)) > 0) {
      if (signal?.aborted) return 0;
      await nextTurn();
    }
    return deleteWhere(this.transactions, GrantEntity, { ...where, id: In(ids) }, limit);
  }

  /** Until when a token of this grant may live, in milliseconds; 0 when there is no such grant. */
  async expiryOf(id: string, tx: Transaction): Promise<number> {
    const grant = await tx.findOneBy(GrantEntity, byId(id));
    return grant?.expiresAt ?? 0;
  }
}
