import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { McpMaintenanceService } from '../../lib/index.js';
import { TransactionRunner } from '../../lib/storage/transaction-runner.js';
import { OAuthWalk } from '../support/oauth-walk.js';
import { startTestApp, TEST_SCOPES, type TestApp, type TestAppOptions } from '../support/test-app.js';

const DAY = 86_400;

/** Clocks that are corrected, databases that stand still, options that change between deployments. */
describe('tokens on instances that share a database', () => {
  let directory: string;
  let hosts: TestApp[];
  const secret = randomBytes(48).toString('base64url');
  beforeEach(async () => {
    hosts = [];
    directory = await mkdtemp(join(tmpdir(), 'mcp-auth-test-'));
  });
  afterEach(async () => {
    await Promise.all(hosts.map((host) => host.close()));
    await rm(directory, { recursive: true, force: true });
  });

  const start = async (options: TestAppOptions['options'] = {}) => {
    const database = { type: 'better-sqlite3', database: join(directory, 'test.sqlite'), enableWAL: true } as const;
    const fixed = { oauthSecret: secret, baseUrl: 'http://127.0.0.1:65000' };
    const host = await startTestApp({ adapter: 'express', database, options: { ...fixed, ...options } });
    hosts.push(host);
    return host;
  };
  const advance = (seconds: number) => hosts.forEach(({ clock }) => clock.advance(seconds));
  const use = async ({ origin }: TestApp, token: string) =>
    (await fetch(`${origin}/mcp`, { headers: { authorization: `Bearer ${token}` } })).status;
  const tokensOf = async (host: TestApp) => {
    const { client, ...tokens } = await new OAuthWalk(host.origin).tokens();
    return { clientId: client.client_id, ...tokens };
  };
  const refresh = async ({ origin }: TestApp, clientId: string, token: string) => {
    const { status, text } = await new OAuthWalk(origin).refresh(clientId, token);
    return { status, ...(JSON.parse(text) as { access_token: string; refresh_token: string; scope: string }) };
  };
  const revoke = async ({ origin }: TestApp, clientId: string, token: string) => {
    const body = new URLSearchParams({ client_id: clientId, token });
    return (await fetch(`${origin}/oauth/revoke`, { method: 'POST', body })).status;
  };
  /** Holds every write of an instance, as a database does that stands still, until the work in between is done. */
  const duringStall = async <T>(host: TestApp, begin: () => T, between: () => Promise<unknown>): Promise<T> => {
    let release = () => undefined as void;
    const held = host.app.get(TransactionRunner).run(() => new Promise<void>((resolve) => (release = resolve)));
    const begun = begin();
    await new Promise((resolve) => setTimeout(resolve, 300));
    await between();
    release();
    await held;
    return begun;
  };

  it('RFT-03 still sees the reuse of a token whose own life is over, cleanup or not, and ends what the thief has', async () => {
    const host = await start();
    const { clientId, refresh_token: stolen } = await tokensOf(host);
    let thief = await refresh(host, clientId, stolen);
    for (let day = 0; day < 35; day++) {
      advance(DAY);
      await host.app.get(McpMaintenanceService).cleanup();
      thief = await refresh(host, clientId, thief.refresh_token);
      expect(thief.status).toBe(200);
    }
    expect((await refresh(host, clientId, stolen)).status).toBe(400);
    expect(host.log.reasons().at(-1)).toBe('refresh_token_reused');
    expect((await refresh(host, clientId, thief.refresh_token)).status).toBe(400);
    expect(await use(host, thief.access_token)).toBe(401);
  });

  it('RFT-04 opens the replay window when the rotation is written, however long that took', async () => {
    const host = await start();
    const { clientId, refresh_token } = await tokensOf(host);
    const both = await duringStall(
      host,
      () => Promise.all([refresh(host, clientId, refresh_token), refresh(host, clientId, refresh_token)]),
      async () => advance(31),
    );
    expect(both.map(({ status }) => status)).toEqual([200, 200]);
    expect(both[0]).toEqual(both[1]);
    expect(await refresh(host, clientId, refresh_token)).toEqual(both[0]);
    expect((await refresh(host, clientId, both[0]?.refresh_token ?? '')).status).toBe(200);
  });

  it('RFT-04 does not tell requests apart that came together, although the host kept one of them waiting', async () => {
    const host = await start({ refresh: { replayWindowSeconds: 1 } });
    const { clientId, refresh_token } = await tokensOf(host);
    let calls = 0;
    host.users.meeting = () => new Promise((resolve) => setTimeout(resolve, ++calls === 2 ? 1800 : 100));
    const both = await Promise.all([refresh(host, clientId, refresh_token), refresh(host, clientId, refresh_token)]);
    expect(both.map(({ status }) => status)).toEqual([200, 200]);
  });

  it('REV-05 reaches another instance although the revocation waited for the database for more than a minute', async () => {
    const [here, there] = [await start(), await start()];
    const tokens = await tokensOf(here);
    expect(await use(there, tokens.access_token)).toBe(200);
    const status = await duringStall(
      here,
      () => revoke(here, tokens.clientId, tokens.refresh_token),
      async () => {
        advance(62);
        await use(there, tokens.access_token);
      },
    );
    expect(status).toBe(200);
    advance(1);
    expect([await use(here, tokens.access_token), await use(there, tokens.access_token)]).toEqual([401, 401]);
  });

  it('REV-05 is not forgotten by an instance whose clock was ahead for a while', async () => {
    const [here, there] = [await start(), await start()];
    const [early, late] = [await tokensOf(here), await tokensOf(here)];
    await revoke(here, early.clientId, early.refresh_token);
    expect(await use(there, early.access_token)).toBe(401);
    there.clock.advance(2 * 3600);
    await use(there, early.access_token);
    await revoke(here, late.clientId, late.refresh_token);
    there.clock.advance(-2 * 3600);
    advance(1);
    for (const { access_token } of [early, late]) expect(await use(there, access_token)).toBe(401);
  });

  it('REV-05 counts at once on an instance that was told second', async () => {
    const [here, there] = [await start(), await start()];
    const tokens = await tokensOf(here);
    expect(await use(there, tokens.access_token)).toBe(200);
    for (const host of [here, there]) expect(await revoke(host, tokens.clientId, tokens.refresh_token)).toBe(200);
    expect(await use(there, tokens.access_token)).toBe(401);
  });

  it('RFT-04 replays nothing that was revoked on another instance a moment ago', async () => {
    const [here, there] = [await start(), await start()];
    const tokens = await tokensOf(here);
    const next = await refresh(here, tokens.clientId, tokens.refresh_token);
    expect(await use(there, next.access_token)).toBe(200);
    await revoke(here, tokens.clientId, next.access_token);
    expect((await refresh(there, tokens.clientId, tokens.refresh_token)).status).toBe(400);
  });

  it('REV-05 can end tokens that were issued before the lifetimes became shorter', async () => {
    const before = await start({ accessTokenLifetime: DAY });
    const tokens = await tokensOf(before);
    const after = await start({ accessTokenLifetime: 300, refreshTokenLifetime: 3600 });
    expect((await refresh(after, tokens.clientId, tokens.refresh_token)).status).toBe(200);
    advance(3700);
    await after.app.get(McpMaintenanceService).cleanup();
    expect(await use(after, tokens.access_token)).toBe(200);
    expect(await after.app.get(McpMaintenanceService).revokeUserTokens('ada')).toBe(1);
    expect(await use(after, tokens.access_token)).toBe(401);
  });

  it('RFT-09 refreshes no grant that is older than the limit of today', async () => {
    const tokens = await tokensOf(await start());
    const after = await start({ refresh: { absoluteLifetimeSeconds: DAY } });
    advance(DAY - 5);
    const last = await refresh(after, tokens.clientId, tokens.refresh_token);
    expect(last.status).toBe(200);
    advance(5);
    expect((await refresh(after, tokens.clientId, last.refresh_token)).status).toBe(400);
    expect(after.log.reasons().at(-1)).toBe('refresh_token_expired');
  });

  it('RFT-07 gives no scope that is not declared any more', async () => {
    const tokens = await tokensOf(await start());
    const { 'mcp:admin': _gone, ...scopes } = TEST_SCOPES;
    expect((await refresh(await start({ scopes }), tokens.clientId, tokens.refresh_token)).scope).toBe(
      'mcp:read mcp:write',
    );
  });

  it('OPS-07 counts no tokens of grants that ended', async () => {
    const host = await start();
    const service = host.app.get(McpMaintenanceService);
    await tokensOf(host);
    const walk = new OAuthWalk(host.origin);
    await walk.code((await walk.register()).client_id);
    expect(await service.stats()).toMatchObject({ livingRefreshTokens: 1, unredeemedCodes: 1 });
    await service.revokeAll();
    expect(await service.stats()).toMatchObject({ livingRefreshTokens: 0, unredeemedCodes: 0 });
  });
});
