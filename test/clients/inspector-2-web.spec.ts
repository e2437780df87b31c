import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { launchChromium, openWindow, type Window } from '../support/chromium.js';
import { type SampleApp, startSampleApp } from '../support/sample-app-process.js';
import { TamperingProxy } from '../support/tampering-proxy.js';
import { ADAPTERS } from '../support/test-app.js';
import { InspectorTwo } from './inspector-2.js';

const REFUSED = /CORS|Content Security Policy|Refused/i;

let browser: Browser;
let window: Window;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());
beforeEach(async () => {
  window = await openWindow(browser);
  window.page.setDefaultTimeout(60_000);
  // Its page asks for fonts elsewhere.
  await window.context.route(
    ({ hostname }) => hostname !== '127.0.0.1',
    (route) => route.abort(),
  );
});
afterEach(() => window.context.close());

describe.each(ADAPTERS)('the web client of Inspector 2 and the sample app on %s', (adapter) => {
  let app: SampleApp;
  let proxy: TamperingProxy;
  let inspector: InspectorTwo;
  beforeAll(async () => {
    proxy = await TamperingProxy.start();
    app = await startSampleApp({ adapter, variables: { MCP_BASE_URL: proxy.origin } });
    proxy.leadTo(`http://127.0.0.1:${app.port}`);
  });
  afterAll(async () => {
    await proxy.close();
    await app.close();
  });
  beforeEach(async () => {
    inspector = await InspectorTwo.start(app.mcpUrl);
  });
  afterEach(() => inspector.stop());

  it('CON-09 AUT-23 comes back from login and consent, and calls a tool', async () => {
    proxy.tampering = {};
    await inspector.logIn(window.page);
    expect(await inspector.askWhoIAm(window.page)).toContain('"user-ada"');
    expect(window.complaints.filter((line) => REFUSED.test(line))).toEqual([]);
    expect(app.requests).toContain('POST /oauth/token');
  });

  it('CON-09 stays on our page when the decision is answered by a redirect, so that the test above could fail', async () => {
    proxy.tampering = {
      answer: async (answer, { url, method }) => {
        if (method !== 'POST' || url.pathname !== '/oauth/approve') return answer;
        const location = /url=([^"]+)"/.exec(await answer.text())?.[1]?.replaceAll('&amp;', '&') ?? '';
        return new Response(null, { status: 303, headers: { location } });
      },
    };
    const refusal = window.page.waitForEvent('console', (message) => message.text().includes('form-action'));
    await inspector.logIn(window.page);
    await refusal;
    expect(window.page.url()).toMatch(new RegExp(`^${proxy.origin}/`));
    expect(window.complaints.filter((line) => REFUSED.test(line))).not.toEqual([]);
  });
});
