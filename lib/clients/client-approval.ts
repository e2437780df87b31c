import { Injectable } from '@nestjs/common';
import { ClientRepository } from '../storage/repositories/client.repository.js';
import type { Transaction } from '../storage/transaction-runner.js';
import type { RegisteredClient } from './registered-client.js';

/** What an approval by a user leaves on the client's own row. */
@Injectable()
export class ClientApproval {
  constructor(private readonly clients: ClientRepository) {}

  /** Before the approval's transaction: gives the client of a document its row, with an approval and no earlier, so that no stranger fills the table by naming documents. */
  async prepare({ id, clientId, source, metadata }: RegisteredClient, now: number): Promise<void> {
    if (source === 'document' && id === undefined) await this.clients.addDocument(clientId, metadata, now);
  }

  /**
   * First statement of the approval's transaction. False: the client was disabled or removed meanwhile, and nothing was written. Clients of the
   * configuration have no row.
   */
  async note({ id, clientId, source }: RegisteredClient, now: number, tx: Transaction): Promise<boolean> {
    return (source !== 'document' && id === undefined) || this.clients.authorize(clientId, now, tx);
  }
}
