import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Browser } from '../support/browser.js';
import { OAuthWalk } from '../support/oauth-walk.js';
import { expectPage } from '../support/pages.js';
import { ADAPTERS, startTestApp, type TestApp } from '../support/test-app.js';

const ALLOW = {
  '/oauth/authorize': 'GET, POST',
  '/oauth/authorize/resume': 'GET',
  '/oauth/authorize/select-account': 'GET',
  '/oauth/authorize/select-organisation': 'POST',
  '/oauth/approve': 'POST',
};
const PUBLIC = 'https://app.example';

const POLICY =
  /^default-src 'none'; style-src 'sha256-[A-Za-z0-9+/]{43}='; form-action 'self'; frame-ancestors 'none'; base-uri 'none'$/;

/** A request as another machine in front of us would send it, its Host header included. */
function sendAs(origin: string, path: string, headers: Record<string, string>): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(origin);
    const sent = request({ hostname, port, path, headers }, (response) => {
      response.resume();
      resolve({ status: response.statusCode, ...response.headers });
    });
    sent.on('error', reject).end();
  });
}

/** A host's own limiter, which answers for us and opens that to everybody. */
function busy({ url = '' }: IncomingMessage, response: ServerResponse, next: () => void): void {
  if (!url.includes('busy=1')) return next();
  response.writeHead(429, { 'access-control-allow-origin': '*', 'access-control-allow-credentials': 'true' }).end();
}

describe.each(ADAPTERS)('methods, headers and cookies of the pages on %s', (adapter) => {
  let host: TestApp;
  let secure: TestApp;
  beforeAll(async () => {
    // The host opens everything to everybody: none of it may reach our pages.
    host = await startTestApp({
      adapter,
      configure: (app) => {
        app.enableCors({ origin: true, credentials: true });
        app.use(busy);
      },
    });
    secure = await startTestApp({ adapter, options: { baseUrl: PUBLIC } });
  });
  afterAll(async () => {
    await host.close();
    await secure.close();
  });

  it.each(
    Object.entries(ALLOW).flatMap(([path, allow]) =>
      ['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD', 'PROPFIND'].map((method) => [method, path, allow] as const),
    ),
  )('AUT-01 AUT-02 answers %s %s with 405, Allow: %s, and no CORS header', async (method, path, allow) => {
    const response = await fetch(host.origin + path, { method, headers: { origin: 'https://evil.example' } });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe(allow);
    expect([...response.headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
  });

  it('AUT-01 CON-01 answers GET /oauth/approve with 405', async () => {
    expect((await fetch(`${host.origin}/oauth/approve?approved=true`)).status).toBe(405);
    expect((await fetch(`${host.origin}/oauth/authorize/resume`, { method: 'POST' })).status).toBe(405);
  });

  it('AUT-02 sends no CORS header with any page, redirect or preflight, whatever the host allows', async () => {
    const walk = new OAuthWalk(host.origin);
    const { client_id } = await walk.register();
    const foreign = { origin: 'https://evil.example', 'access-control-request-method': 'POST' };
    const answers = [
      await walk.browser.get(walk.authorizeUrl(client_id), foreign),
      await walk.browser.signIn('ada').get(walk.authorizeUrl(client_id), foreign),
      await walk.browser.get('/oauth/authorize?client_id=nobody', foreign),
      await walk.browser.post('/oauth/approve', {}, foreign),
    ];
    expect(answers.map(({ status }) => status)).toEqual([302, 200, 400, 400]);
    for (const { headers } of answers) {
      expect([...headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
    }
    const preflight = await fetch(`${host.origin}/oauth/authorize`, { method: 'OPTIONS', headers: foreign });
    expect([...preflight.headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
  });

  it('AUT-02 takes the CORS headers off what the host answers in our place', async () => {
    const answer = await new Browser(host.origin).get('/oauth/authorize?busy=1', { origin: 'https://evil.example' });
    expect(answer.status).toBe(429);
    expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
  });

  it('CON-08 CON-09 TRN-03 TRN-06 sends consent, redirect and error pages with one strict set of headers', async () => {
    const walk = new OAuthWalk(host.origin);
    const { client_id } = await walk.register();
    const consent = await walk.openConsent(client_id);
    const pages = [
      consent,
      await walk.decide(consent),
      await walk.browser.get('/oauth/authorize?client_id=nobody'),
      await walk.browser.get('/oauth/authorize/resume?request=none'),
      await walk.browser.post('/oauth/approve', {}),
    ];
    expect(pages.map(({ status }) => status)).toEqual([200, 200, 400, 400, 400]);
    for (const { headers, text } of pages) {
      const { 'content-security-policy': policy, ...rest } = Object.fromEntries(headers);
      expect(policy).toMatch(POLICY);
      expect(rest).toMatchObject({
        'content-type': 'text/html; charset=utf-8',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'x-robots-tag': 'noindex',
        'cache-control': 'no-store',
      });
      expect(rest).not.toHaveProperty('strict-transport-security');
      expect(text).not.toMatch(/<script|<iframe|<img|<link|src=|@import|url\(|\son[a-z]+=|\sstyle=/i);
    }
  });

  it('TRN-03 CON-09 sends redirects uncached and without referrer', async () => {
    const walk = new OAuthWalk(host.origin);
    const { client_id } = await walk.register();
    const silent = await walk.browser.get(walk.authorizeUrl(client_id, { prompt: 'none' }));
    for (const answer of [silent, await walk.browser.get(walk.authorizeUrl(client_id))]) {
      expect(answer.status).toBe(302);
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
      });
    }
  });

  describe('the cookie', () => {
    const setCookies = async (origin: string, browser = new Browser(origin), clientId?: string) => {
      const walk = new OAuthWalk(origin);
      const id = clientId ?? (await walk.register()).client_id;
      return (await browser.get(walk.authorizeUrl(id))).headers.getSetCookie();
    };

    it('CON-10 is exactly this on loopback http', async () => {
      expect(await setCookies(host.origin)).toEqual([
        expect.stringMatching(/^mcp_auth=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/),
      ]);
    });

    it('CON-10 is host-bound and secure on https, which the configuration decides and no header', async () => {
      expect(await setCookies(secure.origin)).toEqual([
        expect.stringMatching(/^__Host-mcp_auth=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax$/),
      ]);
      const walk = new OAuthWalk(host.origin);
      const { client_id } = await walk.register();
      const forwarded = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'evil.example', host: 'evil.example' };
      const answer = await sendAs(host.origin, walk.authorizeUrl(client_id), forwarded);
      expect(String(answer['set-cookie'])).toMatch(/^mcp_auth=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/);
      expect(answer['location']).toMatch(/^\/login\?/);
    });

    it('CON-10 given under the other name, or in another shape, counts for nothing', async () => {
      const browser = new Browser(secure.origin);
      browser.cookies.set('mcp_auth', 'a'.repeat(43));
      browser.cookies.set('__Host-mcp_auth', '"><script>');
      expect(await setCookies(secure.origin, browser)).toHaveLength(1);
    });

    it('CON-10 AUT-36 does not grow with a hundred abandoned requests, and is set once', async () => {
      const browser = new Browser(host.origin);
      const { client_id } = await new OAuthWalk(host.origin).register();
      const [first] = await setCookies(host.origin, browser, client_id);
      expect(first).toBeDefined();
      const before = [...browser.cookies];
      for (let count = 0; count < 100; count++) expect(await setCookies(host.origin, browser, client_id)).toEqual([]);
      expect([...browser.cookies]).toEqual(before);
    });

    it('AUT-36 serves several requests of one browser side by side', async () => {
      const walks = Array.from({ length: 3 }, () => new OAuthWalk(host.origin));
      const shared = walks[0]!.browser;
      const { client_id } = await walks[0]!.register();
      const pages = [];
      for (const walk of walks) pages.push(await shared.get(walk.authorizeUrl(client_id, { prompt: 'consent' })));
      shared.signIn('ada');
      for (const [index, page] of pages.entries()) {
        const back = new URL(page.headers.get('location') ?? '', host.origin).searchParams.get('return_to') ?? '';
        const decided = await walks[0]!.decide(await shared.get(back));
        expect(walks[0]!.target(decided).searchParams.get('state')).toBe(walks[index]!.state);
      }
    });
  });

  it('TRN-06 pins https where the origin is https', async () => {
    const answer = await new Browser(secure.origin).get('/oauth/authorize?client_id=nobody');
    expect(answer.headers.get('strict-transport-security')).toBe('max-age=31536000');
  });

  it('TRN-02 AUT-21 takes iss and every address from the configuration', async () => {
    const walk = new OAuthWalk(secure.origin);
    const { client_id } = await walk.register();
    const headers = { host: 'evil.example', 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example' };
    const silent = walk.authorizeUrl(client_id, { prompt: 'none' });
    const answer = await sendAs(secure.origin, silent, headers);
    expect(new URL(String(answer['location'])).searchParams.get('iss')).toBe(PUBLIC);
    expect(String(answer['location'])).not.toContain('evil');
    const { port } = secure.app.getHttpServer().address() as AddressInfo;
    const discovery = await fetch(`http://127.0.0.1:${port}/.well-known/oauth-authorization-server`);
    expect(await discovery.json()).toMatchObject({ issuer: PUBLIC });
  });

  it('TRN-08 AUT-01 takes the exact path only', async () => {
    for (const path of ['/oauth/AUTHORIZE', '/oauth/authorize/', '/oauth//authorize', '/OAuth/authorize']) {
      expect((await fetch(`${host.origin}${path}?client_id=nobody`)).status).toBe(404);
    }
  });

  it('STO-04 OPS-03 logs a reason and no query', async () => {
    // Nest's logger is one for the process: the application started last has it.
    const answer = await new Browser(secure.origin).get('/oauth/authorize?client_id=the-secret-name&state=hush');
    expectPage(answer, 400, 'client_unknown', secure);
    expect(secure.log.lines.join('\n')).not.toMatch(/the-secret-name|hush/);
  });
});
