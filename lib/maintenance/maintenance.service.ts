import { setImmediate as nextTurn } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../config/clock.js';
import { RESOLVED_OPTIONS } from '../config/injection-tokens.js';
import type { ResolvedMcpAuthOptions } from '../config/resolved-options.js';
import { storedId } from '../protocol/stored-id.js';
import { AuthorizationCodeRepository } from '../storage/repositories/authorization-code.repository.js';
import { ClientRepository } from '../storage/repositories/client.repository.js';
import { type GrantFilter, GrantRepository } from '../storage/repositories/grant.repository.js';
import { PendingAuthorizationRepository } from '../storage/repositories/pending-authorization.repository.js';
import { RefreshTokenRepository } from '../storage/repositories/refresh-token.repository.js';
import { RevocationRepository } from '../storage/repositories/revocation.repository.js';
import { StatisticsRepository, type McpAuthStatistics } from '../storage/repositories/statistics.repository.js';
import { UsedAssertionRepository } from '../storage/repositories/used-assertion.repository.js';
import { type EndReason, GrantRevoker } from '../tokens/grant-revoker.js';
import type { MaintenanceTask } from './maintenance-task.js';

/** Rows per statement: on SQLite a statement blocks the whole process, so it stays in the range of milliseconds. */
const BATCH = 100;

/** Rows removed by `cleanup()`, by kind. */
export type CleanupReport = Readonly<Record<string, number>>;

/** What an operator does: remove what has expired, count what is there, and end what has to end. Callable from any scheduler, on any number of instances. */
@Injectable()
export class McpMaintenanceService {
  private readonly tasks: readonly MaintenanceTask[];

  constructor(
    private readonly grants: GrantRepository,
    private readonly statistics: StatisticsRepository,
    private readonly revoker: GrantRevoker,
    private readonly clock: Clock,
    private readonly pending: PendingAuthorizationRepository,
    codes: AuthorizationCodeRepository,
    refreshTokens: RefreshTokenRepository,
    revocations: RevocationRepository,
    usedAssertions: UsedAssertionRepository,
    clients: ClientRepository,
    @Inject(RESOLVED_OPTIONS) { maintenance }: ResolvedMcpAuthOptions,
  ) {
    const unusedMs = maintenance.unusedClientLifetimeSeconds * 1000;
    this.tasks = [
      { name: 'replayAnswers', run: (now, limit) => refreshTokens.eraseAnswers(now, limit) },
      { name: 'pendingAuthorizations', run: (now, limit) => pending.deleteExpired(now, limit) },
      { name: 'authorizationCodes', run: (now, limit) => codes.deleteExpired(now, limit) },
      { name: 'refreshTokens', run: (now, limit) => refreshTokens.deleteExpired(now, limit) },
      { name: 'grants', run: (now, limit, signal) => grants.deleteExpired(now, limit, signal) },
      { name: 'revocations', run: (now, limit) => revocations.deleteExpired(now, limit) },
      { name: 'usedAssertions', run: (now, limit) => usedAssertions.deleteExpired(now, limit) },
      { name: 'unusedClients', run: (now, limit) => clients.deleteUnused(now - unusedMs, limit) },
    ];
  }

  /**
   * Removes expired rows in small batches, letting requests in between; returns how many of each kind went.
   * @param signal ends it between two batches
   */
  async cleanup(signal?: AbortSignal): Promise<CleanupReport> {
    const now = this.clock.now();
    const report: Record<string, number> = {};
    for (const task of this.tasks) {
      report[task.name] = await inBatches((limit) => task.run(now, limit, signal), signal);
    }
    return report;
  }

  /** Counts what is stored. */
  stats(): Promise<McpAuthStatistics> {
    return this.statistics.count(this.clock.now());
  }

  /** Ends every grant of a client, by its `client_id`; returns how many ended. */
  async revokeClientTokens(clientId: string): Promise<number> {
    return this.end({ clientId: storedId(clientId) }, 'revoked_by_operator');
  }

  /** Ends every grant of a user; returns how many ended. */
  async revokeUserTokens(userId: string | number): Promise<number> {
    return this.end({ userId: storedId(userId) }, 'revoked_by_operator');
  }

  /** Ends the grants that a user gave for an organisation, after leaving it; returns how many ended. */
  async revokeMembership(userId: string | number, orgId: string | number): Promise<number> {
    return this.end({ userId: storedId(userId), orgId: storedId(orgId) }, 'membership_ended');
  }

  /** Ends every grant there is; returns how many ended. */
  revokeAll(): Promise<number> {
    return this.end({}, 'revoked_by_operator');
  }

  /** Ends every grant of a user and deletes all that is stored about them; returns how many grants went. */
  async eraseUser(userId: string | number): Promise<number> {
    const id = storedId(userId);
    let gone = 0;
    for (;;) {
      // A flow that completes meanwhile makes another grant; only what has been ended is deleted, until nothing is left of either.
      const ended = await this.end({ userId: id }, 'user_gone');
      await inBatches((limit) => this.pending.deleteOfUser(id, limit));
      const deleted = await inBatches((limit) => this.grants.deleteEndedOfUser(id, limit));
      gone += deleted;
      if (ended === 0 && deleted === 0) return gone;
    }
  }

  private async end(filter: GrantFilter, reason: EndReason): Promise<number> {
    let [ended, last] = [0, '0'];
    for (;;) {
      const ids = await this.grants.listLiving(filter, last, BATCH);
      for (const id of ids) if (await this.revoker.endGrant(id, reason)) ended++;
      last = ids.at(-1) ?? last;
      if (ids.length < BATCH) return ended;
      await nextTurn();
    }
  }
}

async function inBatches(work: (limit: number) => Promise<number>, signal?: AbortSignal): Promise<number> {
  for (let total = 0; ;) {
    if (signal?.aborted) return total;
    const done = await work(BATCH);
    total += done;
    if (done < BATCH) return total;
    await nextTurn();
  }
}
