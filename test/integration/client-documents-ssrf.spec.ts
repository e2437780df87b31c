import dns from 'node:dns';
import { connect } from 'node:net';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { DocumentTransport } from '../../lib/clients/documents/document-transport.js';
import { ConnectRecorder } from '../support/connect-recorder.js';
import { DocumentServer } from '../support/document-server.js';
import { goodDocument, HOSTILE_ADDRESSES, HOSTILE_ANSWERS, HOSTILE_NAMES } from '../support/hostile-documents.js';
import { HostileWeb } from '../support/hostile-web.js';
import { OAuthWalk } from '../support/oauth-walk.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { TestAuthority } from '../support/test-certificates.js';

/** The one address of this machine that these tests take for a public one. */
const PUBLIC = '127.0.0.77';
/** Short, so that a drip is over soon; one test below waits as long as production does. */
const DEADLINE_MS = 400;
/** What production allows itself, and as much again for a busy machine. */
const CEILING_MS = 10_000;

let web: HostileWeb;
let host: TestApp;
let recorder: ConnectRecorder;
/** Every address that anybody tried to connect to. */
const recorded = new Map<string, number>();
let cases = 0;

beforeAll(async () => {
  web = await HostileWeb.start(PUBLIC);
  host = await startTestApp({
    adapter: 'express',
    options: { clientDocuments: { allowedPorts: [443, web.server.port] } },
    configure: (app) => web.reachableFrom(app, DEADLINE_MS),
  });
  recorder = await ConnectRecorder.start();
});

beforeEach(() => {
  // No test is to meet the limits, which have their own.
  host.clock.advance(60);
  web.server.seen.length = 0;
});

afterEach(() => {
  for (const { address } of attempts()) recorded.set(address, (recorded.get(address) ?? 0) + 1);
});

afterAll(async () => {
  recorder.stop();
  await host.close();
  await web.close();
});

const ownPort = () => Number(new URL(host.origin).port);
let pending: { readonly address: string; readonly port: number }[] = [];

/** Attempts of this test so far, the test's own requests to the application left out. */
function attempts() {
  pending.push(...recorder.take([ownPort()]));
  return pending;
}
beforeEach(() => void (pending = []));

/** The page at authorize, without what differs from page to page. */
async function authorize(clientId: string, change: Record<string, string> = {}) {
  const walk = new OAuthWalk(host.origin);
  walk.browser.signIn('ada');
  const started = performance.now();
  const { status, text, headers } = await walk.browser.get(
    walk.authorizeUrl(clientId, { redirect_uri: 'https://a.client.example/callback', ...change }),
  );
  const elapsed = performance.now() - started;
  const page = text.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'correlation');
  return { status, page, location: headers.get('location'), elapsed };
}

async function expectRefusal(clientId: string): Promise<void> {
  cases++;
  const { status, page, location, elapsed } = await authorize(clientId);
  const other = await authorize('https://10.0.0.1/nothing-is-there');
  // Whatever was found, or not: one page, to the byte.
  expect({ status, location }).toEqual({ status: page.includes('not allowed here') ? 403 : 400, location: null });
  if (status === 400 && !page.includes('malformed')) expect(page).toBe(other.page);
  expect(elapsed).toBeLessThan(CEILING_MS);
  for (const { address } of attempts()) expect(address).toBe(PUBLIC);
}

async function expectConsent(clientId: string): Promise<void> {
  // Also where a consent is remembered.
  const { status, page } = await authorize(clientId, { prompt: 'consent' });
  expect([status, page]).toEqual([200, expect.stringContaining('Good client')]);
}

describe('the recorder', () => {
  it('sees an attempt to connect to a forbidden address, so that seeing none means something', async () => {
    const socket = connect({ host: '127.0.0.1', port: web.server.port });
    await once(socket, 'error');
    const six = connect({ host: '::1', port: web.server.port });
    await once(six, 'error');
    expect(recorder.take([ownPort()])).toEqual([
      { address: '127.0.0.1', port: web.server.port },
      { address: '::1', port: web.server.port },
    ]);
  });

  it('CMD-09 sees the fetch of a good document: the positive control', async () => {
    const url = web.url('/good');
    web.server.serve('/good', goodDocument(url));
    await expectConsent(url);
    expect(attempts()).toEqual([{ address: PUBLIC, port: web.server.port }]);
    expect(web.server.seen).toHaveLength(1);
  });
});

describe('a hostile client_id at authorize', () => {
  it.each(HOSTILE_NAMES)('CMD-09 %j: nobody is called, and no name is looked up', async (clientId) => {
    web.lookUps.clear();
    await expectRefusal(clientId);
    expect(attempts()).toEqual([]);
    expect(web.lookUps.size).toBe(0);
  });

  it.each(Object.entries(HOSTILE_ADDRESSES))(
    'CMD-09 a name that leads to %s: nobody is called',
    async (_case, addresses) => {
      await expectRefusal(web.url('/good', { host: 'b.client.example', addresses }));
      expect(attempts()).toEqual([]);
      expect(web.server.seen).toEqual([]);
    },
  );

  it.each(Object.entries(HOSTILE_ANSWERS))(
    'CMD-03 CMD-04 CMD-12 CMD-13 a server that answers with %s: one page, one connection, no more',
    async (name, handlerFor) => {
      const path = `/hostile/${Object.keys(HOSTILE_ANSWERS).indexOf(name)}`;
      const url = web.url(path);
      web.server.at(path, handlerFor(url));
      await expectRefusal(url);
      expect(attempts()).toEqual([{ address: PUBLIC, port: web.server.port }]);
      expect(web.server.seen.map((request) => request.path)).toEqual([path]);
      await expect.poll(() => web.server.open, { timeout: CEILING_MS }).toBe(0);
    },
  );

  it('CMD-13 says nothing about the target, and nothing about what was wrong', async () => {
    const { page } = await authorize('https://10.0.0.1/nothing-is-there');
    expect(page).toContain('This app could not be identified');
    for (const detail of ['10.0.0.1', 'nothing-is-there', 'private', 'address', 'ECONN', 'status', 'JSON'])
      expect(page).not.toContain(detail);
  });
});

describe('rebinding', () => {
  it('CMD-09 a name that means another machine the next time is looked up once for a fetch', async () => {
    cases++;
    const host_ = 'c.client.example';
    const url = web.url('/rebind', { host: host_, addresses: (count) => (count === 1 ? [PUBLIC] : ['127.0.0.1']) });
    web.server.serve('/rebind', goodDocument(url), { 'Cache-Control': 'no-store' });
    await expectConsent(url);
    expect(web.lookUps.get(host_)).toBe(1);
    expect(attempts().map(({ address }) => address)).toEqual([PUBLIC]);
    // The next fetch meets the other machine, and does not go there.
    host.clock.advance(61);
    await expectRefusal(url);
    expect(web.lookUps.get(host_)).toBe(2);
    expect(attempts().map(({ address }) => address)).toEqual([PUBLIC]);
  });

  it('CMD-09 the look-up of the system is not asked, whatever it would say', async () => {
    cases++;
    const url = web.url('/system', { host: 'd.client.example' });
    web.server.serve('/system', goodDocument(url));
    const original = dns.lookup;
    const asked: string[] = [];
    const bound = (name: string, options: { all?: boolean }, callback: (...answer: unknown[]) => void) => {
      asked.push(name);
      if (options.all) callback(null, [{ address: '127.0.0.1', family: 4 }]);
      else callback(null, '127.0.0.1', 4);
    };
    const spy = vi.spyOn(dns, 'lookup').mockImplementation(bound as unknown as typeof original);
    try {
      await expectConsent(url);
    } finally {
      spy.mockRestore();
    }
    expect(asked.filter((name) => name.endsWith('client.example'))).toEqual([]);
    expect(attempts().map(({ address }) => address)).toEqual([PUBLIC]);
  });
});

describe('304 for a document that was there', () => {
  it('CMD-03 is a failure too: nothing conditional was asked', async () => {
    cases++;
    const url = web.url('/modified', { host: 'e.client.example' });
    web.server.serve('/modified', goodDocument(url), { ETag: '"1"', 'Cache-Control': 'max-age=60' });
    await expectConsent(url);
    host.clock.advance(61);
    web.server.serve('/modified', '', { ETag: '"1"' }, 304);
    await expectRefusal(url);
    expect(web.server.seen.map(({ headers }) => headers['if-none-match'])).toEqual([undefined, undefined]);
  });
});

describe('TLS', () => {
  it.each([
    ['for another name', ['other.example'], {}, true],
    ['that has expired', ['f.client.example'], { expired: true }, true],
    ['that nobody vouches for', ['f.client.example'], {}, false],
  ])('CMD-03 a certificate %s: nothing is asked', async (_case, names, change, ours) => {
    cases++;
    const authority = ours ? web.authority : new TestAuthority();
    const server = await DocumentServer.start(authority.issue(names, change), PUBLIC);
    const other = await startTestApp({
      adapter: 'express',
      options: { clientDocuments: { allowedPorts: [server.port] } },
      configure: (app) => web.reachableFrom(app, DEADLINE_MS),
    });
    web.names.set('f.client.example', [PUBLIC]);
    const walk = new OAuthWalk(other.origin);
    const { status, text } = await walk.browser.get(walk.authorizeUrl(`https://f.client.example:${server.port}/c`));
    await other.close();
    await server.close();
    expect([status, text]).toEqual([400, expect.stringContaining('could not be identified')]);
    expect(server.seen).toEqual([]);
    pending = [...recorder.take([Number(new URL(other.origin).port)])];
    expect(pending).toEqual([{ address: PUBLIC, port: server.port }]);
  });
});

describe('time and memory', () => {
  it('CMD-12 a drip is over after five seconds in production', async () => {
    const patient = await startTestApp({
      adapter: 'express',
      options: { clientDocuments: { allowedPorts: [web.server.port] } },
      configure: (app) => web.reachableFrom(app, 5000),
    });
    expect(new DocumentTransport(undefined as never)).toMatchObject({ deadlineMs: 5000 });
    const url = web.url('/drip', { host: 'g.client.example' });
    const drip = HOSTILE_ANSWERS['a drip of the body'];
    if (drip) web.server.at('/drip', drip(url));
    const walk = new OAuthWalk(patient.origin);
    const started = performance.now();
    const { status } = await walk.browser.get(walk.authorizeUrl(url));
    const elapsed = performance.now() - started;
    await patient.close();
    expect(status).toBe(400);
    expect(elapsed).toBeGreaterThan(4900);
    expect(elapsed).toBeLessThan(4900 + CEILING_MS);
    recorder.take();
  });

  it('CMD-12 a hundred endless bodies at once cost little', async () => {
    const endless = HOSTILE_ANSWERS['an endless body'];
    const urls = Array.from({ length: 100 }, (_, at) => web.url(`/flood/${at}`, { host: `h${at}.client.example` }));
    for (const [at, url] of urls.entries()) if (endless) web.server.at(`/flood/${at}`, endless(url));
    const before = process.memoryUsage().rss;
    const started = performance.now();
    const answers = await Promise.all(urls.map((url) => authorize(url)));
    expect(answers.every(({ status }) => status === 400)).toBe(true);
    expect(performance.now() - started).toBeLessThan(3 * CEILING_MS);
    // Twenty at a time, and the limit of one requester: most of them were never begun.
    expect(web.server.seen.length).toBeLessThanOrEqual(20);
    expect(process.memoryUsage().rss - before).toBeLessThan(200_000_000);
    await expect.poll(() => web.server.open, { timeout: CEILING_MS }).toBe(0);
  });

  it('CMD-12 a hundred people who ask for one document make one fetch', async () => {
    const url = web.url('/popular', { host: 'i.client.example' });
    web.server.at('/popular', (_request, response) => {
      setTimeout(() => {
        response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(goodDocument(url)));
      }, 200);
    });
    // Nobody's patience is the matter here.
    web.givesUpAfter(host.app, 5000);
    const answers = await Promise.all(Array.from({ length: 100 }, () => authorize(url)));
    web.givesUpAfter(host.app, DEADLINE_MS);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(web.server.seen).toHaveLength(1);
  });
});

describe('limits', () => {
  it('ABU-03 CMD-14 a requester has 20 fetches a minute, the failed ones included, and then a page like any other', async () => {
    const pages: string[] = [];
    for (let at = 0; at < 25; at++)
      pages.push((await authorize(web.url(`/none/${at}`, { host: 'j.client.example' }))).page);
    expect(new Set(pages).size).toBe(1);
    expect(web.server.seen).toHaveLength(20);
    host.clock.advance(60);
    await authorize(web.url('/none/25', { host: 'j.client.example' }));
    expect(web.server.seen).toHaveLength(21);
  });

  it('CMD-14 a failure is not kept: the document is used as soon as it is there', async () => {
    const url = web.url('/late', { host: 'k.client.example' });
    expect((await authorize(url)).status).toBe(400);
    web.server.serve('/late', goodDocument(url));
    await expectConsent(url);
    expect(web.server.seen).toHaveLength(2);
  });

  it('ABU-03 strangers cannot lock out a document whose client a user has approved', async () => {
    const url = web.url('/known', { host: 'l.client.example' });
    web.server.serve('/known', goodDocument(url), { 'Cache-Control': 'no-store' });
    await new OAuthWalk(host.origin).code(url, 'ada', { redirect_uri: 'https://a.client.example/callback' });
    host.clock.advance(61);
    for (let at = 0; at < 30; at++) await authorize(web.url(`/none/${at}`, { host: 'l.client.example' }));
    expect(web.server.seen.length).toBe(1 + 20);
    await expectConsent(url);
  });
});

describe('direct endpoints', () => {
  const target = () => web.url('/good', { host: 'm.client.example' });

  it.each(['token', 'revoke', 'introspect'])(
    'CMD-13 ABU-03 a stranger’s document is not even fetched for /oauth/%s',
    async (endpoint) => {
      for (const clientId of [target(), 'https://127.0.0.1/c', 'https://a.client.example']) {
        const response = await fetch(`${host.origin}/oauth/${endpoint}`, {
          method: 'POST',
          body: new URLSearchParams({
            client_id: clientId,
            grant_type: 'refresh_token',
            refresh_token: 'x',
            token: 'x',
          }),
        });
        expect(response.status).toBe(401);
        expect(await response.json()).toEqual({
          error: 'invalid_client',
          error_description: 'Client authentication failed',
        });
      }
      expect(attempts()).toEqual([]);
    },
  );
});

describe('other URLs in a document', () => {
  it('CMD-11 a logo, a website and policies are never fetched', async () => {
    const url = web.url('/links', { host: 'n.client.example' });
    const link = `https://n.client.example:${web.server.port}/link`;
    const links = { logo_uri: link, client_uri: link, tos_uri: link, policy_uri: link };
    web.server.serve('/links', goodDocument(url, links));
    await expectConsent(url);
    expect(web.server.seen.map(({ path }) => path)).toEqual(['/links']);
  });

  it.each([
    'https://127.0.0.1/jwks.json',
    'https://169.254.169.254/jwks.json',
    'https://metadata.google.internal/jwks.json',
    'https://private.client.example/jwks.json',
  ])('CMD-11 CAU-11 keys at %s are not fetched', async (jwksUri) => {
    cases++;
    web.names.set('private.client.example', ['10.0.0.1']);
    const path = `/jwks/${encodeURIComponent(jwksUri)}`;
    const url = web.url(path, { host: 'o.client.example' });
    web.server.serve(path, goodDocument(url, { token_endpoint_auth_method: 'private_key_jwt', jwks_uri: jwksUri }));
    const walk = new OAuthWalk(host.origin);
    walk.browser.signIn('ada');
    const code = await walk.code(url, 'ada', { redirect_uri: 'https://a.client.example/callback' });
    const header = Buffer.from('{"alg":"RS256","kid":"x"}').toString('base64url');
    const now = Math.floor(host.clock.now() / 1000);
    const claims = { iss: url, sub: url, aud: host.origin, jti: 'x', exp: now + 60 };
    const answer = await walk.redeem(url, code, {
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: `${header}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.AAAA`,
    });
    expect([answer.status, answer.text]).toEqual([401, expect.stringContaining('Client authentication failed')]);
    expect(new Set(attempts().map(({ address }) => address))).toEqual(new Set([PUBLIC]));
  });
});

describe('all of it together', () => {
  it('CMD-09 connected to no forbidden address, in more than sixty hostile cases', () => {
    const figures = [...recorded].map(([address, count]) => `${address} ${count} times`).join(', ');
    console.info(`${cases} hostile documents and names; addresses recorded at socket level: ${figures}`);
    expect(cases).toBeGreaterThanOrEqual(60);
    expect([...recorded.keys()]).toEqual([PUBLIC]);
    expect(recorded.get(PUBLIC)).toBeGreaterThan(50);
  });
});
