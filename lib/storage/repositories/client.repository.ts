import { Inject, Injectable } from '@nestjs/common';
import { DataSource, In, IsNull, LessThanOrEqual, MoreThan } from 'typeorm';
import type { ClientMetadata } from '../../protocol/client-metadata.js';
import { ClientEntity } from '../entities/client.entity.js';
import { newRowId } from '../new-row.js';
import type { NewRow } from '../new-row.js';
import { MCP_AUTH_DATA_SOURCE } from '../storage-tokens.js';
import { TransactionRunner } from '../transaction-runner.js';
import type { Transaction } from '../transaction-runner.js';
import { insertRow } from './insert-row.js';
import { orderAfterNull } from './order-after-null.js';
import { byId, present } from './row-key.js';

/** What an operator can change of a client. */
export type ClientChange = Partial<
  Pick<ClientEntity, 'metadata' | 'secretHash' | 'approvedAt' | 'approvedFingerprint' | 'disabledAt'>
>;

@Injectable()
export class ClientRepository {
  constructor(
    @Inject(MCP_AUTH_DATA_SOURCE) private readonly dataSource: DataSource,
    private readonly transactions: TransactionRunner,
  ) {}

  async insert(row: NewRow<ClientEntity>): Promise<ClientEntity> {
    const client: ClientEntity = {
      id: row.id ?? newRowId(),
      clientId: row.clientId,
      source: row.source,
      secretHash: row.secretHash ?? null,
      metadata: row.metadata,
      keySet: row.keySet ?? null,
      createdAt: row.createdAt,
      lastUsedAt: row.lastUsedAt ?? null,
      authorizedAt: row.authorizedAt ?? null,
      approvedAt: row.approvedAt ?? null,
      approvedFingerprint: row.approvedFingerprint ?? null,
      disabledAt: row.disabledAt ?? null,
    };
    await this.transactions.runStatement((tx) => insertRow(tx, ClientEntity, client));
    return client;
  }

  async findByClientId(clientId: string): Promise<ClientEntity | null> {
    const client = await this.dataSource.manager.findOneBy(ClientEntity, { clientId: present(clientId) });
    // A host that creates the tables itself may have a collation that ignores case or trailing blanks.
    return client?.clientId === clientId ? client : null;
  }

  /** How each of these clients became known; one that is not stored is not among them. */
  async sourcesOf(clientIds: readonly string[]): Promise<ReadonlyMap<string, ClientEntity['source']>> {
    const rows = await this.dataSource.manager.find(ClientEntity, {
      select: { id: true, clientId: true, source: true },
      where: { clientId: In(clientIds.map(present)) },
    });
    return new Map(rows.map(({ clientId, source }) => [clientId, source]));
  }

  /** Clients in order of creation, after one of them. */
  async list(after: Pick<ClientEntity, 'id'> | undefined, limit: number): Promise<readonly ClientEntity[]> {
    const where = after === undefined ? {} : { id: MoreThan(present(after.id)) };
    return this.dataSource.manager.find(ClientEntity, { where, order: { id: 'ASC' }, take: limit });
  }

  async change(id: string, change: ClientChange): Promise<void> {
    await this.transactions.runStatement((tx) => tx.update(ClientEntity, byId(id), change as object));
  }

  /** Deletes clients that registered themselves at or before a moment and were never approved by anybody; returns how many went. */
  async deleteUnused(before: number, limit: number): Promise<number> {
    return this.transactions.run(async (tx) => {
      const unused = { source: 'dynamic', authorizedAt: IsNull(), createdAt: LessThanOrEqual(before) } as const;
      const order = orderAfterNull<ClientEntity>(this.dataSource, 'authorizedAt', 'createdAt');
      const rows = await tx.find(ClientEntity, { select: { id: true }, where: unused, order, take: limit });
      if (rows.length === 0) return 0;
      // The condition once more: somebody may be approving one of them at this very moment.
      const { affected } = await tx.delete(ClientEntity, { id: In(rows.map(({ id }) => id)), authorizedAt: IsNull() });
      return affected ?? 0;
    });
  }

  /** Gives a client that is known by its document a row, if it has none. */
  async addDocument(clientId: string, metadata: ClientMetadata, now: number): Promise<void> {
    const row = { id: newRowId(), clientId: present(clientId), source: 'document', metadata, createdAt: now } as const;
    // Alone, outside of any transaction: on MariaDB it takes a lock that two transactions can have both, and wait for each other to let go.
    await this.transactions.runStatement((tx) =>
      tx
        .createQueryBuilder()
        .insert()
        .into(ClientEntity)
        .values(row as object)
        .orIgnore()
        .execute(),
    );
  }

  /** Keeps what a client's document says now. One that is disabled stays so. */
  async changeDocument(clientId: string, metadata: ClientMetadata): Promise<void> {
    const document = { clientId: present(clientId), source: 'document' } as const;
    await this.transactions.runStatement((tx) => tx.update(ClientEntity, document, { metadata } as object));
  }

  /**
   * Notes an approval by a user, and reports whether the client may still be approved. Part of every approval: a client that is disabled or
   * removed meanwhile gets no grant, because the statements meet on the row.
   */
  async authorize(clientId: string, now: number, tx: Transaction): Promise<boolean> {
    const { affected } = await tx
      .createQueryBuilder()
      .update(ClientEntity)
      .set({ lastUsedAt: now, authorizedAt: () => 'COALESCE(authorized_at, :now)' })
      .where('client_id = :clientId AND disabled_at IS NULL', { clientId: present(clientId), now })
      .execute();
    return affected === 1;
  }
}
