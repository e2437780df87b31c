import { Inject, Injectable } from '@nestjs/common';
import { RESOLVED_OPTIONS } from '../config/injection-tokens.js';
import type { ResolvedMcpAuthOptions } from '../config/resolved-options.js';
import type { ClientKeySet } from '../protocol/client-metadata.js';
import type { RegisteredClient } from './registered-client.js';
import { type RemoteKeyHolder, RemoteKeys } from './remote-keys.js';

const NONE: ClientKeySet = { keys: [] };

/** The public keys of a client: by value in its metadata, or by reference (RFC 7591 §2). */
@Injectable()
export class ClientKeys {
  constructor(
    private readonly remote: RemoteKeys,
    @Inject(RESOLVED_OPTIONS) private readonly options: Pick<ResolvedMcpAuthOptions, 'clientDocuments'>,
  ) {}

  /** What is known now; undefined for a reference that leads nowhere, or that nobody follows. */
  async current(client: RegisteredClient, requester?: string): Promise<ClientKeySet | undefined> {
    const { jwks, jwks_uri: uri } = client.metadata;
    if (uri === undefined) return jwks ?? NONE;
    return this.mayCall(client) ? this.remote.current(holderOf(client, uri), requester) : undefined;
  }

  /** CAU-11: another look, for a key that is not among the current ones; undefined when there is no use in one, or it would be too soon. */
  async newer(client: RegisteredClient, requester?: string): Promise<ClientKeySet | undefined> {
    const { jwks_uri: uri } = client.metadata;
    return uri === undefined || !this.mayCall(client) ? undefined : this.remote.newer(holderOf(client, uri), requester);
  }

  /** With documents off, only the operator's own clients make us call anybody. */
  private mayCall({ source }: RegisteredClient): boolean {
    return source === 'pre_registered' || this.options.clientDocuments.enabled;
  }
}

/**
 * An approval by a user makes known where a document is, and not whatever address a client names: anybody can approve a client of their own that
 * names a vendor's, and use up what the vendor's clients have (ABU-03).
 */
function holderOf({ id, clientId, source, known }: RegisteredClient, uri: string): RemoteKeyHolder {
  const own = source === 'pre_registered' || (source === 'document' && new URL(uri).host === new URL(clientId).host);
  return { id, clientId, known: known && own, uri };
}
