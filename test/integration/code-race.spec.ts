import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeDatabases, type TestDatabase } from '../support/databases.js';
import { fireTogether } from '../support/fire-together.js';
import { OAuthWalk } from '../support/oauth-walk.js';
import { type ServerProcess, startServerProcess } from '../support/server-processes.js';

const RACERS = 100;
const ISSUER = 'http://127.0.0.1:65000';

describeDatabases('100 parallel redemptions of one code', (kind) => {
  let database: TestDatabase;
  const servers: ServerProcess[] = [];

  beforeAll(async () => {
    database = await kind.create();
    const options = { oauthSecret: randomBytes(48).toString('base64url'), baseUrl: ISSUER };
    // SQLite is one process' file here; the database servers serve two instances that migrate and race together.
    const count = kind.name === 'better-sqlite3' ? 1 : 2;
    const adapters = ['express', 'fastify'] as const;
    const start = (index: number) =>
      startServerProcess({ adapter: adapters[index % 2] ?? 'express', database: database.options, options });
    servers.push(...(await Promise.all(Array.from({ length: count }, (_server, index) => start(index)))));
  });
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()));
    await database?.drop();
  });

  it('ACG-05 STO-03 OPS-04 gives tokens to exactly one, whichever instance is asked', async () => {
    const [first] = servers;
    const walk = new OAuthWalk(first?.origin ?? '');
    const { client_id } = await walk.register();
    const code = await walk.code(client_id);
    const form = { grant_type: 'authorization_code', client_id, code, code_verifier: walk.verifier };
    const posts = Array.from({ length: RACERS }, (_post, index) => ({
      origin: servers[index % servers.length]?.origin ?? '',
      path: '/oauth/token',
      form,
    }));
    await Promise.all(servers.map((server) => server.meet(RACERS / servers.length)));
    const answers = await fireTogether(posts);
    const overlaps = await Promise.all(servers.map((server) => server.takeOverlap()));
    console.log(`${kind.name}: ${RACERS} redemptions, at work together on the servers: ${overlaps.join(' + ')}`);

    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const losers = answers.filter(({ status }) => status !== 200);
    expect(new Set(losers.map(({ status, body }) => `${status} ${body}`))).toEqual(
      new Set(['400 {"error":"invalid_grant","error_description":"The authorization code is not valid"}']),
    );
    expect(overlaps.reduce((sum, overlap) => sum + overlap, 0)).toBeGreaterThanOrEqual(RACERS / 2);
  });
});
