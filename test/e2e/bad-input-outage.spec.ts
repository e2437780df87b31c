import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SeededRandom } from '../support/fuzz/random.js';
import { ValidRequests } from '../support/fuzz/valid-requests.js';
import { KINDS, type Valid, World } from '../support/fuzz/world.js';
import { ADAPTERS } from '../support/test-app.js';

const PAGES = ['authorize', 'authorize by form', 'resume', 'approve'];

describe.each(ADAPTERS)('a database that is gone, on %s', (adapter) => {
  let world: World;
  const prepared = new Map<string, Valid>();
  beforeAll(async () => {
    world = await World.start(adapter, new SeededRandom(4));
    for (const kind of KINDS) prepared.set(kind, await new ValidRequests(world).of(kind));
    await world.host.dataSource.destroy();
  });
  afterAll(() => world.close());

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

  it('lets a valid access token through: its verification needs no database', async () => {
    const { draft, accepts } = prepared.get('mcp') as Valid;
    expect(accepts(await world.send(draft))).toBe(true);
  });

  it('STO-04 logs each as an outage, and nothing that was sent', () => {
    expect(world.host.log.reasons()).toEqual(Array.from({ length: KINDS.length - 1 }, () => 'outage'));
    const log = world.host.log.lines.join('\n');
    expect([...world.secrets].filter((secret) => log.includes(secret))).toEqual([]);
  });
});
