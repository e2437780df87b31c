import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SeededRandom } from '../support/fuzz/random.js';
import { ValidRequests } from '../support/fuzz/valid-requests.js';
import type { WireAnswer } from '../support/fuzz/wire.js';
import { KINDS, type Valid, World } from '../support/fuzz/world.js';
import { ADAPTERS } from '../support/test-app.js';

/** As long as may be: the clock of a busy machine runs on. */
const STALENESS = 60;
const PAGES = ['authorize', 'authorize by form', 'resume', 'approve'];

describe.each(ADAPTERS)('a database that is gone, on %s', (adapter) => {
  let world: World;
  const prepared = new Map<string, Valid>();
  beforeAll(async () => {
    world = await World.start(adapter, new SeededRandom(4), { revocation: { maxStalenessSeconds: STALENESS } });
    for (const kind of KINDS) prepared.set(kind, await new ValidRequests(world).of(kind));
    // The list of revocations is looked up with the first request.
    expect(await isOpen()).toBe(true);
    await world.host.dataSource.destroy();
  });
  afterAll(() => world.close());

  const call = () => world.send((prepared.get('mcp') as Valid).draft);
  const isOpen = async () => (prepared.get('mcp') as Valid).accepts(await call());

  it.each(KINDS.filter((kind) => kind !== 'mcp'))(
    'TOK-12 AUT-34 answers %s with 503 and says when to come back, and never blames the client',
    async (kind) => {
      const answer = await world.send((prepared.get(kind) as Valid).draft);
      expect(answer.status).toBe(503);
      expect(answer.headers.get('retry-after')).toEqual(['5']);
      expect(answer.headers.get('cache-control')).toEqual(['no-store']);
      expect(answer.headers.get('location')).toBeUndefined();
      if (PAGES.includes(kind)) {
        expect(answer.headers.get('content-type')).toEqual(['text/html; charset=utf-8']);
      } else {
        expect(JSON.parse(answer.text)).toEqual({
          error: 'temporarily_unavailable',
          error_description: expect.any(String),
        });
      }
      expect(answer.text).not.toMatch(/\n\s+at |node_modules|sqlite|database|connection/i);
    },
  );

  it('RSG-13 lets a valid access token through while the list of revocations is young enough, and then calls nobody invalid', async () => {
    expect(await isOpen()).toBe(true);
    world.host.clock.advance(STALENESS);
    expectOutage(await call());
  });

  it('STO-04 logs each as an outage, and nothing that was sent', () => {
    expect(world.host.log.reasons()).toEqual(Array.from({ length: KINDS.length }, () => 'outage'));
    const log = world.host.log.lines.join('\n');
    expect([...world.secrets].filter((secret) => log.includes(secret))).toEqual([]);
  });
});

describe.each(ADAPTERS)('a database that is gone before the first request, on %s', (adapter) => {
  it('RSG-13 keeps everybody waiting: nobody knows what was revoked', async () => {
    const world = await World.start(adapter, new SeededRandom(5));
    const { draft } = await new ValidRequests(world).of('mcp');
    await world.host.dataSource.destroy();
    expectOutage(await world.send(draft));
    await world.close();
  });
});

function expectOutage({ status, headers, text }: WireAnswer): void {
  expect([status, headers.get('retry-after'), headers.get('www-authenticate')]).toEqual([503, ['5'], undefined]);
  expect(JSON.parse(text)).toEqual({ error: 'temporarily_unavailable', error_description: expect.any(String) });
}
