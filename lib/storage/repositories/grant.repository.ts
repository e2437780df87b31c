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

/** What a new grant consists of; nothing was taken from it yet. */
export type NewGrant = Omit<NewRow<GrantEntity>, 'revision'>;

/** A grant as it was when it was read. */
export type GrantVersion = Pick<GrantEntity, 'id' | 'revision'>;

@Injectable()
export class GrantRepository {
  constructor(
    @Inject(MCP_AUTH_DATA_SOURCE) private readonly dataSource: DataSource,
    private readonly transactions: TransactionRunner,
  ) {}

  async insert(row: NewGrant, tx: Transaction): Promise<GrantEntity> {
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
      revision: 0,
      clientSnapshot: row.clientSnapshot,
    };
    await insertRow(tx, GrantEntity, grant);
    return grant;
  }

  async findById(id: string): Promise<GrantEntity | null> {
    return this.dataSource.manager.findOneBy(GrantEntity, byId(id));
  }

  /**
   * Notes a use and until when the newest refresh token keeps the grant alive, and reports whether the grant was alive and is as it was read.
   * Part of every issue of tokens: a grant that ends or loses scopes meanwhile gets none, because both UPDATEs meet on the row.
   */
  async extend(
    { id, revision }: GrantVersion,
    use: { readonly now: number; readonly expiresAt: number },
    tx: Transaction,
  ): Promise<boolean> {
    const { affected } = await tx
      .createQueryBuilder()
      .update(GrantEntity)
      // Never earlier: a token of before, of a longer lifetime, could not be ended any more once the grant is gone.
      .set({ lastUsedAt: use.now, expiresAt: () => 'CASE WHEN expires_at > :until THEN expires_at ELSE :until END' })
      .where('id = :id AND revoked_at IS NULL AND revision = :revision', {
        id: present(id),
        revision,
        until: use.expiresAt,
      })
      .execute();
    return affected === 1;
  }

  /** Leaves the grant fewer scopes, and reports whether this call did: not one that has ended, or was changed since it was read. */
  async reduce({ id, revision }: GrantVersion, scopes: readonly string[], tx: Transaction): Promise<boolean> {
    const { affected } = await tx.update(
      GrantEntity,
      { ...byId(id), revision, revokedAt: IsNull() },
      { scopes, revision: revision + 1 },
    );
    return affected === 1;
  }

  /** Whether a grant can still give tokens. */
  async isLiving(id: string, tx: Transaction): Promise<boolean> {
    return tx.existsBy(GrantEntity, { ...byId(id), revokedAt: IsNull() });
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

  /**
   * Grants of a user that have neither ended nor expired, the newest first.
   * @param within only those for one client and organisation (undefined: those for none)
   */
  async listLivingOfUser(
    userId: string,
    now: number,
    limit: number,
    within?: { readonly clientId: string; readonly orgId: string | undefined },
  ): Promise<readonly GrantEntity[]> {
    const narrowed = within && { clientId: present(within.clientId), orgId: within.orgId ?? IsNull() };
    const where = { userId: present(userId), ...narrowed, revokedAt: IsNull(), expiresAt: MoreThan(now) };
    return this.dataSource.manager.find(GrantEntity, { where, order: { id: 'DESC' }, take: limit });
  }

  /**
   * Whether all of these grants are alive and as they were read. An UPDATE that changes nothing: whoever goes by them, and who ends or reduces
   * one, meet on its row.
   */
  async areAlive(grants: readonly GrantVersion[], now: number, tx: Transaction): Promise<boolean> {
    const id = In(grants.map((grant) => present(grant.id)));
    const living = { id, revokedAt: IsNull(), expiresAt: MoreThan(now) };
    const { affected } = await tx.update(GrantEntity, living, { lastUsedAt: () => 'last_used_at' });
    if (affected !== grants.length) return false;
    const rows = await tx.find(GrantEntity, { select: { id: true, revision: true }, where: { id } });
    const revisions = new Map(rows.map((row) => [row.id, row.revision]));
    return grants.every((grant) => revisions.get(grant.id) === grant.revision);
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
