import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { INestApplication } from '@nestjs/common';
import { McpClientService, type McpAuthOptions } from 'nestjs-mcp-auth';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DocumentConnector } from '../../lib/clients/documents/document-connector.js';
import { ClientSigner } from '../support/client-signer.js';
import { DocumentServer } from '../support/document-server.js';
import { OAuthWalk } from '../support/oauth-walk.js';
import { rawRequest } from '../support/raw-http.js';
import { ADAPTERS, startTestApp, type AdapterName, type TestApp } from '../support/test-app.js';
import { TestAuthority } from '../support/test-certificates.js';

const authority = new TestAuthority();
let vendor: DocumentServer;

beforeAll(async () => {
  vendor = await DocumentServer.start(authority.issue(['localhost', '127.0.0.1']));
});
afterAll(() => vendor.close());

const CALLBACK = 'https://localhost/callback';
const url = (path: string, host = 'localhost') => `https://${host}:${vendor.port}${path}`;

function publish(path: string, change: Record<string, unknown> = {}, headers: Record<string, string> = {}): string {
  const clientId = url(path);
  const document = { client_id: clientId, client_name: 'Difference Engine', redirect_uris: [CALLBACK], ...change };
  vendor.serve(path, document, headers);
  return clientId;
}

/** What `NODE_EXTRA_CA_CERTS` does for a process. */
function trust(app: INestApplication): void {
  Object.assign(app.get(DocumentConnector, { strict: false }), { certificates: { ca: authority.certificate } });
}

const start = (adapter: AdapterName, options: Partial<McpAuthOptions> = {}) =>
  startTestApp({ adapter, options: { clientDocuments: { allowLoopback: true }, ...options }, configure: trust });

describe.each(ADAPTERS)('a client that is known by its document, on %s', (adapter) => {
  let host: TestApp;
  let walk: OAuthWalk;

  beforeAll(async () => {
    host = await start(adapter);
  });
  beforeEach(() => {
    host.clock.advance(60);
    host.log.lines.length = 0;
    vendor.seen.length = 0;
    walk = new OAuthWalk(host.origin);
  });
  afterAll(() => host.close());

  const to = (redirectUri = CALLBACK) => ({ redirect_uri: redirectUri });
  const rows = () => host.dataSource.query<{ client_id: string; source: string }[]>('SELECT * FROM mcp_auth_clients');
  const rowOf = async (clientId: string) => (await rows()).find((row) => row.client_id === clientId);

  async function connect(clientId: string) {
    const answer = await walk.redeem(clientId, await walk.code(clientId, 'ada', to()));
    expect([answer.status, answer.text]).toEqual([200, expect.any(String)]);
    return JSON.parse(answer.text) as { access_token: string; refresh_token: string };
  }

  const mcp = (accessToken: string) =>
    fetch(`${host.origin}/mcp`, { headers: { Authorization: `Bearer ${accessToken}` } });

  it('CMD-10 RSG-11 goes the whole way, and its host never sees a token of ours', async () => {
    const clientId = publish('/whole');
    const tokens = await connect(clientId);
    expect(await (await mcp(tokens.access_token)).json()).toMatchObject({ reached: 'mcp', auth: { clientId } });
    const refreshed = JSON.parse((await walk.refresh(clientId, tokens.refresh_token)).text) as typeof tokens;
    const revoked = await fetch(`${host.origin}/oauth/revoke`, {
      method: 'POST',
      body: new URLSearchParams({ client_id: clientId, token: refreshed.refresh_token }),
    });
    expect(revoked.status).toBe(200);
    expect((await mcp(refreshed.access_token)).status).toBe(401);
    // One fetch for all of it.
    expect(vendor.seen.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /whole']);
    const sent = JSON.stringify(vendor.seen);
    for (const secret of [...Object.values(tokens), ...Object.values(refreshed), 'session', 'uthorization'])
      expect(sent).not.toContain(secret);
  });

  it('CON-03 CON-04 shows its host, verified, with the name it gives itself', async () => {
    const { text } = await walk.openConsent(publish('/consent'), 'ada', to());
    expect(text).toContain('<bdi>Difference Engine</bdi> wants to connect');
    expect(text).toMatch(/Verified host<\/span>\s*<span>identified by <bdi>localhost:\d+<\/bdi>/);
    expect(text).not.toContain('Nobody has checked');
  });

  it('CON-04 warns when its answers go to another host than its own', async () => {
    const elsewhere = 'https://elsewhere.example/callback';
    const clientId = publish('/elsewhere', { redirect_uris: [elsewhere] });
    const { text } = await walk.openConsent(clientId, 'ada', to(elsewhere));
    expect(text).toContain('Did you just start this yourself?');
    expect(text).toContain('which is not the host it is identified by');
  });

  it('CMD-06 matches a portless loopback address with any port, and nothing else', async () => {
    const clientId = publish('/loopback', {
      redirect_uris: ['http://localhost/callback', 'http://127.0.0.1/callback'],
    });
    for (const redirectUri of ['http://localhost:53111/callback', 'http://127.0.0.1:3118/callback'])
      expect((await walk.openConsent(clientId, 'ada', to(redirectUri))).status).toBe(200);
    for (const redirectUri of ['http://localhost:53111/other', 'https://localhost:53111/callback', CALLBACK])
      expect((await walk.openConsent(clientId, 'ada', to(redirectUri))).status).toBe(400);
  });

  it('CMD-08 negotiates a method it prefers and we do not have', async () => {
    const clientId = publish('/negotiate', {
      token_endpoint_auth_method: 'tls_client_auth',
      token_endpoint_auth_methods_supported: ['tls_client_auth', 'none'],
      grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
    });
    expect(await connect(clientId)).toHaveProperty('refresh_token');
  });

  it('CMD-07 CMD-11 demands the signature that a document demands, at token, revocation and refresh', async () => {
    const signer = new ClientSigner('ES256');
    vendor.serve('/jwks', { keys: [signer.jwk] }, { 'Content-Type': 'application/jwk-set+json' });
    const clientId = publish('/signing', { token_endpoint_auth_method: 'private_key_jwt', jwks_uri: url('/jwks') });
    const assertion = () => {
      const now = Math.floor(host.clock.now() / 1000);
      return signer.form(clientId, host.origin, { claims: { iat: now, exp: now + 60 } });
    };
    const code = await walk.code(clientId, 'ada', to());
    const unsigned = await walk.redeem(clientId, code);
    expect([unsigned.status, JSON.parse(unsigned.text)]).toEqual([
      401,
      expect.objectContaining({ error: 'invalid_client' }),
    ]);
    const redeemed = await walk.redeem(clientId, code, assertion());
    expect([redeemed.status, redeemed.text]).toEqual([200, expect.any(String)]);
    const tokens = JSON.parse(redeemed.text) as { refresh_token: string };
    expect((await walk.refresh(clientId, tokens.refresh_token)).status).toBe(401);
    const refreshed = await walk.refresh(clientId, tokens.refresh_token, assertion());
    expect(refreshed.status).toBe(200);
    const revoke = async (proof: Record<string, string>) =>
      fetch(`${host.origin}/oauth/revoke`, {
        method: 'POST',
        body: new URLSearchParams({ client_id: clientId, token: tokens.refresh_token, ...proof }),
      });
    expect((await revoke({})).status).toBe(401);
    expect((await revoke(assertion())).status).toBe(200);
    expect(vendor.seen.map(({ path }) => path)).toEqual(['/signing', '/jwks']);
  });

  it('CMD-02 takes its id as it was sent, and stores it so', async () => {
    const path = '/Client%20Data/c.json?v=%7e2';
    const clientId = publish(path);
    await connect(clientId);
    expect(await rowOf(clientId)).toMatchObject({ client_id: clientId, source: 'document' });
    const { status } = await walk.openConsent(clientId.replace('localhost', 'LOCALHOST'), 'ada', to());
    expect(status).toBe(400);
    expect(host.log.reasons()).toEqual(['client_id_url_malformed']);
  });

  it('ABU-04 gets its row with the approval: whoever only asks, or is denied, leaves none', async () => {
    const clientId = publish('/row');
    const before = (await rows()).length;
    const page = await walk.openConsent(clientId, 'ada', to());
    await walk.decide(page, 'false');
    expect(await rows()).toHaveLength(before);
    await connect(clientId);
    await new OAuthWalk(host.origin).code(clientId, 'grace', to());
    expect(await rows()).toHaveLength(before + 1);
  });

  describe('when the document is away', () => {
    it('CMD-15 redeems and refreshes by what it said last', async () => {
      const clientId = publish('/away');
      const code = await walk.code(clientId, 'ada', to());
      vendor.forget('/away');
      host.clock.advance(301);
      const redeemed = await walk.redeem(clientId, code);
      expect(redeemed.status).toBe(200);
      const { refresh_token: token } = JSON.parse(redeemed.text) as { refresh_token: string };
      expect((await walk.refresh(clientId, token)).status).toBe(200);
      expect(vendor.seen.map(({ path }) => path)).toEqual(['/away', '/away', '/away']);
      expect(host.log.lines.filter((line) => line.includes('stands in'))).toEqual([
        expect.stringContaining('reason=client_document_status'),
        expect.stringContaining('reason=client_document_status'),
      ]);
    });

    it.each([
      ['has become somebody else’s', { client_id: 'https://localhost/other' }],
      ['has got a secret', { client_secret: 'x' }],
    ])('CMD-15 goes on when it %s, and asks nobody anew (CMD-13)', async (_case, change) => {
      const clientId = publish('/broken');
      const { refresh_token: token } = await connect(clientId);
      publish('/broken', change);
      host.clock.advance(301);
      expect((await walk.refresh(clientId, token)).status).toBe(200);
      const page = await new OAuthWalk(host.origin).openConsent(clientId, 'ada', to());
      expect([page.status, page.text]).toEqual([400, expect.stringContaining('could not be identified')]);
    });

    it('CMD-13 shows a page, and sends nobody anywhere', async () => {
      const page = await walk.openConsent(url('/nothing'), 'ada', to());
      expect([page.status, page.headers.get('location')]).toEqual([400, null]);
      expect(page.text).toContain('This app could not be identified');
      expect(page.text).toContain('try again in a few minutes');
      // Whole words: a correlation id may have 404 among its digits.
      expect(page.text).not.toMatch(/\b404\b|status|\/nothing|localhost/);
      expect(host.log.reasons()).toEqual(['client_document_status']);
    });

    it('CMD-13 shows a page to somebody on the way, and to somebody who approves', async () => {
      const clientId = publish('/meanwhile');
      const page = await walk.openConsent(clientId, 'ada', to());
      vendor.forget('/meanwhile');
      host.clock.advance(301);
      const decided = await walk.decide(page);
      expect([decided.status, decided.text]).toEqual([400, expect.stringContaining('could not be identified')]);
      // Nothing was decided by it.
      publish('/meanwhile');
      expect(walk.target(await walk.decide(page)).searchParams.get('code')).not.toBeNull();
    });
  });

  describe('when the document changes', () => {
    it.each([
      ['name', { client_name: 'Analytical Engine' }],
      ['redirect URIs', { redirect_uris: [CALLBACK, 'https://evil.example/callback'] }],
      ['logo', { logo_uri: 'https://localhost/logo.png' }],
    ])('CMD-16 a request that waits for an answer ends with its %s', async (_case, change) => {
      const clientId = publish('/changing');
      const page = await walk.openConsent(clientId, 'ada', to());
      publish('/changing', change);
      host.clock.advance(301);
      const decided = await walk.decide(page);
      expect([decided.status, decided.text]).toEqual([400, expect.stringContaining('no longer open')]);
      expect(host.log.reasons()).toContain('client_changed');
    });

    it('CMD-16 a code that was not redeemed ends with it', async () => {
      const clientId = publish('/code');
      const code = await walk.code(clientId, 'ada', to());
      publish('/code', { client_name: 'Analytical Engine' });
      host.clock.advance(301);
      const answer = await walk.redeem(clientId, code);
      expect([answer.status, JSON.parse(answer.text)]).toEqual([
        400,
        expect.objectContaining({ error: 'invalid_grant' }),
      ]);
    });

    it('CMD-15 what it says now is what stands in later', async () => {
      const clientId = publish('/later');
      const { refresh_token: token } = await connect(clientId);
      publish('/later', { client_name: 'Analytical Engine' });
      host.clock.advance(301);
      expect((await walk.refresh(clientId, token)).status).toBe(200);
      const row = (await rowOf(clientId)) as { metadata?: string } | undefined;
      expect(JSON.parse(row?.metadata ?? '')).toMatchObject({ client_name: 'Analytical Engine' });
    });
  });

  it('PRE-03 is unknown once an operator has disabled it, and its document is not asked for', async () => {
    const clientId = publish('/disabled');
    const { refresh_token: token, access_token: access } = await connect(clientId);
    await host.app.get(McpClientService).disable(clientId);
    vendor.seen.length = 0;
    expect((await walk.openConsent(clientId, 'ada', to())).status).toBe(400);
    const answer = await walk.refresh(clientId, token);
    expect([answer.status, JSON.parse(answer.text)]).toEqual([
      401,
      expect.objectContaining({ error: 'invalid_client' }),
    ]);
    expect((await mcp(access)).status).toBe(401);
    expect(vendor.seen).toEqual([]);
  });

  it('CMD-14 is asked once in five minutes, or as it says', async () => {
    const [quiet, lasting] = [publish('/quiet'), publish('/lasting', {}, { 'Cache-Control': 'max-age=3600' })];
    const ask = async (clientId: string) => (await walk.openConsent(clientId, 'ada', to())).status;
    for (const clientId of [quiet, lasting]) for (let time = 0; time < 3; time++) expect(await ask(clientId)).toBe(200);
    host.clock.advance(301);
    for (const clientId of [quiet, lasting]) expect(await ask(clientId)).toBe(200);
    expect(vendor.seen.map(({ path }) => path)).toEqual(['/quiet', '/lasting', '/quiet']);
  });
});

describe.each(ADAPTERS)('what the host decides about documents, on %s', (adapter) => {
  async function ask(options: Partial<McpAuthOptions>, clientId: string) {
    const host = await start(adapter, options);
    vendor.seen.length = 0;
    const walk = new OAuthWalk(host.origin);
    const page = await walk.openConsent(clientId, 'ada', { redirect_uri: CALLBACK });
    const direct = await walk.refresh(clientId, 'x');
    await host.close();
    return { page, direct, fetched: vendor.seen.length };
  }

  it('DSC-11 CMD-17 nobody is such a client when documents are off', async () => {
    const { page, direct, fetched } = await ask({ clientDocuments: { enabled: false } }, publish('/off'));
    expect([page.status, page.text]).toEqual([400, expect.stringContaining('This app is not known here')]);
    expect(direct.status).toBe(401);
    expect(fetched).toBe(0);
  });

  describe('about keys at an address, when documents are off', () => {
    const signer = new ClientSigner('ES256', { kid: 'one' });
    const metadata = () => ({
      token_endpoint_auth_method: 'private_key_jwt',
      redirect_uris: [CALLBACK],
      jwks_uri: url('/keys'),
    });
    const off = { clientDocuments: { enabled: false, allowLoopback: true } };
    /** Answers 400 to whoever proves to be this client. */
    const attempt = async (host: TestApp, clientId: string) => {
      const now = Math.floor(host.clock.now() / 1000);
      const proof = signer.form(clientId, host.origin, { claims: { iat: now, exp: now + 60 } });
      const answer = await new OAuthWalk(host.origin).token({
        grant_type: 'refresh_token',
        refresh_token: 'x',
        ...proof,
      });
      return answer.status;
    };
    beforeEach(() => {
      vendor.serve('/keys', { keys: [signer.jwk] });
      vendor.seen.length = 0;
    });

    it('DSC-11 REG-15 no stranger registers any, and the metadata offers nothing else', async () => {
      const host = await start(adapter, off);
      const register = (members: object) =>
        fetch(`${host.origin}/oauth/register`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify({ redirect_uris: [CALLBACK], ...members }),
        });
      for (const change of [{}, { token_endpoint_auth_method: 'none' }]) {
        const refused = await register({ ...metadata(), ...change });
        expect([refused.status, await refused.json()]).toEqual([
          400,
          {
            error: 'invalid_client_metadata',
            error_description: 'jwks_uri is not supported here; keys can be sent in jwks',
          },
        ]);
      }
      expect(host.log.reasons()).toEqual(['jwks_uri_unsupported', 'jwks_uri_unsupported']);
      const discovery = await fetch(`${host.origin}/.well-known/oauth-authorization-server`);
      const offered = (await discovery.json()) as Record<string, unknown>;
      expect(offered['token_endpoint_auth_methods_supported']).toContain('private_key_jwt');
      expect(offered).not.toHaveProperty('client_id_metadata_document_supported');
      const byValue = await register({ ...metadata(), jwks_uri: undefined, jwks: { keys: [signer.jwk] } });
      const { client_id: id } = (await byValue.json()) as { client_id: string };
      expect([byValue.status, await attempt(host, id)]).toEqual([201, 400]);
      expect(vendor.seen).toEqual([]);
      await host.close();
    });

    it('PRE-01 clients of the operator may have them', async () => {
      const host = await start(adapter, { ...off, clients: [{ clientId: 'configured', ...metadata() }] as never });
      const { client_id: id } = await host.app.get(McpClientService).create(metadata());
      expect([await attempt(host, 'configured'), await attempt(host, id)]).toEqual([400, 400]);
      expect(vendor.seen).toHaveLength(2);
      await host.close();
    });

    it('ABU-03 clients that registered theirs before are not looked up any more', async () => {
      const directory = await mkdtemp(join(tmpdir(), 'mcp-auth-off-'));
      const database = { type: 'better-sqlite3', database: join(directory, 'host.sqlite') } as const;
      const open = (options: Partial<McpAuthOptions>) =>
        startTestApp({
          adapter,
          database,
          options: { clientDocuments: { allowLoopback: true }, ...options },
          configure: trust,
        });
      const before = await open({});
      const { client_id: id } = await new OAuthWalk(before.origin).register(metadata());
      expect(await attempt(before, id)).toBe(400);
      await before.close();
      const after = await open(off);
      vendor.seen.length = 0;
      expect(await attempt(after, id)).toBe(401);
      expect(after.log.reasons()).toEqual(['client_keys_unavailable']);
      expect(vendor.seen).toEqual([]);
      await after.close();
      await rm(directory, { recursive: true });
    });
  });

  it.each([
    ['a host that is denied', { deniedHosts: ['localhost'] }],
    ['a host that is not among the allowed', { allowedHosts: ['client.example'] }],
  ])('CMD-17 %s is not fetched, and the page says whose decision that is', async (_case, lists) => {
    const { page, direct, fetched } = await ask(
      { clientDocuments: { allowLoopback: true, ...lists } },
      publish('/listed'),
    );
    expect([page.status, page.text]).toEqual([403, expect.stringContaining('This app is not allowed here')]);
    expect(page.headers.get('location')).toBeNull();
    expect([direct.status, JSON.parse(direct.text)]).toEqual([
      401,
      expect.objectContaining({ error: 'invalid_client' }),
    ]);
    expect(fetched).toBe(0);
  });

  it('CMD-10 the loopback is not fetched unless that is allowed', async () => {
    const { page, fetched } = await ask({ clientDocuments: { allowedPorts: [vendor.port] } }, publish('/closed'));
    expect([page.status, page.text]).toEqual([400, expect.stringContaining('could not be identified')]);
    expect(fetched).toBe(0);
  });

  it('CMD-17 a host that is denied later cannot refresh any more', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'mcp-auth-denied-'));
    const database = { type: 'better-sqlite3', database: join(directory, 'host.sqlite') } as const;
    const clientId = publish('/denied-later');
    const oauthSecret = 'a secret of the test, which is long enough';
    const open = (deniedHosts: string[]) =>
      startTestApp({
        adapter,
        database,
        options: { oauthSecret, clientDocuments: { allowLoopback: true, deniedHosts } },
        configure: trust,
      });
    const before = await open([]);
    const walk = new OAuthWalk(before.origin);
    const redeemed = await walk.redeem(clientId, await walk.code(clientId, 'ada', { redirect_uri: CALLBACK }));
    const { refresh_token: token } = JSON.parse(redeemed.text) as { refresh_token: string };
    await before.close();
    const after = await open(['localhost']);
    expect((await new OAuthWalk(after.origin).refresh(clientId, token)).status).toBe(401);
    await after.close();
    await rm(directory, { recursive: true });
  });

  it('CMD-10 OPS-06 loopback documents and an open listen address refuse each other', async () => {
    for (const baseUrl of [undefined, 'https://localhost']) {
      const options = { clientDocuments: { allowLoopback: true }, ...(baseUrl === undefined ? {} : { baseUrl }) };
      const host = await startTestApp({ adapter, options, listen: false });
      await expect(host.app.listen(0, '0.0.0.0')).rejects.toThrow(
        'clientDocuments.allowLoopback is on, and the server listens on 0.0.0.0, which is not loopback. ' +
          'Leave the option out, or listen on 127.0.0.1.',
      );
      await host.close();
      const own = await startTestApp({ adapter, options });
      const answer = await rawRequest(own.origin, { target: '/.well-known/oauth-authorization-server' });
      expect(answer.status).toBe(200);
      await own.close();
    }
  });
});
