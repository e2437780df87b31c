import type { INestApplication } from '@nestjs/common';
import { type ConfiguredClient, McpAuthConfigurationError, McpMaintenanceService } from 'nestjs-mcp-auth';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DocumentConnector } from '../../lib/clients/documents/document-connector.js';
import type { Answer } from '../support/browser.js';
import { ClientSigner } from '../support/client-signer.js';
import { DocumentServer } from '../support/document-server.js';
import { keepSecret } from '../support/leak-channels.mjs';
import { OAuthWalk, REDIRECT_URI } from '../support/oauth-walk.js';
import { expectPage, redirectedTo } from '../support/pages.js';
import { ADAPTERS, startTestApp, type TestApp } from '../support/test-app.js';
import { TestAuthority } from '../support/test-certificates.js';

const FAILURE = '{"error":"invalid_client","error_description":"Client authentication failed"}';
const [SECRET, NEXT_SECRET] = ['first~of.two-secrets/0123456789=', 'next of two secrets, 0123456789!'];
for (const secret of [SECRET, NEXT_SECRET]) keepSecret('client_secret', secret);
const signer = new ClientSigner('ES256');

/** How a client proves who it is: parameters and headers. */
interface Proof {
  readonly form: Record<string, string>;
  readonly headers: Record<string, string>;
}
type Method = (clientId: string, issuer: string, secret?: string) => Proof;

const plain: Method = (client_id) => ({ form: { client_id }, headers: {} });
const inHeader: Method = (id, _issuer, secret = SECRET) => ({
  form: {},
  headers: { authorization: `Basic ${btoa(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`)}` },
});
const rawInHeader: Method = (id, _issuer, secret = SECRET) => ({
  form: {},
  headers: { authorization: `Basic ${btoa(`${id}:${secret}`)}` },
});
const inForm: Method = (client_id, _issuer, client_secret = SECRET) => ({
  form: { client_id, client_secret },
  headers: {},
});
const signed: Method = (id, issuer) => ({ form: signer.form(id, issuer), headers: {} });

describe.each(ADAPTERS)('clients of the options on %s', (adapter) => {
  const authority = new TestAuthority();
  let vendor: DocumentServer;
  let host: TestApp;
  let walk: OAuthWalk;

  const shared = { redirect_uris: [REDIRECT_URI], client_name: 'Billing' } as const;
  const secrets = { clientSecret: [SECRET, NEXT_SECRET] } as const;
  const clientsOf = (port: number): readonly ConfiguredClient[] => [
    { ...shared, clientId: 'public app', token_endpoint_auth_method: 'none' },
    { ...shared, ...secrets, clientId: 'basic' },
    { ...shared, ...secrets, clientId: 'post:one+%', token_endpoint_auth_method: 'client_secret_post' },
    { ...shared, clientId: 'keys', token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [signer.jwk] } },
    {
      ...shared,
      clientId: 'far-keys',
      token_endpoint_auth_method: 'private_key_jwt',
      jwks_uri: `https://localhost:${port}/jwks`,
    },
    { ...shared, clientId: 'reader', token_endpoint_auth_method: 'none', scope: 'mcp:read' },
    { ...shared, clientId: 'admin', token_endpoint_auth_method: 'none', scope: 'mcp:admin' },
  ];
  const METHODS: readonly (readonly [name: string, clientId: string, prove: Method])[] = [
    ['none', 'public app', plain],
    ['client_secret_basic', 'basic', inHeader],
    ['client_secret_basic without encoding', 'basic', rawInHeader],
    ['client_secret_post', 'post:one+%', inForm],
    ['private_key_jwt by value', 'keys', signed],
    ['private_key_jwt by address', 'far-keys', signed],
  ];

  beforeAll(async () => {
    vendor = await DocumentServer.start(authority.issue(['localhost', '127.0.0.1']));
    vendor.serve('/jwks', { keys: [signer.jwk] });
    host = await startTestApp({
      adapter,
      options: {
        clients: clientsOf(vendor.port),
        clientDocuments: { allowLoopback: true },
        defaultScopes: ['mcp:read', 'mcp:write'],
      },
      configure: (app: INestApplication) => {
        // What `NODE_EXTRA_CA_CERTS` does for a process.
        const connector = app.get(DocumentConnector, { strict: false });
        Object.assign(connector, { certificates: { ca: authority.certificate } });
      },
    });
    walk = new OAuthWalk(host.origin);
  });
  afterAll(async () => {
    await host?.close();
    await vendor?.close();
  });
  afterEach(() => host.users.faults.clear());

  const post = async (path: string, form: Record<string, string>, { form: mine, headers }: Proof): Promise<Answer> => {
    const response = await fetch(`${host.origin}/oauth/${path}`, {
      method: 'POST',
      body: new URLSearchParams({ ...form, ...mine }),
      headers,
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  const open = async (token: string) =>
    (await fetch(`${host.origin}/mcp`, { headers: { authorization: `Bearer ${token}` } })).status;
  const redeem = async (clientId: string, proof: Proof, change = {}) =>
    post(
      'token',
      {
        grant_type: 'authorization_code',
        code: await walk.code(clientId, 'ada', change),
        code_verifier: walk.verifier,
      },
      proof,
    );
  interface Tokens {
    readonly access_token: string;
    readonly refresh_token: string;
    readonly scope: string;
  }
  const tokensOf = (answer: Answer): Tokens => {
    expect(answer.status, answer.text).toBe(200);
    return JSON.parse(answer.text) as Tokens;
  };
  const rows = () => host.dataSource.query<unknown[]>('SELECT id FROM mcp_auth_clients');

  it.each(METHODS)(
    'PRE-01 PRE-02 CAU-01 walk all the way with %s: authorize, code, refresh, introspect, revoke',
    async (_name, clientId, prove) => {
      const proof = () => prove(clientId, host.origin);
      const page = await walk.openConsent(clientId);
      expect(page.status).toBe(200);
      expect(page.text).toContain('Billing');
      const first = tokensOf(await redeem(clientId, proof()));
      const refresh = { grant_type: 'refresh_token', refresh_token: first.refresh_token };
      const { access_token: token } = tokensOf(await post('token', refresh, proof()));
      expect(await open(token)).toBe(200);
      const introspected = await post('introspect', { token }, proof());
      if (prove === plain) expect([introspected.status, introspected.text]).toEqual([401, FAILURE]);
      else expect(JSON.parse(introspected.text)).toMatchObject({ active: true, client_id: clientId });
      expect((await post('revoke', { token }, proof())).status).toBe(200);
      expect(await open(token)).toBe(401);
      expect(await rows(), 'no row is written for such a client').toEqual([]);
    },
  );

  it.each(METHODS)(
    'CAU-01 CAU-04 let nobody in who knows only the name of one with %s',
    async (name, clientId, prove) => {
      const forged: Proof[] = [
        inHeader(clientId, host.origin, 'another secret, which is wrong!!'),
        inForm(clientId, host.origin, 'another secret, which is wrong!!'),
        inForm(clientId, host.origin, SECRET.toUpperCase()),
        { form: new ClientSigner('ES256').form(clientId, host.origin), headers: {} },
        ...[plain, inHeader, inForm, signed]
          .filter((other) => other !== prove)
          .map((other) => other(clientId, host.origin)),
      ].filter((proof) => name !== 'client_secret_basic without encoding' || !('authorization' in proof.headers));
      expect(forged.length).toBeGreaterThan(3);
      for (const proof of forged) {
        for (const path of ['token', 'revoke', 'introspect']) {
          const form = { grant_type: 'refresh_token', refresh_token: 'x', token: 'x' };
          const { status, text, headers } = await post(path, form, proof);
          expect([status, text], `${path} ${JSON.stringify(proof)}`).toEqual([401, FAILURE]);
          expect(headers.get('www-authenticate')).toBe('Basic realm="OAuth"');
        }
      }
    },
  );

  it('PRE-01 take the old and the new secret while one replaces the other', async () => {
    for (const [clientId, prove] of [
      ['basic', inHeader],
      ['post:one+%', inForm],
    ] as const) {
      for (const secret of [SECRET, NEXT_SECRET])
        tokensOf(await redeem(clientId, prove(clientId, host.origin, secret)));
      for (const secret of ['', `${SECRET}${NEXT_SECRET}`, SECRET.slice(0, -1), `${SECRET},${NEXT_SECRET}`])
        expect((await redeem(clientId, prove(clientId, host.origin, secret))).text).toBe(FAILURE);
    }
  });

  it('CAU-04 are told apart from clients that do not exist by nobody', async () => {
    const form = { grant_type: 'refresh_token', refresh_token: 'x' };
    const guess = 'another secret, which is wrong!!';
    for (const clientId of ['basic', 'nobody', 'BASIC', 'basic ']) {
      const { status, text } = await post('token', form, inForm(clientId, host.origin, guess));
      expect([status, text]).toEqual([401, FAILURE]);
    }
    expectPage(await walk.browser.get(walk.authorizeUrl('BASIC')), 400, 'client_unknown', host);
  });

  it('PRE-01 are pre-registered for the policy of the host, and no stranger to the user', async () => {
    host.users.askingClients.length = 0;
    const page = await walk.openConsent('public app');
    expect(host.users.askingClients).toEqual([
      {
        clientId: 'public app',
        source: 'pre_registered',
        name: 'Billing',
        redirectUris: [REDIRECT_URI],
        at: 'authorize',
        userId: 'ada',
        orgId: 'analytical',
      },
    ]);
    expect(page.text).toContain('Verified');
    expect(page.text).not.toContain('Unverified');
    expect((await walk.openConsent((await walk.register()).client_id)).text).toContain('Unverified');
    await host.dataSource.query('DELETE FROM mcp_auth_clients');
  });

  it('PRE-01 are approved by being there, where the policy wants an approval, and can be refused', async () => {
    host.users.faults.set('allowClient', () => 'pending');
    const { refresh_token } = tokensOf(await redeem('public app', plain('public app', '')));
    host.users.faults.set('allowClient', () => false);
    expectPage(await walk.openConsent('public app'), 403, 'client_refused', host);
    const refused = await walk.refresh('public app', refresh_token);
    expect([refused.status, JSON.parse(refused.text)]).toMatchObject([400, { error: 'invalid_grant' }]);
  });

  it.each([
    ['reader', 'mcp:read mcp:write mcp:admin', 'mcp:read'],
    ['reader', undefined, 'mcp:read'],
    ['reader', 'mcp:write', 'mcp:read'],
    ['admin', undefined, 'mcp:admin'],
    ['admin', 'mcp:read', 'mcp:admin'],
    ['public app', undefined, 'mcp:read mcp:write'],
    // What it has by then, and what it asks for.
    ['public app', 'mcp:read mcp:admin', 'mcp:read mcp:admin'],
  ])('PRE-01 get what their scope allows, and no more: %s asks for %s', async (clientId, scope, granted) => {
    expect(tokensOf(await redeem(clientId, plain(clientId, ''), { scope })).scope).toBe(granted);
  });

  it('AUT-05 go to no redirect URI but their own', async () => {
    const elsewhere = { redirect_uri: 'https://elsewhere.example/callback' };
    const page = await walk.browser.get(walk.authorizeUrl('basic', elsewhere));
    expectPage(page, 400, 'redirect_uri_mismatch', host);
    const silent = redirectedTo(
      await new OAuthWalk(host.origin).browser.get(walk.authorizeUrl('basic', { prompt: 'none' })),
    );
    expect(silent.params).toMatchObject({ error: 'login_required' });
  });

  it('REG-03 cannot be registered over', async () => {
    const { client_id } = await walk.register({ client_id: 'basic', clientId: 'basic' });
    expect(client_id).not.toBe('basic');
    await host.dataSource.query('DELETE FROM mcp_auth_clients');
  });

  it('OPS-07 lose all their grants by a single call', async () => {
    const { access_token, refresh_token } = tokensOf(await redeem('public app', plain('public app', '')));
    expect(await host.app.get(McpMaintenanceService).revokeClientTokens('public app')).toBeGreaterThan(0);
    expect(await open(access_token)).toBe(401);
    expect((await walk.refresh('public app', refresh_token)).status).toBe(400);
  });

  it('STO-04 leave no secret in the log', () => {
    const log = host.log.lines.join('\n');
    expect(log).toContain('client_secret_wrong');
    for (const secret of [SECRET, NEXT_SECRET]) expect(log).not.toContain(secret);
  });

  it('PRE-01 stop the boot when one is faulty', async () => {
    const faulty = { ...shared, clientId: 'faulty', clientSecret: 'too short a secret' };
    const start = startTestApp({ adapter, options: { clients: [faulty] } });
    const error = await start.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(McpAuthConfigurationError);
    expect((error as Error).message).toMatch(/^clients\[0\] \("faulty"\): clientSecret must have 32 to 512 characters/);
    expect(String((error as Error).stack)).not.toContain('too short a secret');
  });
});
