import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { launchChromium, openWindow, type Window } from '../support/chromium.js';
import { type SampleApp, startSampleApp } from '../support/sample-app-process.js';
import { TamperingProxy } from '../support/tampering-proxy.js';
import { ADAPTERS } from '../support/test-app.js';
import { InspectorOne } from './inspector-1.js';

const BLOCKED = /CORS|Content Security Policy|blocked/i;

let browser: Browser;
let inspector: InspectorOne;
let window: Window;
beforeAll(async () => {
  [browser, inspector] = await Promise.all([launchChromium(), InspectorOne.start()]);
});
afterAll(async () => {
  await browser.close();
  await inspector.stop();
});
beforeEach(async () => {
  window = await openWindow(browser);
  window.page.setDefaultTimeout(60_000);
});
afterEach(() => window.context.close());

describe.each(ADAPTERS)('the web client of Inspector 1 and the sample app on %s', (adapter) => {
  let app: SampleApp;
  beforeAll(async () => {
    app = await startSampleApp({ adapter });
  });
  afterAll(() => app.close());

  it('TRN-04 RSG-14 logs in and calls a tool from the page itself, and the browser blocks nothing', async () => {
    const answer = await inspector.askWhoIAm(window.page, app.mcpUrl, 'Direct');
    expect(answer).toMatch(/userId:\s+"user-ada"/);
    expect(window.complaints.filter((line) => BLOCKED.test(line))).toEqual([]);
    for (const request of [
      'OPTIONS /mcp',
      'OPTIONS /.well-known/oauth-protected-resource/mcp',
      'OPTIONS /.well-known/oauth-authorization-server',
      'OPTIONS /oauth/register',
      'POST /oauth/token',
    ]) {
      expect(app.requests).toContain(request);
    }
  });

  it('TRN-04 logs in from the page when its own proxy talks to the MCP server', async () => {
    const before = app.requests.length;
    const answer = await inspector.askWhoIAm(window.page, app.mcpUrl, 'Via Proxy');
    expect(answer).toMatch(/userId:\s+"user-ada"/);
    expect(window.complaints.filter((line) => BLOCKED.test(line))).toEqual([]);
    const requests = app.requests.slice(before);
    expect(requests).toContain('OPTIONS /.well-known/oauth-authorization-server');
    expect(requests).not.toContain('OPTIONS /mcp');
  });
});

describe('the web client of Inspector 1, with something between it and the sample app', () => {
  let app: SampleApp;
  let proxy: TamperingProxy;
  beforeAll(async () => {
    proxy = await TamperingProxy.start();
    app = await startSampleApp({ adapter: 'express', variables: { MCP_BASE_URL: proxy.origin } });
    proxy.leadTo(`http://127.0.0.1:${app.port}`);
  });
  afterAll(async () => {
    await proxy.close();
    await app.close();
  });

  const takeAway = (name: string | undefined): void => {
    proxy.tampering = {
      answer: ({ body, status, headers }) => {
        const left = new Headers(headers);
        if (name !== undefined) left.delete(name);
        return new Response(status === 204 ? null : body, { status, headers: left });
      },
    };
  };

  it('connects when that something changes nothing', async () => {
    takeAway(undefined);
    expect(await inspector.askWhoIAm(window.page, app.mcpUrl, 'Direct')).toContain('user-ada');
  });

  it.each([
    ['access-control-allow-origin', /blocked by CORS policy: .*No 'Access-Control-Allow-Origin' header/],
    ['access-control-allow-headers', /blocked by CORS policy: Request header field [\w-]+ is not allowed/],
    // The page cannot read the id of its session, and goes on without one.
    ['access-control-expose-headers', /Initialize a session first/],
  ])('fails without %s, so that the tests above could fail', async (header, complaint) => {
    takeAway(header);
    await expect(inspector.askWhoIAm(window.page, app.mcpUrl, 'Direct')).rejects.toThrow('Connection Error');
    expect(window.complaints.join('\n')).toMatch(complaint);
  });
});
