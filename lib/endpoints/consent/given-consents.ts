import { Injectable } from '@nestjs/common';
import type { RegisteredClient } from '../../clients/registered-client.js';
import { Clock } from '../../config/clock.js';
import type { AuthorizationRequest } from '../../protocol/authorization-request.js';
import { clientFingerprint } from '../../protocol/client-fingerprint.js';
import { redirectUriMatches } from '../../protocol/redirect-uri.js';
import { GrantRepository } from '../../storage/repositories/grant.repository.js';
import type { SignedInUser } from '../../users/user-directory.js';

/** Grants looked at. Every connection of an app is one, and the newest tell most. */
const MOST_GRANTS = 100;

/** Consents that users gave before: their living grants (decision D3). */
@Injectable()
export class GivenConsents {
  constructor(
    private readonly grants: GrantRepository,
    private readonly clock: Clock,
  ) {}

  /**
   * The scopes that this user has given this client for the same organisation, redirect URI and resource (CON-07). A client that is not what it was
   * at that time was given nothing (CMD-16).
   */
  async of(
    { clientId, metadata }: RegisteredClient,
    { userId, orgId }: SignedInUser,
    { redirectUri, resource }: AuthorizationRequest,
  ): Promise<readonly string[]> {
    const fingerprint = clientFingerprint(metadata);
    const grants = await this.grants.listLivingOfUser({ userId, orgId, clientId }, this.clock.now(), MOST_GRANTS);
    const same = grants.filter(
      (grant) =>
        grant.resource === resource &&
        redirectUriMatches(grant.redirectUri, redirectUri) &&
        clientFingerprint(grant.clientSnapshot) === fingerprint,
    );
    return [...new Set(same.flatMap(({ scopes }) => scopes))];
  }
}
