import { Inject, Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { Clock } from '../config/clock.js';
import { RESOLVED_OPTIONS } from '../config/injection-tokens.js';
import { metadataPolicy } from '../config/metadata-policy.js';
import type { ResolvedMcpAuthOptions } from '../config/resolved-options.js';
import { needsSecret } from '../protocol/client-metadata-authentication.js';
import { type ClientMetadata, parseClientMetadata } from '../protocol/client-metadata.js';
import { hashToken, newOpaqueToken } from '../protocol/opaque-token.js';
import { ClientRepository } from '../storage/repositories/client.repository.js';

/** RFC 7591 §3.2.1: what a client learns about itself. Times in seconds. */
export type ClientInformation = ClientMetadata & {
  readonly client_id: string;
  readonly client_id_issued_at: number;
  readonly client_secret?: string;
  readonly client_secret_expires_at?: number;
};

/** Where a new client comes from, and therefore how its metadata is read. */
export type NewClientOrigin =
  | { readonly mode: 'registration'; readonly source: 'dynamic' }
  | { readonly mode: 'configured'; readonly source: 'pre_registered' };

/** The one path on which clients come into being. */
@Injectable()
export class ClientRegistrar {
  constructor(
    private readonly clients: ClientRepository,
    private readonly clock: Clock,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedMcpAuthOptions,
  ) {}

  /** Checks the metadata, stores the client and answers with everything that was registered. Throws `InvalidClientMetadataError`, `InvalidRedirectUriError`. */
  async create(input: unknown, { mode, source }: NewClientOrigin): Promise<ClientInformation> {
    const metadata = parseClientMetadata(input, metadataPolicy(mode, this.options));
    const clientId = newOpaqueToken();
    // REG-06: a secret only where the method needs one.
    const secret = needsSecret(metadata.token_endpoint_auth_method) ? newOpaqueToken() : undefined;
    const now = this.clock.now();
    await this.clients.insert({
      id: uuidv7(),
      clientId,
      source,
      secretHash: secret === undefined ? null : hashToken(secret),
      metadata,
      createdAt: now,
    });
    return {
      client_id: clientId,
      client_id_issued_at: Math.floor(now / 1000),
      ...(secret === undefined ? {} : { client_secret: secret, client_secret_expires_at: 0 }),
      ...metadata,
    };
  }

  /** Checks what an operator wants a client to be from now on. Throws like `create`. */
  revise(input: unknown): ClientMetadata {
    return parseClientMetadata(input, metadataPolicy('configured', this.options));
  }
}
