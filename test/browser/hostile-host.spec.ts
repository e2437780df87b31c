import { createHash, randomBytes } from 'node:crypto';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CallbackServer, startCallbackServer } from '../support/callback-server.js';
import { launchChromium, openWindow } from '../support/chromium.js';
import { MCP_PATH, type RunningHost, startHost } from '../support/hostile-host.js';
import { decide } from '../support/sample-visit.js';
import { ADAPTERS } from '../support/test-app.js';

const SETUPS = ADAPTERS.flatMap((adapter) => [true, false].map((bodyParser) => ({ adapter, bodyParser })));

describe.each(SETUPS)('a hostile host on $adapter, bodyParser $bodyParser', ({ adapter, bodyParser }) => {
  let host: RunningHost;
  let browser: Browser;
  let client: CallbackServer;
  beforeAll(async () => {
    [host, browser, client] = await Promise.all([
      startHost({ adapter, bodyParser, hostile: true, loopback: true }),
      launchChromium(),
      startCallbackServer(),
    ]);
  });
  afterAll(async () => {
    await browser.close();
    await Promise.all([host.close(), client.close()]);
  });

  it('TRN-04 TRN-08 serves a page of an origin that its own CORS does not know, from challenge to refresh', async () => {
    const { context, page } = await openWindow(browser);
    await context.addCookies([{ name: 'session', value: 'ada', url: host.origin }]);
    const home = `http://localhost:${client.port}`;
    await page.goto(`${home}/`);
    /** What a script of the page sends and may read. */
    const send = (path: string, init: { method: string; headers?: Record<string, string>; body?: string }) =>
      page.evaluate(
        async ([url, request]) => {
          const response = await fetch(url, request);
          const challenge = response.headers.get('www-authenticate');
          return {
            status: response.status,
            challenge,
            body: JSON.parse(await response.text()) as Record<string, unknown>,
          };
        },
        [host.origin + path, init] as const,
      );
    const toMcp = (authorization: Record<string, string>) => {
      const headers = { 'content-type': 'application/json', 'mcp-protocol-version': '2025-11-25', ...authorization };
      return send(MCP_PATH, { method: 'POST', headers, body: '{}' });
    };
    const toToken = (form: Record<string, string>) => {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      return send('/oauth/token', { method: 'POST', headers, body: new URLSearchParams(form).toString() });
    };

    const refused = await toMcp({});
    expect([refused.status, refused.challenge]).toEqual([401, expect.stringContaining('resource_metadata=')]);
    const metadata = await send(`/.well-known/oauth-protected-resource${MCP_PATH}`, { method: 'GET' });
    expect(metadata.body['resource']).toBe(host.origin + MCP_PATH);
    const redirect_uri = `${home}/callback`;
    const registration = { redirect_uris: [redirect_uri], token_endpoint_auth_method: 'none' };
    const headers = { 'content-type': 'application/json' };
    const registered = await send('/oauth/register', { method: 'POST', headers, body: JSON.stringify(registration) });
    expect(registered.status).toBe(201);
    const client_id = String(registered.body['client_id']);

    const code_verifier = randomBytes(32).toString('base64url');
    const code_challenge = createHash('sha256').update(code_verifier).digest('base64url');
    const asked = { response_type: 'code', client_id, redirect_uri, code_challenge, code_challenge_method: 'S256' };
    await page.goto(`${host.origin}/oauth/authorize?${new URLSearchParams(asked).toString()}`);
    await decide(page, 'Allow');
    await page.waitForURL((url) => url.href.startsWith(redirect_uri));
    const back = new URL(page.url()).searchParams;
    expect(back.get('iss')).toBe(host.origin);

    const code = back.get('code') ?? '';
    const redeemed = await toToken({ grant_type: 'authorization_code', client_id, code, code_verifier });
    expect(redeemed.status).toBe(200);
    const opened = await toMcp({ authorization: `Bearer ${String(redeemed.body['access_token'])}` });
    expect([opened.status, opened.body]).toEqual([200, expect.anything()]);
    const refresh_token = String(redeemed.body['refresh_token']);
    expect((await toToken({ grant_type: 'refresh_token', client_id, refresh_token })).status).toBe(200);
    await context.close();
  });
});
