import { Injectable } from '@nestjs/common';
import type { AllowClientContext, AskingClient } from '../config/mcp-user-adapter.js';
import { UserDirectory } from '../users/user-directory.js';
import type { RegisteredClient } from './registered-client.js';

export type ClientVerdict = 'allowed' | 'refused' | 'pending';

/** Whether a client may act for a user: the one place that decides, for clients of every source. */
@Injectable()
export class ClientPolicy {
  constructor(private readonly users: UserDirectory) {}

  /** Throws `UserAdapterError` for anything but a clear answer of the host. */
  async decide(client: RegisteredClient, context: AllowClientContext): Promise<ClientVerdict> {
    const verdict = await this.users.allowsClient(asking(client), context);
    if (verdict === 'pending') return client.approved ? 'allowed' : 'pending';
    return verdict ? 'allowed' : 'refused';
  }
}

function asking({ clientId, source, metadata }: RegisteredClient): AskingClient {
  return {
    clientId,
    source,
    redirectUris: metadata.redirect_uris,
    ...(metadata.client_name === undefined ? {} : { name: metadata.client_name }),
    ...(source === 'document' ? { documentHost: new URL(clientId).host } : {}),
  };
}
