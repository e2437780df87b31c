import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type CallbackServer, startCallbackServer } from '../support/callback-server.js';
import { launchChromium, navigationTo, openWindow, type Window } from '../support/chromium.js';
import { OAuthWalk, REDIRECT_URI } from '../support/oauth-walk.js';
import { readTarget } from '../support/pages.js';
import { type SampleApp, startSampleApp } from '../support/sample-app-process.js';
import { decide, signIn } from '../support/sample-visit.js';
import { ADAPTERS } from '../support/test-app.js';

describe.each(ADAPTERS)('login and consent in Chromium, the sample app on %s', (adapter) => {
  let host: SampleApp;
  let browser: Browser;
  let callback: CallbackServer;
  beforeAll(async () => {
    [host, browser, callback] = await Promise.all([
      startSampleApp({ adapter }),
      launchChromium(),
      startCallbackServer(),
    ]);
  });
  afterAll(async () => {
    await browser.close();
    await Promise.all([host.close(), callback.close()]);
  });

  /** Opens an authorization request of a new client in a new window. */
  async function visit(redirectUri: string, { javaScriptEnabled = true, change = {} } = {}) {
    const walk = new OAuthWalk(host.origin);
    const registered = redirectUri.replace(/:\d+\//, '/');
    const { client_id } = await walk.register({ redirect_uris: [registered], client_name: 'Difference Engine' });
    const window = await openWindow(browser, { javaScriptEnabled });
    await window.context.route('https://client.example/**', (route) => route.fulfill({ body: 'connected' }));
    await window.page.goto(host.origin + walk.authorizeUrl(client_id, { redirect_uri: redirectUri, ...change }));
    return { walk, clientId: client_id, ...window };
  }

  /** The navigation to the client that the last page asked for, taken apart. */
  const answerTo = async (redirectUri: string, window: Pick<Window, 'navigations'>) =>
    readTarget(await navigationTo(`${redirectUri}?`, window)).params;

  const loopback = (): string => `http://localhost:${callback.port}/callback`;

  describe.each([
    ['with JavaScript', true],
    ['without JavaScript', false],
  ])('%s', (_mode, javaScriptEnabled) => {
    it.each([
      ['a web page', () => REDIRECT_URI],
      ['a program on this computer', loopback],
      ['an app with a scheme of its own', () => 'cursor://anysphere.cursor-mcp/oauth/callback'],
    ])('CON-09 AUT-23 TRN-07 an approval reaches %s with code, state and iss', async (_what, uri) => {
      const { walk, clientId, context, page, complaints, navigations } = await visit(uri(), { javaScriptEnabled });
      await signIn(page);
      await decide(page, 'Allow');
      const params = await answerTo(uri(), { navigations });
      expect(Object.keys(params)).toEqual(['code', 'state', 'iss']);
      expect(params).toMatchObject({ state: walk.state, iss: host.origin });
      expect((await walk.redeem(clientId, params['code'] ?? '')).status).toBe(200);
      if (uri().startsWith('http')) await page.waitForURL((url) => url.href.startsWith(uri()));
      if (uri() === loopback()) expect(callback.visits.at(-1)).toContain(`code=${params['code']}`);
      expect(complaints).toEqual([]);
      await context.close();
    });

    it('AUT-34 a refusal reaches the client', async () => {
      const { walk, context, page, complaints, navigations } = await visit(REDIRECT_URI, { javaScriptEnabled });
      await signIn(page, 'grace');
      await decide(page, 'Deny');
      const params = await answerTo(REDIRECT_URI, { navigations });
      expect(params).toMatchObject({ error: 'access_denied', state: walk.state, iss: host.origin });
      expect(complaints).toEqual([]);
      await context.close();
    });

    it('CON-09 AUT-24 a faulty request reaches the client too, after the login', async () => {
      const change = { response_type: 'token' };
      const { walk, context, page, complaints, navigations } = await visit(REDIRECT_URI, { javaScriptEnabled, change });
      expect(page.url()).toMatch(/\/login\?/);
      await signIn(page);
      const params = await answerTo(REDIRECT_URI, { navigations });
      expect(params).toMatchObject({ error: 'unsupported_response_type', state: walk.state, iss: host.origin });
      expect(complaints).toEqual([]);
      await context.close();
    });
  });

  it('CON-05 grants what is ticked', async () => {
    const { walk, clientId, context, page, navigations } = await visit(REDIRECT_URI);
    await signIn(page);
    await page.getByRole('checkbox', { name: 'Write notes' }).uncheck();
    await decide(page, 'Allow');
    const params = await answerTo(REDIRECT_URI, { navigations });
    const answer = await walk.redeem(clientId, params['code'] ?? '');
    expect(JSON.parse(answer.text)).toMatchObject({ scope: 'mcp:read' });
    await context.close();
  });

  it('CON-01 Enter never approves: it does nothing on the page, and refuses in a check box', async () => {
    const { context, page, navigations } = await visit(REDIRECT_URI);
    await signIn(page);
    await page.getByRole('button', { name: 'Allow', exact: true }).waitFor();
    const before = host.requests.length;
    await page.keyboard.press('Enter');
    await page.waitForTimeout(300);
    expect(host.requests.slice(before)).toEqual([]);
    await page.getByRole('checkbox', { name: 'Write notes' }).focus();
    await page.keyboard.press('Enter');
    const params = await answerTo(REDIRECT_URI, { navigations });
    expect(params).toMatchObject({ error: 'access_denied' });
    expect(params).not.toHaveProperty('code');
    await context.close();
  });

  it('CON-12 going back after an approval shows that the request is closed, and leads nowhere', async () => {
    const { context, page, navigations } = await visit(REDIRECT_URI);
    await signIn(page);
    await decide(page, 'Allow');
    await page.waitForURL((url) => url.href.startsWith(REDIRECT_URI));
    navigations.length = 0;
    await page.goBack();
    // A page that nobody may store is asked for again, and the request is answered by now.
    await page.getByText('This request is no longer open').waitFor();
    expect(navigations.filter((url) => url.startsWith(REDIRECT_URI))).toEqual([]);
    await context.close();
  });

  it('CON-10 CON-13 sets exactly the cookies it needs, out of reach of scripts, and a new session at login', async () => {
    const { context, page } = await visit(REDIRECT_URI);
    const before = await context.cookies();
    expect(before).toMatchObject([
      { name: 'mcp_auth', domain: '127.0.0.1', path: '/', httpOnly: true, secure: false, sameSite: 'Lax', expires: -1 },
    ]);
    // A session that somebody planted is not promoted.
    await context.addCookies([{ name: 'notes_session', value: 'planted', url: host.origin }]);
    await signIn(page);
    await page.getByRole('button', { name: 'Allow', exact: true }).waitFor();
    const after = await context.cookies();
    expect(after.map(({ name }) => name).toSorted((a, b) => a.localeCompare(b))).toEqual(['mcp_auth', 'notes_session']);
    expect(after.find(({ name }) => name === 'mcp_auth')).toEqual(before[0]);
    const session = after.find(({ name }) => name === 'notes_session');
    expect(session).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/' });
    expect(session?.value).not.toBe('planted');
    expect(await page.evaluate('document.cookie')).toBe('');
    await context.close();
  });

  it.each(['/login', '/oauth/authorize?client_id=nobody', '/oauth/authorize/resume'])(
    'CON-08 %s cannot be framed',
    async (path) => {
      const { context, page, complaints } = await openWindow(browser);
      await page.goto(`http://localhost:${callback.port}/`);
      const frame = `Object.assign(document.createElement('iframe'), { src: ${JSON.stringify(host.origin + path)} })`;
      await page.evaluate(`document.body.append(${frame})`);
      await vi.waitFor(() => expect(complaints.join()).toMatch(/frame-ancestors|X-Frame-Options/i), {
        timeout: 20_000,
      });
      for (const framed of page.frames().slice(1)) expect(await framed.locator('main').count()).toBe(0);
      await context.close();
    },
  );
});
