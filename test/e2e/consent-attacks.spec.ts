import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { McpLoginService } from 'nestjs-mcp-auth';
import { barrier } from '../support/barrier.js';
import { type Answer, readConsentForm, readOrganisationForm } from '../support/browser.js';
import { COMPILERS, Members } from '../support/members.js';
import { OAuthWalk } from '../support/oauth-walk.js';
import { expectPage, movedOnTo } from '../support/pages.js';
import { ADAPTERS, startTestApp, type TestApp } from '../support/test-app.js';

/** What consent-form.spec.ts leaves: several tabs, a change between page and submit, posts of other sites, replays after the answer. */
describe.each(ADAPTERS)('attacks on the consent page on %s', (adapter) => {
  const members = new Members();
  let host: TestApp;
  let walk: OAuthWalk;
  let clientId: string;
  beforeAll(async () => {
    host = await startTestApp({ adapter, users: members });
  });
  beforeEach(async () => {
    members.reset();
    walk = new OAuthWalk(host.origin);
    ({ client_id: clientId } = await walk.register());
  });
  afterAll(() => host.close());

  const grants = async () =>
    host.dataSource.query<{ user_id: string; org_id: string | null }[]>(
      'SELECT user_id, org_id FROM mcp_auth_grants WHERE client_id = ? ORDER BY id',
      [clientId],
    );
  const orgsGranted = async () => (await grants()).map(({ org_id }) => org_id);

  const handleOf = (page: Answer): string => readConsentForm(page.text).fields['request'] ?? '';
  const formOf = (page: Answer) => {
    const { fields, scopes } = readConsentForm(page.text);
    return { ...fields, scopes, approved: 'true' };
  };
  const resume = (page: Answer) => walk.browser.get(`/oauth/authorize/resume?request=${handleOf(page)}`);
  const leave = (page: Answer) => walk.browser.get(`/oauth/authorize/select-account?request=${handleOf(page)}`);
  const choose = (page: Answer, organisation: string) => {
    const { action, fields } = readOrganisationForm(page.text);
    return walk.browser.post(action, { ...fields, organisation });
  };

  /** All are past the check that the request is still open before any goes on. */
  const together = async (...posts: (() => Promise<Answer>)[]): Promise<Answer[]> => {
    const arrive = barrier(posts.length);
    members.faults.set('currentUser', async () => {
      await arrive();
      return { id: 'ada' };
    });
    try {
      return await Promise.all(posts.map((post) => post()));
    } finally {
      members.faults.clear();
    }
  };

  describe('several tabs', () => {
    it('CON-12 AUT-20 two requests side by side end each with its own state, code and scopes', async () => {
      const other = { state: 'the other', scope: 'mcp:read' };
      const one = await walk.openConsent(clientId, 'ada', { scope: 'mcp:read mcp:write' });
      const two = await walk.openConsent(clientId, 'ada', other);
      const second = movedOnTo(await walk.decide(two)).params;
      const first = movedOnTo(await walk.decide(one)).params;
      expect([first['state'], second['state']]).toEqual([walk.state, 'the other']);
      expect(first['code']).not.toBe(second['code']);
      const scopes = [];
      for (const { code = '' } of [first, second])
        scopes.push((JSON.parse((await walk.redeem(clientId, code)).text) as { scope: string }).scope);
      expect(scopes).toEqual(['mcp:read mcp:write', 'mcp:read']);
    });

    it('CON-12 the refusal of one request leaves the other as it is', async () => {
      const one = await walk.openConsent(clientId);
      const two = await walk.openConsent(clientId, 'ada', { state: 'the other' });
      expect(movedOnTo(await walk.decide(one, 'false')).params).toMatchObject({ error: 'access_denied' });
      expect(movedOnTo(await walk.decide(two)).params).toMatchObject({ state: 'the other' });
    });

    it.each(['true', 'false'])('CON-12 one request open twice is answered once: first %s', async (first) => {
      const one = await walk.openConsent(clientId);
      const two = await resume(one);
      await walk.decide(one, first);
      for (const second of ['true', 'false']) expectPage(await walk.decide(two, second), 400, 'request_decided', host);
      expect(await grants()).toHaveLength(first === 'true' ? 1 : 0);
    });

    it('CON-01 no field of one request opens the other', async () => {
      const [one, two] = [await walk.openConsent(clientId), await walk.openConsent(clientId)];
      const crossed = { ...formOf(one), request: handleOf(two) };
      expectPage(await walk.browser.post('/oauth/approve', crossed), 403, 'csrf_token_wrong', host);
      expect(await grants()).toEqual([]);
    });
  });

  describe('a change between page and submit', () => {
    it('CON-12 the user is gone: signed out by the host, or without an account', async () => {
      const page = await walk.openConsent(clientId);
      members.known.delete('ada');
      expectPage(await walk.decide(page), 403, 'no_session', host);
      members.faults.set('currentUser', () => ({ id: 'ada' }));
      expectPage(await walk.decide(page), 403, 'user_gone', host);
      expect(await grants()).toEqual([]);
    });

    it('CON-12 the membership is gone', async () => {
      const page = await walk.openConsent(clientId);
      members.faults.set('fetchUserData', () => null);
      expectPage(await walk.decide(page), 403, 'user_gone', host);
      expect(await grants()).toEqual([]);
    });

    it('CON-12 the user is another, and then again the first', async () => {
      const page = await walk.openConsent(clientId, 'ada');
      walk.browser.signIn('grace');
      for (const approved of ['true', 'false'])
        expectPage(await walk.decide(page, approved), 403, 'csrf_token_wrong', host);
      expect(await grants()).toEqual([]);
      walk.browser.signIn('ada');
      await walk.decide(page);
      expect(await grants()).toEqual([{ user_id: 'ada', org_id: 'analytical' }]);
    });

    it('CON-12 the organisation is another one, none, or one of a look-alike id', async () => {
      const page = await walk.openConsent(clientId);
      members.memberships.set('ada', [{ id: 'analytical' }, COMPILERS, { id: 'Analytical' }, { id: 'analytical ' }]);
      for (const org of [COMPILERS, null, { id: 'Analytical' }, { id: 'analytical ' }]) {
        members.faults.set('currentOrg', () => org);
        expectPage(await walk.decide(page), 403, 'csrf_token_wrong', host);
      }
      expect(await grants()).toEqual([]);
    });

    it('CON-12 a number becomes its text: the same user, the same organisation', async () => {
      members.known.add('42');
      members.memberships.set('42', [{ id: 7 }]);
      walk.browser.signIn('42');
      members.faults.set('currentUser', () => ({ id: 42 }));
      const page = await walk.browser.get(walk.authorizeUrl(clientId));
      members.faults.clear();
      members.memberships.set('42', [{ id: '7' } as never]);
      await walk.decide(page);
      expect(await grants()).toEqual([{ user_id: '42', org_id: '7' }]);
    });

    it('CON-05 what the user may grant shrinks, and the form does not bring it back', async () => {
      const page = await walk.openConsent(clientId);
      members.refused.add('mcp:write').add('mcp:admin');
      const { params } = movedOnTo(await walk.decide(page));
      const answer = await walk.redeem(clientId, params['code'] ?? '');
      expect(JSON.parse(answer.text)).toMatchObject({ scope: 'mcp:read' });
    });

    it('CON-05 what the user may grant grows, and only what the page showed is granted', async () => {
      members.refused.add('mcp:admin');
      const page = await walk.openConsent(clientId);
      members.refused.clear();
      const scopes = ['mcp:write', 'mcp:admin'];
      const { params } = movedOnTo(await walk.decide(page, 'true', { scopes }));
      const answer = await walk.redeem(clientId, params['code'] ?? '');
      expect(JSON.parse(answer.text)).toMatchObject({ scope: 'mcp:read mcp:write' });
    });
  });

  describe('at the same moment', () => {
    it('CON-12 an approval and a choice: the grant is for the organisation on the page, if there is one', async () => {
      for (let round = 0; round < 5; round++) {
        const page = await walk.openConsent(clientId);
        const before = (await grants()).length;
        const [approval] = await together(
          () => walk.decide(page),
          () => choose(page, 'compilers'),
        );
        const after = await orgsGranted();
        expect(after.length - before).toBe(approval?.status === 200 ? 1 : 0);
        expect(new Set(after)).toEqual(new Set(after.length > 0 ? ['analytical'] : []));
      }
    });

    it('CON-12 twenty choices: one stands, and the page shows that one', async () => {
      const page = await walk.openConsent(clientId);
      const ids = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? 'compilers' : '7'));
      const answers = await together(...ids.map((id) => () => choose(page, id)));
      expect(answers.map(({ status }) => status)).toEqual(ids.map(() => 303));
      const shown = await resume(page);
      await walk.decide(shown);
      const [granted] = await orgsGranted();
      expect(shown.text).toContain(granted === '7' ? '<dd><bdi>Difference Works' : '<dd><bdi>Compilers &amp; Co');
    });

    it('CON-12 an approval and "use another account": one answer, and one code at most', async () => {
      for (let round = 0; round < 5; round++) {
        const page = await walk.openConsent(clientId);
        const before = (await grants()).length;
        const [approval, left] = await Promise.all([walk.decide(page), leave(page)]);
        expect(approval.status).toBe(200);
        expect([302, 400]).toContain(left.status);
        expect((await grants()).length - before).toBe(1);
        expectPage(await walk.decide(page), 400, 'request_decided', host);
      }
    });
  });

  describe('a replay', () => {
    it.each(['true', 'false'])('CON-12 nothing of a request opens after it was answered with %s', async (approved) => {
      members.handleLogin = true;
      await walk.browser.get(walk.authorizeUrl(clientId));
      const { handle } = members.loginUrls.at(-1)!;
      const login = await host.app.get(McpLoginService).complete(handle, { id: 'ada' }, { id: 'analytical' });
      const page = await walk.browser.get(login.resumeUrl);
      await walk.decide(page, approved);
      const before = await grants();
      for (const again of [
        await walk.decide(page),
        await walk.decide(page, 'false'),
        await choose(page, 'compilers'),
        await leave(page),
        await resume(page),
        await walk.browser.get(login.resumeUrl),
      ])
        expectPage(again, 400, 'request_decided', host);
      await expect(host.app.get(McpLoginService).complete(handle, { id: 'ada' })).rejects.toThrow('No open request');
      expect(await grants()).toEqual(before);
    });

    it('CON-12 the form of an answered request opens no later one of the same client, user and state', async () => {
      const old = await walk.openConsent(clientId);
      await walk.decide(old);
      const fresh = await walk.openConsent(clientId);
      expectPage(await walk.decide(old), 400, 'request_decided', host);
      const mixed = { ...formOf(old), request: handleOf(fresh) };
      expectPage(await walk.browser.post('/oauth/approve', mixed), 403, 'csrf_token_wrong', host);
      expect(await grants()).toHaveLength(1);
    });
  });

  describe('a post of another site', () => {
    it('CON-01 needs the token for a no as for a yes: nobody answers in the place of a person', async () => {
      const page = await walk.openConsent(clientId);
      const form = { request: handleOf(page), approved: 'false' };
      expectPage(await walk.browser.post('/oauth/approve', form), 403, 'csrf_token_wrong', host);
      expect(walk.target(await walk.decide(page)).searchParams.get('code')).toBeTruthy();
    });

    it('CON-01 of a type that needs no preflight, or of a form with files, is no form', async () => {
      const page = await walk.openConsent(clientId);
      const cookie = [...walk.browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const { scopes, ...single } = formOf(page);
      const plain = new URLSearchParams({ ...single, scopes: scopes[0] ?? '' }).toString();
      const files = new FormData();
      for (const [name, value] of new URLSearchParams(plain)) files.set(name, value);
      for (const [type, body] of [
        ['text/plain', plain],
        ['application/json', JSON.stringify(formOf(page))],
        ['application/xml', plain],
        [undefined, files],
      ] as const) {
        const headers = { cookie, ...(type === undefined ? {} : { 'content-type': type }) };
        const answer = await fetch(`${host.origin}/oauth/approve`, { method: 'POST', headers, body });
        expect(answer.status, type).toBeGreaterThanOrEqual(400);
        expect(answer.status, type).toBeLessThan(500);
      }
      expect(await grants()).toEqual([]);
    });

    it('CON-01 is no form either when it calls itself one by a header', async () => {
      const page = await walk.openConsent(clientId);
      const query = new URLSearchParams({ ...readConsentForm(page.text).fields, approved: 'true' }).toString();
      for (const name of ['x-http-method-override', 'x-method-override', 'x-http-method']) {
        const answer = await walk.browser.get(`/oauth/approve?${query}&_method=POST`, { [name]: 'POST' });
        expect(answer.status).toBe(405);
      }
      expect(await grants()).toEqual([]);
    });

    it('CON-12 with everything but the cookie, which browsers hold back from it, gives nothing', async () => {
      const page = await walk.openConsent(clientId);
      const attacker = new OAuthWalk(host.origin);
      const foreign = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
      expectPage(await attacker.browser.post('/oauth/approve', formOf(page), foreign), 403, 'other_browser', host);
      attacker.browser.signIn('ada');
      expectPage(await attacker.browser.post('/oauth/approve', formOf(page), foreign), 403, 'other_browser', host);
      expect(await grants()).toEqual([]);
    });
  });

  it('CON-08 CON-09 forbids frames, storage and referrers on every page there is, refusals included', async () => {
    const page = await walk.openConsent(clientId);
    const pages = [
      page,
      await choose(page, 'bank'),
      await choose(await walk.openConsent(clientId), ''),
      await walk.browser.post('/oauth/authorize/select-organisation', {}),
      await walk.browser.get('/oauth/authorize/select-account'),
      await walk.browser.post('/oauth/approve', { ...formOf(page), csrf_token: '' }),
      await walk.decide(page),
      await walk.decide(page),
      await walk.browser.get('/oauth/authorize?client_id=nobody'),
    ];
    expect(pages.map(({ status }) => status)).toEqual([200, 403, 403, 400, 400, 403, 200, 400, 400]);
    for (const { headers } of pages) {
      expect(headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
    }
    // The two that only lead on say nothing that could be framed or kept.
    for (const { headers, text, status } of [await leave(await walk.openConsent(clientId))]) {
      expect([status, text]).toEqual([302, '']);
      expect(headers.get('cache-control')).toBe('no-store');
    }
  });

  // The last one: a second application takes the log over from the first.
  it('CON-12 another server of the same secret and code, without the request, takes nothing', async () => {
    const page = await walk.openConsent(clientId);
    const twin = await startTestApp({ adapter, options: { oauthSecret: host.secret } });
    const there = new OAuthWalk(twin.origin);
    there.browser.signIn('ada').cookies.set('mcp_auth', walk.browser.cookies.get('mcp_auth') ?? '');
    expectPage(await there.browser.post('/oauth/approve', formOf(page)), 400, 'handle_unknown', twin);
    await twin.close();
  });
});
