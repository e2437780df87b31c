import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { McpMaintenanceService } from '../../lib/index.js';
import { MaintenanceSchedule } from '../../lib/maintenance/maintenance-schedule.js';
import { hashToken } from '../../lib/protocol/opaque-token.js';
import { insertExpired } from '../support/cleanup-rows.js';
import { describeDatabases, type TestDatabase } from '../support/databases.js';
import { OAuthWalk } from '../support/oauth-walk.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

describeDatabases('maintenance', (kind) => {
  let database: TestDatabase;
  let host: TestApp;
  let service: McpMaintenanceService;
  let walk: OAuthWalk;
  beforeAll(async () => {
    database = await kind.create();
    host = await startTestApp({ adapter: 'express', database: database.options });
    service = host.app.get(McpMaintenanceService);
    walk = new OAuthWalk(host.origin);
  });
  afterAll(async () => {
    await host?.close();
    await database?.drop();
  });

  const open = async (token: string) =>
    (await fetch(`${host.origin}/mcp`, { headers: { authorization: `Bearer ${token}` } })).status;

  it('REV-05 ends the grants of a client, and of no other', async () => {
    const [mine, other] = [await walk.tokens(), await walk.tokens()];
    expect(await service.revokeClientTokens(mine.client.client_id)).toBe(1);
    expect(await service.revokeClientTokens(mine.client.client_id)).toBe(0);
    expect([await open(mine.access_token), await open(other.access_token)]).toEqual([401, 200]);
    expect((await walk.refresh(mine.client.client_id, mine.refresh_token)).status).toBe(400);
  });

  it('STO-07 ends the grants of a user, or of a user in one organisation', async () => {
    const [ada, grace] = [await walk.tokens('ada'), await walk.tokens('grace')];
    expect(await service.revokeMembership('ada', 'another-organisation')).toBe(0);
    expect(await open(ada.access_token)).toBe(200);
    expect(await service.revokeMembership('ada', 'analytical')).toBeGreaterThan(0);
    expect([await open(ada.access_token), await open(grace.access_token)]).toEqual([401, 200]);
    expect(await service.revokeUserTokens('grace')).toBe(1);
    expect(await open(grace.access_token)).toBe(401);
  });

  it('STO-07 erases a user with everything that hangs below', async () => {
    const { access_token } = await walk.tokens('grace');
    expect(await service.eraseUser('grace')).toBeGreaterThan(0);
    expect(await open(access_token)).toBe(401);
    const rows = await host.dataSource.query<unknown[]>(`SELECT id FROM mcp_auth_grants WHERE user_id = 'grace'`);
    expect(rows).toEqual([]);
  });

  it('STO-07 erases a user although flows complete meanwhile, and leaves no token behind', async () => {
    const races = Array.from({ length: 5 }, () => new OAuthWalk(host.origin).tokens('grace'));
    const erasing = service.eraseUser('grace');
    const tokens = await Promise.all(races);
    await erasing;
    await service.eraseUser('grace');
    for (const { access_token } of tokens) expect(await open(access_token)).toBe(401);
  });

  it('REV-05 can end the tokens of a grant as long as one of them lives, whatever the lifetime is by now', async () => {
    const { access_token } = await walk.tokens();
    host.clock.advance(1800);
    await host.dataSource.query(`UPDATE mcp_auth_refresh_tokens SET expires_at = 1`);
    await service.cleanup();
    const rows = await host.dataSource.query<unknown[]>('SELECT id FROM mcp_auth_grants WHERE revoked_at IS NULL');
    expect(rows.length).toBeGreaterThan(0);
    expect(await service.revokeUserTokens('ada')).toBeGreaterThan(0);
    expect(await open(access_token)).toBe(401);
  });

  it.each([undefined, null, '', Number.NaN])('never takes a missing id (%s) for everybody', async (missing) => {
    const { access_token } = await walk.tokens();
    const id = missing as unknown as string;
    for (const end of [service.revokeClientTokens(id), service.revokeUserTokens(id), service.eraseUser(id)]) {
      await expect(end).rejects.toThrow(TypeError);
    }
    await expect(service.revokeMembership('ada', id)).rejects.toThrow(TypeError);
    expect(await open(access_token)).toBe(200);
  });

  it('OPS-07 ends every grant there is, and counts what is left', async () => {
    const { access_token } = await walk.tokens();
    expect(await service.revokeAll()).toBeGreaterThan(0);
    expect(await open(access_token)).toBe(401);
    expect(await service.stats()).toMatchObject({ livingGrants: 0, revokedGrants: expect.any(Number) });
    expect((await service.stats()).revocations).toBeGreaterThan(0);
  });

  it('STO-06 erases stored answers whose window is over, and still sees the reuse of their tokens', async () => {
    const { client, refresh_token } = await walk.tokens();
    await walk.refresh(client.client_id, refresh_token);
    const answers = async () =>
      host.dataSource.query<{ replay_answer: string | null }[]>(
        `SELECT replay_answer FROM mcp_auth_refresh_tokens WHERE token_hash = '${hashToken(refresh_token)}'`,
      );
    await service.cleanup();
    expect((await answers())[0]?.replay_answer).not.toBeNull();
    host.clock.advance(31);
    expect(await service.cleanup()).toMatchObject({ replayAnswers: 1 });
    expect((await answers())[0]?.replay_answer).toBeNull();
    expect((await walk.refresh(client.client_id, refresh_token)).status).toBe(400);
    expect(host.log.reasons().at(-1)).toBe('refresh_token_reused');
  });

  it('OPS-04 does no harm on two instances at once', async () => {
    await service.cleanup();
    const { pendingAuthorizations } = await insertExpired(host.dataSource, 1000, host.clock.now());
    const reports = await Promise.all([service.cleanup(), service.cleanup()]);
    const removed = reports.reduce((sum, report) => sum + (report['pendingAuthorizations'] ?? 0), 0);
    expect(removed).toBe(pendingAuthorizations);
  });
});

describe('the schedule', () => {
  it('OPS-04 runs by itself, survives a failing run, and ends with the application', async () => {
    const host = await startTestApp({ adapter: 'express', options: { maintenance: { intervalSeconds: 1 } } });
    const cleanup = vi.spyOn(host.app.get(McpMaintenanceService), 'cleanup').mockRejectedValueOnce(new Error('down'));
    await vi.waitFor(() => expect(cleanup).toHaveBeenCalledTimes(2), 10_000);
    await host.close();
    const calls = cleanup.mock.calls.length;
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(cleanup).toHaveBeenCalledTimes(calls);
    expect(host.log.lines.join('\n')).toContain('cleanup failed and will be tried again: down');
  });

  it('can be switched off', async () => {
    const host = await startTestApp({
      adapter: 'express',
      options: { maintenance: { enabled: false, intervalSeconds: 1 } },
    });
    const cleanup = vi.spyOn(host.app.get(McpMaintenanceService), 'cleanup');
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(cleanup).not.toHaveBeenCalled();
    expect(host.app.get(MaintenanceSchedule)).toBeDefined();
    await host.close();
  });
});
