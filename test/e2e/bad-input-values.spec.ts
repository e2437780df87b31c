import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bodyText, type Draft, pair, withExtra, withParameter } from '../support/fuzz/draft.js';
import { expectRefusal } from '../support/fuzz/expect-refusal.js';
import { formOutcome, json, page } from '../support/fuzz/fault.js';
import { SeededRandom } from '../support/fuzz/random.js';
import { ValidRequests } from '../support/fuzz/valid-requests.js';
import { type Kind, World } from '../support/fuzz/world.js';
import { ADAPTERS } from '../support/test-app.js';

const FORMS = [
  'authorize',
  'authorize by form',
  'resume',
  'approve',
  'code',
  'refresh',
  'refresh again',
  'revoke',
  'introspect',
] as const;

/** Names that some parsers turn into objects, lists or prototypes. */
const ODD_NAMES = [
  '__proto__',
  'constructor',
  'prototype',
  'hasOwnProperty',
  'toString',
  '__proto__[polluted]',
  'constructor[prototype][polluted]',
  'scope[a]',
  'scope[]',
  'redirect_uri[]',
  'client_id[0]',
  'a.b',
  'a[b][c]',
  '[]',
  '',
];

const polluted = () => ({}) as { polluted?: unknown; admin?: unknown };

/** A JSON text put in place of what the object would serialise to. */
const withText = (draft: Draft, change: (text: string) => string): Draft => ({
  ...draft,
  body: change(bodyText(draft) ?? ''),
});

describe.each(ADAPTERS)('values that are more than they seem, on %s', (adapter) => {
  let world: World;
  const valid = (kind: Kind) => new ValidRequests(world).of(kind);
  beforeAll(async () => {
    world = await World.start(adapter, new SeededRandom(3));
  });
  afterAll(() => world.close());

  describe.each(FORMS)('the parameters of %s', (kind) => {
    it.each(ODD_NAMES)('AUT-03 TOK-05 ABU-05 do not mind one called "%s"', async (name) => {
      const base = await valid(kind);
      expect(base.accepts(await world.send(withExtra(base.draft, pair(name, 'polluted'))))).toBe(true);
      expect(polluted().polluted).toBeUndefined();
    });
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'ABU-05 "%s" is nobody and nothing',
    async (name) => {
      const refuse = (kind: Kind, parameter: string, outcome: ReturnType<typeof formOutcome>) =>
        expectRefusal(world, { title: '', kind, outcome, spoil: ({ draft }) => withParameter(draft, parameter, name) });
      await refuse('authorize', 'client_id', page());
      await refuse('authorize', 'resource', { shape: 'held', error: 'invalid_target' });
      await refuse('authorize', 'response_type', { shape: 'held', error: 'unsupported_response_type' });
      await refuse('code', 'client_id', json('invalid_client', 401));
      await refuse('code', 'grant_type', json('unsupported_grant_type'));
      await refuse('code', 'code', json('invalid_grant'));
      await refuse('refresh', 'scope', json('invalid_scope'));
      await refuse('resume', 'request', page());
      await refuse('revoke', 'client_id', json('invalid_client', 401));
      await refuse('revoke', 'token', { shape: 'nothing' });
      await refuse('introspect', 'token', { shape: 'inactive' });
    },
  );

  it.each(['__proto__', 'constructor', 'mcp:none'])(
    'AUT-15 an unknown scope "%s" is dropped like any other',
    async (scope) => {
      const base = await valid('authorize');
      const answer = await world.send(withParameter(base.draft, 'scope', `mcp:read ${scope}`));
      expect(base.accepts(answer)).toBe(true);
      expect(answer.text).not.toContain(scope);
    },
  );

  it('ABU-02 takes a hundred parameters, and not one more', async () => {
    const many = (draft: Draft, count: number) =>
      withExtra(
        draft,
        ...Array.from({ length: count - (draft.form ?? draft.query).length }, (_, index) => `x${index}=1`),
      );
    for (const kind of ['authorize', 'code', 'approve', 'revoke', 'introspect'] as const) {
      const base = await valid(kind);
      expect(base.accepts(await world.send(many(base.draft, 100)))).toBe(true);
      await expectRefusal(world, {
        title: '',
        kind,
        outcome: formOutcome(kind),
        spoil: ({ draft }) => many(draft, 101),
      });
    }
  });

  describe('the JSON of a registration', () => {
    const register = async (change: (text: string) => string) => {
      const { draft } = await valid('register');
      const answer = await world.send(withText(draft, change));
      return { status: answer.status, body: JSON.parse(answer.text) as Record<string, unknown> };
    };
    const adding = (member: string) => (text: string) => text.replace(/\}$/, `,${member}}`);

    it.each([
      '"__proto__":{"polluted":1,"token_endpoint_auth_method":"client_secret_post"}',
      '"constructor":{"prototype":{"polluted":1}}',
      '"toString":"x"',
      '"hasOwnProperty":1',
      '"toJSON":"x"',
    ])('ABU-05 REG-04 takes no harm from {…, %s}', async (member) => {
      const { status, body } = await register(adding(member));
      expect(status).toBe(201);
      expect(body['token_endpoint_auth_method']).toBe('none');
      expect(Object.keys(body)).not.toContain(/"(\w+)"/.exec(member)?.[1]);
      expect(polluted().polluted).toBeUndefined();
    });

    it('lets the last of two equal keys win, and checks that one', async () => {
      const last = await register(adding('"client_name":"first","client_name":"last"'));
      expect(last.status).toBe(201);
      expect(last.body['client_name']).toBe('last');
      const bad = await register(
        adding('"redirect_uris":["https://client.example/a"],"redirect_uris":["javascript:alert(1)"]'),
      );
      expect({ status: bad.status, error: bad.body['error'] }).toEqual({ status: 400, error: 'invalid_redirect_uri' });
    });

    it('ABU-02 may be eight levels deep, and not nine', async () => {
      const nested = (levels: number) => `"x":${'['.repeat(levels)}${']'.repeat(levels)}`;
      expect((await register(adding(nested(7)))).status).toBe(201);
      for (const levels of [8, 9, 100, 10_000]) {
        const { status, body } = await register(adding(nested(levels)));
        expect({ status, error: body['error'] }).toEqual({ status: 400, error: 'invalid_client_metadata' });
      }
    });

    it('ABU-02 may name twenty redirect URIs, and not twenty-one', async () => {
      const uris = (count: number) =>
        `"redirect_uris":${JSON.stringify(Array.from({ length: count }, (_, index) => `https://client.example/${index}`))}`;
      expect((await register(adding(uris(20)))).status).toBe(201);
      const { status, body } = await register(adding(uris(21)));
      expect({ status, error: body['error'] }).toEqual({ status: 400, error: 'invalid_redirect_uri' });
    });
  });
});
