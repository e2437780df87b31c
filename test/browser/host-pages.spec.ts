import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CallbackServer, startCallbackServer } from '../support/callback-server.js';
import { launchChromium, navigationTo, openWindow, type Window } from '../support/chromium.js';
import { ForeignLoginController } from '../support/foreign-login.js';
import { Members } from '../support/members.js';
import { OAuthWalk, REDIRECT_URI } from '../support/oauth-walk.js';
import { readTarget } from '../support/pages.js';
import { ADAPTERS, EchoController, startTestApp, type TestApp } from '../support/test-app.js';

const TEMPLATE = `<!doctype html><html lang="en"><head><title>{{title}}</title>
<style>h1 { color: rgb(102, 51, 153) }</style></head><body>
<h1>{{clientName}} would like to use {{resourceName}}</h1>
<p id="who">{{accountName}} of {{organisationName}}</p><p id="where">{{redirectHost}}</p>
<ul>{{#each requestedScopes}}<li>{{title}}: {{description}}</li>{{/each}}</ul>
<dl>{{#each authorizationParams}}<dt>{{@key}}</dt><dd>{{this}}</dd>{{/each}}</dl>
<form method="post" action="{{formAction}}">
<input type="hidden" name="request" value="{{request}}"><input type="hidden" name="csrf_token" value="{{csrfToken}}">
{{#each optionalScopes}}<label><input type="checkbox" name="scopes" value="{{name}}"{{#if checked}} checked{{/if}}> {{title}}</label>{{/each}}
<button name="approved" value="false">No</button> <button name="approved" value="true">Yes</button></form></body></html>`;

describe.each(ADAPTERS)("a host's own login page and consent template in Chromium, on %s", (adapter) => {
  let host: TestApp;
  let browser: Browser;
  beforeAll(async () => {
    const options = { views: { consent: TEMPLATE }, resourceName: 'Analytical Notes' };
    const controllers = [EchoController, ForeignLoginController];
    [host, browser] = await Promise.all([startTestApp({ adapter, options, controllers }), launchChromium()]);
  });
  afterAll(async () => {
    await browser.close();
    await host.close();
  });

  async function visit(change: Record<string, string> = {}) {
    const walk = new OAuthWalk(host.origin);
    const { client_id } = await walk.register({ client_name: 'Difference & Engine' });
    const window = await openWindow(browser);
    await window.context.route('https://client.example/**', (route) => route.fulfill({ body: 'connected' }));
    await window.page.goto(host.origin + walk.authorizeUrl(client_id, change));
    await window.page.getByRole('button', { name: 'Log in' }).click();
    return { walk, clientId: client_id, ...window };
  }

  const answerOf = async (window: Pick<Window, 'navigations'>) =>
    readTarget(await navigationTo(`${REDIRECT_URI}?`, window)).params;

  it('CON-02 CON-09 shows the template with its variables and its style, and the approval reaches the client', async () => {
    const { walk, clientId, context, page, complaints, navigations } = await visit();
    await page.getByRole('heading', { name: 'Difference & Engine would like to use Analytical Notes' }).waitFor();
    expect(await page.evaluate("getComputedStyle(document.querySelector('h1')).color")).toBe('rgb(102, 51, 153)');
    expect(await page.locator('#who').textContent()).toBe('ada@example.com of Analytical Engines');
    expect(await page.locator('#where').textContent()).toBe('client.example');
    expect(await page.locator('li').allTextContents()).toEqual([
      'Read: Read your notes',
      'Write: Write your notes',
      'Administer: Delete everything',
    ]);
    expect(await page.locator('dd').allTextContents()).toEqual(
      expect.arrayContaining([clientId, REDIRECT_URI, walk.state, `${host.origin}/mcp`]),
    );
    await page.getByLabel('Administer').uncheck();
    await page.getByRole('button', { name: 'Yes' }).click();
    const params = await answerOf({ navigations });
    const redeemed = await walk.redeem(clientId, params['code'] ?? '');
    expect(JSON.parse(redeemed.text)).toMatchObject({ scope: 'mcp:read mcp:write' });
    expect(complaints).toEqual([]);
    await context.close();
  });

  it("CON-09 AUT-24 a faulty request reaches the client from behind a login page with form-action 'self'", async () => {
    const { walk, context, page, complaints, navigations } = await visit({ response_type: 'token' });
    const params = await answerOf({ navigations });
    expect(params).toMatchObject({ error: 'unsupported_response_type', state: walk.state, iss: host.origin });
    await page.waitForURL((url) => url.href.startsWith(REDIRECT_URI));
    expect(complaints).toEqual([]);
    await context.close();
  });
});

describe.each(ADAPTERS)('a login page on another origin in Chromium, on %s', (adapter) => {
  const members = new Members();
  let host: TestApp;
  let browser: Browser;
  let elsewhere: CallbackServer;
  beforeAll(async () => {
    [host, browser, elsewhere] = await Promise.all([
      startTestApp({ adapter, users: members }),
      launchChromium(),
      startCallbackServer(),
    ]);
  });
  afterAll(async () => {
    await browser.close();
    await Promise.all([host.close(), elsewhere.close()]);
  });

  it.each([true, false])(
    'CON-09 AUT-27 is reached from the choice of an organisation, JavaScript: %s',
    async (javaScriptEnabled) => {
      const now = Math.floor(host.clock.now() / 1000);
      members.authTime = now;
      members.loginUrl = () => `http://localhost:${elsewhere.port}/callback?login`;
      const walk = new OAuthWalk(host.origin);
      const { client_id } = await walk.register();
      const { context, page, complaints } = await openWindow(browser, { javaScriptEnabled });
      await context.addCookies([{ name: 'session', value: 'ada', url: host.origin }]);
      await page.goto(host.origin + walk.authorizeUrl(client_id, { max_age: '60' }));
      // On the page, the login grew too old for the client.
      members.authTime = now - 100;
      await page.getByText('Use another organisation').click();
      await page.getByRole('button', { name: 'Compilers & Co' }).click();
      await page.waitForURL((url) => url.port === String(elsewhere.port));
      expect(elsewhere.visits.at(-1)).toContain('/callback?login');
      expect(complaints).toEqual([]);
      await context.close();
    },
  );
});
