import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { McpMaintenanceService } from '../../lib/index.js';
import { AuthorizationCodeRepository } from '../../lib/storage/repositories/authorization-code.repository.js';
import { GrantRepository } from '../../lib/storage/repositories/grant.repository.js';
import { PendingAuthorizationRepository } from '../../lib/storage/repositories/pending-authorization.repository.js';
import { TransactionRunner } from '../../lib/storage/transaction-runner.js';
import { type ExpiredRows, insertExpired } from '../support/cleanup-rows.js';
import { describeDatabases, type TestDatabase } from '../support/databases.js';
import { openDataSource } from '../support/open-data-source.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const ROWS = 5000;
const BATCH = 100;

describeDatabases('an application that is closed while its schedule cleans up', (kind) => {
  it('OPS-04 finishes the batch at hand, begins no other, and only then closes its database', async () => {
    const database = await kind.create();
    const options = { maintenance: { intervalSeconds: 1 } };
    const host = await startTestApp({ adapter: 'express', database: database.options, options });
    const expired = await insertExpired(host.dataSource, ROWS, host.clock.now());
    const [pending, codes] = [host.app.get(PendingAuthorizationRepository), host.app.get(AuthorizationCodeRepository)];
    const order: string[] = [];
    let closing: Promise<unknown> | undefined;
    const deleteBatch = pending.deleteExpired.bind(pending);
    const batches = vi.spyOn(pending, 'deleteExpired').mockImplementation(async (now, limit) => {
      closing ??= host.close().then(() => order.push('closed'));
      // Time enough for a shutdown that does not wait.
      await delay(200);
      const gone = await deleteBatch(now, limit);
      order.push(`batch of ${gone}`);
      return gone;
    });
    const next = vi.spyOn(codes, 'deleteExpired');

    await vi.waitFor(() => expect(closing).toBeDefined(), 10_000);
    await closing;
    expect(order).toEqual([`batch of ${BATCH}`, 'closed']);
    expect([batches.mock.calls.length, next.mock.calls.length]).toEqual([1, 0]);
    expect(host.log.lines.filter((line) => line.includes('cleanup'))).toEqual([
      expect.stringContaining(`"pendingAuthorizations":${BATCH},"authorizationCodes":0`),
    ]);
    const after = await openDataSource(database);
    const [row] = await after.query<{ count: string }[]>(
      'SELECT COUNT(*) AS count FROM mcp_auth_pending_authorizations',
    );
    await after.destroy();
    await database.drop();
    expect(Number(row?.count)).toBe(expired.pendingAuthorizations - BATCH);
  });
});

describeDatabases('cleanup() with a signal', (kind) => {
  let database: TestDatabase;
  let host: TestApp;
  let service: McpMaintenanceService;
  let expired: ExpiredRows;
  beforeEach(async () => {
    database = await kind.create();
    host = await startTestApp({ adapter: 'express', database: database.options });
    service = host.app.get(McpMaintenanceService);
    expired = await insertExpired(host.dataSource, ROWS, host.clock.now());
  });
  afterEach(async () => {
    await host.close();
    await database.drop();
  });

  it('OPS-04 ends between two batches, and does nothing once it is aborted', async () => {
    const pending = host.app.get(PendingAuthorizationRepository);
    const abort = new AbortController();
    const deleteBatch = pending.deleteExpired.bind(pending);
    let batches = 0;
    vi.spyOn(pending, 'deleteExpired').mockImplementation((now, limit) => {
      if (++batches === 3) abort.abort();
      return deleteBatch(now, limit);
    });
    const report = { pendingAuthorizations: 3 * BATCH, authorizationCodes: 0, unusedClients: 0 };
    expect(await service.cleanup(abort.signal)).toMatchObject(report);
    expect(Object.values(await service.cleanup(abort.signal))).toEqual(Array.from({ length: 8 }, () => 0));
    expect(await service.cleanup()).toMatchObject({
      ...expired,
      pendingAuthorizations: expired.pendingAuthorizations - 3 * BATCH,
      replayAnswers: 0,
      authorizationCodes: expired.authorizationCodes,
    });
  });

  it('OPS-04 ends between two statements where the tokens of a grant are many', async () => {
    const [grants, runner] = [host.app.get(GrantRepository), host.app.get(TransactionRunner)];
    const abort = new AbortController();
    const [deleteBatch, run] = [grants.deleteExpired.bind(grants), runner.run.bind(runner)];
    let transactions = 0;
    vi.spyOn(grants, 'deleteExpired').mockImplementation((...batch) => {
      vi.spyOn(runner, 'run').mockImplementation((work) => {
        if (++transactions === 2) abort.abort();
        return run(work);
      });
      return deleteBatch(...batch);
    });
    expect(await service.cleanup(abort.signal)).toMatchObject({ grants: 0, revocations: 0 });
    expect(transactions).toBe(2);
    vi.restoreAllMocks();
    expect(await service.cleanup()).toMatchObject({ grants: expired.grants, revocations: expired.revocations });
  });
});
