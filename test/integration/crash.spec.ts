import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { hashToken } from '../../lib/protocol/opaque-token.js';
import { describeDatabases, type TestDatabase } from '../support/databases.js';
import type { Answer } from '../support/browser.js';
import { OAuthWalk } from '../support/oauth-walk.js';
import { openDataSource } from '../support/open-data-source.js';
import { type ServerProcess, startServerProcess } from '../support/server-processes.js';

/** Kills for each of the two grant types; `npm run test:long` asks for more. */
const KILLS = Number(process.env['TEST_CRASH_KILLS'] ?? 3);
const ISSUER = 'http://127.0.0.1:65000';
/** A request takes a few milliseconds: kills at any point of it, from the first byte to the answer. */
const LATEST_KILL_MS = 25;

describeDatabases(`a server killed ${2 * KILLS} times`, (kind) => {
  let database: TestDatabase;
  let server: ServerProcess;
  const oauthSecret = randomBytes(48).toString('base64url');
  const start = async () => {
    const options = { oauthSecret, baseUrl: ISSUER };
    server = await startServerProcess({ adapter: 'express', database: database.options, options });
  };
  beforeAll(async () => {
    database = await kind.create();
    await start();
  });
  afterAll(async () => {
    await server?.stop();
    await database?.drop();
  });

  /** Sends requests until the server dies under one of them; gives that one's answer, if there was any. */
  const killDuring = async (send: () => Promise<Answer | undefined>): Promise<Answer | undefined> => {
    const dying = delay(Math.random() * LATEST_KILL_MS).then(() => server.kill());
    const answer = await send().catch(() => undefined);
    await dying;
    await start();
    return answer;
  };
  const tokensOf = ({ status, text }: Answer) => {
    expect(status, text).toBe(200);
    return JSON.parse(text) as { access_token: string; refresh_token: string };
  };
  const walkOn = (): OAuthWalk => new OAuthWalk(server.origin);

  it('RFT-04 RFT-05 STO-03 lets a client that lost its answer go on, and never leaves two living heads', async () => {
    const { client, refresh_token } = await walkOn().tokens();
    let [token, lost, grants] = [refresh_token, 0, 0];
    for (let kill = 0; kill < KILLS; kill++) {
      for (let calm = 0; calm < 5; calm++) {
        token = tokensOf(await walkOn().refresh(client.client_id, token)).refresh_token;
      }
      const answer = await killDuring(() => walkOn().refresh(client.client_id, token));
      if (!answer) lost++;
      // The client repeats what it got no answer to, as clients do, well within the window.
      const again = tokensOf(await walkOn().refresh(client.client_id, token));
      if (answer) expect(again).toEqual(tokensOf(answer));
      token = again.refresh_token;
    }
    const dataSource = await openDataSource(database);
    const heads = await dataSource.query<{ token_hash: string }[]>(
      'SELECT token_hash FROM mcp_auth_refresh_tokens WHERE consumed_at IS NULL',
    );
    grants = (await dataSource.query<unknown[]>('SELECT id FROM mcp_auth_grants WHERE revoked_at IS NOT NULL')).length;
    await dataSource.destroy();
    console.log(`${kind.name}: ${KILLS} kills during refreshes, ${lost} without an answer`);
    expect(heads.map(({ token_hash }) => token_hash)).toEqual([hashToken(token)]);
    expect(grants).toBe(0);
  });

  it('ACG-05 STO-03 redeems a code once or not at all, and a repeated redemption ends what it issued', async () => {
    let [issued, unspent] = [0, 0];
    const { client_id } = await walkOn().register();
    for (let kill = 0; kill < KILLS; kill++) {
      const walk = walkOn();
      const code = await walk.code(client_id);
      await killDuring(() => walk.redeem(client_id, code));
      const again = walkOn();
      const form = { grant_type: 'authorization_code', client_id, code, code_verifier: walk.verifier };
      const repeated = await again.token(form);
      // Either the first one committed nothing and this one is the first, or it counts as a replay.
      if (repeated.status === 200) unspent++;
      else issued++;
      if (repeated.status !== 200) expect(JSON.parse(repeated.text)).toMatchObject({ error: 'invalid_grant' });
      const third = await again.token(form);
      expect(third.status).toBe(400);
    }
    console.log(`${kind.name}: ${KILLS} kills during redemptions, ${issued} had committed, ${unspent} had not`);
  });
});
