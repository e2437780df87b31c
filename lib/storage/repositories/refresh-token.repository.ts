import { Inject, Injectable } from '@nestjs/common';
import { DataSource, In, IsNull, LessThanOrEqual, MoreThan } from 'typeorm';
import { RefreshTokenEntity } from '../entities/refresh-token.entity.js';
import { newRowId } from '../new-row.js';
import type { NewRow } from '../new-row.js';
import { MCP_AUTH_DATA_SOURCE } from '../storage-tokens.js';
import { TransactionRunner } from '../transaction-runner.js';
import type { Transaction } from '../transaction-runner.js';
import { deleteWhere } from './delete-expired.js';
import { idsOf } from './ids-of.js';
import { insertRow } from './insert-row.js';
import { orderAfterNull } from './order-after-null.js';
import { byId, present } from './row-key.js';

/** What a rotation leaves on the retired token. Times in milliseconds. */
export interface Rotation {
  readonly now: number;
  readonly successorId: string;
  readonly fingerprint: string;
  /** Encrypted. */
  readonly answer: string | null;
  readonly replayUntil: number | null;
}

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
      successorId: row.successorId ?? null,
      replayFingerprint: row.replayFingerprint ?? null,
      replayAnswer: row.replayAnswer ?? null,
      replayUntil: row.replayUntil ?? null,
    };
    await insertRow(tx, RefreshTokenEntity, token);
    return token;
  }

  async findByHash(hash: string): Promise<RefreshTokenEntity | null> {
    return this.dataSource.manager.findOneBy(RefreshTokenEntity, { tokenHash: present(hash) });
  }

  /**
   * Retires the token in favour of its successor, and reports whether this call did.
   * A single conditional UPDATE: of two racing requests exactly one gets `true`, and its answer is the one that can be given again.
   */
  async rotate(id: string, rotation: Rotation, tx: Transaction): Promise<boolean> {
    const { now, successorId, fingerprint, answer, replayUntil } = rotation;
    const { affected } = await tx.update(
      RefreshTokenEntity,
      { ...byId(id), consumedAt: IsNull() },
      { consumedAt: now, successorId, replayFingerprint: fingerprint, replayAnswer: answer, replayUntil },
    );
    return affected === 1;
  }

  /** When the last access token issued with a refresh token of this grant expires, in milliseconds; undefined when there is none. */
  async lastAccessExpiry(grantId: string, tx: Transaction): Promise<number | undefined> {
    const latest = await tx.maximum(RefreshTokenEntity, 'accessExpiresAt', { grantId: present(grantId) });
    return latest === null ? undefined : Number(latest);
  }

  /** Access tokens issued with refresh tokens of this grant that have not expired; times in milliseconds. */
  async listLivingAccessTokens(
    grantId: string,
    now: number,
    limit: number,
    tx: Transaction,
  ): Promise<readonly { readonly targetId: string; readonly expiresAt: number }[]> {
    const rows = await tx.find(RefreshTokenEntity, {
      select: { id: true, accessTokenId: true, accessExpiresAt: true },
      where: { grantId: present(grantId), accessExpiresAt: MoreThan(now) },
      take: limit,
    });
    return rows.map(({ accessTokenId, accessExpiresAt }) => ({ targetId: accessTokenId, expiresAt: accessExpiresAt }));
  }

  async findById(id: string): Promise<RefreshTokenEntity | null> {
    return this.dataSource.manager.findOneBy(RefreshTokenEntity, byId(id));
  }

  /** Forgets answers that may not be given again; the tokens stay, so that their reuse is still seen. */
  async eraseAnswers(now: number, limit: number): Promise<number> {
    return this.transactions.run(async (tx) => {
      const stale = { replayUntil: LessThanOrEqual(now) };
      const ids = await idsOf(tx, RefreshTokenEntity, stale, { replayUntil: 'ASC' }, limit);
      if (ids.length > 0)
        await tx.update(RefreshTokenEntity, { id: In(ids) }, { replayAnswer: null, replayUntil: null });
      return ids.length;
    });
  }

  /** Those that were never used, once their access tokens have expired too, which are known by them alone. A retired one stays as long as its grant: it is the only sign by which its reuse is seen. */
  async deleteExpired(now: number, limit: number): Promise<number> {
    const expired = LessThanOrEqual(now);
    const where = { expiresAt: expired, accessExpiresAt: expired, consumedAt: IsNull() };
    const order = orderAfterNull<RefreshTokenEntity>(this.dataSource, 'consumedAt', 'expiresAt');
    return deleteWhere(this.transactions, RefreshTokenEntity, where, limit, order);
  }
}
