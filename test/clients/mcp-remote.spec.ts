import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../support/local-callback.js';
import { type SampleApp, type SampleAppOptions, startSampleApp } from '../support/sample-app-process.js';
import { SamplePerson } from '../support/sample-person.js';
import { ClientHome } from './client-home.js';
import { McpRemote, type McpRemoteName } from './mcp-remote.js';
import { millisecondsLeft, revoke, storedLogin } from './stored-login.js';

let home: ClientHome;
let started: McpRemote[];
let app: SampleApp;
beforeAll(async () => {
  app = await startSampleApp({ adapter: 'express' });
});
afterAll(() => app.close());
beforeEach(async () => {
  home = await ClientHome.create();
  started = [];
});
afterEach(async () => {
  await Promise.all(started.map((remote) => remote.close()));
  await home.remove();
});

function start(name: McpRemoteName, host = app): McpRemote {
  const remote = new McpRemote(name, host.mcpUrl, home);
  started.push(remote);
  return remote;
}

/** A connection somebody has logged in for. */
async function logIn(name: McpRemoteName): Promise<McpRemote> {
  const remote = start(name);
  await Promise.all([remote.connect(), remote.logIn(new SamplePerson(app.origin))]);
  return remote;
}

const requests = (path: string, host = app) => host.requests.filter((line) => line === `POST ${path}`).length;

describe.each(['mcp-remote-0.15', 'mcp-remote-0.1'] as const)('%s and the sample app', (name) => {
  it('TOK-01 REG-01 RSG-01 logs in once, calls tools, and the next process reads its tokens from disk', async () => {
    const remote = await logIn(name);
    expect(await remote.toolNames()).toEqual(['create_note', 'list_notes', 'purge_notes', 'whoami']);
    const { client_id } = await storedLogin(home);
    expect(await remote.call('whoami')).toMatchObject({
      userId: 'user-ada',
      clientId: client_id,
      scopes: ['mcp:read', 'mcp:write'],
    });
    const title = `By ${name}`;
    expect(await remote.call('create_note', { title })).toMatchObject({ note: { title } });
    await remote.close();

    const before = [requests('/oauth/register'), requests('/oauth/token')];
    const next = start(name);
    await next.connect();
    const notes = expect.arrayContaining([expect.objectContaining({ title })]) as unknown;
    expect(await next.call('list_notes')).toMatchObject({ notes });
    expect([next.asked, requests('/oauth/register'), requests('/oauth/token')]).toEqual([0, ...before]);
  });

  it('RFT-01 refreshes when its access token is over, without asking anybody', async () => {
    const options: SampleAppOptions = {
      adapter: 'express',
      port: await freePort(),
      secret: 'of two servers, one after the other, 32 bytes',
      database: { type: 'better-sqlite3', database: join(home.path, 'sample.sqlite') },
    };
    const shortLived = await startSampleApp({ ...options, variables: { MCP_ACCESS_TOKEN_LIFETIME: '1' } });
    const remote = start(name, shortLived);
    // Its first token may be over before it gets any further.
    remote.connect().catch(() => undefined);
    await remote.logIn(new SamplePerson(shortLived.origin));
    const first = await storedLogin(home);
    await remote.close();
    await shortLived.close();
    await sleep(millisecondsLeft(first));

    const usual = await startSampleApp(options);
    try {
      const next = start(name, usual);
      await next.connect();
      expect(await next.call('whoami')).toMatchObject({ userId: 'user-ada', clientId: first.client_id });
      expect(next.asked).toBe(0);
      expect(requests('/oauth/token', usual)).toBeGreaterThan(0);
      expect((await storedLogin(home)).refresh_token).not.toBe(first.refresh_token);
      await next.close();
    } finally {
      await usual.close();
    }
  });

  it('REV-03 asks for a new login once its grant is revoked, and goes on with it', async () => {
    await (await logIn(name)).close();
    const login = await storedLogin(home);
    await revoke(app.origin, login, login.refresh_token);
    const next = await logIn(name);
    expect(await next.call('whoami')).toMatchObject({ userId: 'user-ada' });
    expect(next.asked).toBe(1);
    expect((await storedLogin(home)).refresh_token).not.toBe(login.refresh_token);
  });
});

// The old one writes its tokens in place, and may read half of what its neighbour writes.
it('RFT-04 RFT-05 two processes of mcp-remote 0.15 with one store survive that they refresh at the same time', async () => {
  await (await logIn('mcp-remote-0.15')).close();
  for (let round = 0; round < 3; round++) {
    const login = await storedLogin(home);
    await revoke(app.origin, login, login.access_token);
    const issued = requests('/oauth/token');
    const pair = [start('mcp-remote-0.15'), start('mcp-remote-0.15')];
    await Promise.all(pair.map((remote) => remote.connect()));
    const answers = await Promise.all(pair.map((remote) => remote.call('whoami')));
    for (const answer of answers) expect(answer).toMatchObject({ userId: 'user-ada', clientId: login.client_id });
    expect(pair.map(({ asked }) => asked)).toEqual([0, 0]);
    expect(requests('/oauth/token')).toBeGreaterThan(issued);
    await Promise.all(pair.map((remote) => remote.close()));
  }
});
