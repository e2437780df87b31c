import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../config/clock.js';
import { RESOLVED_OPTIONS } from '../../config/injection-tokens.js';
import type { ResolvedMcpAuthOptions } from '../../config/resolved-options.js';
import { isClientIdUrl } from '../../protocol/client-id-url.js';
import type { ClientMetadata } from '../../protocol/client-metadata.js';
import { ClientRepository } from '../../storage/repositories/client.repository.js';
import { McpClientError } from '../mcp-client-error.js';
import { ClientDocumentError } from './client-document-error.js';
import { ClientDocuments } from './client-documents.js';

/** Documents that an operator names, before any user has approved their client, too. */
@Injectable()
export class NamedDocuments {
  constructor(
    private readonly documents: ClientDocuments,
    private readonly clients: ClientRepository,
    private readonly clock: Clock,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedMcpAuthOptions,
  ) {}

  /** Whether a `client_id` is the URL of a document that this server would read. */
  cover(clientId: string): boolean {
    return this.options.clientDocuments.enabled && isClientIdUrl(clientId);
  }

  /** What the document says now, whatever is kept of it; the client's row says so from then on. Throws `McpClientError` when the document cannot be used. */
  async add(clientId: string): Promise<ClientMetadata> {
    const metadata = await this.read(clientId);
    await this.clients.addDocument(clientId, metadata, this.clock.now());
    await this.clients.changeDocument(clientId, metadata);
    return metadata;
  }

  private async read(clientId: string): Promise<ClientMetadata> {
    try {
      return await this.documents.readAnew(clientId, { known: true });
    } catch (cause) {
      if (!(cause instanceof ClientDocumentError)) throw cause;
      throw new McpClientError(`The document of this client cannot be used: ${cause.reason}`, { cause });
    }
  }
}
