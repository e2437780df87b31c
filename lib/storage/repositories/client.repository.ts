import { Inject, Injectable } from '@nestjs/common';
import { DataSource, IsNull } from 'typeorm';
import { ClientEntity } from '../entities/client.entity.js';
import { newRowId } from '../new-row.js';
import type { NewRow } from '../new-row.js';
import { MCP_AUTH_DATA_SOURCE } from '../storage-tokens.js';
import { TransactionRunner } from '../transaction-runner.js';
import type { Transaction } from '../transaction-runner.js';
import { insertRow } from './insert-row.js';
import { byId, present } from './row-key.js';

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

  /** Remembers the first approval; later ones leave it as it is. */
  async markAuthorized(id: string, now: number, tx: Transaction): Promise<void> {
    await tx.update(ClientEntity, { ...byId(id), authorizedAt: IsNull() }, { authorizedAt: now });
  }
}
