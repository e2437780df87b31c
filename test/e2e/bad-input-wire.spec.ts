import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  bodyText,
  type Draft,
  toWire,
  withExtra,
  withHeader,
  withMember,
  withParameter,
} from '../support/fuzz/draft.js';
import { expectRefusal } from '../support/fuzz/expect-refusal.js';
import { bearer, json, page } from '../support/fuzz/fault.js';
import { judgeAnswer } from '../support/fuzz/judge.js';
import { SeededRandom } from '../support/fuzz/random.js';
import { ValidRequests } from '../support/fuzz/valid-requests.js';
import { wireBytes } from '../support/fuzz/wire.js';
import { type Kind, type Valid, World } from '../support/fuzz/world.js';
import { ADAPTERS } from '../support/test-app.js';

const POSTED = ['register', 'authorize by form', 'approve', 'code', 'refresh', 'revoke', 'introspect'] as const;
const JSON_LIMIT = 32 * 1024;
const FORM_LIMIT = 64 * 1024;

/** How the endpoint of a kind words a body that cannot be read. */
const unreadable = (kind: Kind, status = 400) => {
  if (kind === 'register') return json('invalid_client_metadata', status);
  return kind === 'authorize by form' || kind === 'approve' ? page(status) : json('invalid_request', status);
};

const typed = (draft: Draft, parameters: string): Draft =>
  withHeader(draft, 'Content-Type', (draft.headers.find(([name]) => name === 'Content-Type')?.[1] ?? '') + parameters);

/** A body of exactly this many bytes that says the same. */
const padded = ({ draft }: Valid, bytes: number): Draft => {
  const text = bodyText(draft) ?? '';
  return { ...draft, body: draft.form ? `${text}&`.padEnd(bytes, '&') : text.padEnd(bytes, ' ') };
};

describe.each(ADAPTERS)('requests byte by byte, on %s', (adapter) => {
  let world: World;
  const valid = (kind: Kind) => new ValidRequests(world).of(kind);
  beforeAll(async () => {
    world = await World.start(adapter, new SeededRandom(2));
  });
  afterAll(() => world.close());
  beforeEach(() => world.wire.close());

  describe.each(POSTED)('the body of %s', (kind) => {
    it.each(['; charset=utf-8', ';charset=UTF-8', '; charset="utf-8"', '; charset=utf8 ', ' ; x=y; charset=utf-8'])(
      'REG-01 TOK-02 is read with the parameters "%s"',
      async (parameters) => {
        const { draft, accepts } = await valid(kind);
        expect(accepts(await world.send(typed(draft, parameters)))).toBe(true);
      },
    );

    it.each(['; charset=iso-8859-1', '; charset=utf-16', '; charset="us-ascii"'])(
      'is refused with "%s"',
      (parameters) =>
        expectRefusal(world, {
          title: '',
          kind,
          outcome: unreadable(kind),
          spoil: ({ draft }) => typed(draft, parameters),
        }),
    );

    it('is read with Content-Encoding: identity, and refused with any other', async () => {
      const { draft, accepts } = await valid(kind);
      expect(accepts(await world.send(withHeader(draft, 'Content-Encoding', 'identity')))).toBe(true);
      for (const encoding of ['gzip', 'deflate', 'br', 'x', 'identity, gzip'])
        await expectRefusal(world, {
          title: '',
          kind,
          outcome: unreadable(kind),
          spoil: (base) => withHeader(base.draft, 'Content-Encoding', encoding),
        });
    });

    it('ABU-02 TOK-11 is read up to its limit and refused one byte beyond, whether it says its length or not', async () => {
      const limit = kind === 'register' ? JSON_LIMIT : FORM_LIMIT;
      for (const framing of ['length', 'chunked'] as const) {
        const base = await valid(kind);
        expect(base.accepts(await world.send({ ...padded(base, limit), framing }))).toBe(true);
        await expectRefusal(world, {
          title: '',
          kind,
          outcome: unreadable(kind, 413),
          spoil: (other) => ({ ...padded(other, limit + 1), framing }),
        });
      }
    });

    it('ABU-02 is refused before it is sent, when it says that it is too large', async () => {
      const { draft } = await valid(kind);
      const announced = withHeader(draft, 'Content-Length', '5000000000');
      const answer = await world.wire.send({ ...toWire(announced), body: 'x', framing: 'own' });
      expect(judgeAnswer(unreadable(kind, 413), answer, draft, world)).toEqual([]);
    });

    it('TOK-11 is refused when its bytes are not UTF-8', () =>
      expectRefusal(world, {
        title: '',
        kind,
        outcome: unreadable(kind),
        spoil: ({ draft }) => ({
          ...draft,
          body: Buffer.concat([Buffer.from(bodyText(draft) ?? ''), Buffer.from([0xc3, 0x28])]),
        }),
      }));

    it('may come slowly, in pieces', async () => {
      const base = await valid(kind);
      const bytes = wireBytes(toWire(base.draft), new URL(world.host.origin).host);
      const socket = connect(Number(new URL(world.host.origin).port), '127.0.0.1');
      const answered = new Promise<string>((resolve) => {
        let text = '';
        socket.on('data', (part) => {
          text += part.toString();
          if (text.includes('\r\n\r\n')) resolve(text);
        });
      });
      for (let at = 0; at < bytes.length; at += Math.ceil(bytes.length / 12)) {
        socket.write(bytes.subarray(at, at + Math.ceil(bytes.length / 12)));
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      expect(await answered).toMatch(/^HTTP\/1\.1 (200|201|303) /);
      socket.destroy();
    });

    it('AUT-35 stores nothing when it breaks off, and the request is still good', async () => {
      const base = await valid(kind);
      const before = await world.counts();
      const logged = world.host.log.lines.length;
      await world.wire.abandon({ ...toWire(base.draft), withhold: 5 });
      await expect.poll(() => world.host.log.lines.slice(logged).join()).toContain('reason=body_incomplete');
      expect(await world.counts()).toEqual(before);
      expect(base.accepts(await world.send(base.draft))).toBe(true);
    });

    it('stores nothing when its chunks are broken', async () => {
      const base = await valid(kind);
      const before = await world.counts();
      const chunked = withHeader(base.draft, 'Transfer-Encoding', 'chunked');
      const answer = await world.wire
        .send({ ...toWire(chunked), body: 'zz\r\nnonsense\r\n0\r\n\r\n', framing: 'own' })
        .catch(() => undefined);
      expect(answer?.status ?? 400).toBe(400);
      expect(answer?.text ?? '').not.toMatch(/\n\s+at |node_modules/);
      expect(await world.counts()).toEqual(before);
      world.wire.close();
      expect(base.accepts(await world.send(base.draft))).toBe(true);
    });

    it.each([
      [
        'two lengths',
        [
          ['Content-Length', '3'],
          ['Content-Length', '4'],
        ],
      ],
      [
        'length and chunks',
        [
          ['Content-Length', '3'],
          ['Transfer-Encoding', 'chunked'],
        ],
      ],
      ['a coding nobody knows', [['Transfer-Encoding', 'xchunked']]],
      ['a length that is no number', [['Content-Length', '-1']]],
    ] as const)('is nobody’s with %s: the server refuses what could be read in two ways', async (_case, framing) => {
      const base = await valid(kind);
      const before = await world.counts();
      const { headers, ...rest } = toWire(base.draft);
      const answer = await world.wire.send({ ...rest, headers: [...headers, ...framing], body: 'x=y', framing: 'own' });
      expect(answer.status).toBe(400);
      expect(await world.counts()).toEqual(before);
    });
  });

  describe('headers', () => {
    it('CAU-05 RSG-06 are not taken twice where they authenticate', async () => {
      await expectRefusal(world, {
        title: '',
        kind: 'code of a confidential client',
        outcome: json('invalid_client', 401),
        spoil: ({ draft }) => ({
          ...draft,
          headers: [...draft.headers, ...draft.headers.filter(([name]) => name === 'Authorization')],
        }),
      });
      await expectRefusal(world, {
        title: '',
        kind: 'mcp',
        outcome: bearer(400, 'invalid_request'),
        spoil: ({ draft }) => ({ ...draft, headers: [['authorization', 'Bearer x'], ...draft.headers] }),
      });
    });

    it('may bring cookies in several lines', async () => {
      const base = await valid('resume');
      const lines = world.cookies.split('; ').map((cookie): [string, string] => ['Cookie', cookie]);
      expect(base.accepts(await world.send({ ...base.draft, headers: lines }))).toBe(true);
    });

    it('take the first of two content types, as Node does', async () => {
      const base = await valid('register');
      const answer = await world.send({
        ...base.draft,
        headers: [...base.draft.headers, ['Content-Type', 'text/plain']],
      });
      expect(base.accepts(answer)).toBe(true);
    });
  });

  describe('the request line', () => {
    it.each(['register', 'authorize', 'authorize by form', 'approve', 'code', 'revoke', 'introspect', 'mcp'] as const)(
      'of HTTP/1.0 serves %s',
      async (kind) => {
        const base = await valid(kind);
        expect(base.accepts(await world.wire.send({ ...toWire(base.draft), version: '1.0' }))).toBe(true);
      },
    );

    it.each(['register', 'authorize', 'resume', 'approve', 'code', 'refresh', 'revoke', 'introspect', 'mcp'] as const)(
      'TRN-02 in absolute form serves %s, whatever host it names',
      async (kind) => {
        const base = await valid(kind);
        const { target, ...rest } = toWire(base.draft);
        const answer = await world.wire.send({ ...rest, target: `http://evil.example${target}` });
        expect(answer.status).toBeLessThan(300);
        expect(answer.text).not.toContain('evil');
        const refused = await world.wire.send({ ...rest, headers: [], target: `http://evil.example${target}` });
        expect([302, 400, 401, 403]).toContain(refused.status);
        expect(`${[...refused.headers].join()} ${refused.text}`).not.toContain('evil');
      },
    );

    it.each(['authorize', 'resume', 'mcp', 'register', 'code', 'revoke', 'introspect'] as const)(
      'AUT-35 beyond every limit is a 4xx of the server (%s)',
      async (kind) => {
        const base = await valid(kind);
        const answer = await world.send({ ...base.draft, query: [...base.draft.query, `x=${'y'.repeat(70_000)}`] });
        expect([414, 431]).toContain(answer.status);
        world.wire.close();
        expect(base.accepts(await world.send(base.draft))).toBe(true);
      },
    );

    it.each([
      '/oauth/%',
      '/oauth/token%',
      '/oauth/%zz',
      '/oauth/%00',
      '/oauth/token%00',
      '/oauth/%ff',
      '/oauth//token',
      '/oauth/../oauth/token',
      '/OAUTH/TOKEN',
      '/oauth/token/',
      '/oauth/revoke/',
      '/oauth/introspect%00',
      '/oauth/constructor',
      '/oauth/__proto__',
      '/.well-known/oauth-authorization-server/%zz',
    ])('TRN-08 to %s is not found, and nothing worse', async (target) => {
      for (const method of ['GET', 'POST']) {
        const answer = await world.wire.send({ method, target, headers: [] });
        expect([400, 404]).toContain(answer.status);
        expect(answer.text).not.toMatch(/\n\s+at |node_modules/);
      }
    });

    it('RSG-01 at the MCP path is refused without a token, however broken it is', async () => {
      for (const target of [
        '/mcp?%zz',
        '/mcp?%ff=%00',
        '/mcp?__proto__[x]=1',
        '/mcp?access_token=x&access_token=y',
        '/mcp/%zz',
      ]) {
        const answer = await world.wire.send({ method: 'POST', target, headers: [] });
        expect(
          judgeAnswer(bearer(401), answer, { method: 'POST', path: target, query: [], headers: [] }, world),
        ).toEqual([]);
      }
    });

    it('keeps a refused secret out of the log', async () => {
      const base = await valid('code');
      await world.send({ ...base.draft, query: ['client_secret=a-secret-in-the-url'] });
      await world.send(withExtra(base.draft, 'x=%00a-secret-in-the-form'));
      await world.send(withParameter((await valid('revoke')).draft, 'token', 'a-secret-to-revoke'));
      await world.send(withParameter((await valid('introspect')).draft, 'token', 'a-secret-to-describe'));
      await world.send(withMember((await valid('register')).draft, 'client_uri', 'http://a-secret-in-the-json'));
      expect(world.host.log.lines.join('\n')).not.toContain('a-secret');
    });
  });
});
