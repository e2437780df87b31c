import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Browser, refreshTarget } from '../support/browser.js';
import { OAuthWalk, REDIRECT_URI } from '../support/oauth-walk.js';
import { expectPage, movedOnTo, readTarget, redirectedTo } from '../support/pages.js';
import { ADAPTERS, startTestApp, type TestApp } from '../support/test-app.js';

interface CodeRow {
  readonly code_hash: string;
  readonly code_challenge: string;
  readonly redirect_uri: string;
  readonly nonce: string | null;
  readonly scopes: string;
  readonly created_at: number;
  readonly expires_at: number;
}

describe.each(ADAPTERS)('authorization requests on %s', (adapter) => {
  let host: TestApp;
  beforeAll(async () => {
    host = await startTestApp({ adapter });
  });
  afterAll(() => host.close());

  const newWalk = (userId?: string): OAuthWalk => {
    const walk = new OAuthWalk(host.origin);
    if (userId !== undefined) walk.browser.signIn(userId);
    return walk;
  };

  const only = async <T>(sql: string): Promise<T> => (await host.dataSource.query<T[]>(sql))[0] as T;
  const latestCode = () => only<CodeRow>('SELECT * FROM mcp_auth_authorization_codes ORDER BY id DESC LIMIT 1');

  describe('a POST form', () => {
    const form = (walk: OAuthWalk, clientId: string, change: Record<string, string | undefined> = {}) =>
      Object.fromEntries(new URL(walk.authorizeUrl(clientId, change), host.origin).searchParams);

    it('AUT-01 AUT-23 turns into a GET by 303, and goes on from there', async () => {
      const walk = newWalk();
      const { client_id } = await walk.register();
      const posted = await walk.browser.post('/oauth/authorize', form(walk, client_id));
      expect(posted.status).toBe(303);
      expect(posted.headers.get('cache-control')).toBe('no-store');
      const location = posted.headers.get('location') ?? '';
      expect(location).toMatch(/^\/oauth\/authorize\/resume\?request=[\w-]{43}$/);
      // The form came from the client's site, so the browser held our Lax cookie back: another one now would take its place.
      expect(posted.headers.getSetCookie()).toEqual([]);
      const page = await walk.browser.signIn('ada').get(location);
      expect(walk.browser.cookies.has('mcp_auth')).toBe(true);
      const { params } = readTarget(walk.target(await walk.decide(page)).href);
      expect(params).toMatchObject({ state: walk.state, iss: host.origin });
      expect((await walk.redeem(client_id, params['code'] ?? '')).status).toBe(200);
    });

    it('AUT-36 leaves a consent page of the same browser usable, and belongs to the browser that comes first', async () => {
      const walk = newWalk('ada');
      const { client_id } = await walk.register();
      const open = await walk.openConsent(client_id);
      const withoutCookies = newWalk();
      const posted = await withoutCookies.browser.post('/oauth/authorize', form(walk, client_id));
      const resume = posted.headers.get('location') ?? '';
      const second = await walk.browser.get(resume);
      expect(second.status).toBe(200);
      for (const page of [open, second]) {
        expect(readTarget(walk.target(await walk.decide(page)).href).params['code']).toBeDefined();
      }
      const late = newWalk('ada');
      expectPage(await late.browser.get(resume), 403, 'other_browser', host);
    });

    it('AUT-36 gives a request that two browsers come for at once to one of them', async () => {
      const walk = newWalk();
      const { client_id } = await walk.register();
      const posted = await walk.browser.post('/oauth/authorize', form(walk, client_id));
      const resume = posted.headers.get('location') ?? '';
      const answers = await Promise.all(Array.from({ length: 10 }, () => newWalk('ada').browser.get(resume)));
      expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
        200,
        ...Array.from({ length: 9 }, () => 403),
      ]);
    });

    it('AUT-24 holds an error until somebody is signed in', async () => {
      const walk = newWalk();
      const { client_id } = await walk.register();
      const posted = await walk.browser.post('/oauth/authorize', form(walk, client_id, { scope: '"' }));
      const resume = posted.headers.get('location') ?? '';
      expect((await walk.browser.get(resume)).headers.get('location')).toMatch(/^\/login\?/);
      expect(movedOnTo(await walk.browser.signIn('ada').get(resume)).params['error']).toBe('invalid_scope');
    });

    it.each([
      ['AUT-05 shows a page for an unknown client', { client_id: 'nobody' }, 'client_unknown'],
      [
        'AUT-07 shows a page for a foreign redirect URI',
        { redirect_uri: 'https://e.example' },
        'redirect_uri_mismatch',
      ],
    ])('%s', async (_what, change, reason) => {
      const walk = newWalk('ada');
      const { client_id } = await walk.register();
      expectPage(await walk.browser.post('/oauth/authorize', form(walk, client_id, change)), 400, reason, host);
    });

    it.each([
      ['JSON', 'application/json', '{}', 400, 'content_type_unsupported'],
      ['a multipart form', 'multipart/form-data; boundary=x', '--x--', 400, 'content_type_unsupported'],
      [
        'another character set',
        'application/x-www-form-urlencoded; charset=utf-16',
        'a=b',
        400,
        'body_charset_unsupported',
      ],
      ['nothing', 'application/x-www-form-urlencoded', '', 400, 'client_id_missing'],
      ['more than 64 KB', 'application/x-www-form-urlencoded', `a=${'x'.repeat(70_000)}`, 413, 'body_too_large'],
    ] as const)('ABU-02 AUT-35 answers %s with a page', async (_what, contentType, body, status, reason) => {
      for (const path of ['/oauth/authorize', '/oauth/approve']) {
        const response = await fetch(host.origin + path, {
          method: 'POST',
          headers: { 'content-type': contentType },
          body,
        });
        const answer = { status: response.status, headers: response.headers, text: await response.text() };
        const expected = path.endsWith('approve') && body === '' ? 'handle_malformed' : reason;
        expectPage(answer, status, expected, host);
      }
    });

    it('AUT-35 answers bytes that are not UTF-8 with a page', async () => {
      const body = Buffer.from([...Buffer.from('client_id='), 0xff, 0xfe]);
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      const response = await fetch(`${host.origin}/oauth/approve`, { method: 'POST', headers, body });
      const answer = { status: response.status, headers: response.headers, text: await response.text() };
      expectPage(answer, 400, 'body_not_utf8', host);
    });
  });

  describe('the redirect URI', () => {
    it.each([
      ['AUT-09', 'http://127.0.0.1/callback', 'http://127.0.0.1:53124/callback'],
      ['AUT-09', 'http://127.0.0.1:1234/callback?a=b', 'http://127.0.0.1:65001/callback?a=b'],
      ['AUT-09', 'http://127.0.0.1:1234/callback', 'http://127.0.0.1/callback'],
      ['AUT-09', 'http://[::1]/callback', 'http://[::1]:40000/callback'],
      ['AUT-10', 'http://localhost/callback', 'http://localhost:33418/callback'],
      ['AUT-08 TRN-07', 'cursor://anysphere.cursor-mcp/oauth/Callback', 'cursor://anysphere.cursor-mcp/oauth/Callback'],
      ['AUT-08', 'com.example.app:/back', 'com.example.app:/back'],
    ])('%s of a client with %s may be %s', async (_id, registered, requested) => {
      const walk = newWalk('ada');
      const { client_id } = await walk.register({ redirect_uris: [registered] });
      const page = await walk.browser.get(walk.authorizeUrl(client_id, { redirect_uri: requested }));
      const answer = await walk.decide(page);
      const target = refreshTarget(answer.text) ?? '';
      expect(target.startsWith(`${requested}${requested.includes('?') ? '&' : '?'}code=`), target).toBe(true);
      // AUT-32: what was sent is what the code is bound to, port included.
      expect((await latestCode()).redirect_uri).toBe(requested);
    });

    it.each([
      ['AUT-09', 'http://127.0.0.1/callback', 'http://localhost/callback'],
      ['AUT-09', 'http://localhost/callback', 'http://127.0.0.1/callback'],
      ['AUT-09', 'http://127.0.0.1/callback', 'http://[::1]/callback'],
      ['AUT-09', 'http://127.0.0.1/callback', 'http://127.0.0.1:80/other'],
      ['AUT-09', 'http://127.0.0.1/callback', 'http://127.0.0.1:80@evil.example/callback'],
      ['AUT-09', 'http://127.0.0.1/callback', 'http://127.0.0.1.evil.example/callback'],
      ['AUT-09', 'http://127.0.0.1/callback', 'https://127.0.0.1:443/callback'],
      ['AUT-09', 'http://127.0.0.1/callback', 'http://127.0.0.1:99999999/callback'],
      ['AUT-10', 'http://localhost/callback', 'http://localhost.evil.example/callback'],
      ['AUT-08', 'cursor://anysphere.cursor-mcp/oauth', 'cursor://anysphere.cursor-mcp:1/oauth'],
    ])('%s of a client with %s may not be %s', async (_id, registered, requested) => {
      const walk = newWalk('ada');
      const { client_id } = await walk.register({ redirect_uris: [registered] });
      const answer = await walk.browser.get(walk.authorizeUrl(client_id, { redirect_uri: requested }));
      expectPage(answer, 400, 'redirect_uri_mismatch', host);
    });
  });

  describe('scopes and resource', () => {
    it.each([
      ['AUT-16 no scope: the default set', undefined, ['mcp:read', 'mcp:write', 'mcp:admin']],
      ['AUT-03 AUT-16 an empty scope: the default set', '', ['mcp:read', 'mcp:write', 'mcp:admin']],
      ['AUT-15 only what is known', 'mcp:read nonsense offline_access', ['mcp:read']],
      ['AUT-15 only unknown ones: the default set', 'nonsense', ['mcp:read', 'mcp:write', 'mcp:admin']],
      ['AUT-15 one in another case is another one', 'mcp:read MCP:WRITE', ['mcp:read']],
      ['CON-05 twice the same is once', 'mcp:write mcp:write mcp:read', ['mcp:write', 'mcp:read']],
    ])('%s', async (_what, scope, granted) => {
      const walk = newWalk();
      const { scope: answered, access_token } = await walk.tokens('ada', { scope });
      expect(answered.split(' ').toSorted()).toEqual([...granted].toSorted());
      const opened = await fetch(`${host.origin}/mcp`, { headers: { authorization: `Bearer ${access_token}` } });
      expect(((await opened.json()) as { auth: { scopes: string[] } }).auth.scopes.toSorted()).toEqual(
        granted.toSorted(),
      );
    });

    it.each([
      ['AUT-19 none, which means the only one', () => undefined],
      ['AUT-18 the identifier itself', () => `${host.origin}/mcp`],
      ['AUT-18 an upper-case scheme', () => `HTTP${host.origin.slice(4)}/mcp`],
    ])('%s', async (_what, resource) => {
      const walk = newWalk();
      const { access_token } = await walk.tokens('ada', { resource: resource() });
      const payload = JSON.parse(Buffer.from(access_token.split('.')[1] ?? '', 'base64url').toString()) as object;
      expect(payload).toMatchObject({ aud: `${host.origin}/mcp` });
    });

    it.each([
      ['a trailing slash', (resource: string) => `${resource}/`],
      ['a path in another case', (resource: string) => resource.replace('/mcp', '/MCP')],
      ['a fragment', (resource: string) => `${resource}#`],
      ['a query', (resource: string) => `${resource}?a`],
      ['a part of it', (resource: string) => resource.replace('/mcp', '')],
    ])('AUT-17 AUT-18 refuses a resource with %s', async (_what, bend) => {
      const walk = newWalk('ada');
      const { client_id } = await walk.register();
      const answer = await walk.browser.get(walk.authorizeUrl(client_id, { resource: bend(`${host.origin}/mcp`) }));
      expect(redirectedTo(answer).params['error']).toBe('invalid_target');
    });

    it('AUT-04 AUT-19 takes the same resource twice for one', async () => {
      const walk = newWalk('ada');
      const { client_id } = await walk.register();
      const twice = `&resource=${host.origin}/mcp`.repeat(2);
      expect((await walk.browser.get(walk.authorizeUrl(client_id) + twice)).status).toBe(200);
    });
  });

  it('AUT-03 AUT-29 ignores what it does not know, and hints it has no use for', async () => {
    const walk = newWalk('ada');
    const { client_id } = await walk.register();
    const change = {
      display: 'touch',
      ui_locales: 'de en',
      claims_locales: 'fr',
      acr_values: 'gold',
      login_hint: 'someone@example.com',
      claims: '{}',
      response_mode: 'query',
      'scope[a]': 'b',
      __proto__x: 'y',
      constructor: 'z',
      nonce: '',
      max_age: '',
    };
    const page = await walk.browser.get(walk.authorizeUrl(client_id, change));
    expect(page.status).toBe(200);
    expect(readTarget(walk.target(await walk.decide(page)).href).params['code']).toBeDefined();
  });

  it('AUT-32 AUT-33 STO-01 binds a code to everything it was given for, and stores only its hash', async () => {
    const walk = newWalk('ada');
    const { client_id } = await walk.register();
    host.users.authTime = Math.floor(Date.now() / 1000) - 60;
    const before = host.clock.now();
    const code = await walk.code(client_id, 'ada', { scope: 'mcp:read', nonce: 'the-nonce' });
    const authTime = host.users.authTime;
    host.users.authTime = undefined;
    const row = await latestCode();
    expect(row).toMatchObject({ code_challenge: walk.challenge, redirect_uri: REDIRECT_URI, nonce: 'the-nonce' });
    expect(Number(row.expires_at) - Number(row.created_at)).toBe(1800 * 1000);
    expect(Number(row.created_at)).toBeGreaterThanOrEqual(before);
    const grant = await only<{ scopes: string }>('SELECT * FROM mcp_auth_grants ORDER BY id DESC LIMIT 1');
    expect(JSON.parse(grant.scopes)).toEqual(['mcp:read']);
    expect(grant).toMatchObject({
      user_id: 'ada',
      org_id: 'analytical',
      client_id,
      resource: `${host.origin}/mcp`,
      auth_time: authTime,
    });
    // 256 bits, in no relation to the challenge; and nowhere in the database.
    expect(code).toMatch(/^[\w-]{43}$/);
    expect(code).not.toContain(walk.challenge);
    expect(JSON.stringify([row, grant])).not.toContain(code);
    expect(host.log.lines.join('\n')).not.toContain(code);
  });

  it('AUT-35 answers a URL beyond every limit with a 4xx of the server', async () => {
    const { status } = await new Browser(host.origin).get(`/oauth/authorize?client_id=${'x'.repeat(40_000)}`);
    expect([414, 431]).toContain(status);
  });

  it('AUT-33 AUT-36 keeps a request for half an hour, and no second longer', async () => {
    const walk = newWalk();
    const { client_id } = await walk.register();
    const first = await walk.browser.get(walk.authorizeUrl(client_id));
    const resume = new URL(first.headers.get('location') ?? '', host.origin).searchParams.get('return_to') ?? '';
    walk.browser.signIn('ada');
    host.clock.advance(1800 - 5);
    const page = await walk.browser.get(resume);
    expect(page.status).toBe(200);
    host.clock.advance(6);
    expectPage(await walk.browser.get(resume), 400, 'request_expired', host);
    expectPage(await walk.decide(page), 400, 'request_expired', host);
  });
});
