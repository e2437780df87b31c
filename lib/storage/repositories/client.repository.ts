import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { ClientMetadata } from '../../protocol/client-metadata.js';
import { ClientEntity } from '../entities/client.entity.js';
import { newRowId } from '../new-row.js';
import type { NewRow } from '../new-row.js';
import { MCP_AUTH_DATA_SOURCE } from '../storage-tokens.js';
import { TransactionRunner } from '../transaction-runner.js';
import type { Transaction } from '../transaction-runner.js';
import { insertRow } from './insert-row.js';
import { present } from './row-key.js';

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

  /** Makes sure that a client known by its document has a row, as the document says now. One that is disabled stays so. */
  async saveDocument(clientId: string, metadata: ClientMetadata, now: number, tx: Transaction): Promise<void> {
    const row = { id: newRowId(), clientId: present(clientId), source: 'document', metadata, createdAt: now } as const;
    await tx.createQueryBuilder().insert().into(ClientEntity).values(row as object).orIgnore().execute();
    await tx.update(ClientEntity, { clientId: present(clientId), source: 'document' }, { metadata } as object);
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
