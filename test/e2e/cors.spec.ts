import type { IncomingMessage, ServerResponse } from 'node:http';
import type { INestApplication } from '@nestjs/common';
import { mintAccessToken } from 'nestjs-mcp-auth/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OAuthWalk } from '../support/oauth-walk.js';
import { type RawAnswer, rawRequest, type RawRequest } from '../support/raw-http.js';
import { ADAPTERS, startTestApp, type TestApp } from '../support/test-app.js';

const ORIGIN = ['Origin', 'http://localhost:6274'] as const;

/** What a host's own CORS might be; `reflect` is the worst. */
const HOSTS: readonly (readonly [string, (app: INestApplication) => void])[] = [
  ['no CORS of its own', () => undefined],
  ['one origin and credentials', (app) => app.enableCors({ origin: ['http://localhost:6274'], credentials: true })],
  [
    'every origin echoed, with credentials',
    (app) => app.enableCors({ origin: true, credentials: true, exposedHeaders: ['X-Own'] }),
  ],
];

const READABLE = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'WWW-Authenticate, Retry-After, Mcp-Session-Id, Mcp-Protocol-Version',
};

const preflightHeaders = (methods: string) => ({
  ...READABLE,
  'access-control-allow-methods': methods,
  'access-control-allow-headers':
    'Authorization, Content-Type, Accept, MCP-Protocol-Version, Mcp-Session-Id, Last-Event-ID, Mcp-Method, Mcp-Name, *',
  'access-control-max-age': '7200',
});

function corsOf({ headers }: RawAnswer): Record<string, string> {
  const cors = headers
    .map(([name, value]): [string, string] => [name.toLowerCase(), value])
    .filter(([name]) => name.startsWith('access-control-'));
  // A header sent twice would be lost in the record.
  expect(new Set(cors.map(([name]) => name)).size).toBe(cors.length);
  return Object.fromEntries(cors);
}

describe.each(ADAPTERS)('CORS on %s', (adapter) => {
  describe.each(HOSTS)('in a host with %s', (_host, configure) => {
    let host: TestApp;
    let authorization: string;
    beforeAll(async () => {
      host = await startTestApp({ adapter, configure });
      ({ authorization } = await mintAccessToken(host.app, { userId: 'ada', scope: 'mcp:read' }));
    });
    afterAll(() => host.close());

    const send = (request: RawRequest) =>
      rawRequest(host.origin, { ...request, headers: [ORIGIN, ...(request.headers ?? [])] });

    it.each([
      ['/.well-known/oauth-protected-resource/mcp', 'GET', 'mcp-protocol-version', 'GET'],
      ['/.well-known/oauth-authorization-server', 'GET', 'mcp-protocol-version', 'GET'],
      ['/.well-known/openid-configuration', 'GET', 'mcp-protocol-version', 'GET'],
      ['/.well-known/jwks.json', 'GET', 'mcp-protocol-version', 'GET'],
      ['/.well-known/oauth-authorization-server/elsewhere', 'GET', 'mcp-protocol-version', 'GET'],
      ['/oauth/token', 'POST', 'authorization,content-type', 'POST'],
      ['/oauth/register', 'POST', 'content-type', 'POST'],
      ['/mcp', 'POST', 'authorization,content-type,mcp-protocol-version,mcp-session-id', 'GET, POST, DELETE'],
      ['/mcp', 'DELETE', 'authorization,mcp-session-id', 'GET, POST, DELETE'],
      ['/mcp/x', 'GET', 'authorization,last-event-id', 'GET, POST, DELETE'],
    ])(
      'RSG-14 TRN-04 TRN-05 answers the preflight of %s itself: %s with %s',
      async (target, method, names, methods) => {
        const answer = await send({
          method: 'OPTIONS',
          target,
          headers: [
            ['Access-Control-Request-Method', method],
            ['Access-Control-Request-Headers', names],
          ],
        });
        expect([answer.status, answer.text]).toEqual([204, '']);
        expect(corsOf(answer)).toEqual(preflightHeaders(methods));
        const allowed = (answer.header('access-control-allow-headers') ?? '').toLowerCase().split(', ');
        for (const name of names.split(',')) expect(allowed).toContain(name);
      },
    );

    it.each<readonly [string, number, RawRequest]>([
      ['a document', 200, { target: '/.well-known/oauth-protected-resource/mcp' }],
      ['an unknown document', 404, { target: '/.well-known/oauth-authorization-server/x' }],
      ['a wrong method', 405, { target: '/oauth/token' }],
      ['a token request without client', 401, { method: 'POST', target: '/oauth/token' }],
      [
        'a registration that is no JSON',
        400,
        { method: 'POST', target: '/oauth/register', headers: [['Content-Type', 'application/json']], body: '{' },
      ],
      ['the challenge', 401, { target: '/mcp' }],
      ['an invalid token', 401, { target: '/mcp', headers: [['Authorization', 'Bearer x']] }],
      [
        'two tokens',
        400,
        {
          target: '/mcp',
          headers: [
            ['Authorization', 'Bearer x'],
            ['Authorization', 'Bearer y'],
          ],
        },
      ],
    ])('RSG-14 TRN-04 TRN-05 lets any page read %s (%i), without credentials', async (_case, status, request) => {
      const answer = await send(request);
      expect(answer.status).toBe(status);
      expect(corsOf(answer)).toEqual(READABLE);
    });

    it('TRN-04 TRN-05 puts its headers in place of the host’s on what the MCP handler answers', async () => {
      for (const target of ['/mcp', '/mcp/x']) {
        const answer = await send({ method: 'POST', target, headers: [['Authorization', authorization]] });
        expect(answer.status).toBe(200);
        expect(corsOf(answer)).toEqual(READABLE);
      }
    });

    it('TRN-05 lets no page read the pages, whatever they answer', async () => {
      const walk = new OAuthWalk(host.origin);
      const { client_id: clientId } = await walk.register();
      const authorize = walk.authorizeUrl(clientId);
      const consent = await walk.openConsent(clientId);
      expect(consent.status).toBe(200);
      const answers = [
        await send({ target: authorize }),
        await send({ target: '/oauth/authorize' }),
        await send({ method: 'POST', target: '/oauth/authorize' }),
        await send({ target: '/oauth/authorize/resume?request=x' }),
        await send({ method: 'POST', target: '/oauth/approve' }),
        await send({ method: 'DELETE', target: '/oauth/approve' }),
        await send({
          method: 'OPTIONS',
          target: '/oauth/approve',
          headers: [['Access-Control-Request-Method', 'POST']],
        }),
      ];
      expect(answers.map(({ status }) => status)).toEqual([302, 400, 400, 400, 400, 405, 405]);
      expect(answers.map(corsOf)).toEqual(answers.map(() => ({})));
      expect([...consent.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
    });
  });

  it('AUT-02 TRN-05 lets no page read what a middleware of the host answers in a page’s place', async () => {
    const host = await startTestApp({
      adapter,
      configure: (app) => {
        app.enableCors({ origin: true, credentials: true });
        app.use((request: IncomingMessage, response: ServerResponse, next: () => void) => {
          if (!request.url?.startsWith('/oauth/authorize')) return next();
          response.setHeader('Access-Control-Allow-Origin', request.headers.origin ?? '');
          response.end('closed for the night');
        });
      },
    });
    const answer = await rawRequest(host.origin, { target: '/oauth/authorize', headers: [ORIGIN] });
    expect([answer.text, corsOf(answer)]).toEqual(['closed for the night', {}]);
    await host.close();
  });

  it('leaves the CORS of every other route to the host', async () => {
    const host = await startTestApp({
      adapter,
      configure: (app) => app.enableCors({ origin: true, credentials: true }),
    });
    const answer = await rawRequest(host.origin, { target: '/other/endpoint', headers: [ORIGIN] });
    expect(corsOf(answer)).toEqual({
      'access-control-allow-origin': ORIGIN[1],
      'access-control-allow-credentials': 'true',
    });
    await host.close();
  });
});
