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
        throw new PageError(
          403,
          'This app may not be connected',
          'The rules of this server do not allow it for your account.',
          'client_refused',
          'Ask whoever runs this server. You can close this page.',
        );
      case 'pending':
        throw new PageError(
          403,
          'This app has to be approved first',
          'Whoever runs this server looks at new apps before they can be connected.',
          'client_pending',
          'Ask them to approve it, then go back to the app and connect again.',
        );
    }
  }
}
