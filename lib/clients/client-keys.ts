import { Injectable } from '@nestjs/common';
import type { ClientKeySet } from '../protocol/client-metadata.js';
import type { RegisteredClient } from './registered-client.js';
import { RemoteKeys } from './remote-keys.js';

const NONE: ClientKeySet = { keys: [] };

/** The public keys of a client: by value in its metadata, or by reference (RFC 7591 §2). */
@Injectable()
export class ClientKeys {
  constructor(private readonly remote: RemoteKeys) {}

  /** What is known now; undefined for a reference that leads nowhere. */
  async current(client: RegisteredClient, requester?: string): Promise<ClientKeySet | undefined> {
    const { jwks, jwks_uri: uri } = client.metadata;
    return uri === undefined ? (jwks ?? NONE) : this.remote.current({ ...client, uri }, requester);
  }

  /** CAU-11: another look, for a key that is not among the current ones; undefined when there is no use in one, or it would be too soon. */
  async newer(client: RegisteredClient, requester?: string): Promise<ClientKeySet | undefined> {
    const { jwks_uri: uri } = client.metadata;
    return uri === undefined ? undefined : this.remote.newer({ ...client, uri }, requester);
  }
}
