import { Injectable } from '@nestjs/common';
import { Clock } from '../config/clock.js';
import { McpMaintenanceService } from '../maintenance/maintenance.service.js';
import { needsSecret } from '../protocol/client-metadata-authentication.js';
import type { ClientMetadata } from '../protocol/client-metadata.js';
import { hashToken, newOpaqueToken } from '../protocol/opaque-token.js';
import type { ClientEntity, ClientOrigin } from '../storage/entities/client.entity.js';
import { ClientRepository } from '../storage/repositories/client.repository.js';
import { type ClientInformation, ClientRegistrar } from './client-registrar.js';
import { ConfiguredClientSource } from './configured-client.source.js';
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
    const revised = this.registrar.revise(metadata);
    const keepsSecret = needsSecret(revised.token_endpoint_auth_method);
    await this.clients.change(row.id, { metadata: revised, secretHash: keepsSecret ? row.secretHash : null });
    return summary(await this.find(clientId));
  }

  /** Lets a client be used for which the policy of the host answers `'pending'`. */
  async approve(clientId: string): Promise<void> {
    await this.change(clientId, { approvedAt: this.clock.now() });
  }

  /** Ends a client and every grant it has: it is unknown from now on, and its tokens are revoked. Returns how many grants ended. */
  async disable(clientId: string): Promise<number> {
    await this.change(clientId, { disabledAt: this.clock.now() });
    // Whoever was approving it at this moment has got either a grant, which ends here, or a page that says that the client is gone.
    return this.maintenance.revokeClientTokens(clientId);
  }

  /** Takes `disable` back; what was revoked stays so. */
  async enable(clientId: string): Promise<void> {
    await this.change(clientId, { disabledAt: null });
  }

  /** Gives a confidential client a new secret; the old one is void at once. */
  async rotateSecret(clientId: string): Promise<string> {
    const { id, metadata } = await this.find(clientId);
    if (!needsSecret(metadata.token_endpoint_auth_method))
      throw new McpClientError('This client authenticates without a secret');
    const secret = newOpaqueToken();
    await this.clients.change(id, { secretHash: hashToken(secret) });
    return secret;
  }

  private async change(clientId: string, change: Partial<Pick<ClientEntity, 'approvedAt' | 'disabledAt'>>) {
    await this.clients.change((await this.find(clientId)).id, change);
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
