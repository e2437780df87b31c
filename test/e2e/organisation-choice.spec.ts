import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { McpLoginService } from 'nestjs-mcp-auth';
import { type Answer, readConsentForm, readOrganisationForm, refreshTarget } from '../support/browser.js';
import { ANALYTICAL, COMPILERS, DIFFERENCE, Members } from '../support/members.js';
import { OAuthWalk } from '../support/oauth-walk.js';
import { expectPage, redirectedTo } from '../support/pages.js';
import { ADAPTERS, startTestApp, type TestApp } from '../support/test-app.js';

const ENDPOINT = '/oauth/authorize/select-organisation';

describe.each(ADAPTERS)('the choice of an organisation on %s', (adapter) => {
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

  const choose = (page: Answer, organisation: string, change: Record<string, string> = {}): Promise<Answer> => {
    const { action, fields } = readOrganisationForm(page.text);
    expect(action).toBe(ENDPOINT);
    return walk.browser.post(action, { ...fields, organisation, ...change });
  };

  const follow = (answer: Answer): Promise<Answer> => {
    expect([answer.status, answer.headers.get('location')]).toEqual([
      303,
      expect.stringMatching(/^\/oauth\/authorize\/resume\?request=[\w-]{43}$/),
    ]);
    return walk.browser.get(answer.headers.get('location') ?? '');
  };

  /** The organisation that a page is about, and those it offers. */
  const organisations = ({ text }: Answer) => ({
    now: /<dt>Organisation<\/dt><dd>(?:<bdi>)?([^<]*)/.exec(text)?.[1]?.trim(),
    offers: readOrganisationForm(text).offers,
  });

  it.each([
    ['here', '/login?return_to=x', 302],
    ['elsewhere', 'https://login.example/start?a=b&c=d', 200],
  ])('CON-09 AUT-27 leads to a login page %s, whatever the policy of the form', async (_where, url, status) => {
    const now = Math.floor(host.clock.now() / 1000);
    members.authTime = now;
    walk.browser.signIn('ada');
    const page = await walk.browser.get(walk.authorizeUrl(clientId, { max_age: '60' }));
    members.authTime = now - 100;
    const original = members.loginUrl.bind(members);
    members.loginUrl = () => url;
    try {
      const next = await follow(await choose(page, 'compilers'));
      expect([next.status, next.headers.get('location')]).toEqual([status, status === 302 ? url : null]);
      if (status === 302) return;
      expect(refreshTarget(next.text)).toBe(url);
      expect(next.text).toContain('<h1>Sign in once more</h1>');
      expect(next.headers.get('set-cookie')).toBeNull();
    } finally {
      members.loginUrl = original;
    }
  });

  it('C3 begins with the current one, offers the others, and grants for the one on the page', async () => {
    const page = await walk.openConsent(clientId);
    expect(organisations(page)).toEqual({
      now: 'Analytical Engines',
      offers: { compilers: 'Compilers & Co', '7': 'Difference Works' },
    });
    const next = await follow(await choose(page, 'compilers'));
    expect(organisations(next)).toEqual({
      now: 'Compilers &amp; Co',
      offers: { analytical: 'Analytical Engines', '7': 'Difference Works' },
    });
    expect(await grants()).toEqual([]);
    const code = walk.target(await walk.decide(next)).searchParams.get('code') ?? '';
    expect(await grants()).toEqual([{ user_id: 'ada', org_id: 'compilers' }]);
    const { access_token } = JSON.parse((await walk.redeem(clientId, code)).text) as { access_token: string };
    const claims: unknown = JSON.parse(Buffer.from(access_token.split('.')[1] ?? '', 'base64url').toString());
    expect(claims).toMatchObject({ sub: 'ada', org_id: 'compilers' });
  });

  it('C3 may be changed as often as one likes, also back, and survives a reload', async () => {
    let page = await walk.openConsent(clientId);
    for (const id of ['7', 'compilers', '7', 'analytical']) page = await follow(await choose(page, id));
    expect(organisations(page).now).toBe('Analytical Engines');
    page = await follow(await choose(page, '7'));
    const handle = readConsentForm(page.text).fields['request'] ?? '';
    expect(organisations(await walk.browser.get(`/oauth/authorize/resume?request=${handle}`)).now).toBe(
      'Difference Works',
    );
    await walk.decide(page);
    expect(await grants()).toEqual([{ user_id: 'ada', org_id: '7' }]);
  });

  it.each([
    ['one organisation', 'grace', [COMPILERS], 'Compilers &amp; Co'],
    ['none', 'grace', [], undefined],
  ])('offers nothing to who has %s', async (_what, userId, list, now) => {
    members.memberships.set(userId, list);
    expect(organisations(await walk.openConsent(clientId, userId))).toEqual({ now, offers: {} });
  });

  it('C3 lets who acts for none begin so, and choose', async () => {
    members.faults.set('currentOrg', () => null);
    const page = await walk.openConsent(clientId);
    expect(organisations(page)).toMatchObject({ now: 'None', offers: { analytical: 'Analytical Engines' } });
    await walk.decide(await follow(await choose(page, 'analytical')));
    await walk.decide(await walk.openConsent(clientId));
    expect((await grants()).map(({ org_id }) => org_id)).toEqual(['analytical', null]);
  });

  it('CON-11 escapes and cleans names, falls back to the id, and tells those of one name apart', async () => {
    members.memberships.set('ada', [
      ANALYTICAL,
      { id: 'twin', name: 'Analytical Engines' },
      { id: 'a"b', name: '<b>bold</b>' },
      { id: 'nameless' },
      { id: 'unseen', name: '\u202e\u200b' },
    ]);
    const page = await walk.openConsent(clientId);
    expect(page.text).not.toContain('<b>bold');
    expect(organisations(page)).toEqual({
      now: 'Analytical Engines (analytical)',
      offers: {
        twin: 'Analytical Engines (twin)',
        'a"b': '<b>bold</b>',
        nameless: 'nameless',
        unseen: 'unseen',
      },
    });
    expect(organisations(await follow(await choose(page, 'a"b'))).now).toBe('&lt;b&gt;bold&lt;/b&gt;');
  });

  it('CON-05 asks the policies about the chosen one', async () => {
    members.refused.add('compilers mcp:write').add('compilers mcp:admin');
    const page = await walk.openConsent(clientId);
    expect(readConsentForm(page.text).scopes).toEqual(['mcp:write', 'mcp:admin']);
    members.askingClients.length = 0;
    const next = await follow(await choose(page, 'compilers'));
    expect(readConsentForm(next.text).scopes).toEqual([]);
    expect(members.askingClients.map(({ orgId }) => orgId)).toEqual(['compilers', 'compilers']);
    const code = walk.target(await walk.decide(next, 'true', { scopes: ['mcp:write'] })).searchParams.get('code');
    expect(JSON.parse((await walk.redeem(clientId, code ?? '')).text)).toMatchObject({ scope: 'mcp:read' });
  });

  describe('CON-07 a remembered consent', () => {
    const ask = (change: Record<string, string> = {}) =>
      walk.browser.get(walk.authorizeUrl(clientId, { scope: 'mcp:read', ...change }));
    const give = async (organisation: string) => {
      const page = await walk.openConsent(clientId, 'ada', { scope: 'mcp:read' });
      await walk.decide(organisation === 'analytical' ? page : await follow(await choose(page, organisation)));
    };

    it('for one organisation grants nothing for another', async () => {
      await give('compilers');
      const page = await ask();
      expect(organisations(page).now).toBe('Analytical Engines');
      expect(page.text).not.toContain('Already allowed');
      expect(redirectedTo(await ask({ prompt: 'none' })).params).toMatchObject({ error: 'consent_required' });
    });

    it('counts where it is for the current organisation, shown or not', async () => {
      await give('compilers');
      members.faults.set('currentOrg', () => COMPILERS);
      for (const change of [{}, { prompt: 'none' }])
        expect(redirectedTo(await ask(change)).params).toHaveProperty('code');
      expect((await grants()).map(({ org_id }) => org_id)).toEqual(['compilers', 'compilers', 'compilers']);
    });

    it('is shown, not used, where the organisation was just chosen', async () => {
      await give('compilers');
      const next = await follow(await choose(await ask(), 'compilers'));
      expect(organisations(next).now).toBe('Compilers &amp; Co');
      expect(next.text).toContain('Already allowed');
      expect(await grants()).toHaveLength(1);
    });

    it('of another request is no choice for this one', async () => {
      await follow(await choose(await walk.openConsent(clientId), 'compilers'));
      expect(organisations(await walk.openConsent(clientId)).now).toBe('Analytical Engines');
    });
  });

  describe('is refused, and changes nothing,', () => {
    const wrong: readonly (readonly [string, Record<string, string>, number, string])[] = [
      ['without token', { csrf_token: '' }, 403, 'csrf_token_wrong'],
      ['with another token', { csrf_token: `W10.${'A'.repeat(43)}` }, 403, 'csrf_token_wrong'],
      ['without request', { request: '' }, 400, 'handle_malformed'],
      ['for a request nobody made', { request: 'A'.repeat(43) }, 400, 'handle_unknown'],
      ['for no organisation', { organisation: '' }, 403, 'organisation_unknown'],
      ['for one that is not theirs', { organisation: 'bank' }, 403, 'organisation_unknown'],
      ['for one that is spelled otherwise', { organisation: 'Compilers' }, 403, 'organisation_unknown'],
      ['for one with a blank', { organisation: 'compilers ' }, 403, 'organisation_unknown'],
      ['for a name of it', { organisation: 'Compilers & Co' }, 403, 'organisation_unknown'],
      ['for a member of every object', { organisation: '__proto__' }, 403, 'organisation_unknown'],
      ['with a control character', { organisation: 'compilers\0' }, 400, 'parameter_control_character'],
    ];
    it.each(wrong)('CON-01 %s', async (_what, change, status, reason) => {
      const page = await walk.openConsent(clientId);
      expectPage(await choose(page, 'compilers', change), status, reason, host);
      await walk.decide(page);
      expect(await grants()).toEqual([{ user_id: 'ada', org_id: 'analytical' }]);
    });

    it('CON-01 with the token of the consent form, and the other way round', async () => {
      const page = await walk.openConsent(clientId);
      const { fields } = readConsentForm(page.text);
      expectPage(await choose(page, 'compilers', fields), 403, 'csrf_token_wrong', host);
      const { csrf_token = '' } = readOrganisationForm(page.text).fields;
      expectPage(await walk.decide(page, 'true', { csrf_token }), 403, 'csrf_token_wrong', host);
    });

    it('CON-01 with the token of another request of the same browser and user', async () => {
      const [one, other] = [await walk.openConsent(clientId), await walk.openConsent(clientId)];
      const { csrf_token = '' } = readOrganisationForm(other.text).fields;
      expectPage(await choose(one, 'compilers', { csrf_token }), 403, 'csrf_token_wrong', host);
    });

    it('CON-12 from another browser, signed in as the same user or as another', async () => {
      const page = await walk.openConsent(clientId);
      for (const userId of ['ada', 'grace']) {
        const other = new OAuthWalk(host.origin);
        await other.openConsent(clientId, userId);
        const { action, fields } = readOrganisationForm(page.text);
        const post = () => other.browser.post(action, { ...fields, organisation: 'compilers' });
        expectPage(await post(), 403, 'other_browser', host);
        other.browser.cookies.delete('mcp_auth');
        expectPage(await post(), 403, 'other_browser', host);
      }
      expect(organisations(await walk.openConsent(clientId)).now).toBe('Analytical Engines');
    });

    it('CON-12 by another user in the same browser, or by nobody', async () => {
      const page = await walk.openConsent(clientId);
      walk.browser.signIn('grace');
      expectPage(await choose(page, 'compilers'), 403, 'csrf_token_wrong', host);
      walk.browser.cookies.delete('session');
      expectPage(await choose(page, 'compilers'), 403, 'no_session', host);
    });

    it('CON-12 once the request is answered', async () => {
      const page = await walk.openConsent(clientId);
      await walk.decide(page, 'false');
      expectPage(await choose(page, 'compilers'), 400, 'request_decided', host);
    });

    it('CON-12 once the request is too old', async () => {
      const page = await walk.openConsent(clientId);
      host.clock.advance(1801);
      expectPage(await choose(page, 'compilers'), 400, 'request_expired', host);
    });

    it('CON-05 where nothing may be granted, or the client may not act, there: the page before is still good', async () => {
      for (const scope of ['read', 'write', 'admin']) members.refused.add(`compilers mcp:${scope}`);
      const page = await walk.openConsent(clientId);
      expectPage(await choose(page, 'compilers'), 403, 'organisation_without_scopes', host);
      members.faults.set('allowClient', () => false);
      expectPage(await choose(page, '7'), 403, 'client_refused', host);
      members.faults.clear();
      expect(walk.target(await walk.decide(page)).searchParams.get('code')).toBeTruthy();
      expect(await grants()).toEqual([{ user_id: 'ada', org_id: 'analytical' }]);
    });

    it('CON-01 by GET, with everything in the query', async () => {
      const { action, fields } = readOrganisationForm((await walk.openConsent(clientId)).text);
      const query = new URLSearchParams({ ...fields, organisation: 'compilers' }).toString();
      expect((await walk.browser.get(`${action}?${query}`)).status).toBe(405);
    });
  });

  describe('never grants for an organisation that was not on the page:', () => {
    it('CON-12 the form of one tab, after another tab chose', async () => {
      const stale = await walk.openConsent(clientId);
      const fresh = await follow(await choose(stale, 'compilers'));
      expectPage(await walk.decide(stale), 403, 'csrf_token_wrong', host);
      expectPage(await walk.decide(stale, 'false'), 403, 'csrf_token_wrong', host);
      expect(await grants()).toEqual([]);
      // A choice is not a decision: it may come from either tab.
      const last = await follow(await choose(stale, '7'));
      expectPage(await walk.decide(fresh), 403, 'csrf_token_wrong', host);
      await walk.decide(last);
      expect(await grants()).toEqual([{ user_id: 'ada', org_id: '7' }]);
    });

    it('CON-12 one that the person left since the choice', async () => {
      const page = await follow(await choose(await walk.openConsent(clientId), 'compilers'));
      members.memberships.set('ada', [ANALYTICAL, DIFFERENCE]);
      expectPage(await walk.decide(page), 403, 'csrf_token_wrong', host);
      const handle = readConsentForm(page.text).fields['request'] ?? '';
      const again = await walk.browser.get(`/oauth/authorize/resume?request=${handle}`);
      expect(organisations(again)).toEqual({ now: 'Analytical Engines', offers: { '7': 'Difference Works' } });
      expect(await grants()).toEqual([]);
    });

    it('CON-12 the choice of one user, for another who signs in here', async () => {
      members.memberships.set('grace', [ANALYTICAL, COMPILERS]);
      const page = await follow(await choose(await walk.openConsent(clientId), 'compilers'));
      walk.browser.signIn('grace');
      const handle = readConsentForm(page.text).fields['request'] ?? '';
      expect(organisations(await walk.browser.get(`/oauth/authorize/resume?request=${handle}`)).now).toBe(
        'Analytical Engines',
      );
      expectPage(await walk.decide(page), 403, 'csrf_token_wrong', host);
    });

    it('CON-12 the current one changed meanwhile: what was chosen on the page stays', async () => {
      const page = await follow(await choose(await walk.openConsent(clientId), 'compilers'));
      members.faults.set('currentOrg', () => ({ id: 7 }));
      await walk.decide(page);
      expect(await grants()).toEqual([{ user_id: 'ada', org_id: 'compilers' }]);
    });

    it('CON-12 the current one changed meanwhile, and nothing was chosen', async () => {
      const page = await walk.openConsent(clientId);
      members.faults.set('currentOrg', () => ({ id: 7 }));
      expectPage(await walk.decide(page), 403, 'csrf_token_wrong', host);
      expect(await grants()).toEqual([]);
    });
  });

  describe('after a login by handle', () => {
    const begin = async (org: typeof ANALYTICAL | undefined) => {
      members.handleLogin = true;
      await walk.browser.get(walk.authorizeUrl(clientId));
      const { handle } = members.loginUrls.at(-1)!;
      const { resumeUrl } = await host.app.get(McpLoginService).complete(handle, { id: 'ada', authTime: 5 }, org);
      return { resumeUrl, page: await walk.browser.get(resumeUrl) };
    };

    it('C4 begins with the organisation of the login, under the name of the list', async () => {
      const { page } = await begin({ id: 'compilers', name: 'x' });
      expect(members.listed.at(-1)).toEqual({ id: 'ada', authTime: 5 });
      expect(organisations(page)).toMatchObject({ now: 'Compilers &amp; Co', offers: { '7': 'Difference Works' } });
      const next = await follow(await choose(page, '7'));
      await walk.decide(next);
      expect(await grants()).toEqual([{ user_id: 'ada', org_id: '7' }]);
    });

    it('C4 begins with none where the login named none', async () => {
      expect(organisations((await begin(undefined)).page).now).toBe('None');
    });

    it('CON-12 C4 ends for who left that organisation since', async () => {
      const { resumeUrl, page } = await begin(ANALYTICAL);
      members.memberships.set('ada', [COMPILERS]);
      expectPage(await walk.decide(page), 403, 'user_gone', host);
      expectPage(await walk.browser.get(resumeUrl), 403, 'user_gone', host);
      // The list alone is enough, where the user data do not tell.
      members.faults.set('fetchUserData', () => ({ email: 'ada@example.com' }));
      expectPage(await walk.decide(page), 403, 'user_gone', host);
      expect(await grants()).toEqual([]);
    });
  });

  it('STO-01 keeps no token of the choice in the database or the log', async () => {
    const page = await walk.openConsent(clientId);
    await choose(page, 'compilers');
    const { csrf_token = '' } = readOrganisationForm(page.text).fields;
    const rows = JSON.stringify(await host.dataSource.query('SELECT * FROM mcp_auth_pending_authorizations'));
    expect(rows + host.log.lines.join()).not.toContain(csrf_token.split('.')[1]);
  });
});
