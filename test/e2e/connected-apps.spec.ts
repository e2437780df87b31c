import { setTimeout as delay } from 'node:timers/promises';
import { McpConnectedAppsService, McpLoginService, McpMaintenanceService } from 'nestjs-mcp-auth';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Browser } from '../support/browser.js';
import { DATA, hiddenFields, listApps, PAGE, shownApps } from '../support/connected-apps.js';
import { OAuthWalk } from '../support/oauth-walk.js';
import { expectPage } from '../support/pages.js';
import { EchoController, ADAPTERS, startTestApp, type TestApp } from '../support/test-app.js';
import { openStream, StreamController } from '../support/stream-controller.js';

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0';

describe.each(ADAPTERS)('the connected apps on %s', (adapter) => {
  let host: TestApp;
  let apps: McpConnectedAppsService;
  let browser: Browser;
  beforeAll(async () => {
    host = await startTestApp({ adapter, controllers: [StreamController, EchoController] });
    apps = host.app.get(McpConnectedAppsService);
  });
  beforeEach(async () => {
    for (const user of ['ada', 'grace']) await apps.disconnectAll(user);
    browser = new Browser(host.origin).signIn('ada');
  });
  afterEach(() => {
    host.users.faults.clear();
    host.users.handleLogin = false;
  });
  afterAll(() => host.close());

  const connect = (userId = 'ada', scope = 'mcp:read mcp:write', metadata = {}) =>
    new OAuthWalk(host.origin).tokens(userId, { scope }, metadata);
  const open = async (token: string) =>
    (await fetch(`${host.origin}/mcp`, { headers: { authorization: `Bearer ${token}` } })).status;
  const refresh = async ({ client, refresh_token }: Awaited<ReturnType<typeof connect>>) =>
    new OAuthWalk(host.origin).refresh(client.client_id, refresh_token);
  const submit = async (fields: Record<string, string | readonly string[]>, from = browser) =>
    from.post(PAGE, { csrf_token: (await listApps(from)).csrf_token, ...fields });
  const change = async (fields: Record<string, unknown>, from = browser) => {
    const { csrf_token } = await listApps(from);
    return post(JSON.stringify({ csrf_token, ...fields }), from);
  };
  const post = async (body: string, from = browser, headers: Record<string, string> = {}) => {
    const cookie = [...from.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(`${host.origin}${DATA}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie, ...headers },
      body,
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  /** What the address says that a form has done. */
  const doneIn = ({ headers }: { readonly headers: Headers }) =>
    new URL(headers.get('location') ?? '', host.origin).searchParams.get('done');
  const first = async (userId = 'ada') => (await apps.list(userId))[0] ?? expect.fail('nothing is connected');

  describe('the page', () => {
    it('CON-17 lists what this user has connected, with device, permissions and times, and nothing of others', async () => {
      const walk = new OAuthWalk(host.origin);
      const { client_id: clientId } = await walk.register({
        client_name: 'Notes & more',
        client_uri: 'https://n.example',
      });
      const consent = await walk.openConsent(clientId, 'ada', { scope: 'mcp:read mcp:write' });
      const { cookies } = walk.browser;
      const form = new URLSearchParams({ ...hiddenFields(consent), approved: 'true', scopes: 'mcp:write' });
      form.set('request', /name="request" value="([^"]*)"/.exec(consent.text)?.[1] ?? '');
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const headers = { cookie, 'user-agent': FIREFOX };
      const approved = await fetch(`${host.origin}/oauth/approve`, { method: 'POST', body: form, headers });
      expect(approved.status).toBe(200);
      await connect('grace');
      const page = await browser.get(PAGE);
      expect(page.status).toBe(200);
      expect(shownApps(page)).toEqual([(await first()).id]);
      for (const text of [
        'Notes &amp; more',
        'ada@example.com',
        'Firefox, Linux',
        'Analytical Engines',
        'client.example',
        'n.example',
        'Read your notes',
        'value="mcp:write" checked',
        'in 30 minutes',
      ])
        expect(page.text).toContain(text);
      expect(page.text).not.toContain('value="mcp:read"');
      expect(page.text).not.toContain('grace');
    });

    it('CON-08 CON-09 TRN-03 cannot be framed, kept or read from elsewhere', async () => {
      const { headers, text } = await browser.get(PAGE, { origin: 'https://evil.example' });
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('access-control-allow-origin')).toBeNull();
      expect(text).not.toMatch(/<script\b/);
    });

    it('says so when nothing is connected', async () => {
      const { text } = await browser.get(PAGE);
      expect(text).toContain('No app is connected.');
      expect(text).not.toContain('Disconnect all');
    });

    it('CON-04 REG-16 heads an app that borrows a name by its host, as the consent page does', async () => {
      await connect('ada', 'mcp:read', { client_name: 'Claude' });
      const { text } = await browser.get(PAGE);
      expect(text).toContain('<bdi>client.example</bdi></h2>');
      expect(text).toContain('calls itself <bdi>Claude</bdi>');
    });

    it('AUT-26 sends whoever is not signed in to the login page and back', async () => {
      const anonymous = new Browser(host.origin);
      const login = await anonymous.get(PAGE);
      expect(login.status).toBe(302);
      const to = new URL(login.headers.get('location') ?? '', host.origin);
      expect(to.pathname).toBe('/login');
      const back = to.searchParams.get('return_to') ?? '';
      expect(back).toMatch(/^\/oauth\/connected-apps\?request=[\w-]{43}$/);
      expect((await anonymous.signIn('ada').get(back)).status).toBe(200);
    });

    it('ends a login loop in a page that says so', async () => {
      const anonymous = new Browser(host.origin);
      const login = new URL((await anonymous.get(PAGE)).headers.get('location') ?? '', host.origin);
      const back = login.searchParams.get('return_to') ?? '';
      expect((await anonymous.get(back)).status).toBe(302);
      expectPage(await anonymous.get(back), 400, 'login_loop', host);
    });

    it.each([
      ['an invented handle', `?request=${'A'.repeat(43)}`],
      ['a handle of nonsense', '?request=x'],
      ['a login secret without a visit', `?login=${'B'.repeat(43)}`],
    ])('begins anew for %s', async (_what, query) => {
      const answer = await new Browser(host.origin).get(PAGE + query);
      expect([answer.status, answer.headers.get('location')]).toEqual([302, expect.stringMatching(/^\/login/)]);
    });

    it.each([
      ['a NUL', '?request=%00', 'parameter_control_character'],
      ['two handles', '?request=a&request=b', 'parameter_repeated'],
    ])('AUT-36 shows a page for %s', async (_what, query, reason) => {
      expectPage(await browser.get(PAGE + query), 400, reason, host);
    });

    it('shows no notice that there is none of', async () => {
      for (const done of ['<b>', '__proto__', 'toString', 'x'.repeat(2000)]) {
        const { status, text } = await browser.get(`${PAGE}?done=${encodeURIComponent(done)}`);
        expect([status, text.includes('role="status"')]).toEqual([200, false]);
      }
    });

    it('CON-01 shows no notice to whoever follows a link of somebody else', async () => {
      await connect();
      const theirs = new Browser(host.origin).signIn('grace');
      const address = (await submit({ action: 'disconnect_all' }, theirs)).headers.get('location') ?? '';
      expect((await theirs.get(address)).text).toContain('All apps are disconnected.');
      for (const link of [address, address.replace('grace', 'ada'), `${PAGE}?done=disconnected_all`])
        expect((await browser.get(link)).text).not.toContain('role="status"');
      expect((await theirs.get(address.replace('disconnected_all', 'reduced'))).text).not.toContain('role="status"');
    });

    it('refuses a user who is gone', async () => {
      host.users.faults.set('fetchUserData', () => null);
      expectPage(await browser.get(PAGE), 403, 'user_gone', host);
    });

    it('AUT-32 is a 503 page while the host does not answer', async () => {
      host.users.faults.set('currentUser', () => {
        throw new Error('down');
      });
      expectPage(await browser.get(PAGE), 503, 'outage', host);
    });
  });

  describe('disconnecting', () => {
    it('CON-17 REV-05 ends the app: its token at once, its refresh token, its open stream; others stay', async () => {
      const other = await connect();
      const ended = await connect();
      const stream = await openStream(host.origin, ended.access_token);
      const id = (await apps.list('ada')).find(({ clientId }) => clientId === ended.client.client_id)?.id ?? '';
      const answer = await submit({ action: 'disconnect', connected_app: id });
      expect([answer.status, doneIn(answer)]).toEqual([303, 'disconnected']);
      expect([await open(ended.access_token), (await refresh(ended)).status]).toEqual([401, 400]);
      expect(await Promise.race([stream.ended.then(() => 'ended'), delay(5000, 'open')])).toBe('ended');
      expect([await open(other.access_token), (await refresh(other)).status]).toEqual([200, 200]);
      const page = await browser.get(answer.headers.get('location') ?? '');
      expect(page.text).toContain('role="status">The connection is ended.');
      expect(shownApps(page)).toHaveLength(1);
      const [row] = await host.dataSource.query<{ reason: string }[]>(
        `SELECT revoked_reason AS reason FROM mcp_auth_grants WHERE id = '${id}'`,
      );
      expect(row?.reason).toBe('revoked_by_user');
    });

    it('CON-17 kills a code that was not redeemed yet', async () => {
      const walk = new OAuthWalk(host.origin);
      const { client_id } = await walk.register();
      const code = await walk.code(client_id);
      await submit({ action: 'disconnect', connected_app: (await first()).id });
      expect(JSON.parse((await walk.redeem(client_id, code)).text)).toMatchObject({ error: 'invalid_grant' });
    });

    it('CON-07 CON-17 leaves nothing remembered: the next request asks again', async () => {
      const walk = new OAuthWalk(host.origin);
      const { client_id } = await walk.register();
      await walk.code(client_id);
      const silent = () => walk.browser.get(walk.authorizeUrl(client_id, { prompt: 'none' }));
      expect((await silent()).headers.get('location')).toContain('code=');
      await submit({ action: 'disconnect_all' });
      expect((await silent()).headers.get('location')).toContain('error=consent_required');
    });

    it('CON-17 ends all of a user, in every organisation, and nothing of others', async () => {
      const [one, two, other] = [await connect(), await connect(), await connect('grace')];
      await host.dataSource.query(
        `UPDATE mcp_auth_grants SET org_id = 'elsewhere' WHERE client_id = '${one.client.client_id}'`,
      );
      const answer = await submit({ action: 'disconnect_all' });
      expect(doneIn(answer)).toBe('disconnected_all');
      expect([await open(one.access_token), await open(two.access_token), await open(other.access_token)]).toEqual([
        401, 401, 200,
      ]);
      expect(await apps.list('ada')).toEqual([]);
    });

    it('CON-17 disconnects more than the page shows', async () => {
      const { client_id } = await new OAuthWalk(host.origin).register();
      const [columns] = [await host.dataSource.query<{ name: string }[]>(`PRAGMA table_info(mcp_auth_grants)`)];
      await connect();
      const names = columns.map(({ name }) => name).filter((name) => name !== 'id');
      for (let copy = 0; copy < 201; copy++) {
        await host.dataSource.query(
          `INSERT INTO mcp_auth_grants (id, ${names.join()}) SELECT '${copy}-${client_id.slice(0, 8)}', ${names.join()} FROM mcp_auth_grants WHERE user_id = 'ada' AND revoked_at IS NULL LIMIT 1`,
        );
      }
      const { text } = await browser.get(PAGE);
      expect(text).toContain('Only the <bdi>200</bdi> connections made last are shown.');
      expect(await apps.disconnectAll('ada')).toBe(202);
      expect(await apps.list('ada')).toEqual([]);
    });

    it("CON-17 says that an app is not connected for another user's, an ended and an invented one, and ends none", async () => {
      const theirs = await connect('grace');
      const mine = await connect();
      const ended = await first();
      await apps.disconnect('ada', ended.id);
      const grace = await first('grace');
      for (const connected_app of [grace.id, ended.id, '0193f0a1-7e2b-7c3d-8e4f-5a6b7c8d9e0f']) {
        for (const action of ['disconnect', 'keep_scopes']) {
          const answer = await submit({ action, connected_app });
          expect(doneIn(answer)).toBe('unknown');
          expect((await change({ action, connected_app, scopes: [] })).status).toBe(404);
        }
      }
      expect([await open(theirs.access_token), await open(mine.access_token)]).toEqual([200, 401]);
      expect((await first('grace')).scopes).toEqual(grace.scopes);
    });

    it('CON-12 is harmless when it is sent twice, or together', async () => {
      await connect();
      const { id } = await first();
      const fields = { ...hiddenFields(await browser.get(PAGE)), action: 'disconnect', connected_app: id };
      const answers = await Promise.all([browser.post(PAGE, fields), browser.post(PAGE, fields)]);
      expect(answers.map(doneIn)).toContain('disconnected');
      expect(doneIn(await browser.post(PAGE, fields))).toBe('unknown');
    });
  });

  describe('taking permissions away', () => {
    it('CON-17 RFT-06 ends the access token at once; the next refresh gives one with what is left, and no more', async () => {
      const tokens = await connect('ada', 'mcp:read mcp:write mcp:admin');
      const { id } = await first();
      const answer = await submit({ action: 'keep_scopes', connected_app: id, scopes: ['mcp:admin'] });
      expect(doneIn(answer)).toBe('reduced');
      expect(await open(tokens.access_token)).toBe(401);
      const next = JSON.parse((await refresh(tokens)).text) as { scope: string; access_token: string };
      expect(next.scope).toBe('mcp:read mcp:admin');
      expect(await open(next.access_token)).toBe(200);
      expect((await first()).scopes).toEqual(['mcp:read', 'mcp:admin']);
    });

    it('CON-05 CON-17 never adds: names that the connection has not, undeclared ones, and none at all', async () => {
      const tokens = await connect();
      const { id } = await first();
      const scopes = ['mcp:admin', 'mcp:write', 'unknown', '__proto__'];
      expect(doneIn(await submit({ action: 'keep_scopes', connected_app: id, scopes }))).toBe('unchanged');
      expect(await open(tokens.access_token)).toBe(200);
      await submit({ action: 'keep_scopes', connected_app: id });
      expect((await first()).scopes).toEqual(['mcp:read']);
      await submit({ action: 'keep_scopes', connected_app: id, scopes });
      expect((await first()).scopes).toEqual(['mcp:read']);
    });

    it('CON-07 CON-17 asks anew for what was taken away', async () => {
      const walk = new OAuthWalk(host.origin);
      const { client_id } = await walk.register();
      await walk.code(client_id, 'ada', { scope: 'mcp:read mcp:write' });
      await submit({ action: 'keep_scopes', connected_app: (await first()).id });
      const silent = async (scope: string) =>
        (await walk.browser.get(walk.authorizeUrl(client_id, { prompt: 'none', scope }))).headers.get('location');
      expect(await silent('mcp:read mcp:write')).toContain('error=consent_required');
      expect(await silent('mcp:read')).toContain('code=');
    });

    it('CON-07 CON-17 takes it from every connection of the same app, since one is remembered for all; other apps keep theirs', async () => {
      const walk = new OAuthWalk(host.origin);
      const { client_id } = await walk.register();
      for (let time = 0; time < 2; time++)
        await walk.redeem(client_id, await walk.code(client_id, 'ada', { scope: 'mcp:read mcp:write' }));
      const other = await connect();
      const [mine, sibling] = (await apps.list('ada')).filter(({ clientId }) => clientId === client_id);
      expect(await apps.keepScopes('ada', mine?.id ?? '', [])).toBe('reduced');
      expect((await apps.list('ada')).find(({ id }) => id === sibling?.id)?.scopes).toEqual(['mcp:read']);
      expect(await open(other.access_token)).toBe(200);
      const change = { prompt: 'none', scope: 'mcp:read mcp:write' };
      const silent = await walk.browser.get(walk.authorizeUrl(client_id, change));
      expect(silent.headers.get('location')).toContain('error=consent_required');
    });

    it('CON-17 ends a connection that would keep nothing but scopes of an earlier configuration', async () => {
      await connect('grace', 'mcp:read mcp:write');
      await host.dataSource.query(`UPDATE mcp_auth_grants SET scopes = '["mcp:write","gone"]' WHERE user_id = 'grace'`);
      expect(await apps.keepScopes('grace', (await first('grace')).id, [])).toBe('fixed');
    });

    it('CON-17 takes nothing from a client that cannot refresh: its token would keep it', async () => {
      const tokens = await connect('ada', 'mcp:read mcp:write', { grant_types: ['authorization_code'] });
      const { id, removableScopes } = await first();
      expect(removableScopes).toEqual([]);
      expect((await browser.get(PAGE)).text).not.toContain('keep_scopes');
      const answer = await submit({ action: 'keep_scopes', connected_app: id });
      expect(doneIn(answer)).toBe('unchanged');
      expect(await open(tokens.access_token)).toBe(200);
    });
  });

  describe('a form', () => {
    let id: string;
    let token: string;
    beforeEach(async () => {
      ({ access_token: token } = await connect());
      ({ id } = await first());
    });
    const expectUntouched = async () => expect(await open(token)).toBe(200);

    it.each([
      ['without a CSRF token', { csrf_token: '' }],
      ['with an invented one', { csrf_token: `W10.${'A'.repeat(43)}` }],
      ['with half of one', { csrf_token: 'W10' }],
    ])('CON-01 is refused %s', async (_what, fields) => {
      expectPage(await submit({ action: 'disconnect', connected_app: id, ...fields }), 403, 'csrf_token_wrong', host);
      expect((await change({ action: 'disconnect', connected_app: id, ...fields })).status).toBe(403);
      await expectUntouched();
    });

    it('CON-12 is refused from another browser, for another user, and with the token of a consent form', async () => {
      const fields = { ...hiddenFields(await browser.get(PAGE)), action: 'disconnect', connected_app: id };
      expectPage(await new Browser(host.origin).signIn('ada').post(PAGE, fields), 403, 'csrf_token_wrong', host);
      expectPage(await new Browser(host.origin).post(PAGE, fields), 403, 'no_session', host);
      const walk = new OAuthWalk(host.origin);
      const consent = hiddenFields(await walk.openConsent((await walk.register()).client_id));
      const other = { ...fields, csrf_token: consent.csrf_token };
      expectPage(await walk.browser.post(PAGE, other), 403, 'csrf_token_wrong', host);
      browser.signIn('grace');
      expectPage(await browser.post(PAGE, fields), 403, 'csrf_token_wrong', host);
      await expectUntouched();
    });

    it('CON-12 approves no authorization request with its token', async () => {
      const walk = new OAuthWalk(host.origin);
      const page = await walk.openConsent((await walk.register()).client_id);
      const { csrf_token } = hiddenFields(await walk.browser.get(PAGE));
      expect((await walk.decide(page, 'true', { csrf_token })).status).toBe(403);
    });

    it.each([
      ['no action', {}, 'action_unknown'],
      ['an unknown action', { action: 'delete' }, 'action_unknown'],
      ['an inherited action', { action: 'constructor' }, 'action_unknown'],
      ['no connection', { action: 'disconnect' }, 'connected_app_malformed'],
      ['a connection of nonsense', { action: 'disconnect', connected_app: "' OR 1=1" }, 'connected_app_malformed'],
      ['two connections', { action: 'disconnect', connected_app: ['a', 'b'] }, 'parameter_repeated'],
      ['a NUL', { action: 'disconnect', connected_app: '\0' }, 'parameter_control_character'],
    ])('TOK-02 is refused with %s', async (_what, fields: Record<string, string | string[]>, reason) => {
      expectPage(await submit(fields), 400, reason, host);
      await expectUntouched();
    });

    it('TOK-02 TOK-11 is refused as JSON, as anything else, and when it is too big', async () => {
      const send = async (type: string, body: string) => {
        const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
        const init = { method: 'POST', headers: { 'content-type': type, cookie }, body };
        return (await fetch(`${host.origin}${PAGE}`, init)).status;
      };
      expect(await send('application/json', '{"action":"disconnect_all"}')).toBe(400);
      expect(await send('text/plain', 'action=disconnect_all')).toBe(400);
      expect(await send('application/x-www-form-urlencoded', `action=${'x'.repeat(70_000)}`)).toBe(413);
      await expectUntouched();
    });

    it('CON-01 changes nothing by a GET', async () => {
      const fields = { ...hiddenFields(await browser.get(PAGE)), action: 'disconnect', connected_app: id };
      expect((await browser.get(`${PAGE}?${new URLSearchParams(fields).toString()}`)).status).toBe(200);
      await expectUntouched();
    });
  });

  describe('their data', () => {
    it('CON-17 is the same list, and takes the same commands', async () => {
      const tokens = await connect('ada', 'mcp:read mcp:write', { client_name: 'Notes' });
      const { connected_apps: listed } = await listApps(browser);
      const { id, connectedAt, lastUsedAt, expiresAt } = await first();
      expect(listed).toEqual([
        {
          id,
          client_id: tokens.client.client_id,
          client_name: 'Notes',
          client_uri: null,
          verified: false,
          redirect_uri: 'https://client.example/callback',
          device: null,
          organisation: 'analytical',
          resource: `${host.origin}/mcp`,
          scopes: [
            { name: 'mcp:read', title: 'Read', description: 'Read your notes', removable: false },
            { name: 'mcp:write', title: 'Write', description: 'Write your notes', removable: true },
          ],
          connected_at: connectedAt.toISOString(),
          last_used_at: lastUsedAt.toISOString(),
          expires_at: expiresAt.toISOString(),
        },
      ]);
      const run = async (command: object) => JSON.parse((await change({ ...command })).text) as unknown;
      expect(await run({ action: 'keep_scopes', connected_app: id, scopes: [] })).toEqual({ outcome: 'reduced' });
      expect(await open(tokens.access_token)).toBe(401);
      expect(await run({ action: 'disconnect', connected_app: id })).toEqual({ outcome: 'disconnected' });
      expect(await run({ action: 'disconnect_all' })).toEqual({ outcome: 'disconnected_all' });
      expect((await listApps(browser)).connected_apps).toEqual([]);
    });

    it('CON-17 RSG-01 cannot be opened with an access token, alone or beside a session that is none', async () => {
      const { access_token } = await connect();
      for (const cookie of ['', 'session=nobody']) {
        const headers: Record<string, string> = { authorization: `Bearer ${access_token}`, ...(cookie && { cookie }) };
        const list = await fetch(`${host.origin}${DATA}`, { headers });
        expect([list.status, await list.json()]).toEqual([
          403,
          { error: 'login_required', error_description: 'Sign in first' },
        ]);
        const answer = await post('{"action":"disconnect_all"}', new Browser(host.origin), headers);
        expect([answer.status, JSON.parse(answer.text)]).toMatchObject([403, { error: 'login_required' }]);
        const page = await fetch(`${host.origin}${PAGE}`, { headers, redirect: 'manual' });
        expect(page.status).toBe(302);
      }
      expect(await open(access_token)).toBe(200);
    });

    it('TRN-04 TRN-05 is readable from no other origin, and a preflight is no permission', async () => {
      const { headers } = await browser.get(DATA, { origin: 'https://evil.example' });
      expect(headers.get('access-control-allow-origin')).toBeNull();
      expect([headers.get('cache-control'), headers.get('content-type')]).toEqual([
        'no-store',
        'application/json; charset=utf-8',
      ]);
      const preflight = await fetch(`${host.origin}${DATA}`, {
        method: 'OPTIONS',
        headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
      });
      expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([405, null]);
    });

    it.each([
      ['nothing', ''],
      ['broken JSON', '{"action":'],
      ['a list', '[]'],
      ['a text', '"disconnect_all"'],
      ['null', 'null'],
    ])('TOK-02 refuses %s with 400', async (_what, body) => {
      const answer = await post(body);
      expect([answer.status, JSON.parse(answer.text)]).toMatchObject([400, { error: 'invalid_request' }]);
    });

    it.each([
      ['a form', 'application/x-www-form-urlencoded', 400],
      ['plain text, which needs no preflight', 'text/plain', 400],
      ['no type', '', 400],
    ])('CON-01 refuses %s', async (_what, type, status) => {
      const { csrf_token } = await listApps(browser);
      const body = JSON.stringify({ csrf_token, action: 'disconnect_all' });
      expect((await post(body, browser, { 'content-type': type })).status).toBe(status);
    });

    it.each([
      ['an action that is no text', { action: 1 }],
      ['a connection that is no text', { action: 'disconnect', connected_app: { id: 'x' } }],
      ['scopes that are no list', { action: 'keep_scopes', scopes: 'mcp:read' }],
      ['scopes that are no texts', { action: 'keep_scopes', scopes: [['mcp:read']] }],
      ['too many scopes', { action: 'keep_scopes', scopes: Array.from({ length: 101 }, () => 'a') }],
    ])('TOK-02 refuses %s', async (_what, fields) => {
      await connect();
      const before = await first();
      const answer = await change({ connected_app: before.id, ...fields });
      expect([answer.status, JSON.parse(answer.text)]).toMatchObject([400, { error: 'invalid_request' }]);
      expect(await first()).toEqual(before);
    });

    it('TOK-11 refuses a body that is too big, and a token that is no text', async () => {
      expect((await post(JSON.stringify({ action: 'x'.repeat(40_000) }))).status).toBe(413);
      expect((await post(JSON.stringify({ csrf_token: ['a'], action: 'disconnect_all' }))).status).toBe(403);
    });

    it('TOK-12 is a 503 in JSON while the host does not answer', async () => {
      host.users.faults.set('currentUser', () => undefined);
      const answer = await browser.get(DATA);
      expect([answer.status, JSON.parse(answer.text)]).toMatchObject([503, { error: 'temporarily_unavailable' }]);
      expect(answer.headers.get('retry-after')).toBe('5');
    });
  });

  describe('where the host keeps no session', () => {
    const begin = async () => {
      host.users.handleLogin = true;
      const visitor = new Browser(host.origin);
      const handle = new URL((await visitor.get(PAGE)).headers.get('location') ?? '', host.origin).searchParams.get(
        'handle',
      );
      return { visitor, handle: handle ?? '' };
    };
    const complete = async (handle: string, id = 'ada') =>
      (await host.app.get(McpLoginService).complete(handle, { id }, { id: 'analytical' })).resumeUrl;

    it('CON-17 C4 opens for the one who signed in by the handle, and takes their forms', async () => {
      const { access_token } = await connect();
      const { visitor, handle } = await begin();
      const resumeUrl = await complete(handle);
      const arrived = await visitor.get(resumeUrl);
      const address = arrived.headers.get('location') ?? '';
      expect([arrived.status, address]).toEqual([302, `${PAGE}?request=${handle}`]);
      const page = await visitor.get(address);
      expect(shownApps(page)).toEqual([(await first()).id]);
      const fields = { ...hiddenFields(page), action: 'disconnect', connected_app: (await first()).id };
      const answer = await visitor.post(PAGE, fields);
      expect(answer.headers.get('location')).toMatch(
        new RegExp(`^${PAGE}[?]request=${handle}&done=disconnected&proof=`),
      );
      expect(await open(access_token)).toBe(401);
      expect((await visitor.get(answer.headers.get('location') ?? '')).text).toContain('No app is connected.');
    });

    it('D10 opens in no other browser, with the handle or with the whole address', async () => {
      const { visitor, handle } = await begin();
      const resumeUrl = await complete(handle);
      const thief = new Browser(host.origin);
      await thief.get(PAGE);
      for (const address of [resumeUrl, `${PAGE}?request=${handle}`]) {
        const answer = await thief.get(address);
        expect([answer.status, answer.headers.get('location')]).toEqual([
          302,
          expect.stringMatching(/^\/app\/sign-in/),
        ]);
      }
      expect((await visitor.get(resumeUrl)).status).toBe(302);
      expect((await thief.get(`${PAGE}?request=${handle}`)).status).toBe(302);
    });

    it('D10 opens with no other secret, and with one once', async () => {
      const { visitor, handle } = await begin();
      const resumeUrl = await complete(handle);
      const wrong = `${PAGE}?request=${handle}&login=${'A'.repeat(43)}`;
      expectPage(await visitor.get(wrong), 403, 'login_secret_wrong', host);
      expect((await visitor.get(`${PAGE}?request=${handle}`)).status).toBe(302);
      expect((await visitor.get(resumeUrl)).headers.get('location')).toBe(`${PAGE}?request=${handle}`);
      await expect(complete(handle, 'grace')).rejects.toThrow('already used');
    });

    it('CON-17 ends with the lifetime of a request', async () => {
      const { visitor, handle } = await begin();
      await visitor.get(await complete(handle));
      host.clock.advance(1800);
      const answer = await visitor.get(`${PAGE}?request=${handle}`);
      expect([answer.status, answer.headers.get('location')]).toEqual([302, expect.stringMatching(/^\/app\/sign-in/)]);
      host.clock.advance(-1800);
    });

    it('AUT-36 is no authorization request, and an authorization request is no visit', async () => {
      const { visitor, handle } = await begin();
      await visitor.get(await complete(handle));
      expectPage(await visitor.get(`/oauth/authorize/resume?request=${handle}`), 400, 'handle_unknown', host);
      const approve = await visitor.post('/oauth/approve', { request: handle, approved: 'true', csrf_token: 'x' });
      expectPage(approve, 400, 'handle_unknown', host);
      const walk = new OAuthWalk(host.origin);
      const asked = await walk.browser.get(walk.authorizeUrl((await walk.register()).client_id));
      const request = new URL(asked.headers.get('location') ?? '', host.origin).searchParams.get('handle') ?? '';
      const resumeUrl = await complete(request);
      expect(resumeUrl).toContain('/oauth/authorize/resume?');
      expect((await walk.browser.get(resumeUrl)).status).toBe(200);
      const visit = await walk.browser.get(`${PAGE}?request=${request}`);
      expect([visit.status, visit.headers.get('location')]).toEqual([302, expect.stringMatching(/^\/app\/sign-in/)]);
    });
  });

  describe('the service', () => {
    it('CON-17 knows 42 and "42" as one user, and refuses a missing one', async () => {
      for (const missing of [undefined, null, '', Number.NaN, 1.5, {}])
        await expect(apps.disconnectAll(missing as string)).rejects.toThrow(TypeError);
      await connect();
      await host.dataSource.query(`UPDATE mcp_auth_grants SET user_id = '42' WHERE user_id = 'ada'`);
      expect(await apps.list(42)).toEqual(await apps.list('42'));
      expect(await apps.disconnectAll(42)).toBeGreaterThan(0);
      expect(await apps.list('42')).toEqual([]);
    });

    it('CON-17 STO-03 loses no wish when two take different permissions away at the same time', async () => {
      await connect('ada', 'mcp:read mcp:write mcp:admin');
      const { id } = await first();
      await Promise.all([apps.keepScopes('ada', id, ['mcp:write']), apps.keepScopes('ada', id, ['mcp:admin'])]);
      expect((await first()).scopes).toEqual(['mcp:read']);
    });
  });
});

/** After the others: a second application takes over what is logged. */
describe.each(ADAPTERS)('an access token at the end of its grant on %s', (adapter) => {
  it('CON-17 REV-05 holds for an access token whose refresh token has expired before it', async () => {
    const early = await startTestApp({ adapter, options: { refresh: { absoluteLifetimeSeconds: 7200 } } });
    const walk = new OAuthWalk(early.origin);
    const tokens = await walk.tokens('ada', { scope: 'mcp:read mcp:write' });
    const renew = async (refresh_token: string) =>
      JSON.parse((await walk.refresh(tokens.client.client_id, refresh_token)).text) as typeof tokens;
    early.clock.advance(3000);
    const second = await renew(tokens.refresh_token);
    early.clock.advance(3000);
    const third = await renew(second.refresh_token);
    early.clock.advance(1300);
    await early.app.get(McpMaintenanceService).cleanup();
    const service = early.app.get(McpConnectedAppsService);
    expect(await service.keepScopes('ada', (await service.list('ada'))[0]?.id ?? '', [])).toBe('reduced');
    const headers = { authorization: `Bearer ${third.access_token}` };
    expect((await fetch(`${early.origin}/mcp`, { headers })).status).toBe(401);
    await early.close();
  });
});
