import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { McpUserAdapter } from 'nestjs-mcp-auth';
import type { Answer } from '../support/browser.js';
import { OAuthWalk } from '../support/oauth-walk.js';
import { expectPage } from '../support/pages.js';
import { ADAPTERS, startTestApp, type TestApp } from '../support/test-app.js';

type Fault = readonly [what: string, answer: () => unknown];

const boom = (): never => {
  throw new Error('the session store is on fire');
};

/** What no method of the adapter may answer. */
const ALWAYS_WRONG: readonly Fault[] = [
  ['a throw', boom],
  ['a rejection', () => Promise.reject(new Error('the session store is on fire'))],
  ['undefined', () => undefined],
  ['a promise of undefined', () => Promise.resolve(undefined)],
  ['NaN', () => Number.NaN],
  ['an empty text', () => ''],
  ['a number', () => 1],
  ['a text', () => 'ada'],
];

const WRONG_USER: readonly Fault[] = [
  ...ALWAYS_WRONG,
  ['false', () => false],
  ['true', () => true],
  ['an object without id', () => ({})],
  ['an empty list', () => []],
  ['an id of null', () => ({ id: null })],
  ['an empty id', () => ({ id: '' })],
  ['an id of NaN', () => ({ id: Number.NaN })],
  ['a fractional id', () => ({ id: 1.5 })],
  ['an id past the whole numbers', () => ({ id: 2 ** 60 })],
  ['an id of true', () => ({ id: true })],
  ['an id that is an object', () => ({ id: { toString: () => 'ada' } })],
  ['an id beyond ASCII', () => ({ id: 'zoë' })],
  ['an id with a line break', () => ({ id: 'ada\n' })],
  ['an id of a client', () => ({ id: 'client:robot' })],
  ['an id of 256 characters', () => ({ id: 'a'.repeat(256) })],
];

const WRONG_TIME: readonly Fault[] = [
  ['a time of login in milliseconds', () => ({ id: 'ada', authTime: Date.now() })],
  ['a time of login that is a date', () => ({ id: 'ada', authTime: new Date() })],
  ['a time of login that is no number', () => ({ id: 'ada', authTime: Number.NaN })],
  ['a time of login before time', () => ({ id: 'ada', authTime: -1 })],
];

const WRONG_VERDICT: readonly Fault[] = [
  ...ALWAYS_WRONG,
  ['null', () => null],
  ['an object', () => ({})],
  ['"true"', () => 'true'],
];

const WRONG_DATA: readonly Fault[] = [
  ...ALWAYS_WRONG,
  ['data without e-mail address', () => ({ name: 'Ada' })],
  ['an e-mail address that is no text', () => ({ email: 5 })],
];

describe.each(ADAPTERS)('a host that misbehaves, on %s', (adapter) => {
  let host: TestApp;
  let walk: OAuthWalk;
  let clientId: string;
  beforeAll(async () => {
    host = await startTestApp({ adapter });
    ({ client_id: clientId } = await new OAuthWalk(host.origin).register());
  });
  beforeEach(() => {
    walk = new OAuthWalk(host.origin);
  });
  afterEach(() => {
    host.users.faults.clear();
  });
  afterAll(() => host.close());

  const grants = async (): Promise<number> =>
    Number((await host.dataSource.query<{ n: number }[]>('SELECT count(*) AS n FROM mcp_auth_grants'))[0]?.n);

  /** The page for an outage: it says when to come back, and nothing of what happened. */
  const expectOutage = (answer: Answer): void => {
    expectPage(answer, 503, 'outage', host);
    expect(answer.headers.get('retry-after')).toBe('5');
    expect(answer.text).toContain('Please try again in a moment');
    expect(answer.text).not.toMatch(/fire|users\.|adapter/i);
  };

  const whileWrong = async <T>(method: keyof McpUserAdapter, fault: () => unknown, work: () => Promise<T>) => {
    host.users.faults.set(method, fault);
    try {
      return await work();
    } finally {
      host.users.faults.clear();
    }
  };

  const onThePage: readonly (readonly [keyof McpUserAdapter, readonly Fault[]])[] = [
    ['currentUser', [...WRONG_USER, ...WRONG_TIME]],
    ['currentOrg', WRONG_USER],
    ['fetchUserData', WRONG_DATA],
    ['validateScopeForUser', WRONG_VERDICT],
  ];
  describe.each(onThePage)('users.%s', (method, faults) => {
    it.each(faults)('CON-05 answers %s: a 503 page instead of the consent page', async (_what, fault) => {
      walk.browser.signIn('ada');
      expectOutage(await whileWrong(method, fault, () => walk.browser.get(walk.authorizeUrl(clientId))));
    });
  });

  const atApproval: readonly (readonly [keyof McpUserAdapter, readonly Fault[]])[] = [
    ['currentUser', [...WRONG_USER, ...WRONG_TIME]],
    ['currentOrg', WRONG_USER],
    ['validateScopeForUser', WRONG_VERDICT],
  ];
  describe.each(atApproval)('users.%s, at approval,', (method, faults) => {
    it.each(faults)('CON-05 answers %s: nothing is granted, nor lost', async (_what, fault) => {
      const page = await walk.openConsent(clientId);
      const before = await grants();
      expectOutage(await whileWrong(method, fault, () => walk.decide(page)));
      expect(await grants()).toBe(before);
      expect(walk.target(await walk.decide(page)).searchParams.get('code')).toBeTruthy();
    });
  });

  it('CON-05 logs what the host threw, which its author needs, beside the reference of the page', async () => {
    walk.browser.signIn('ada');
    expectOutage(await whileWrong('currentUser', boom, () => walk.browser.get(walk.authorizeUrl(clientId))));
    const line = host.log.lines.at(-1) ?? '';
    expect(line).toMatch(/^error /);
    expect(line).toContain('users.currentUser threw');
    expect(line).toContain('the session store is on fire');
  });

  it('CON-05 waits five seconds for an answer, and grants nothing after them', async () => {
    const hang = () => new Promise<never>(() => {});
    const page = await walk.openConsent(clientId);
    const before = await grants();
    const started = performance.now();
    const answers = await whileWrong('validateScopeForUser', hang, () =>
      Promise.all([walk.browser.get(walk.authorizeUrl(clientId)), walk.decide(page)]),
    );
    const waited = performance.now() - started;
    answers.forEach(expectOutage);
    expect(waited).toBeGreaterThan(4900);
    expect(waited).toBeLessThan(7000);
    expect(await grants()).toBe(before);
  });

  it('CON-12 D9 takes a numeric id for the text of it', async () => {
    host.users.known.add('42');
    const page = await whileWrong(
      'currentUser',
      () => ({ id: 42 }),
      async () => {
        walk.browser.cookies.set('session', '42');
        return walk.browser.get(walk.authorizeUrl(clientId));
      },
    );
    // The same person, reported as '42' this time: the form is theirs.
    const answer = await walk.redeem(clientId, walk.target(await walk.decide(page)).searchParams.get('code') ?? '');
    expect(answer.status).toBe(200);
  });

  describe('users.loginUrl', () => {
    const wrong: readonly Fault[] = [
      ['a throw', boom],
      ['undefined', () => undefined],
      ['a promise', () => Promise.resolve('/login')],
      ['an empty text', () => ''],
      ['a number', () => 7],
      ['a script', () => 'javascript:alert(1)'],
      ['another site without scheme', () => '//evil.example'],
      ['the same, for browsers', () => '/\\evil.example'],
      ['a relative path', () => 'login'],
      ['a header', () => '/login\r\nset-cookie: a=b'],
      ['a blank', () => '/log in'],
    ];
    it.each(wrong)('TRN-07 answers %s: a 503 page, and no redirect', async (_what, fault) => {
      const original = host.users.loginUrl.bind(host.users);
      host.users.loginUrl = fault as () => string;
      const answer = await walk.browser.get(walk.authorizeUrl(clientId));
      host.users.loginUrl = original;
      expectOutage(answer);
    });

    it('may be on another origin', async () => {
      const original = host.users.loginUrl.bind(host.users);
      host.users.loginUrl = () => 'https://login.example/start?a=b';
      const answer = await walk.browser.get(walk.authorizeUrl(clientId));
      host.users.loginUrl = original;
      expect(answer.headers.get('location')).toBe('https://login.example/start?a=b');
    });
  });
});

describe.each(ADAPTERS)('a bearer token at the pages, on %s', (adapter) => {
  interface Seen {
    readonly via: string;
    readonly value: unknown;
  }

  /** Everything an adapter could read a header from, on either kind of request. */
  const look = (request: object): Seen[] => {
    const any = request as Record<string, unknown> & {
      get?: (name: string) => unknown;
      header?: (name: string) => unknown;
      raw?: Record<string, unknown>;
    };
    const { raw = {} } = any;
    return [
      { via: 'headers', value: any['headers'] },
      { via: 'headersDistinct', value: any['headersDistinct'] },
      { via: 'rawHeaders', value: any['rawHeaders'] },
      { via: 'get', value: typeof any.get === 'function' ? any.get('Authorization') : undefined },
      { via: 'header', value: typeof any.header === 'function' ? any.header('authorization') : undefined },
      { via: 'raw.headers', value: raw['headers'] },
      { via: 'raw.headersDistinct', value: raw['headersDistinct'] },
      { via: 'raw.rawHeaders', value: raw['rawHeaders'] },
      { via: 'copy', value: { ...any }['rawHeaders'] },
    ];
  };

  let host: TestApp;
  let seen: Seen[];
  beforeAll(async () => {
    host = await startTestApp({ adapter });
    const currentUser = host.users.currentUser.bind(host.users);
    host.users.currentUser = (request) => {
      seen.push(...look(request as object));
      return currentUser(request);
    };
  });
  beforeEach(() => {
    seen = [];
  });
  afterAll(() => host.close());

  it('CON-12 is no login: the adapter never sees it, at authorize, resume or approve', async () => {
    const { client, access_token } = await new OAuthWalk(host.origin).tokens('ada');
    seen = [];
    const bearer = { authorization: `Bearer ${access_token}` };
    const walk = new OAuthWalk(host.origin);
    const first = await walk.browser.get(walk.authorizeUrl(client.client_id), bearer);
    expect(first.headers.get('location')).toMatch(/^\/login\?/);
    const resume = new URL(first.headers.get('location') ?? '', host.origin).searchParams.get('return_to') ?? '';
    expect((await walk.browser.get(resume, bearer)).headers.get('location')).toMatch(/^\/login\?/);
    const form = { request: resume.slice(-43), csrf_token: 'A'.repeat(43), approved: 'true' };
    expectPage(await walk.browser.post('/oauth/approve', form, bearer), 403, 'no_session', host);
    expect(seen.length).toBeGreaterThan(20);
    const leaks = seen.filter(({ value }) => /authorization|bearer/i.test(JSON.stringify(value) ?? ''));
    expect(leaks).toEqual([]);
    // What it does see: the rest.
    expect(JSON.stringify(seen)).toContain('user-agent');
    expect(host.log.lines.join('\n')).not.toContain(access_token);
  });

  it('CON-12 beside a session changes nothing', async () => {
    const walk = new OAuthWalk(host.origin);
    const { client, access_token } = await walk.tokens('ada');
    const other = new OAuthWalk(host.origin);
    other.browser.signIn('grace');
    const page = await other.browser.get(other.authorizeUrl(client.client_id), {
      authorization: `Bearer ${access_token}`,
    });
    expect(page.text).toContain('grace@example.com');
  });
});
