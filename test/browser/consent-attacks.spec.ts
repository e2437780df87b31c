import type { Browser, Frame, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CallbackServer, startCallbackServer } from '../support/callback-server.js';
import { launchChromium, openWindow, type Window } from '../support/chromium.js';
import { OAuthWalk, REDIRECT_URI } from '../support/oauth-walk.js';
import { type SampleApp, startSampleApp } from '../support/sample-app-process.js';
import { decide, signIn } from '../support/sample-visit.js';
import { ADAPTERS } from '../support/test-app.js';

describe.each(ADAPTERS)('attacks on the consent page in Chromium, the sample app on %s', (adapter) => {
  let host: SampleApp;
  let browser: Browser;
  let evil: CallbackServer;
  beforeAll(async () => {
    [host, browser, evil] = await Promise.all([startSampleApp({ adapter }), launchChromium(), startCallbackServer()]);
  });
  afterAll(async () => {
    await browser.close();
    await Promise.all([host.close(), evil.close()]);
  });

  const allow = (page: Page) => page.getByRole('button', { name: 'Allow', exact: true });

  /** A window of a person who is signed in and looks at the consent page of a new client. */
  async function visit({ javaScriptEnabled = true, change = {} } = {}) {
    const walk = new OAuthWalk(host.origin);
    const { client_id } = await walk.register({ client_name: 'Difference Engine' });
    const window = await openWindow(browser, { javaScriptEnabled });
    await window.context.route('https://client.example/**', (route) => route.fulfill({ body: 'connected' }));
    const ask = (page: Page, more: Record<string, string> = {}) =>
      page.goto(host.origin + walk.authorizeUrl(client_id, { prompt: 'consent', ...change, ...more }));
    await ask(window.page);
    await signIn(window.page);
    await allow(window.page).waitFor();
    return { walk, clientId: client_id, ask, ...window };
  }

  /** What reached the client, in order. */
  const answers = async ({ context }: Pick<Window, 'context'>, pages: readonly Page[]) => {
    for (const page of pages) await page.waitForURL((url) => url.href.startsWith(REDIRECT_URI));
    expect(context.pages().length).toBeGreaterThanOrEqual(pages.length);
    return pages.map((page) => Object.fromEntries(new URL(page.url()).searchParams));
  };

  /** Posts that the application took at this path since then. */
  const posts = (path: string, since: number) => host.requests.slice(since).filter((line) => line === `POST ${path}`);

  describe('framed', () => {
    /** A frame that was refused may be taken away by the browser. */
    const textOf = (frame: Frame): Promise<string> =>
      frame
        .locator('body')
        .innerText()
        .catch((error: unknown) => {
          if (frame.isDetached()) return '';
          throw error;
        });

    /** What a page at this address gets to show of another one, by each element that could; as in the documents of its frames. */
    async function framedBy({ context }: Window, address: string, url: string) {
      const framing = await context.newPage();
      await framing.goto(address);
      const shown: string[] = [];
      for (const [element, attribute] of [
        ['iframe', 'src'],
        ['object', 'data'],
        ['embed', 'src'],
      ]) {
        const answered = framing.waitForResponse(url);
        const create = `document.createElement('${element}')`;
        await framing.evaluate(
          `document.body.append(Object.assign(${create}, { ${attribute}: ${JSON.stringify(url)} }))`,
        );
        expect((await answered).status()).toBeLessThan(400);
        await framing.waitForLoadState('networkidle');
        for (const frame of framing.frames().slice(1)) shown.push(await textOf(frame));
      }
      return shown.join('\n');
    }

    // Another port of the same host is the same site: the cookies come along, and the page would be the real one.
    it.each([
      ['another site', () => `http://localhost:${evil.port}/`],
      ['the same site', () => `${host.origin}/mcp/docs`],
    ])('CON-08 by %s, the consent page of who is signed in shows nothing', async (_what, address) => {
      const window = await visit();
      const url = host.origin + window.walk.authorizeUrl(window.clientId, { prompt: 'consent' });
      expect(await framedBy(window, address(), url)).not.toMatch(/Allow|Difference Engine|ada@example/);
      // In its own window it is what it was.
      expect(await allow(window.page).isVisible()).toBe(true);
      await window.context.close();
    });

    it('CON-08 the way to another account and the login page show nothing either', async () => {
      const window = await visit();
      const path = await window.page.getByRole('link', { name: 'Use another account' }).getAttribute('href');
      expect(await framedBy(window, `${host.origin}/mcp/docs`, host.origin + path)).not.toMatch(/Password|Sign in/);
      await window.context.close();
    });
  });

  describe('a form of another page', () => {
    /** Posts a form from a page at this address, in the person's own browser. */
    async function postFrom(window: Window, address: string, action: string, fields: Record<string, string>) {
      const page = await window.context.newPage();
      await page.goto(address);
      await page.evaluate(`(() => {
        const form = Object.assign(document.createElement('form'), { method: 'post', action: '${host.origin + action}' });
        for (const [name, value] of Object.entries(${JSON.stringify(fields)}))
          form.append(Object.assign(document.createElement('input'), { type: 'hidden', name, value }));
        document.body.append(form);
        form.submit();
      })()`);
      await page.waitForURL(`${host.origin}/**`);
      return page;
    }

    const fieldsOf = async (page: Page): Promise<Record<string, string>> => ({
      request: await page.locator('input[name=request]').first().inputValue(),
      csrf_token: await page.locator('input[name=csrf_token]').first().inputValue(),
      approved: 'true',
    });

    it('CON-01 CON-10 on another site approves nothing, with every field right: the cookies stay at home', async () => {
      const window = await visit();
      const fields = await fieldsOf(window.page);
      const page = await postFrom(window, `http://localhost:${evil.port}/`, '/oauth/approve', fields);
      await page.getByText('This request belongs to another browser').waitFor();
      expect(window.navigations.join()).not.toContain('code=');
      // The person's own click still counts.
      await decide(window.page, 'Allow');
      expect(Object.keys((await answers(window, [window.page]))[0] ?? {})).toContain('code');
      await window.context.close();
    });

    it.each(['/oauth/approve', '/oauth/authorize/select-organisation'])(
      'CON-01 on another port of the same site, which has the cookies but no token: %s',
      async (action) => {
        const window = await visit();
        const { request = '' } = await fieldsOf(window.page);
        const fields = { request, approved: 'true', organisation: 'compilers', csrf_token: 'W10.' + 'A'.repeat(43) };
        const page = await postFrom(window, `http://127.0.0.1:${host.port}/mcp/docs`, action, fields);
        await page.getByText('This form cannot be accepted').waitFor();
        await window.page.reload();
        expect(await window.page.getByText('Analytical Engines').first().isVisible()).toBe(true);
        await window.context.close();
      },
    );
  });

  describe.each([
    ['with JavaScript', true],
    ['without JavaScript', false],
  ])('%s', (_mode, javaScriptEnabled) => {
    it('CON-12 the same request in two tabs is answered once', async () => {
      const window = await visit({ javaScriptEnabled });
      const other = await window.context.newPage();
      await other.goto(window.page.url());
      await decide(window.page, 'Allow');
      await answers(window, [window.page]);
      await decide(other, 'Allow');
      await other.getByText('This request is no longer open').waitFor();
      expect(other.url()).toBe(`${host.origin}/oauth/approve`);
      await window.context.close();
    });

    it('CON-12 AUT-20 two requests side by side end each with its own state', async () => {
      const window = await visit({ javaScriptEnabled });
      const other = await window.context.newPage();
      await window.ask(other, { state: 'of the other' });
      await decide(other, 'Allow');
      await decide(window.page, 'Allow');
      const [first, second] = await answers(window, [window.page, other]);
      expect([first?.['state'], second?.['state']]).toEqual([window.walk.state, 'of the other']);
      expect(first?.['code']).not.toBe(second?.['code']);
      expect(window.complaints).toEqual([]);
      await window.context.close();
    });

    it('CON-12 another organisation is chosen, and the tab that showed the first one grants nothing', async () => {
      const window = await visit({ javaScriptEnabled });
      const { page, context } = window;
      const stale = await context.newPage();
      await stale.goto(page.url());
      await page.getByText('Use another organisation').click();
      await page.getByRole('button', { name: 'Compilers & Co' }).click();
      await page.locator('dd', { hasText: /^\s*Compilers & Co/ }).waitFor();
      await decide(stale, 'Allow');
      await stale.getByText('This form cannot be accepted').waitFor();
      // What only an administrator of the first organisation may give is not on this page.
      expect(await page.getByRole('checkbox', { name: 'Purge notes' }).count()).toBe(0);
      await decide(page, 'Allow');
      const [answer] = await answers(window, [page]);
      const tokens = await window.walk.redeem(window.clientId, answer?.['code'] ?? '');
      const { access_token } = JSON.parse(tokens.text) as { access_token: string };
      const claims: unknown = JSON.parse(Buffer.from(access_token.split('.')[1] ?? '', 'base64url').toString());
      expect(claims).toMatchObject({ sub: 'user-ada', org_id: 'compilers' });
      await context.close();
    });

    it('AUT-26 CON-12 another account signs in though somebody is signed in, and the first one’s tab grants nothing', async () => {
      const window = await visit({ javaScriptEnabled });
      const { page, context } = window;
      const stale = await context.newPage();
      await stale.goto(page.url());
      for (const name of ['grace', 'ada', 'grace'] as const) {
        await page.getByRole('link', { name: 'Use another account' }).click();
        await page.getByText('with the account that you want to use').waitFor();
        await signIn(page, name);
        await page.locator('dd', { hasText: `${name}@example.com` }).waitFor();
      }
      await decide(stale, 'Allow');
      await stale.getByText('This form cannot be accepted').waitFor();
      await decide(page, 'Allow');
      const [answer] = await answers(window, [page]);
      expect(answer?.['state']).toBe(window.walk.state);
      expect(window.complaints.filter((complaint) => !complaint.includes('status of 403'))).toEqual([]);
      await context.close();
    });

    it('AUT-26 who changes their mind on the login page goes on as they were', async () => {
      const window = await visit({ javaScriptEnabled });
      const { page } = window;
      await page.getByRole('link', { name: 'Use another account' }).click();
      await page.getByRole('link', { name: 'Go on with the account you have' }).click();
      await page.locator('dd', { hasText: 'ada@example.com' }).waitFor();
      await decide(page, 'Deny');
      expect((await answers(window, [page]))[0]).toMatchObject({ error: 'access_denied' });
      await window.context.close();
    });
  });

  it.each(['Allow', 'Deny'] as const)('CON-12 going back and forth after %s leads nowhere', async (answer) => {
    const window = await visit();
    const { page, navigations, context } = window;
    await decide(page, answer);
    await answers(window, [page]);
    navigations.length = 0;
    const since = host.requests.length;
    await page.goBack();
    await page.getByText('This request is no longer open').waitFor();
    await page.reload();
    await page.getByText('This request is no longer open').waitFor();
    expect(navigations.filter((url) => url.startsWith(REDIRECT_URI))).toEqual([]);
    expect(posts('/oauth/approve', since)).toEqual([]);
    await context.close();
  });

  it('CON-12 a form that is sent again, as a reload of its answer does, gives no second code', async () => {
    const window = await visit();
    const { page, context } = window;
    // The page that moves on stands still here, so that it can be reloaded.
    await context.route('**/oauth/approve', async (route) => {
      const response = await route.fetch();
      const body = (await response.text()).replace(/<meta http-equiv="refresh"[^>]*>/, '');
      await route.fulfill({ response, body });
    });
    await decide(page, 'Allow');
    await page.getByRole('link', { name: 'Continue' }).waitFor();
    const since = host.requests.length;
    await page.reload();
    await page.getByText('This request is no longer open').waitFor();
    expect(posts('/oauth/approve', since)).toHaveLength(1);
    await context.close();
  });

  it('CON-08 CON-12 a storm of clicks sends one approval, or several of which one counts', async () => {
    const window = await visit({ javaScriptEnabled: true });
    const { page, context, navigations } = window;
    await page.evaluate(`(() => {
      const button = [...document.querySelectorAll('button')].find(({ textContent }) => textContent === 'Allow');
      for (let click = 0; click < 5; click++) button.click();
    })()`);
    await answers(window, [page]);
    const codes = navigations
      .filter((url) => url.startsWith(REDIRECT_URI))
      .map((url) => new URL(url).searchParams.get('code'));
    expect(new Set(codes).size).toBe(1);
    await context.close();
  });

  it('CON-01 an organisation is chosen with the keyboard alone, and Enter there approves nothing', async () => {
    const { page, context } = await visit();
    const since = host.requests.length;
    await page.locator('summary', { hasText: 'Use another organisation' }).focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Compilers & Co');
    await page.keyboard.press('Enter');
    await page.locator('dd', { hasText: /^\s*Compilers & Co/ }).waitFor();
    expect(posts('/oauth/approve', since)).toEqual([]);
    expect(posts('/oauth/authorize/select-organisation', since)).toHaveLength(1);
    await context.close();
  });
});
