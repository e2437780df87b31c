import { Inject, Injectable } from '@nestjs/common';
import { RESOLVED_OPTIONS } from '../config/injection-tokens.js';
import type { ResolvedMcpAuthOptions } from '../config/resolved-options.js';
import type { ClientKeySet } from '../protocol/client-metadata.js';
import type { RegisteredClient } from './registered-client.js';
import { RemoteKeys } from './remote-keys.js';

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
    return this.mayCall(client) ? this.remote.current({ ...client, uri }, requester) : undefined;
  }

  /** CAU-11: another look, for a key that is not among the current ones; undefined when there is no use in one, or it would be too soon. */
  async newer(client: RegisteredClient, requester?: string): Promise<ClientKeySet | undefined> {
    const { jwks_uri: uri } = client.metadata;
    return uri === undefined || !this.mayCall(client) ? undefined : this.remote.newer({ ...client, uri }, requester);
  }

  /** With documents off, only the operator's own clients make us call anybody. */
  private mayCall({ source }: RegisteredClient): boolean {
    return source === 'pre_registered' || this.options.clientDocuments.enabled;
  }
}
