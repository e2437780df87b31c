import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ClientEntity, type SeenKeySet } from '../entities/client.entity.js';
import { MCP_AUTH_DATA_SOURCE } from '../storage-tokens.js';
import { TransactionRunner } from '../transaction-runner.js';
import { byId } from './row-key.js';

/** The keys last seen at the `jwks_uri` of clients that have a row. */
@Injectable()
export class SeenKeySetRepository {
  constructor(
    @Inject(MCP_AUTH_DATA_SOURCE) private readonly dataSource: DataSource,
    private readonly transactions: TransactionRunner,
  ) {}

  /** @param id key of the client's row */
  async find(id: string): Promise<SeenKeySet | null> {
    const row = await this.dataSource.manager.findOne(ClientEntity, {
      select: { id: true, keySet: true },
      where: byId(id),
    });
    return row?.keySet ?? null;
  }

  async save(id: string, keySet: SeenKeySet): Promise<void> {
    // TypeORM's type for a change has no room for a JSON value.
    const change: object = { keySet };
    await this.transactions.runStatement((tx) => tx.update(ClientEntity, byId(id), change));
  }
}
