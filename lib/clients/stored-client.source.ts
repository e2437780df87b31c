import { Injectable } from '@nestjs/common';
import type { ClientEntity } from '../storage/entities/client.entity.js';
import { ClientRepository } from '../storage/repositories/client.repository.js';
import type { ClientSource } from './client-source.js';
import { isApproved } from './operator-approval.js';
import type { RegisteredClient } from './registered-client.js';

/** Clients that registered themselves (RFC 7591) or were created by an operator. */
@Injectable()
export class StoredClientSource implements ClientSource {
  constructor(private readonly clients: ClientRepository) {}

  async find(clientId: string): Promise<RegisteredClient | undefined> {
    const row = await this.clients.findByClientId(clientId);
    return row && row.source !== 'document' && row.disabledAt === null ? toClient(row) : undefined;
  }
}

/** A row as the rest of the library sees it. */
export function toClient(row: ClientEntity): RegisteredClient {
  return {
    id: row.id,
    clientId: row.clientId,
    source: row.source,
    secretHashes: row.secretHash === null ? [] : [row.secretHash],
    metadata: row.metadata,
    approved: isApproved(row, row.metadata),
    known: isKnown(row),
  };
}

/** See `RegisteredClient.known`. */
export function isKnown(row: Pick<ClientEntity, 'source' | 'authorizedAt' | 'approvedAt'> | null): boolean {
  return row !== null && (row.source === 'pre_registered' || row.authorizedAt !== null || row.approvedAt !== null);
}
