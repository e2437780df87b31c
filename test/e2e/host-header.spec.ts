import { Buffer } from 'node:buffer';
import type { INestApplication } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConsentForm, refreshTarget } from '../support/browser.js';
import { OAuthWalk, REDIRECT_URI } from '../support/oauth-walk.js';
import { type RawAnswer, rawRequest, type RawRequest, steadyHeaders } from '../support/raw-http.js';
import { ADAPTERS, startTestApp, type TestApp } from '../support/test-app.js';

type Disguise = Pick<RawRequest, 'host' | 'headers'>;

/** What a stranger, or a proxy nobody configured, may say about the address. */
const STRANGERS: readonly (readonly [string, Disguise])[] = [
  ['Host', { host: 'evil.example' }],
  ['Host with a port', { host: 'evil.example:8443' }],
  ['a Host that is none', { host: 'evil.example/x?y#z' }],
  ['X-Forwarded-Host', { headers: [['X-Forwarded-Host', 'evil.example']] }],
  [
    'every forwarding header',
    {
      host: 'evil.example',
      headers: [
        ['X-Forwarded-Host', 'evil.example'],
        ['X-Forwarded-Proto', 'gopher'],
        ['X-Forwarded-Port', '1'],
        ['X-Forwarded-For', '10.0.0.1'],
        ['X-Forwarded-Prefix', '/evil'],
        ['X-Forwarded-Server', 'evil.example'],
        ['Forwarded', 'for=10.0.0.1;host=evil.example;proto=gopher'],
        ['X-Real-IP', '10.0.0.1'],
      ],
    },
  ],
  ['X-Original-URL', { headers: [['X-Original-URL', '/evil']] }],
  ['X-Rewrite-URL', { headers: [['X-Rewrite-URL', '/other/endpoint']] }],
  [
    'a method override',
    {
      headers: [
        ['X-HTTP-Method-Override', 'DELETE'],
        ['X-HTTP-Method', 'DELETE'],
        ['X-Method-Override', 'DELETE'],
      ],
    },
  ],
];

const JSON_BODY = ['Content-Type', 'application/json'] as const;
const FORM_BODY = ['Content-Type', 'application/x-www-form-urlencoded'] as const;

/** Requests whose answer is the same every time, to the byte. */
const REQUESTS: readonly RawRequest[] = [
  { target: '/.well-known/oauth-protected-resource' },
  { target: '/.well-known/oauth-protected-resource/mcp' },
  { target: '/.well-known/oauth-authorization-server' },
  { target: '/.well-known/openid-configuration' },
  { target: '/.well-known/jwks.json' },
  { target: '/.well-known/oauth-authorization-server/x' },
  { target: '/mcp' },
  { method: 'POST', target: '/mcp', headers: [JSON_BODY], body: '{}' },
  { target: '/mcp', headers: [['Authorization', 'Bearer nonsense']] },
  { method: 'OPTIONS', target: '/mcp' },
  { target: '/oauth/token' },
  { method: 'POST', target: '/oauth/token', headers: [FORM_BODY], body: 'grant_type=authorization_code' },
  { method: 'POST', target: '/oauth/register', headers: [JSON_BODY], body: '{}' },
  { target: '/other/endpoint' },
];

/** Hosts that believe proxies; what they believe is their own business. */
const HOSTS: readonly (readonly [string, (app: INestApplication) => void])[] = [
  ['a host that believes no proxy', () => undefined],
  [
    'a host that believes every proxy',
    (app) => {
      const instance = app.getHttpAdapter().getInstance() as { set?: (name: string, value: boolean) => void };
      instance.set?.('trust proxy', true);
    },
  ],
];

const seen = (answer: RawAnswer) => ({ status: answer.status, headers: steadyHeaders(answer), text: answer.text });

describe.each(ADAPTERS)('addresses on %s', (adapter) => {
  describe.each(HOSTS)('in %s', (name, configure) => {
    let host: TestApp;
    beforeAll(async () => {
      const trusting = name.endsWith('every proxy');
      host = await startTestApp({ adapter, configure, ...(trusting ? { fastify: { trustProxy: true } } : {}) });
    });
    afterAll(() => host.close());

    it.each(STRANGERS)(
      'TRN-02 RSG-10 OPS-02 changes no byte of a document, challenge or refusal for %s',
      async (_case, disguise) => {
        for (const request of REQUESTS) {
          const baseline = seen(await rawRequest(host.origin, request));
          const headers = [...(request.headers ?? []), ...(disguise.headers ?? [])];
          const disguised = seen(await rawRequest(host.origin, { ...request, ...disguise, headers }));
          expect({ request, ...disguised }).toEqual({ request, ...baseline });
        }
      },
    );

    it.each(STRANGERS)(
      'TRN-02 AUT-21 OPS-02 sends nobody elsewhere and issues nothing for elsewhere: %s',
      async (_case, disguise) => {
        const cookies = new Map<string, string>();
        const send = async (request: RawRequest): Promise<RawAnswer> => {
          const cookie = [...cookies].map(([key, value]) => `${key}=${value}`).join('; ');
          const own = cookie === '' ? [] : [['Cookie', cookie] as const];
          const headers = [...(request.headers ?? []), ...own, ...(disguise.headers ?? [])];
          const answer = await rawRequest(host.origin, { ...request, ...disguise, headers });
          for (const [header, value] of answer.headers) {
            const [, key = '', set = ''] = /^([^=;]+)=([^;]*)/.exec(value) ?? [];
            if (header.toLowerCase() === 'set-cookie') cookies.set(key, set);
          }
          expect(JSON.stringify(answer.headers) + answer.text).not.toMatch(/evil|gopher|10\.0\.0\.1/);
          return answer;
        };

        const walk = new OAuthWalk(host.origin);
        const metadata = { redirect_uris: [REDIRECT_URI], token_endpoint_auth_method: 'none' };
        const registered = await send({
          method: 'POST',
          target: '/oauth/register',
          headers: [JSON_BODY],
          body: JSON.stringify(metadata),
        });
        expect(registered.status).toBe(201);
        const { client_id: clientId } = JSON.parse(registered.text) as { client_id: string };

        const toLogin = await send({ target: walk.authorizeUrl(clientId) });
        expect(toLogin.status).toBe(302);
        const login = toLogin.header('location') ?? '';
        expect(login).toMatch(/^\/login\?return_to=%2Foauth%2Fauthorize%2Fresume%3Frequest%3D[\w-]{43}$/);
        expect(toLogin.header('set-cookie')).toMatch(/^mcp_auth=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/);

        cookies.set('session', 'ada');
        const page = await send({ target: new URL(login, host.origin).searchParams.get('return_to') ?? '' });
        expect(page.status).toBe(200);
        const { action, fields, scopes } = readConsentForm(page.text);
        expect(action).toBe('/oauth/approve');
        expect(page.text).toContain(`${host.origin}/mcp`);
        const form = new URLSearchParams({ ...fields, approved: 'true' });
        for (const scope of scopes) form.append('scopes', scope);
        const approved = await send({ method: 'POST', target: action, headers: [FORM_BODY], body: form.toString() });
        expect(approved.status).toBe(200);
        const target = new URL(refreshTarget(approved.text) ?? '');
        expect(target.origin + target.pathname).toBe(REDIRECT_URI);
        expect(target.searchParams.get('iss')).toBe(host.origin);

        const redeemed = await send({
          method: 'POST',
          target: '/oauth/token',
          headers: [FORM_BODY],
          body: new URLSearchParams({
            grant_type: 'authorization_code',
            client_id: clientId,
            code: target.searchParams.get('code') ?? '',
            code_verifier: walk.verifier,
          }).toString(),
        });
        expect(redeemed.status).toBe(200);
        const { access_token: token } = JSON.parse(redeemed.text) as { access_token: string };
        const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<
          string,
          unknown
        >;
        expect([claims['iss'], claims['aud']]).toEqual([host.origin, `${host.origin}/mcp`]);

        const opened = await send({ method: 'POST', target: '/mcp', headers: [['Authorization', `Bearer ${token}`]] });
        expect(opened.status).toBe(200);
        expect(JSON.parse(opened.text)).toMatchObject({ reached: 'mcp', auth: { resource: `${host.origin}/mcp` } });
      },
    );
  });

  it('TRN-02 keeps to the configured https origin on a plain connection: cookies, redirects and documents', async () => {
    const host = await startTestApp({ adapter, options: { baseUrl: 'https://app.example' } });
    const { client_id: clientId } = await new OAuthWalk(host.origin).register();
    const answer = await rawRequest(host.origin, {
      target: new OAuthWalk(host.origin).authorizeUrl(clientId, { prompt: 'none' }),
      headers: [['X-Forwarded-Proto', 'http']],
    });
    expect(answer.status).toBe(302);
    expect(new URL(answer.header('location') ?? '').searchParams.get('iss')).toBe('https://app.example');
    const toLogin = await rawRequest(host.origin, { target: new OAuthWalk(host.origin).authorizeUrl(clientId) });
    expect(toLogin.header('set-cookie')).toMatch(
      /^__Host-mcp_auth=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
    await host.close();
  });
});
