import { Injectable } from '@nestjs/common';
import { ClientRepository } from '../storage/repositories/client.repository.js';
import type { RegisteredClient } from './registered-client.js';

/** Longest `client_id` that can be one of ours. */
const MAX_LENGTH = 512;

/** Finds a client by its identifier; a disabled one is as good as unknown (PRE-03). */
@Injectable()
export class ClientResolver {
  constructor(private readonly clients: ClientRepository) {}

  async resolve(clientId: string): Promise<RegisteredClient | undefined> {
    if (clientId.length > MAX_LENGTH) return undefined;
    const row = await this.clients.findByClientId(clientId);
    if (!row || row.disabledAt) return undefined;
    return { id: row.id, clientId: row.clientId, secretHash: row.secretHash ?? undefined, metadata: row.metadata };
  }
}
