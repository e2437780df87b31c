import { Injectable } from '@nestjs/common';
import { ConfiguredClientSource } from '../../clients/configured-client.source.js';
import { Clock } from '../../config/clock.js';
import type { ClientMetadata } from '../../protocol/client-metadata.js';
import { redirectUriMatches } from '../../protocol/redirect-uri.js';
import { storedId } from '../../protocol/stored-id.js';
import { ScopeRegistry } from '../../scopes/scope-registry.js';
import { ClientRepository } from '../../storage/repositories/client.repository.js';
import { GrantRepository } from '../../storage/repositories/grant.repository.js';
import type { GrantEntity } from '../../storage/entities/grant.entity.js';
import { GrantRevoker } from '../../tokens/grant-revoker.js';

/** Most connections shown or listed: those approved last. Ending all of them ends the others too. */
export const MOST_CONNECTIONS = 200;

/** A living grant of a user, as the user may see it. */
export interface McpConnectedApp {
  readonly id: string;
  readonly clientId: string;
  /** What the client said about itself when the user approved it. */
  readonly metadata: ClientMetadata;
  /** Whether an operator, or the host that its `client_id` names, stands behind the client. */
  readonly verified: boolean;
  readonly redirectUri: string;
  /** Browser and system in which the user approved it, where they could be told. */
  readonly device?: string;
  readonly orgId?: string;
  readonly resource: string;
  readonly scopes: readonly string[];
  /** Those that can be taken away while the connection stays: not required ones, and none that another one includes. */
  readonly removableScopes: readonly string[];
  readonly connectedAt: Date;
  /** When it last got tokens, or was approved. */
  readonly lastUsedAt: Date;
  /** When it ends by itself, if it is not used until then. */
  readonly expiresAt: Date;
}

/**
 * What became of a wish to leave a connection fewer scopes. `ended`: it had too many living tokens to change them one by one. `fixed`: nothing of
 * it can be taken away while it stays. `unknown`: this user has no such living connection.
 */
export type KeepScopesOutcome = 'reduced' | 'unchanged' | 'ended' | 'fixed' | 'unknown';

/**
 * The apps that a user has connected: what the page of connected apps shows and does, for hosts with an API of their own. Whoever calls it says
 * for which user; only what belongs to that user is seen or changed (CON-17).
 */
@Injectable()
export class McpConnectedAppsService {
  constructor(
    private readonly grants: GrantRepository,
    private readonly clients: ClientRepository,
    private readonly configured: ConfiguredClientSource,
    private readonly revoker: GrantRevoker,
    private readonly scopes: ScopeRegistry,
    private readonly clock: Clock,
  ) {}

  /** Living connections of a user in all organisations, the one used last first; at most 200, the ones approved last. */
  async list(userId: string | number): Promise<readonly McpConnectedApp[]> {
    const grants = await this.livingOf(storedId(userId));
    const origins = await this.clients.sourcesOf([...new Set(grants.map(({ clientId }) => clientId))]);
    return grants
      .toSorted((one, other) => other.lastUsedAt - one.lastUsedAt)
      .map((grant) => this.summary(grant, this.isVerified(grant.clientId, origins)));
  }

  /** Ends a connection with all its tokens (decision D5), and reports whether this user had it. */
  async disconnect(userId: string | number, id: string): Promise<boolean> {
    const grant = await this.find(storedId(userId), id);
    return grant !== undefined && this.revoker.endGrant(grant.id, 'revoked_by_user');
  }

  /** Ends every connection of a user; returns how many ended. */
  async disconnectAll(userId: string | number): Promise<number> {
    const id = storedId(userId);
    let ended = 0;
    for (;;) {
      const grants = await this.livingOf(id);
      if (grants.length === 0) return ended;
      for (const grant of grants) if (await this.revoker.endGrant(grant.id, 'revoked_by_user')) ended++;
    }
  }

  /**
   * Takes every removable scope that is not in `kept` from a connection. Its access tokens end, and the next refresh gives one with what is left.
   * Other connections of the same app lose these scopes too, because what one of them has is remembered for all (CON-07).
   */
  async keepScopes(userId: string | number, id: string, kept: readonly string[]): Promise<KeepScopesOutcome> {
    const user = storedId(userId);
    const grant = await this.find(user, id);
    if (!grant) return 'unknown';
    const removable = this.removable(grant);
    const taken = grant.scopes.filter((name) => !kept.includes(name) && removable.includes(name));
    if (taken.length === 0) return 'unchanged';
    if (this.scopes.declared(grant.scopes, undefined).length === taken.length) return 'fixed';
    const outcome = await this.take(user, id, taken);
    for (const other of await this.livingOf(user))
      if (isOfSameApp(other, grant)) await this.take(user, other.id, taken);
    return outcome;
  }

  private async take(userId: string, id: string, taken: readonly string[]): Promise<KeepScopesOutcome> {
    for (;;) {
      const grant = await this.find(userId, id);
      if (!grant) return 'unknown';
      const left = grant.scopes.filter((name) => !taken.includes(name));
      if (left.length === grant.scopes.length) return 'unchanged';
      // Nothing of it would be left to use, or its tokens are not known one by one.
      if (this.scopes.declared(left, undefined).length === 0 || !canRefresh(grant)) {
        await this.revoker.endGrant(grant.id, 'revoked_by_user');
        return 'ended';
      }
      const outcome = await this.revoker.reduceGrant(grant, left);
      // Somebody else was faster; what that left is looked at anew, and there is less of it each time.
      if (outcome !== 'changed') return outcome;
    }
  }

  private async livingOf(userId: string): Promise<readonly GrantEntity[]> {
    const living = await this.grants.listLivingOfUser(userId, this.clock.now(), MOST_CONNECTIONS);
    // STO-05: a host that creates the tables itself may have a collation that ignores case or trailing blanks.
    return living.filter((grant) => grant.userId === userId);
  }

  private async find(userId: string, id: string): Promise<GrantEntity | undefined> {
    const grant = typeof id === 'string' && id !== '' ? await this.grants.findById(id) : null;
    const living = grant?.userId === userId && grant.revokedAt === null && grant.expiresAt > this.clock.now();
    return living ? grant : undefined;
  }

  /** Tokens of a client that cannot refresh are not known one by one, and would keep what was taken away. */
  private removable(grant: GrantEntity): readonly string[] {
    if (!canRefresh(grant)) return [];
    const { scopes } = grant;
    const declared = this.scopes.declared(scopes, undefined);
    return declared.filter(
      (name) =>
        !this.scopes.isRequired(name) &&
        !this.scopes.withImplied(declared.filter((other) => other !== name)).includes(name),
    );
  }

  private isVerified(clientId: string, sources: ReadonlyMap<string, string>): boolean {
    return this.configured.has(clientId) || (sources.get(clientId) ?? 'dynamic') !== 'dynamic';
  }

  private summary(grant: GrantEntity, verified: boolean): McpConnectedApp {
    const { id, clientId, clientSnapshot, redirectUri, deviceLabel, orgId, resource, scopes } = grant;
    return {
      id,
      clientId,
      metadata: clientSnapshot,
      verified,
      redirectUri,
      ...(deviceLabel === null ? {} : { device: deviceLabel }),
      ...(orgId === null ? {} : { orgId }),
      resource,
      scopes,
      removableScopes: this.removable(grant),
      connectedAt: new Date(grant.createdAt),
      lastUsedAt: new Date(grant.lastUsedAt),
      expiresAt: new Date(grant.expiresAt),
    };
  }
}

function canRefresh({ clientSnapshot }: GrantEntity): boolean {
  return clientSnapshot.grant_types.includes('refresh_token');
}

/** Whether a consent to one is remembered for the other. */
function isOfSameApp(one: GrantEntity, other: GrantEntity): boolean {
  return (
    one.clientId === other.clientId &&
    one.orgId === other.orgId &&
    one.resource === other.resource &&
    redirectUriMatches(one.redirectUri, other.redirectUri)
  );
}
