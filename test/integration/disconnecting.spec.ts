import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Browser } from '../support/browser.js';
import { listApps, PAGE } from '../support/connected-apps.js';
import { describeDatabases, type TestDatabase } from '../support/databases.js';
import { OAuthWalk } from '../support/oauth-walk.js';
import { type ServerProcess, startServerProcess } from '../support/server-processes.js';
import { openStream } from '../support/stream-controller.js';

const SECOND = 1000;
const ISSUER = 'http://127.0.0.1:65000';

/** Real processes, real time: the user disconnects `here`, the app uses `there`. */
describeDatabases('disconnecting an app, seen from two processes', (kind) => {
  let database: TestDatabase;
  let here: ServerProcess;
  let there: ServerProcess;
  beforeAll(async () => {
    database = await kind.create();
    const options = { oauthSecret: randomBytes(48).toString('base64url'), baseUrl: ISSUER };
    here = await startServerProcess({ adapter: 'fastify', database: database.options, options });
    there = await startServerProcess({ adapter: 'express', database: database.options, options });
  });
  afterAll(async () => {
    await Promise.all([here, there].map((server) => server?.stop()));
    await database?.drop();
  });

  const use = async ({ origin }: ServerProcess, token: string) => {
    const answer = await fetch(`${origin}/mcp`, { headers: { authorization: `Bearer ${token}` } });
    await answer.arrayBuffer();
    return answer.status;
  };
  /** Until it is refused; what counts is that nothing asked a second after the form was answered is let in. */
  const untilRefused = async (token: string, answered: number) => {
    for (;;) {
      const asked = performance.now();
      if ((await use(there, token)) === 401) return;
      expect(asked - answered, 'let in, although asked so long afterwards').toBeLessThan(SECOND);
      await delay(10);
    }
  };
  const post = async (fields: Record<string, string>) => {
    const browser = new Browser(here.origin).signIn('ada');
    const { csrf_token, connected_apps } = await listApps(browser);
    const connected_app = connected_apps[0]?.id ?? '';
    const answer = await browser.post(PAGE, { csrf_token, connected_app, ...fields });
    expect(answer.status).toBe(303);
    return performance.now();
  };
  const connect = async () => {
    const tokens = await new OAuthWalk(here.origin).tokens('ada', { scope: 'mcp:read mcp:write' });
    expect([await use(here, tokens.access_token), await use(there, tokens.access_token)]).toEqual([200, 200]);
    return tokens;
  };

  it('CON-17 REV-05 ends its tokens here at once, there within a second, and its stream', async () => {
    const { client, access_token, refresh_token } = await connect();
    const stream = await openStream(there.origin, access_token);
    const answered = await post({ action: 'disconnect' });
    expect(await use(here, access_token)).toBe(401);
    await untilRefused(access_token, answered);
    expect(await Promise.race([stream.ended.then(() => 'ended'), delay(5 * SECOND, 'open')])).toBe('ended');
    expect((await new OAuthWalk(there.origin).refresh(client.client_id, refresh_token)).status).toBe(400);
  });

  it('CON-17 REV-05 takes a permission away here at once, there within a second; a refresh there gives what is left', async () => {
    const { client, access_token, refresh_token } = await connect();
    const answered = await post({ action: 'keep_scopes' });
    expect(await use(here, access_token)).toBe(401);
    await untilRefused(access_token, answered);
    const refreshed = await new OAuthWalk(there.origin).refresh(client.client_id, refresh_token);
    expect(JSON.parse(refreshed.text)).toMatchObject({ scope: 'mcp:read' });
  });
});
