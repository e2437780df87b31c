import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { hashToken } from '../../lib/protocol/opaque-token.js';
import { noPrivatePostgres, type PrivatePostgres, startPrivatePostgres } from '../support/private-postgres.js';
import { type Held, type RequestKind, type Seen, SteadyLoad } from '../support/steady-load.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const CHAINS = 4;
/** Answers of every kind that have to be seen before, during and after an outage: what happens decides how long it takes, not a clock. */
const ENOUGH = 3;
const PATIENCE_MS = 90_000;
/** Of a client whose answer is lost for sure. */
const LITTLE_PATIENCE_MS = 2000;
/** Outages shorter than the window lose nothing: as long as can be, for a machine that is busy. The staleness only so that the test is short. */
const OPTIONS = { refresh: { replayWindowSeconds: 60 }, revocation: { maxStalenessSeconds: 1 } };

const SUCCESS: Record<RequestKind, readonly number[]> = {
  register: [201],
  authorize: [200, 302],
  consent: [200],
  redeem: [200],
  refresh: [200],
  mcp: [200],
  introspect: [200],
  revoke: [200],
  discovery: [200],
};
const KINDS = Object.keys(SUCCESS) as RequestKind[];
/** What takes no look at the database, or for a while the last one. */
const WITHOUT_DATABASE: readonly RequestKind[] = ['discovery', 'mcp'];
/** What a client that waits for the outage to end does not come to: it needs what the step before it gives. */
const FIRST_STEPS: readonly RequestKind[] = ['register', 'authorize', 'refresh', 'mcp', 'introspect', 'revoke'];

const setups = [
  { adapter: 'express', way: 'tcp' },
  { adapter: 'fastify', way: 'socket' },
] as const;

if (noPrivatePostgres === undefined) describe.each(setups)('a database that stops under load: $adapter, $way', suite);
else
  describe.skip(`a database that stops under load: ${noPrivatePostgres}`, () => it('is not tested', () => undefined));

function suite({ adapter, way }: (typeof setups)[number]): void {
  let postgres: PrivatePostgres;
  let host: TestApp;
  let load: SteadyLoad;
  let endedBefore: ReadonlySet<string>;
  beforeAll(async () => {
    postgres = await startPrivatePostgres();
    host = await startTestApp({ adapter, database: postgres[way], options: OPTIONS });
  });
  afterEach(async () => {
    // For a test that failed: its clients would wait for ever.
    await postgres.recover();
    await load?.stop();
  });
  afterAll(async () => {
    await host?.close();
    await postgres?.drop();
  });

  const rows = <Row>(sql: string) => host.dataSource.query<Row[]>(sql);
  const endedGrants = () =>
    rows<{ id: string; revoked_reason: string }>(
      'SELECT id, revoked_reason FROM mcp_auth_grants WHERE revoked_at IS NOT NULL',
    );
  const until = async (kinds: readonly RequestKind[], counts: (seen: Seen) => boolean): Promise<void> => {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      expect(load.failures).toEqual([]);
      expect(load.seen.flatMap(faultsOf)).toEqual([]);
      const counted = load.seen.filter(counts);
      const missing = kinds.filter((kind) => counted.filter((seen) => seen.kind === kind).length < ENOUGH);
      if (missing.length === 0) return;
      expect(performance.now(), `still waiting for ${missing.join(', ')}`).toBeLessThan(deadline);
      await delay(50);
    }
  };
  const begin = async (patience: number) => {
    endedBefore = new Set((await endedGrants()).map(({ id }) => id));
    load = new SteadyLoad(host.origin, CHAINS, patience);
    await load.start();
    await until(KINDS, () => true);
  };
  /** All goes on by itself, then the clients come to rest. */
  const end = async (what: string, from: number, to: number) => {
    await until(KINDS, ({ asked, answer }) => asked > to && answer.status !== 503);
    await load.stop();
    const refused = load.seen.filter(({ answer }) => answer.status === 503).length;
    console.log(
      `${adapter}, ${way}: ${what}: ${((to - from) / 1000).toFixed(1)} s without the database, ${load.seen.length} answers, ` +
        `${refused} of them 503, ${load.abandoned.length} not waited for, ${CHAINS} chains, ${load.kept.length + load.revoked.length} flows, ` +
        `${load.begunAnew} begun anew`,
    );
    expect(load.failures).toEqual([]);
    expect(load.seen.flatMap(faultsOf)).toEqual([]);
    expect(host.log.reasons().filter((reason) => reason === 'unexpected')).toEqual([]);
  };
  const nothingIsLost = async () => {
    for (const held of load.chains) {
      const heads = await rows<{ token_hash: string }>(
        `SELECT token_hash FROM mcp_auth_refresh_tokens WHERE grant_id = '${grantOf(held)}' AND consumed_at IS NULL`,
      );
      expect(heads.map((row) => row.token_hash)).toEqual([hashToken(held.refreshToken)]);
    }
    const before = load.seen.length;
    for (const held of [...load.chains, ...load.kept]) {
      await load.call(held);
      await load.refresh(held);
    }
    expect(load.seen.slice(before).map(({ answer }) => answer.status)).toEqual(load.seen.slice(before).map(() => 200));
    for (const { accessToken } of load.revoked) {
      const answer = await fetch(`${host.origin}/mcp`, { headers: { authorization: `Bearer ${accessToken}` } });
      expect(answer.status).toBe(401);
    }
  };
  /** Nor by the way. A code that is sent twice, because its first answer was lost, ends its grant by the book; its flow was begun anew. */
  const noGrantEnded = async () => {
    const known = new Set([...load.revoked.map(grantOf), ...endedBefore]);
    const others = (await endedGrants()).filter(({ id }) => !known.has(id));
    expect(others.filter((row) => row.revoked_reason !== 'authorization_code_replayed')).toEqual([]);
    expect(others.length).toBeLessThanOrEqual(load.begunAnew);
  };

  it.each(['fast', 'immediate'] as const)(
    'TOK-12 RSG-13 REV-06 RFT-05 answers 503 after a shutdown (%s), and goes on where it was',
    async (shutdown) => {
      await begin(PATIENCE_MS);
      const from = performance.now();
      await postgres.stop(shutdown);
      const down = performance.now();
      await until(FIRST_STEPS, ({ asked, answer }) => asked > down && answer.status === 503);
      const during = load.seen.filter(({ asked, kind }) => asked > down && !WITHOUT_DATABASE.includes(kind));
      expect(new Set(during.map(({ answer }) => answer.status))).toEqual(new Set([503]));
      await postgres.start();
      await end(`${shutdown} shutdown`, from, performance.now());
      await nothingIsLost();
      await noGrantEnded();
    },
    3 * PATIENCE_MS,
  );

  it(
    'RFT-05 RSG-13 survives a database that is frozen: clients that lose their answers go on',
    async () => {
      await begin(LITTLE_PATIENCE_MS);
      const from = performance.now();
      postgres.freeze();
      await until(['mcp'], ({ asked, answer }) => asked > from && answer.status === 503);
      await vi.waitFor(() => expect(load.abandoned.length).toBeGreaterThanOrEqual(CHAINS), PATIENCE_MS);
      postgres.thaw();
      await end('frozen', from, performance.now());
      await nothingIsLost();
      await noGrantEnded();
    },
    3 * PATIENCE_MS,
  );
}

/** What is wrong with an answer, whenever it came. */
function faultsOf({ kind, answer, inDoubt }: Seen): readonly string[] {
  const { status, headers, text } = answer;
  if (SUCCESS[kind].includes(status)) return kind === 'introspect' && !text.includes('"active":true') ? [text] : [];
  if (inDoubt && status === 400 && (kind === 'redeem' || kind === 'consent')) return [];
  const isPage = kind === 'authorize' || kind === 'consent';
  const words = isPage ? /<h1[^>]*>Please try again in a moment/ : /^{"error":"temporarily_unavailable",/;
  const isOutage = status === 503 && headers.get('retry-after') === '5' && words.test(text) && kind !== 'discovery';
  const type = headers.get('content-type') ?? '';
  if (isOutage && type.startsWith(isPage ? 'text/html' : 'application/json')) return [];
  return [`${kind}: ${status} ${type} ${text}`];
}

function grantOf({ accessToken }: Held): string {
  const payload = Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString();
  return (JSON.parse(payload) as { grant_id: string }).grant_id;
}
