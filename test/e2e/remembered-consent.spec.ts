import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { McpClientService, McpMaintenanceService } from 'nestjs-mcp-auth';
import { OAuthWalk, REDIRECT_URI } from '../support/oauth-walk.js';
import { expectPage, redirectedTo } from '../support/pages.js';
import { ADAPTERS, startTestApp, type TestApp } from '../support/test-app.js';

const LOOPBACK = 'http://127.0.0.1:4711/callback';
const OTHER = 'https://client.example/other';

describe.each(ADAPTERS)('remembered consent, on %s', (adapter) => {
  let host: TestApp;
  let walk: OAuthWalk;
  let clientId: string;
  beforeAll(async () => {
    host = await startTestApp({ adapter });
  });
  beforeEach(async () => {
    walk = new OAuthWalk(host.origin);
    ({ client_id: clientId } = await walk.register({
      redirect_uris: [REDIRECT_URI, OTHER],
    }));
  });
  afterEach(() => {
    host.users.refused.clear();
    host.users.faults.clear();
    host.users.authTime = undefined;
  });
  afterAll(() => host.close());

  type Change = Record<string, string | undefined>;
  const give = (scope: string, change: Change = {}) => walk.code(clientId, 'ada', { scope, ...change });
  const ask = (change: Change = {}) => walk.browser.get(walk.authorizeUrl(clientId, { scope: 'mcp:read', ...change }));
  const scopeOf = async (code: string | undefined) =>
    (JSON.parse((await walk.redeem(clientId, code ?? '')).text) as { scope: string }).scope;
  const grants = async () =>
    (await host.dataSource.query<unknown[]>(`SELECT id FROM mcp_auth_grants WHERE client_id = '${clientId}'`)).length;

  /** With the code at once, and nothing shown. */
  async function expectRemembered(change: Change = {}): Promise<string | undefined> {
    const answer = await ask(change);
    const { params } = redirectedTo(answer);
    expect(params).toMatchObject({ state: walk.state, iss: host.origin });
    expect(params['error']).toBeUndefined();
    expect(params['code']).toMatch(/^[\w-]{43}$/);
    return params['code'];
  }

  async function expectAsked(change: Change = {}): Promise<string> {
    const page = await ask(change);
    expect(page.status, page.text.slice(0, 200)).toBe(200);
    expect(page.text).toContain('name="approved"');
    return page.text;
  }

  it('CON-07 gives a code at once for what was given before, and less', async () => {
    await give('mcp:read mcp:write');
    const before = await grants();
    expect(await scopeOf(await expectRemembered({ scope: 'mcp:read mcp:write' }))).toBe('mcp:read mcp:write');
    expect(await scopeOf(await expectRemembered({ scope: 'mcp:write' }))).toBe('mcp:write');
    // Each connection is a grant of its own: one can be taken back without the others.
    expect(await grants()).toBe(before + 2);
  });

  it('CON-07 asks for whatever is more, and shows what is new', async () => {
    await give('mcp:read');
    const page = await expectAsked({ scope: 'mcp:read mcp:write' });
    expect(page).toMatch(/Read<\/b> <span class="badge badge-plain">Already allowed/);
    expect(page).toMatch(/Write<\/b> <span class="badge badge-warn">New/);
    expect(await expectAsked({ scope: 'mcp:admin' })).not.toContain('Already allowed');
  });

  it('CON-07 adds up what was given in several steps', async () => {
    await give('mcp:read');
    await give('mcp:write');
    expect(await scopeOf(await expectRemembered({ scope: 'mcp:read mcp:write' }))).toBe('mcp:read mcp:write');
  });

  it('CON-07 remembers what the person unticked as not given', async () => {
    const page = await walk.openConsent(clientId, 'ada', { scope: 'mcp:read mcp:write' });
    await walk.decide(page, 'true', { scopes: [] });
    await expectAsked({ scope: 'mcp:read mcp:write' });
    await expectRemembered({ scope: 'mcp:read' });
  });

  it('keeps what a client has that names no scope, though the defaults are more', async () => {
    await give('mcp:write');
    expect(await scopeOf(await expectRemembered({ scope: undefined }))).toBe('mcp:write');
    expect(await scopeOf(await expectRemembered({ scope: 'unknown' }))).toBe('mcp:write');
  });

  it.each<[string, Change]>([
    ['another redirect URI', { redirect_uri: OTHER }],
    ['prompt=consent', { prompt: 'consent' }],
  ])('CON-07 AUT-26 asks all the same with %s', async (_case, change) => {
    await give('mcp:read');
    await expectAsked(change);
  });

  it('CON-07 remembers nothing of another client', async () => {
    await give('mcp:read');
    ({ client_id: clientId } = await walk.register());
    await expectAsked();
  });

  it('CON-07 remembers nothing for another user, or of another user', async () => {
    await give('mcp:read');
    walk.browser.signIn('grace');
    await expectAsked();
    await walk.code(clientId, 'grace', { scope: 'mcp:read' });
    await expectRemembered();
  });

  it('CON-07 remembers nothing for another organisation, nor for none', async () => {
    await give('mcp:read');
    for (const org of [{ id: 'compilers' }, null]) {
      host.users.faults.set('currentOrg', () => org);
      await expectAsked();
    }
    await walk.code(clientId, 'ada', { scope: 'mcp:read' });
    await expectRemembered();
    host.users.faults.clear();
    await expectRemembered();
  });

  it('CON-07 forgets with the grant: ended by the operator, by the client, or by time', async () => {
    const maintenance = host.app.get(McpMaintenanceService);
    await give('mcp:read');
    await maintenance.revokeMembership('ada', 'analytical');
    await expectAsked();
    const { refresh_token: token } = JSON.parse((await walk.redeem(clientId, await give('mcp:read'))).text) as {
      refresh_token: string;
    };
    await expectRemembered();
    await maintenance.revokeClientTokens(clientId);
    await expectAsked();
    const answer = await walk.redeem(clientId, await give('mcp:read'));
    const next = (JSON.parse(answer.text) as { refresh_token: string }).refresh_token;
    expect(next).not.toBe(token);
    await fetch(`${host.origin}/oauth/revoke`, {
      method: 'POST',
      body: new URLSearchParams({ client_id: clientId, token: next }),
    });
    await expectAsked();
    // Never redeemed, so it lives as long as its code.
    await give('mcp:read');
    await expectRemembered();
    await maintenance.revokeClientTokens(clientId);
    await give('mcp:read');
    host.clock.advance(1801);
    await expectAsked();
  });

  it('CMD-16 CON-07 forgets when the client changes what people decide by', async () => {
    const service = host.app.get(McpClientService);
    await give('mcp:read');
    await expectRemembered();
    await service.update(clientId, {
      client_name: 'Another name',
      redirect_uris: [REDIRECT_URI],
      token_endpoint_auth_method: 'none',
    });
    await expectAsked();
  });

  it('CON-06 asks every time for a public client on the loopback, whatever its port', async () => {
    ({ client_id: clientId } = await walk.register({ redirect_uris: ['http://127.0.0.1/callback'] }));
    walk.browser.signIn('ada');
    for (const redirect_uri of [LOOPBACK, LOOPBACK, 'http://127.0.0.1:4712/callback']) {
      // Nor is anything said to be allowed already: whoever poses as the client would be trusted for it.
      expect(await expectAsked({ redirect_uri })).not.toContain('Already allowed');
      await give('mcp:read', { redirect_uri });
    }
  });

  it('CON-06 asks every time for a public client with a scheme of its own', async () => {
    const redirect_uri = 'com.example.app:/callback';
    ({ client_id: clientId } = await walk.register({ redirect_uris: [redirect_uri] }));
    await give('mcp:read', { redirect_uri });
    await expectAsked({ redirect_uri });
  });

  it('CON-07 remembers for a confidential client on the loopback', async () => {
    const metadata = { redirect_uris: [LOOPBACK], token_endpoint_auth_method: 'client_secret_basic' };
    ({ client_id: clientId } = await walk.register(metadata));
    await give('mcp:read', { redirect_uri: LOOPBACK });
    await expectRemembered({ redirect_uri: LOOPBACK });
  });

  it('CON-05 CON-07 grants nothing that the user may not grant any more, remembered or not', async () => {
    await give('mcp:read mcp:write');
    host.users.refused.add('mcp:write');
    expect(await scopeOf(await expectRemembered({ scope: 'mcp:read mcp:write' }))).toBe('mcp:read');
    host.users.refused.add('mcp:read');
    expect(redirectedTo(await ask()).params['error']).toBe('invalid_scope');
  });

  it('CON-07 is no way around the policy about clients, or an outage of it', async () => {
    await give('mcp:read');
    host.users.faults.set('allowClient', () => false);
    expectPage(await ask(), 403, 'client_refused', host);
    expect(redirectedTo(await ask({ prompt: 'none' })).params['error']).toBe('interaction_required');
    host.users.faults.set('allowClient', () => {
      throw new Error('down');
    });
    expect((await ask()).status).toBe(503);
    expect((await ask({ prompt: 'none' })).status).toBe(503);
  });

  it('AUT-25 gives a code to prompt=none for what was given before, and says what is missing otherwise', async () => {
    walk.browser.signIn('ada');
    expect(redirectedTo(await ask({ prompt: 'none' })).params['error']).toBe('consent_required');
    await give('mcp:read');
    await expectRemembered({ prompt: 'none' });
    expect(redirectedTo(await ask({ prompt: 'none', scope: 'mcp:write' })).params['error']).toBe('consent_required');
    expect(redirectedTo(await ask({ prompt: 'none', redirect_uri: OTHER })).params['error']).toBe('consent_required');
    walk.browser.cookies.delete('session');
    expect(redirectedTo(await ask({ prompt: 'none' })).params['error']).toBe('login_required');
  });

  it('AUT-26 AUT-27 wants a new login first where the client does', async () => {
    await give('mcp:read');
    host.users.authTime = Math.floor(host.clock.now() / 1000) - 100;
    for (const change of [{ prompt: 'login' }, { max_age: '50' }, { prompt: 'select_account' }]) {
      const { status, headers } = await ask(change);
      expect([status, headers.get('location')]).toEqual([302, expect.stringContaining('/login?')]);
    }
  });

  it('AUT-33 CON-12 gives each request one code, however often its page is loaded', async () => {
    const first = await walk.openConsent(clientId, 'ada', { scope: 'mcp:read' });
    const again = new OAuthWalk(host.origin);
    const login = await again.browser.get(again.authorizeUrl(clientId, { scope: 'mcp:read' }));
    const back = new URL(login.headers.get('location') ?? '', host.origin).searchParams.get('return_to') ?? '';
    await walk.decide(first);
    again.browser.signIn('ada');
    const before = await grants();
    const answers = await Promise.all([1, 2, 3].map(() => again.browser.get(back)));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 400, 400]);
    expect(await grants()).toBe(before + 1);
  });

  it('CON-06 asks every time where a public client also has a redirect URI on this computer, whichever it names', async () => {
    for (const local of ['http://127.0.0.1:33418/', 'com.example.app:/callback']) {
      ({ client_id: clientId } = await walk.register({ redirect_uris: [REDIRECT_URI, local] }));
      await give('mcp:read');
      await expectAsked();
      expect(redirectedTo(await ask({ prompt: 'none' })).params['error']).toBe('consent_required');
    }
  });

  it('AUT-26 shows the account to whoever was to choose one', async () => {
    await give('mcp:read');
    const login = await ask({ prompt: 'select_account' });
    const back = new URL(login.headers.get('location') ?? '', host.origin).searchParams.get('return_to') ?? '';
    const page = await walk.browser.get(back);
    expect([page.status, page.text]).toEqual([200, expect.stringContaining('ada@example.com')]);
    expect(page.text).toContain('name="approved"');
  });

  it('CON-07 gives no code by what is taken back at this very moment', async () => {
    const maintenance = host.app.get(McpMaintenanceService);
    const takeBack = async () => (await maintenance.revokeUserTokens('ada')) >= 0;
    for (const prompt of [undefined, 'none']) {
      await give('mcp:read');
      host.users.faults.set('validateScopeForUser', takeBack);
      if (prompt === undefined) await expectAsked();
      else expect(redirectedTo(await ask({ prompt })).params['error']).toBe('consent_required');
      host.users.faults.clear();
      await expectAsked();
    }
  });

  it('CON-05 grants nothing that the page did not show, whatever became of what was given before', async () => {
    await give('mcp:write');
    const page = await walk.openConsent(clientId, 'ada', { scope: undefined });
    expect(page.text).not.toContain('Read your notes');
    await host.app.get(McpMaintenanceService).revokeClientTokens(clientId);
    const target = walk.target(await walk.decide(page));
    expect(await scopeOf(target.searchParams.get('code') ?? '')).toBe('mcp:write');
  });

  it('CON-05 grants all that was shown and ticked, whatever was given in another window meanwhile', async () => {
    const page = await walk.openConsent(clientId, 'ada', { scope: undefined });
    const other = await walk.openConsent(clientId, 'ada', { scope: undefined });
    await walk.decide(other, 'true', { scopes: [] });
    const target = walk.target(await walk.decide(page));
    expect((await scopeOf(target.searchParams.get('code') ?? '')).split(' ')).toContain('mcp:write');
  });

  it('asks for the defaults where nothing of what was given may be granted any more', async () => {
    await give('mcp:write');
    host.users.refused.add('mcp:write');
    expect(await expectAsked({ scope: undefined })).toContain('Read your notes');
  });

  it('RFT-08 gives no code to a user who is gone', async () => {
    await give('mcp:read');
    host.users.faults.set('fetchUserData', () => null);
    expectPage(await ask(), 403, 'user_gone', host);
    expect(redirectedTo(await ask({ prompt: 'none' })).params['error']).toBe('interaction_required');
  });

  it('AUT-25 does not tell a client that was given nothing what this person may give', async () => {
    walk.browser.signIn('ada');
    host.users.refused.add('mcp:write');
    for (const scope of ['mcp:read', 'mcp:write'])
      expect(redirectedTo(await ask({ prompt: 'none', scope })).params['error']).toBe('consent_required');
  });
});

describe('a remembered consent', () => {
  it('RFT-09 lives no longer than the yes it rests on, however often it is used', async () => {
    const host = await startTestApp({
      adapter: 'express',
      options: { refresh: { absoluteLifetimeSeconds: 7200 }, refreshTokenLifetime: 7200, accessTokenLifetime: 600 },
    });
    const walk = new OAuthWalk(host.origin);
    const { client_id: clientId } = await walk.register();
    const silent = () => walk.browser.get(walk.authorizeUrl(clientId, { prompt: 'none', scope: 'mcp:read' }));
    await walk.redeem(clientId, await walk.code(clientId, 'ada', { scope: 'mcp:read' }));
    host.clock.advance(7000);
    const code = redirectedTo(await silent()).params['code'] ?? '';
    expect((await walk.redeem(clientId, code)).status).toBe(200);
    host.clock.advance(201);
    expect(redirectedTo(await silent()).params['error']).toBe('consent_required');
    await host.close();
  });
});
