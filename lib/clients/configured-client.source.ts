import { Inject, Injectable } from '@nestjs/common';
import { RESOLVED_OPTIONS } from '../config/injection-tokens.js';
import type { ResolvedMcpAuthOptions } from '../config/resolved-options.js';
import type { ClientSource } from './client-source.js';
import type { RegisteredClient } from './registered-client.js';

/** Clients of the `clients` option (PRE-01). They have no row: what is in the options is all there is of them. */
@Injectable()
export class ConfiguredClientSource implements ClientSource {
  private readonly clients: ReadonlyMap<string, RegisteredClient>;

  constructor(@Inject(RESOLVED_OPTIONS) { clients }: Pick<ResolvedMcpAuthOptions, 'clients'>) {
    this.clients = new Map(
      clients.map((client) => [
        client.clientId,
        // Whoever wrote it into the options has approved it.
        { ...client, id: undefined, source: 'pre_registered', approved: true, known: true },
      ]),
    );
  }

  has(clientId: string): boolean {
    return this.clients.has(clientId);
  }

  async find(clientId: string): Promise<RegisteredClient | undefined> {
    return this.clients.get(clientId);
  }
}
