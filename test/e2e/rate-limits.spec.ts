import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { INestApplication } from '@nestjs/common';
import { afterEach, describe, expect, it } from 'vitest';
import { ThrottlerStorageService } from '@nestjs/throttler';
import { Browser } from '../support/browser.js';
import { OAuthWalk } from '../support/oauth-walk.js';
import { rawRequest } from '../support/raw-http.js';
import { ADAPTERS, startTestApp, type TestApp, type TestAppOptions } from '../support/test-app.js';

const LIMIT = 3;
const TOO_MANY = { error: 'temporarily_unavailable', error_description: 'Too many requests; try again later' };

describe.each(ADAPTERS)('rate limits, on %s', (adapter) => {
  let host: TestApp | undefined;
  afterEach(() => host?.close());
  const start = async (options: NonNullable<TestAppOptions['options']>) =>
    (host = await startTestApp({ adapter, options }));
  /** From an address of the reader's choice, where the loopback is a trusted proxy. */
  const ask = (
    { origin }: TestApp,
    target: string,
    from: string | undefined,
    method = 'POST',
    more: [string, string][] = [],
  ) =>
    rawRequest(origin, {
      method,
      target,
      headers: [...(from === undefined ? [] : [['X-Forwarded-For', from] as [string, string]]), ...more],
    });

  it.each(['token', 'revoke', 'introspect'])('ABU-01 answers a flood at %s in the words of OAuth', async (name) => {
    const app = await start({ rateLimits: { directRequestsPerMinute: LIMIT } });
    for (let count = 0; count < LIMIT; count++) expect((await ask(app, `/oauth/${name}`, undefined)).status).toBe(401);
    const answer = await ask(app, `/oauth/${name}`, undefined);
    expect([answer.status, JSON.parse(answer.text)]).toEqual([429, TOO_MANY]);
    expect(Number(answer.header('retry-after'))).toBeGreaterThan(0);
    expect(Number(answer.header('retry-after'))).toBeLessThanOrEqual(60);
    expect(answer.header('cache-control')).toContain('no-store');
    // Browsers may read it wherever they may read the rest (decision H4).
    expect(answer.header('access-control-allow-origin')).toBe(name === 'introspect' ? undefined : '*');
    expect(app.log.reasons().at(-1)).toBe('too_many_requests');
    // Limits of their own.
    expect((await ask(app, '/oauth/register', undefined)).status).toBe(400);
    expect((await ask(app, '/oauth/authorize', undefined, 'GET')).status).toBe(400);
    expect((await ask(app, '/.well-known/oauth-authorization-server', undefined, 'GET')).status).toBe(200);
    expect((await ask(app, '/mcp', undefined, 'GET')).status).toBe(401);
  });

  it('ABU-01 TRN-04 answers a flood at userinfo likewise, and readably for browsers', async () => {
    const email = { name: 'E-mail', description: 'See your e-mail address' };
    const app = await start({ rateLimits: { directRequestsPerMinute: LIMIT }, scopes: { email } });
    for (const path of ['token', 'userinfo', 'userinfo'])
      expect((await ask(app, `/oauth/${path}`, undefined)).status).toBe(401);
    const answer = await ask(app, '/oauth/userinfo', undefined, 'GET');
    expect([answer.status, JSON.parse(answer.text)]).toEqual([429, TOO_MANY]);
    expect(answer.header('access-control-allow-origin')).toBe('*');
  });

  it('ABU-01 counts the three together', async () => {
    const app = await start({ rateLimits: { directRequestsPerMinute: LIMIT } });
    for (const name of ['token', 'revoke', 'introspect']) await ask(app, `/oauth/${name}`, undefined);
    for (const name of ['token', 'revoke', 'introspect'])
      expect((await ask(app, `/oauth/${name}`, undefined)).status).toBe(429);
  });

  it('ABU-01 REG-19 registers a few clients a minute, and leaves no row for the rest', async () => {
    const app = await start({ rateLimits: { registrationsPerMinute: LIMIT } });
    const walk = new OAuthWalk(app.origin);
    for (let count = 0; count < LIMIT; count++) await walk.register();
    await expect(walk.register()).rejects.toThrow();
    const refused = await ask(app, '/oauth/register', undefined);
    expect([refused.status, JSON.parse(refused.text)]).toEqual([429, TOO_MANY]);
    const [row] = await app.dataSource.query<{ count: number }[]>('SELECT count(*) AS count FROM mcp_auth_clients');
    expect(Number(row?.count)).toBe(LIMIT);
  });

  it.each([
    ['GET', 'authorize'],
    ['POST', 'authorize'],
    ['GET', 'authorize/resume'],
    ['GET', 'authorize/select-account'],
    ['POST', 'authorize/select-organisation'],
    ['GET', 'connected-apps'],
    ['POST', 'connected-apps'],
    ['POST', 'approve'],
  ])('ABU-01 shows people a page where %s /oauth/%s comes too often', async (method, name) => {
    const app = await start({ rateLimits: { authorizationsPerMinute: LIMIT } });
    for (let count = 0; count < LIMIT; count++) await ask(app, `/oauth/${name}`, undefined, method);
    const answer = await ask(app, `/oauth/${name}`, undefined, method);
    expect([answer.status, answer.header('location')]).toEqual([429, undefined]);
    expect(answer.header('content-type')).toContain('text/html');
    expect(Number(answer.header('retry-after'))).toBeGreaterThan(0);
    expect(answer.text).toContain('Too many requests');
    expect(app.log.reasons().at(-1)).toBe('too_many_requests');
  });

  it('ABU-01 lets the whole flow through by default', async () => {
    const app = await start({ rateLimits: {} });
    const { client, refresh_token } = await new OAuthWalk(app.origin).tokens();
    expect((await new OAuthWalk(app.origin).refresh(client.client_id, refresh_token)).status).toBe(200);
  });

  it('ABU-01 tells the users behind a trusted proxy apart', async () => {
    const app = await start({ trustedProxies: ['loopback'], rateLimits: { directRequestsPerMinute: 1 } });
    expect((await ask(app, '/oauth/token', '192.0.2.1')).status).toBe(401);
    expect((await ask(app, '/oauth/token', '192.0.2.1')).status).toBe(429);
    expect((await ask(app, '/oauth/token', '192.0.2.2')).status).toBe(401);
    // What a stranger wrote in front of it does not count: the proxy's own word is the last one.
    expect((await ask(app, '/oauth/token', '198.51.100.7, 192.0.2.2')).status).toBe(429);
    expect((await ask(app, '/oauth/authorize', '192.0.2.2', 'GET')).status).toBe(400);
  });

  it('ABU-01 believes no header of strangers', async () => {
    const app = await start({ rateLimits: { directRequestsPerMinute: 1, authorizationsPerMinute: 1 } });
    const lies: [string, string][] = [
      ['Forwarded', 'for=192.0.2.9'],
      ['X-Real-IP', '192.0.2.9'],
      ['CF-Connecting-IP', '192.0.2.9'],
    ];
    expect((await ask(app, '/oauth/token', '192.0.2.1')).status).toBe(401);
    expect((await ask(app, '/oauth/token', '192.0.2.2', 'POST', lies)).status).toBe(429);
    expect((await ask(app, '/oauth/authorize', '192.0.2.1', 'GET')).status).toBe(400);
    expect((await ask(app, '/oauth/authorize', '192.0.2.2', 'GET', lies)).status).toBe(429);
  });

  it('ABU-01 counts people and programs by the same address, whatever Fastify believes', async () => {
    const options = { rateLimits: { directRequestsPerMinute: 1, authorizationsPerMinute: 1 } };
    const configure = (app: INestApplication) =>
      void app.use((_request: unknown, _response: unknown, next: () => void) => next());
    const app = (host = await startTestApp({ adapter, options, configure, fastify: { trustProxy: true } }));
    for (const [target, method, status] of [
      ['/oauth/token', 'POST', 401],
      ['/oauth/authorize', 'GET', 400],
    ] as const) {
      expect((await ask(app, target, '192.0.2.1', method)).status).toBe(status);
      expect((await ask(app, target, '192.0.2.2', method)).status).toBe(429);
    }
  });

  it('ABU-01 takes no port of a connection for another requester', async () => {
    const app = await start({ trustedProxies: ['loopback'], rateLimits: { directRequestsPerMinute: 1 } });
    expect((await ask(app, '/oauth/token', '192.0.2.1:4711')).status).toBe(401);
    expect((await ask(app, '/oauth/token', '192.0.2.1:4712')).status).toBe(429);
    expect((await ask(app, '/oauth/token', '[2001:db8::1]:4711')).status).toBe(401);
    expect((await ask(app, '/oauth/token', '[2001:db8::1]:4712')).status).toBe(429);
  });

  it('ABU-01 tells the users behind a proxy at a unix socket apart', async () => {
    const options = {
      trustedProxies: ['loopback'],
      baseUrl: 'https://app.example',
      rateLimits: { directRequestsPerMinute: 1 },
    };
    const app = (host = await startTestApp({ adapter, options, listen: false }));
    const folder = await mkdtemp(join(tmpdir(), 'mcp-'));
    await app.app.listen(join(folder, 'socket'));
    const token = async (from: string) => {
      const sent = request({ socketPath: join(folder, 'socket'), path: '/oauth/token', method: 'POST', agent: false });
      sent.setHeader('X-Forwarded-For', from).end();
      const [answer] = (await once(sent, 'response')) as [IncomingMessage];
      answer.resume();
      return answer.statusCode;
    };
    expect([await token('192.0.2.1'), await token('192.0.2.1'), await token('192.0.2.2')]).toEqual([401, 429, 401]);
    await app.close();
    host = undefined;
    await rm(folder, { recursive: true });
  });

  it('ABU-01 lets instances count together in a storage of theirs', async () => {
    const storage = new ThrottlerStorageService();
    const app = await start({ rateLimits: { directRequestsPerMinute: 1, storage } });
    const other = await startTestApp({ adapter, options: { rateLimits: { directRequestsPerMinute: 1, storage } } });
    expect((await ask(app, '/oauth/token', undefined)).status).toBe(401);
    expect((await ask(other, '/oauth/token', undefined)).status).toBe(429);
    await other.close();
  });

  it('CAU-12 lets few guesses of a secret through, and never locks out the client whose secret it is', async () => {
    const app = await start({ trustedProxies: ['loopback'], rateLimits: { wrongSecretsPerMinute: LIMIT } });
    const walk = new OAuthWalk(app.origin);
    const { client_id, client_secret = '' } = await walk.register({
      token_endpoint_auth_method: 'client_secret_basic',
    });
    const other = await walk.register({ token_endpoint_auth_method: 'client_secret_post' });
    const introspect = (from: string, id: string, secret: string) =>
      rawRequest(app.origin, {
        method: 'POST',
        target: '/oauth/introspect',
        headers: [
          ['X-Forwarded-For', from],
          ['Content-Type', 'application/x-www-form-urlencoded'],
          ['Authorization', `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`],
        ],
        body: 'token=unknown',
      });
    for (let guess = 0; guess < LIMIT; guess++) {
      const answer = await introspect('192.0.2.1', client_id, `guess-${guess}`);
      expect([answer.status, app.log.reasons().at(-1)]).toEqual([401, 'client_secret_wrong']);
    }
    const refused = await introspect('192.0.2.1', client_id, 'one-more-guess');
    expect([refused.status, JSON.parse(refused.text)]).toEqual([429, TOO_MANY]);
    expect(refused.text).not.toContain('guess');
    expect((await introspect('192.0.2.1', client_id, client_secret)).status).toBe(200);
    expect((await introspect('192.0.2.2', client_id, 'a-guess-from-elsewhere')).status).toBe(401);
    expect((await introspect('192.0.2.1', other.client_id, 'x')).status).toBe(401);
  });

  it('goes on where the storage does not work', async () => {
    const storage = { increment: () => Promise.reject(new Error('no connection to the storage')) };
    const app = await start({
      rateLimits: { directRequestsPerMinute: 1, authorizationsPerMinute: 1, registrationsPerMinute: 1, storage },
    });
    const { client, refresh_token } = await new OAuthWalk(app.origin).tokens();
    expect((await new OAuthWalk(app.origin).refresh(client.client_id, refresh_token)).status).toBe(200);
  });

  it('ABU-01 goes on where the storage never answers', async () => {
    const storage = { increment: () => new Promise<never>(() => undefined) };
    const app = await start({ rateLimits: { storage } });
    expect((await ask(app, '/oauth/token', undefined)).status).toBe(401);
    expect((await ask(app, '/oauth/authorize', undefined, 'GET')).status).toBe(400);
    expect((await ask(app, '/oauth/register', undefined)).status).toBe(400);
  });

  it.each([
    ['a public baseUrl', 'https://app.example', '127.0.0.1'],
    ['an open listen address', 'https://localhost', '0.0.0.0'],
  ])('OPS-06 refuses to stop counting behind %s', async (_case, baseUrl, listen) => {
    const started = startTestApp({ adapter, options: { rateLimits: { enabled: false }, baseUrl }, listen });
    await expect(started).rejects.toThrow(/rateLimits.enabled/);
  });

  it('OPS-06 stops counting on the loopback', async () => {
    const app = await start({ rateLimits: { enabled: false, directRequestsPerMinute: 1, authorizationsPerMinute: 1 } });
    for (let count = 0; count < 3; count++) expect((await ask(app, '/oauth/token', undefined)).status).toBe(401);
    expect((await new Browser(app.origin).get('/oauth/authorize')).status).toBe(400);
  });
});
