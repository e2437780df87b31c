import { afterAll, beforeAll, expect, it } from 'vitest';
import { McpMaintenanceService } from '../../lib/index.js';
import { describeDatabases, type TestDatabase } from '../support/databases.js';
import { OAuthWalk } from '../support/oauth-walk.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const FLOOD = Number(process.env['TEST_FLOOD_CLIENTS'] ?? 1_000);
const AT_ONCE = 50;
/** In the long run it is also measured; a short one on a busy machine would decide by chance. */
const MEASURED = FLOOD >= 10_000;
const REFRESHES = MEASURED ? 1_000 : 100;
const WEEK = 7 * 86_400;

describeDatabases(`a flood of ${FLOOD} registrations`, (kind) => {
  let database: TestDatabase;
  let host: TestApp;
  let walk: OAuthWalk;
  beforeAll(async () => {
    database = await kind.create();
    host = await startTestApp({ adapter: 'express', database: database.options });
    walk = new OAuthWalk(host.origin);
  });
  afterAll(async () => {
    await host?.close();
    await database?.drop();
  });

  const clientIds = async () =>
    (await host.dataSource.query<{ client_id: string }[]>('SELECT client_id FROM mcp_auth_clients')).map(
      ({ client_id }) => client_id,
    );
  const cleanup = () => host.app.get(McpMaintenanceService).cleanup();

  it('ABU-04 REG-03 gives every registration a client of its own, and cleanup keeps those that ever had a grant', async () => {
    const used = [await walk.tokens(), await walk.tokens('grace')];
    const code = (await walk.register()).client_id;
    await walk.code(code);
    const refreshes = await refreshing(walk);
    const alone = await refreshes.p99();
    const registered: string[] = [];
    for (let count = 0; count < FLOOD; count += AT_ONCE) {
      const batch = Array.from({ length: AT_ONCE }, () => walk.register());
      registered.push(...(await Promise.all(batch)).map(({ client_id }) => client_id));
    }
    expect(new Set(registered).size).toBe(FLOOD);
    const flooded = await refreshes.p99();
    console.log(`${kind.name}: p99 of a refresh ${shown(alone)} before, ${shown(flooded)} with ${FLOOD} more clients`);
    if (MEASURED) expect(flooded / alone).toBeLessThan(2);
    expect(await cleanup()).toMatchObject({ unusedClients: 0 });
    host.clock.advance(WEEK - 60);
    expect(await cleanup()).toMatchObject({ unusedClients: 0 });
    // Whoever has only registered today is in no danger.
    const fresh = (await walk.register()).client_id;
    host.clock.advance(60 + 3600);
    const report = await cleanup();
    const left = await clientIds();
    console.log(
      `${kind.name}: ${FLOOD} registrations, ${report['unusedClients']} removed, ${left.length} clients left`,
    );
    expect(report['unusedClients']).toBe(FLOOD);
    const expected = [...used.map(({ client }) => client.client_id), refreshes.clientId, code, fresh];
    expect(left.toSorted()).toEqual(expected.toSorted());
    for (const { client, refresh_token } of used) {
      expect((await walk.refresh(client.client_id, refresh_token)).status).toBe(200);
    }
  });

  it('ABU-04 shows a person the way out whose app still uses a removed registration', async () => {
    const { client_id } = await walk.register();
    host.clock.advance(WEEK + 1);
    await cleanup();
    const page = await walk.browser.get(walk.authorizeUrl(client_id));
    expect(page.status).toBe(400);
    expect(page.text).toContain('add it again');
    const refused = await walk.refresh(client_id, 'anything');
    expect([refused.status, JSON.parse(refused.text)]).toMatchObject([401, { error: 'invalid_client' }]);
  });

  it('ABU-04 STO-03 never removes a client at the moment in which it is approved', async () => {
    for (let round = 0; round < 10; round++) {
      const { client_id } = await walk.register();
      host.clock.advance(WEEK + 1);
      const page = await walk.openConsent(client_id);
      const [answer] = await Promise.all([walk.decide(page), cleanup()]);
      const kept = (await clientIds()).includes(client_id);
      expect(answer.status, 'a code for a client that is gone, or none for one that is there').toBe(kept ? 200 : 400);
    }
  });

  it('ABU-04 leaves the token endpoint what it needs while somebody registers without end', async () => {
    const refreshes = await refreshing(walk);
    const alone = await refreshes.p99();
    let over = false;
    const flood = (async () => {
      while (!over) await walk.register();
    })();
    const beside = await refreshes.p99().finally(() => (over = true));
    await flood;
    console.log(`${kind.name}: p99 of a refresh ${shown(alone)} alone, ${shown(beside)} beside registrations`);
  });
});

/** A client that refreshes again and again; each time must succeed. */
async function refreshing(walk: OAuthWalk) {
  const { client, refresh_token } = await walk.tokens();
  const clientId = client.client_id;
  let token = refresh_token;
  const p99 = async (): Promise<number> => {
    const times: number[] = [];
    for (let count = 0; count < REFRESHES; count++) {
      const began = performance.now();
      const answer = await walk.refresh(clientId, token);
      times.push(performance.now() - began);
      expect(answer.status, answer.text).toBe(200);
      token = (JSON.parse(answer.text) as { refresh_token: string }).refresh_token;
    }
    return times.toSorted((a, b) => a - b)[Math.floor(REFRESHES * 0.99)] ?? 0;
  };
  return { clientId, p99 };
}

function shown(milliseconds: number): string {
  return `${milliseconds.toFixed(1)} ms`;
}
