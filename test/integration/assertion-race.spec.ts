import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ClientSigner } from '../support/client-signer.js';
import { describeDatabases, type TestDatabase } from '../support/databases.js';
import { fireTogether, type RawAnswer } from '../support/fire-together.js';
import { OAuthWalk } from '../support/oauth-walk.js';
import { type ServerProcess, startServerProcess } from '../support/server-processes.js';

const ROUNDS = 50;
const RACERS = 8;
const ISSUER = 'http://127.0.0.1:65000';
const REFUSED = '401 {"error":"invalid_client","error_description":"Client authentication failed"}';

describeDatabases(`${ROUNDS} client assertions, each sent ${RACERS} times at once to two processes`, (kind) => {
  let database: TestDatabase;
  let servers: readonly ServerProcess[] = [];
  const signer = new ClientSigner('ES256');

  const options = { oauthSecret: randomBytes(48).toString('base64url'), baseUrl: ISSUER };
  const startAll = (fault = {}) =>
    Promise.all(
      (['express', 'fastify'] as const).map((adapter) =>
        startServerProcess({ adapter, database: database.options, options }, fault),
      ),
    );
  const stopAll = (all: readonly ServerProcess[]) => Promise.all(all.map((server) => server.stop()));

  beforeAll(async () => {
    database = await kind.create();
    servers = await startAll();
  });
  afterAll(async () => {
    await stopAll(servers);
    await database?.drop();
  });

  const proofOf = (clientId: string) => signer.form(clientId, ISSUER);
  /** A client with keys, and its first refresh token. */
  const connect = async () => {
    const walk = new OAuthWalk(servers[0]?.origin ?? '');
    const jwks = { keys: [signer.jwk] };
    const { client_id: clientId } = await walk.register({ token_endpoint_auth_method: 'private_key_jwt', jwks });
    const answer = await walk.redeem(clientId, await walk.code(clientId), proofOf(clientId));
    expect(answer.status, answer.text).toBe(200);
    return { clientId, refreshToken: refreshTokenIn(answer.text) };
  };
  const refreshTokenIn = (text: string) => (JSON.parse(text) as { refresh_token: string }).refresh_token;

  /**
   * Refreshes eight times at once with one assertion, four on each instance. All would get the same tokens, were they let in: a refresh may
   * be repeated, so nothing but the assertion tells winner and losers apart.
   */
  const race = async (clientId: string, refreshToken: string) => {
    await Promise.all(servers.map((server) => server.meet(RACERS / servers.length, 'assertions')));
    const form = { grant_type: 'refresh_token', refresh_token: refreshToken, ...proofOf(clientId) };
    const posts = Array.from({ length: RACERS }, (_post, index) => ({
      origin: servers[index % servers.length]?.origin ?? '',
      path: '/oauth/token',
      form,
    }));
    const answers = await fireTogether(posts);
    const overlaps = await Promise.all(servers.map((server) => server.takeOverlap()));
    await Promise.all(servers.map((server) => server.meet(0, 'assertions')));
    return { answers, overlaps };
  };
  const winnersAmong = (answers: readonly RawAnswer[]) => answers.filter(({ status }) => status === 200);

  it('CAU-08 STO-03 OPS-04 lets one of them in, whichever process is asked', async () => {
    const { clientId, ...client } = await connect();
    let { refreshToken } = client;
    const overlaps: number[][] = [];
    const wins = servers.map(() => 0);
    for (let round = 0; round < ROUNDS; round++) {
      const raced = await race(clientId, refreshToken);
      const [winner, ...others] = winnersAmong(raced.answers);
      expect([winner?.status, others.length], `round ${round}`).toEqual([200, 0]);
      const losers = raced.answers.filter((answer) => answer !== winner);
      expect(new Set(losers.map(({ status, body }) => `${status} ${body}`))).toEqual(new Set([REFUSED]));
      const where = raced.answers.indexOf(winner as RawAnswer) % servers.length;
      wins[where] = (wins[where] ?? 0) + 1;
      overlaps.push(raced.overlaps);
      refreshToken = refreshTokenIn(winner?.body ?? '');
    }
    const medians = servers.map((_server, index) => median(overlaps.map((round) => round[index] ?? 0)));
    console.log(
      `${kind.name}: ${ROUNDS} × ${RACERS} uses of one assertion, at work together (median) ${medians.join(' + ')}, won by each process ${wins.join(' + ')}`,
    );
    for (const together of medians) expect(together).toBe(RACERS / servers.length);
  });

  it('would notice a repository that reads first and writes later', async () => {
    await stopAll(servers);
    servers = await startAll({ readThenWrite: true });
    const { clientId, refreshToken } = await connect();
    const { answers } = await race(clientId, refreshToken);
    console.log(`${kind.name}: with a planted read-then-write, ${winnersAmong(answers).length} of ${RACERS} won`);
    expect(winnersAmong(answers).length).toBeGreaterThan(1);
  });
});

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
