import { createHash, randomBytes } from 'node:crypto';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CallbackServer, startCallbackServer } from '../support/callback-server.js';
import { launchChromium, openWindow } from '../support/chromium.js';
import { type SampleApp, startSampleApp } from '../support/sample-app-process.js';
import { decide, signIn } from '../support/sample-visit.js';
import { ADAPTERS } from '../support/test-app.js';

interface Fetched {
  readonly status: number;
  readonly challenge: string | null;
  readonly session: string | null;
  readonly text: string;
}

interface Sent {
  readonly url: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

const INITIALIZE = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'page', version: '1' } },
});

describe.each(ADAPTERS)('a client that is a web page of another origin, the sample app on %s', (adapter) => {
  let host: SampleApp;
  let browser: Browser;
  let client: CallbackServer;
  beforeAll(async () => {
    [host, browser, client] = await Promise.all([startSampleApp({ adapter }), launchChromium(), startCallbackServer()]);
  });
  afterAll(async () => {
    await browser.close();
    await Promise.all([host.close(), client.close()]);
  });

  it('TRN-04 RSG-01 goes from the challenge to an answer of the MCP server with nothing but fetch', async () => {
    const { context, page } = await openWindow(browser);
    const home = `http://localhost:${client.port}`;
    await page.goto(`${home}/`);
    /** What a script of the page sends and may read. */
    const send = (sent: Sent): Promise<Fetched> =>
      page.evaluate(async ({ url, ...init }) => {
        const response = await fetch(url, init);
        return {
          status: response.status,
          challenge: response.headers.get('www-authenticate'),
          session: response.headers.get('mcp-session-id'),
          text: await response.text(),
        };
      }, sent);
    const read = async (url: string): Promise<Record<string, unknown>> =>
      JSON.parse((await send({ url })).text) as Record<string, unknown>;
    const toMcp = (token?: string) =>
      send({
        url: host.mcpUrl.href,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          'mcp-protocol-version': '2025-06-18',
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
        body: INITIALIZE,
      });

    const refused = await toMcp();
    expect(refused.status).toBe(401);
    const metadataUrl = /resource_metadata="([^"]+)"/.exec(refused.challenge ?? '')?.[1] ?? '';
    const resource = await read(metadataUrl);
    expect(resource['resource']).toBe(host.mcpUrl.href);
    const [issuer] = resource['authorization_servers'] as string[];
    const server = await read(`${issuer}/.well-known/oauth-authorization-server`);

    const redirectUri = `${home}/callback`;
    const registered = await send({
      url: String(server['registration_endpoint']),
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        client_name: 'A page',
        redirect_uris: [redirectUri],
        token_endpoint_auth_method: 'none',
      }),
    });
    expect(registered.status).toBe(201);
    const { client_id } = JSON.parse(registered.text) as { client_id: string };

    const verifier = randomBytes(32).toString('base64url');
    const authorize = new URL(String(server['authorization_endpoint']));
    authorize.search = new URLSearchParams({
      response_type: 'code',
      client_id,
      redirect_uri: redirectUri,
      state: 'of the page',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
      resource: host.mcpUrl.href,
    }).toString();
    await page.evaluate(`location.assign(${JSON.stringify(authorize.href)})`);
    await signIn(page);
    await decide(page, 'Allow');
    await page.waitForURL((url) => url.href.startsWith(redirectUri));
    const back = new URL(page.url()).searchParams;
    expect([back.get('state'), back.get('iss')]).toEqual(['of the page', issuer]);

    const redeemed = await send({
      url: String(server['token_endpoint']),
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        client_id,
        code: back.get('code') ?? '',
        code_verifier: verifier,
        redirect_uri: redirectUri,
      }).toString(),
    });
    expect(redeemed.status).toBe(200);
    const { access_token, refresh_token } = JSON.parse(redeemed.text) as Record<string, string>;
    const opened = await toMcp(access_token);
    expect(opened.status).toBe(200);
    expect(opened.text).toContain('"serverInfo"');

    const invalid = await toMcp('not.a.token');
    expect([invalid.status, /error="(\w+)"/.exec(invalid.challenge ?? '')?.[1]]).toEqual([401, 'invalid_token']);
    const refreshed = await send({
      url: String(server['token_endpoint']),
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        grant_type: 'refresh_token',
        client_id,
        refresh_token: refresh_token ?? '',
      }).toString(),
    });
    expect(refreshed.status).toBe(200);

    // JSON, and headers beyond the simple ones, are asked for first.
    expect(host.requests).toContain('OPTIONS /mcp');
    expect(host.requests).toContain('OPTIONS /oauth/register');
    expect(host.requests.filter((line) => line === 'POST /mcp')).toHaveLength(3);
    await context.close();
  });

  it('AUT-02 CON-10 cannot read or post our pages, though the person is signed in', async () => {
    const { context, page } = await openWindow(browser);
    await page.goto(`${host.origin}/login`);
    await signIn(page);
    await page.waitForURL(`${host.origin}/`);
    await page.goto(`http://localhost:${client.port}/`);
    const outcomes = await page.evaluate(async (origin) => {
      const attempt = (path: string, init: RequestInit): Promise<string> =>
        fetch(origin + path, init).then(
          (response) => `${response.status} ${response.type}`,
          (error: unknown) => (error as Error).name,
        );
      const form = new URLSearchParams({ approved: 'true' });
      return [
        await attempt('/oauth/authorize?client_id=nobody', { credentials: 'include' }),
        await attempt('/oauth/approve', { method: 'POST', body: form, credentials: 'include' }),
        await attempt('/oauth/approve', { method: 'POST', body: form, credentials: 'include', mode: 'no-cors' }),
        await attempt('/oauth/authorize', { method: 'PUT', headers: { 'x-any': '1' } }),
      ];
    }, host.origin);
    expect(outcomes).toEqual(['TypeError', 'TypeError', '0 opaque', 'TypeError']);
    expect(host.requests).toContain('OPTIONS /oauth/authorize');
    expect(host.requests).not.toContain('PUT /oauth/authorize');
    await context.close();
  });
});
