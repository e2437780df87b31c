import { Injectable } from '@nestjs/common';
import { ClientPolicy } from '../../clients/client-policy.js';
import { ClientResolver } from '../../clients/client-resolver.js';
import type { RegisteredClient } from '../../clients/registered-client.js';
import { clientFingerprint } from '../../protocol/client-fingerprint.js';
import type { SignedInUser } from '../../users/user-directory.js';
import { PageError } from '../authorize/page-error.js';
import type { HeldRequest } from '../authorize/pending-authorization.js';

/** The client of a stored request, as it is now: looked up when the page is shown, and again when it is answered. */
@Injectable()
export class ConsentingClient {
  constructor(
    private readonly clients: ClientResolver,
    private readonly policy: ClientPolicy,
  ) {}

  /** Throws a `PageError` when it is gone, is not what it was when it asked, or may not act for this user. */
  async of({ request, clientFingerprint: asked }: HeldRequest, user: SignedInUser): Promise<RegisteredClient> {
    const client = await this.clients.resolve(request.clientId, { use: 'authorization' });
    if (!client) throw PageError.requestGone('client_gone');
    if (clientFingerprint(client.metadata) !== asked) throw PageError.requestGone('client_changed');
    await this.assertAllowed(client, user);
    return client;
  }

  private async assertAllowed(client: RegisteredClient, { userId, orgId }: SignedInUser): Promise<void> {
    const context = { at: 'authorize', userId, ...(orgId === undefined ? {} : { orgId }) } as const;
    switch (await this.policy.decide(client, context)) {
      case 'allowed':
        return;
      case 'refused':
        throw new PageError(403, 'clientRefused', 'client_refused');
      case 'pending':
        throw new PageError(403, 'clientPending', 'client_pending');
    }
  }
}
