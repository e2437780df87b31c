import { isDeepStrictEqual } from 'node:util';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { RESOLVED_OPTIONS } from '../../config/injection-tokens.js';
import type { ResolvedMcpAuthOptions } from '../../config/resolved-options.js';
import { claimsToBeDocument, isClientIdUrl } from '../../protocol/client-id-url.js';
import type { ClientMetadata } from '../../protocol/client-metadata.js';
import type { ClientEntity } from '../../storage/entities/client.entity.js';
import { ClientRepository } from '../../storage/repositories/client.repository.js';
import type { ClientQuestion, ClientSource } from '../client-source.js';
import { isApproved } from '../operator-approval.js';
import type { RegisteredClient } from '../registered-client.js';
import { isKnown } from '../stored-client.source.js';
import { ClientDocumentError } from './client-document-error.js';
import { ClientDocuments } from './client-documents.js';
import { DocumentHosts } from './document-hosts.js';

/** Clients whose `client_id` is the URL of a document about them (draft-ietf-oauth-client-id-metadata-document). */
@Injectable()
export class ClientDocumentSource implements ClientSource {
  private readonly logger = new Logger('McpAuth');

  constructor(
    private readonly documents: ClientDocuments,
    private readonly hosts: DocumentHosts,
    private readonly clients: ClientRepository,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedMcpAuthOptions,
  ) {}

  /** Undefined for other kinds of identifiers and for disabled clients; throws `ClientDocumentError` for documents that cannot be used. */
  async find(clientId: string, question: ClientQuestion): Promise<RegisteredClient | undefined> {
    if (!this.options.clientDocuments.enabled || !claimsToBeDocument(clientId)) return undefined;
    if (!isClientIdUrl(clientId)) throw new ClientDocumentError({ reason: 'client_id_url_malformed' });
    // Also for a client that users have approved: an operator who denies a host means its grants too.
    this.hosts.judge(clientId);
    const row = await this.clients.findByClientId(clientId);
    if (row && (row.source !== 'document' || row.disabledAt !== null)) return undefined;
    // No user approved it, so it has nothing that it could send; strangers cannot make us fetch by sending it all the same.
    if ((row?.authorizedAt ?? null) === null && question.use === 'direct') return undefined;
    const metadata = await this.metadata(clientId, row, question);
    return {
      id: row?.id,
      clientId,
      source: 'document',
      secretHashes: [],
      metadata,
      approved: row ? isApproved(row, metadata) : false,
      known: isKnown(row),
    };
  }

  private async metadata(
    clientId: string,
    row: ClientEntity | null,
    question: ClientQuestion,
  ): Promise<ClientMetadata> {
    try {
      const { use: _use, ...rest } = question;
      const { metadata, justFetched } = await this.documents.read(clientId, { ...rest, known: isKnown(row) });
      // What is kept here may be older than what another instance has seen and noted.
      if (row && justFetched) await this.note(row, metadata);
      return metadata;
    } catch (error) {
      // CMD-15: what users approved goes on while the document is away; nothing new is approved meanwhile.
      if (!(error instanceof ClientDocumentError) || question.use !== 'direct' || !row) throw error;
      this.logger.debug(`a client document cannot be used, what it said last stands in: reason=${error.reason}`);
      return row.metadata;
    }
  }

  /** So that what stands in is the last that was said. */
  private async note(row: ClientEntity, metadata: ClientMetadata): Promise<void> {
    if (isDeepStrictEqual(row.metadata, metadata)) return;
    await this.clients.changeDocument(row.clientId, metadata);
  }
}
