import { Inject, Injectable } from '@nestjs/common';
import type { RegisteredClient } from '../../clients/registered-client.js';
import { Clock } from '../../config/clock.js';
import { RESOLVED_OPTIONS } from '../../config/injection-tokens.js';
import type { ResolvedMcpAuthOptions } from '../../config/resolved-options.js';
import type { AuthorizationRequest } from '../../protocol/authorization-request.js';
import { clientFingerprint } from '../../protocol/client-fingerprint.js';
import { redirectUriMatches } from '../../protocol/redirect-uri.js';
import type { GrantEntity } from '../../storage/entities/grant.entity.js';
import { GrantRepository, type GrantVersion } from '../../storage/repositories/grant.repository.js';
import type { SignedInUser } from '../../users/user-directory.js';

/** Grants looked at. Every connection of an app is one, and the newest tell most. */
const MOST_GRANTS = 100;

/** What a user has given a client before, and has not taken back. */
export interface Given {
  readonly scopes: readonly string[];
  /** The grants by which it is known, as they were read. */
  readonly grants: readonly GrantVersion[];
  /** When the person last said yes on a page, in milliseconds; what rests on it ends with it. */
  readonly since: number;
}

/** Consents that users gave before: their living grants (decision D3). */
@Injectable()
export class GivenConsents {
  constructor(
    private readonly grants: GrantRepository,
    private readonly clock: Clock,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedMcpAuthOptions,
  ) {}

  /**
   * For the same user, client, organisation, redirect URI and resource (CON-07). A client that is not what it was at that time was given
   * nothing (CMD-16).
   */
  async of(client: RegisteredClient, user: SignedInUser, request: AuthorizationRequest): Promise<Given> {
    const now = this.clock.now();
    const { userId, orgId } = user;
    const { clientId } = client;
    const living = await this.grants.listLivingOfUser(userId, now, MOST_GRANTS, { clientId, orgId });
    const oldest = now - this.options.refresh.absoluteLifetimeSeconds * 1000;
    const fingerprint = clientFingerprint(client.metadata);
    const same = living.filter(
      (grant) =>
        grant.createdAt > oldest &&
        isOf(grant, user, clientId) &&
        grant.resource === request.resource &&
        redirectUriMatches(grant.redirectUri, request.redirectUri) &&
        clientFingerprint(grant.clientSnapshot) === fingerprint,
    );
    return {
      scopes: [...new Set(same.flatMap(({ scopes }) => scopes))],
      grants: same.map(({ id, revision }) => ({ id, revision })),
      since: Math.max(0, ...same.map(({ createdAt }) => createdAt)),
    };
  }
}

/** STO-05: a host that creates the tables itself may have a collation that ignores case or trailing blanks. */
function isOf(grant: GrantEntity, { userId, orgId }: SignedInUser, clientId: string): boolean {
  return grant.userId === userId && grant.orgId === (orgId ?? null) && grant.clientId === clientId;
}
