import { Injectable } from '@nestjs/common';
import type { ClientQuestion, ClientSource } from './client-source.js';
import { ConfiguredClientSource } from './configured-client.source.js';
import { ClientDocumentSource } from './documents/client-document.source.js';
import type { RegisteredClient } from './registered-client.js';
import { StoredClientSource } from './stored-client.source.js';

/** Longest `client_id` that can be one of ours. */
const MAX_LENGTH = 512;

/** Finds a client by its identifier, whatever its source; a disabled one is as good as unknown (PRE-03). */
@Injectable()
export class ClientResolver {
  private readonly sources: readonly ClientSource[];

  /** The options have the first word: what they say about a `client_id` holds, whatever is stored under it. */
  constructor(configured: ConfiguredClientSource, stored: StoredClientSource, documents: ClientDocumentSource) {
    this.sources = [configured, stored, documents];
  }

  async resolve(clientId: string, question: ClientQuestion): Promise<RegisteredClient | undefined> {
    if (clientId === '' || clientId.length > MAX_LENGTH) return undefined;
    for (const source of this.sources) {
      const client = await source.find(clientId, question);
      if (client) return client;
    }
    return undefined;
  }
}
