import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeDatabases, type TestDatabase } from '../support/databases.js';
import { fireTogether, type RawAnswer } from '../support/fire-together.js';
import { OAuthWalk } from '../support/oauth-walk.js';
import { type ServerProcess, startServerProcess } from '../support/server-processes.js';

const ROUNDS = 200;
const RACERS = 8;
const ISSUER = 'http://127.0.0.1:65000';

describeDatabases(`${ROUNDS} rounds of ${RACERS} parallel requests`, (kind) => {
  let database: TestDatabase;
  let servers: readonly ServerProcess[] = [];

  const options = { oauthSecret: randomBytes(48).toString('base64url'), baseUrl: ISSUER };
  const adapters = kind.name === 'better-sqlite3' ? (['express'] as const) : (['express', 'fastify'] as const);
  const startAll = (fault = {}) =>
    Promise.all(adapters.map((adapter) => startServerProcess({ adapter, database: database.options, options }, fault)));
  const stopAll = (all: readonly ServerProcess[]) => Promise.all(all.map((server) => server.stop()));

  beforeAll(async () => {
    database = await kind.create();
    servers = await startAll();
  });
  afterAll(async () => {
    await stopAll(servers);
    await database?.drop();
  });

  /** Sends one form eight times at once, four to each of two instances, and notes how many were at work together. */
  const race = async (form: Record<string, string>, overlaps: number[] = []): Promise<readonly RawAnswer[]> => {
    await Promise.all(servers.map((server) => server.meet(RACERS / servers.length)));
    const posts = Array.from({ length: RACERS }, (_post, index) => ({
      origin: servers[index % servers.length]?.origin ?? '',
      path: '/oauth/token',
      form,
    }));
    const answers = await fireTogether(posts);
    const together = await Promise.all(servers.map((server) => server.takeOverlap()));
    overlaps.push(together.reduce((sum, overlap) => sum + overlap, 0));
    return answers;
  };
  const raceForCode = async (walk: OAuthWalk, clientId: string, overlaps?: number[]) => {
    await Promise.all(servers.map((server) => server.meet(0)));
    const code = await walk.code(clientId);
    const form = { grant_type: 'authorization_code', client_id: clientId, code, code_verifier: walk.verifier };
    return race(form, overlaps);
  };
  const report = (what: string, overlaps: readonly number[]) => {
    const sorted = overlaps.toSorted((a, b) => a - b);
    const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
    console.log(`${kind.name}: ${ROUNDS} × ${RACERS} ${what}, at work together: least ${sorted[0]}, median ${median}`);
    expect(median).toBeGreaterThanOrEqual(RACERS / 2);
  };

  it('RFT-04 RFT-05 STO-03 leaves one chain, and gives every racer the one answer with which it can go on', async () => {
    const walk = new OAuthWalk(servers[0]?.origin ?? '');
    const { client, refresh_token } = await walk.tokens();
    const overlaps: number[] = [];
    let token = refresh_token;
    for (let round = 0; round < ROUNDS; round++) {
      const form = { grant_type: 'refresh_token', client_id: client.client_id, refresh_token: token };
      const answers = await race(form, overlaps);
      expect(new Set(answers.map(({ status, body }) => `${status} ${body}`)).size, answers[0]?.body).toBe(1);
      expect(answers[0]?.status).toBe(200);
      token = (JSON.parse(answers[0]?.body ?? '') as { refresh_token: string }).refresh_token;
    }
    report('refreshes', overlaps);
    expect((await walk.refresh(client.client_id, token)).status).toBe(200);
  });

  it('ACG-05 ACG-06 STO-03 has one winner of every code', async () => {
    const walk = new OAuthWalk(servers[0]?.origin ?? '');
    const { client_id } = await walk.register();
    const overlaps: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const answers = await raceForCode(walk, client_id, overlaps);
      const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b);
      expect(statuses).toEqual([200, ...Array.from({ length: RACERS - 1 }, () => 400)]);
    }
    report('redemptions', overlaps);
  });

  it('would notice repositories that read first and write later', async () => {
    await stopAll(servers);
    servers = await startAll({ readThenWrite: true });
    const walk = new OAuthWalk(servers[0]?.origin ?? '');
    const { client, refresh_token } = await walk.tokens();
    const form = { grant_type: 'refresh_token', client_id: client.client_id, refresh_token };
    expect(new Set((await race(form)).map(({ body }) => body)).size, 'chains').toBeGreaterThan(1);
    const answers = await raceForCode(walk, client.client_id);
    expect(answers.filter(({ status }) => status === 200).length, 'winners').toBeGreaterThan(1);
  });
});
