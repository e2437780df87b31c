import { Injectable } from '@nestjs/common';
import { Clock } from '../config/clock.js';
import { McpMaintenanceService } from '../maintenance/maintenance.service.js';
import { needsSecret } from '../protocol/client-metadata-authentication.js';
import type { ClientMetadata } from '../protocol/client-metadata.js';
import { hashToken, newOpaqueToken } from '../protocol/opaque-token.js';
import type { ClientEntity, ClientOrigin } from '../storage/entities/client.entity.js';
import { ClientRepository } from '../storage/repositories/client.repository.js';
import { type ClientInformation, ClientRegistrar } from './client-registrar.js';
import { isApproved } from './operator-approval.js';
import { clientFingerprint } from '../protocol/client-fingerprint.js';
import { ConfiguredClientSource } from './configured-client.source.js';
import { NamedDocuments } from './documents/named-documents.js';
import { McpClientError } from './mcp-client-error.js';

/** A client as an operator sees it; nothing in it is secret. */
export interface McpClientSummary {
  readonly clientId: string;
  readonly source: ClientOrigin;
  readonly metadata: ClientMetadata;
  readonly confidential: boolean;
  readonly createdAt: Date;
  /** The last approval by a user. */
  readonly lastUsedAt: Date | undefined;
  /** When an operator approved it, for a policy that answers `'pending'`. */
  readonly approvedAt: Date | undefined;
  readonly disabledAt: Date | undefined;
}

/** One page of clients, in order of creation; `after` is the `clientId` of the last one before it. */
export interface ListClientsOptions {
  readonly after?: string;
  /** @default 100 */
  readonly limit?: number;
}

/**
 * Clients, as an operator manages them. Those of the `clients` option are managed there, and not listed here. Every method throws `McpClientError`
 * for a client that is not stored, and for one of the options.
 */
@Injectable()
export class McpClientService {
  constructor(
    private readonly registrar: ClientRegistrar,
    private readonly clients: ClientRepository,
    private readonly configured: ConfiguredClientSource,
    private readonly documents: NamedDocuments,
    private readonly maintenance: McpMaintenanceService,
    private readonly clock: Clock,
  ) {}

  /** Creates a client from RFC 7591 metadata; the answer holds its secret, this once. Throws `InvalidClientMetadataError`, `InvalidRedirectUriError`. */
  create(metadata: unknown): Promise<ClientInformation> {
    return this.registrar.create(metadata, { mode: 'configured', source: 'pre_registered' });
  }

  async list({ after, limit = 100 }: ListClientsOptions = {}): Promise<readonly McpClientSummary[]> {
    const last = after === undefined ? undefined : await this.findRow(after);
    return (await this.clients.list(last, limit)).map(summary);
  }

  /** Replaces what is registered of a client. Open requests and unredeemed codes of it end if what users decide by has changed. */
  async update(clientId: string, metadata: unknown): Promise<McpClientSummary> {
    const row = await this.find(clientId);
    refuseDocument(row);
    const revised = this.registrar.revise(metadata);
    // What an operator writes needs no second approval.
    const approval = isApproved(row, row.metadata) ? { approvedFingerprint: clientFingerprint(revised) } : {};
    // Not the secret that was read: it may have been rotated since.
    const secret = needsSecret(revised.token_endpoint_auth_method) ? {} : { secretHash: null };
    await this.clients.change(row.id, { metadata: revised, ...secret, ...approval });
    return summary(await this.find(clientId));
  }

  /**
   * Lets a client be used for which the policy of the host answers `'pending'`, as it is now: once its name, redirect URIs, keys or way to
   * authenticate change, it is pending again. One known by its document is approved as the document says now, before anybody has used it, too. Returns
   what was approved: a document may have changed since an operator read it.
   */
  async approve(clientId: string): Promise<McpClientSummary> {
    const now = this.isDocument(clientId) ? await this.documents.add(clientId) : undefined;
    const row = await this.find(clientId);
    const metadata = now ?? row.metadata;
    const approval = { approvedAt: this.clock.now(), approvedFingerprint: clientFingerprint(metadata) };
    await this.clients.change(row.id, approval);
    return summary(Object.assign(row, approval, { metadata }));
  }

  /**
   * Ends a client and every grant it has: it is unknown from now on, and its tokens are revoked. Returns how many grants ended. One known by its
   * document may be ended before anybody has used it, if the document can be read.
   */
  async disable(clientId: string): Promise<number> {
    if (this.isDocument(clientId) && !(await this.clients.findByClientId(clientId))) await this.documents.add(clientId);
    await this.clients.change((await this.find(clientId)).id, { disabledAt: this.clock.now() });
    // Whoever was approving it at this moment has got either a grant, which ends here, or a page that says that the client is gone.
    return this.maintenance.revokeClientTokens(clientId);
  }

  /** Takes `disable` back; what was revoked stays so. */
  async enable(clientId: string): Promise<void> {
    await this.clients.change((await this.find(clientId)).id, { disabledAt: null });
  }

  /** Gives a confidential client a new secret; the old one is void at once. */
  async rotateSecret(clientId: string): Promise<string> {
    const row = await this.find(clientId);
    refuseDocument(row);
    const { id, metadata } = row;
    if (!needsSecret(metadata.token_endpoint_auth_method))
      throw new McpClientError('This client authenticates without a secret');
    const secret = newOpaqueToken();
    await this.clients.change(id, { secretHash: hashToken(secret) });
    return secret;
  }

  private isDocument(clientId: string): boolean {
    return typeof clientId === 'string' && !this.configured.has(clientId) && this.documents.cover(clientId);
  }

  private async find(clientId: string): Promise<ClientEntity> {
    // A row of the same name would be changed without effect.
    if (this.configured.has(clientId)) throw new McpClientError('This client is managed in the clients option');
    return this.findRow(clientId);
  }

  private async findRow(clientId: string): Promise<ClientEntity> {
    const row = typeof clientId === 'string' && clientId !== '' ? await this.clients.findByClientId(clientId) : null;
    if (!row) throw new McpClientError('There is no stored client with this client_id');
    return row;
  }
}

/** What it says about itself stands in its document, and nowhere else. */
function refuseDocument({ source }: ClientEntity): void {
  if (source === 'document')
    throw new McpClientError('This client is what its document says; it cannot be changed here');
}

function summary(row: ClientEntity): McpClientSummary {
  const date = (milliseconds: number | null) => (milliseconds === null ? undefined : new Date(milliseconds));
  return {
    clientId: row.clientId,
    source: row.source,
    metadata: row.metadata,
    confidential: row.metadata.token_endpoint_auth_method !== 'none',
    createdAt: new Date(row.createdAt),
    lastUsedAt: date(row.lastUsedAt),
    approvedAt: date(row.approvedAt),
    disabledAt: date(row.disabledAt),
  };
}
