import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { INestApplication } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DocumentConnector } from '../../lib/clients/documents/document-connector.js';
import { ClientSigner } from '../support/client-signer.js';
import { DocumentServer } from '../support/document-server.js';
import { OAuthWalk } from '../support/oauth-walk.js';
import { rawRequest } from '../support/raw-http.js';
import { ADAPTERS, startTestApp, type TestApp } from '../support/test-app.js';
import { TestAuthority } from '../support/test-certificates.js';

const FAILURE = '{"error":"invalid_client","error_description":"Client authentication failed"}';
const HALF_A_MINUTE = 30;
const FIVE_MINUTES = 300;
const DAY = 86_400;

describe.each(ADAPTERS)('keys at an address of the client, on %s', (adapter) => {
  const authority = new TestAuthority();
  let vendor: DocumentServer;
  let directory: string;
  let host: TestApp;
  const [first, second] = [new ClientSigner('ES256', { kid: 'first' }), new ClientSigner('RS256', { kid: 'second' })];

  beforeAll(async () => {
    vendor = await DocumentServer.start(authority.issue(['localhost', '127.0.0.1']));
  });
  afterAll(() => vendor.close());
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'mcp-auth-keys-'));
    vendor.seen.length = 0;
    publish(first);
    host = await start();
  });
  afterEach(async () => {
    await host.close();
    await rm(directory, { recursive: true, force: true });
  });

  /** What `NODE_EXTRA_CA_CERTS` does for a process. */
  const trust = (app: INestApplication): void => {
    Object.assign(app.get(DocumentConnector, { strict: false }), { certificates: { ca: authority.certificate } });
  };
  const start = () =>
    startTestApp({
      adapter,
      database: { type: 'better-sqlite3', database: join(directory, 'test.sqlite') },
      options: { clientDocuments: { allowLoopback: true } },
      configure: trust,
    });
  const publish = (...signers: readonly ClientSigner[]) =>
    vendor.serve('/jwks', { keys: signers.map(({ jwk }) => jwk) }, { 'Content-Type': 'application/jwk-set+json' });
  const register = (path = '/jwks') =>
    new OAuthWalk(host.origin).register({
      token_endpoint_auth_method: 'private_key_jwt',
      jwks_uri: `https://localhost:${vendor.port}${path}`,
    });
  /** Asks for nothing, which only a client that authenticated is told. */
  const attempt = async (clientId: string, signer: ClientSigner, { endpoint = 'revoke', from = '127.0.0.1' } = {}) => {
    const now = Math.floor(host.clock.now() / 1000);
    const proof = signer.form(clientId, host.origin, { claims: { iat: now, exp: now + 60 } });
    const { status, text } = await rawRequest(host.origin, {
      method: 'POST',
      target: `/oauth/${endpoint}`,
      headers: [['Content-Type', 'application/x-www-form-urlencoded']],
      body: new URLSearchParams({ token: 'x', grant_type: 'refresh_token', refresh_token: 'x', ...proof }).toString(),
      from,
    });
    if (status === (endpoint === 'token' ? 400 : 200)) return 'taken';
    expect([status, text]).toEqual([401, FAILURE]);
    return host.log.reasons().at(-1);
  };

  it('CAU-11 CMD-11 are fetched when they are needed, and not again for a while', async () => {
    const { client_id: id } = await register();
    expect(vendor.seen).toEqual([]);
    expect([await attempt(id, first), await attempt(id, first), await attempt(id, first)]).toEqual([
      'taken',
      'taken',
      'taken',
    ]);
    expect(vendor.seen.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /jwks']);
    expect(vendor.seen[0]?.headers).not.toHaveProperty('authorization');
    host.clock.advance(FIVE_MINUTES);
    expect(await attempt(id, first)).toBe('taken');
    expect(vendor.seen).toHaveLength(2);
  });

  it('CAU-11 can be replaced: a key that is not known is looked for once in half a minute', async () => {
    const { client_id: id } = await register();
    expect(await attempt(id, first)).toBe('taken');
    for (let time = 0; time < 20; time++) expect(await attempt(id, second)).toBe('client_assertion_key_unknown');
    expect(vendor.seen).toHaveLength(1);
    publish(second);
    host.clock.advance(HALF_A_MINUTE);
    expect(await attempt(id, second)).toBe('taken');
    expect(await attempt(id, first), 'the old one was taken away').toBe('client_assertion_key_unknown');
    expect(vendor.seen).toHaveLength(2);
  });

  it('CAU-11 outlive their server for a day, and a restart of ours', async () => {
    const { client_id: id } = await register();
    expect(await attempt(id, first)).toBe('taken');
    vendor.forget('/jwks');
    host.clock.advance(FIVE_MINUTES);
    expect(await attempt(id, first)).toBe('taken');
    const clock = host.clock.now();
    await host.close();
    host = await start();
    host.clock.advance((clock - host.clock.now()) / 1000);
    expect(await attempt(id, first)).toBe('taken');
    expect(await attempt(id, second)).toBe('client_assertion_key_unknown');
    host.clock.advance(DAY);
    expect(await attempt(id, first)).toBe('client_keys_unavailable');
    publish(first);
    expect(await attempt(id, first)).toBe('taken');
  });

  it('CAU-11 CMD-12 may be 64 KB long with all their certificates, and not a byte longer', async () => {
    const certificate = Buffer.alloc(1300, 'x').toString('base64');
    const keys = Array.from({ length: 20 }, (_, at) => {
      const jwk = at === 19 ? first.jwk : { ...second.jwk, kid: `key ${at}` };
      return { ...jwk, x5c: [certificate] };
    });
    const padded = (bytes: number) => {
      const empty = JSON.stringify({ keys, pad: '' });
      return JSON.stringify({ keys, pad: 'x'.repeat(bytes - empty.length) });
    };
    expect(JSON.stringify({ keys }).length).toBeGreaterThan(40_000);
    vendor.serve('/jwks', padded(65_537));
    const { client_id: id } = await register();
    expect(await attempt(id, first)).toBe('client_keys_unavailable');
    vendor.serve('/jwks', padded(65_536));
    expect(await attempt(id, first)).toBe('taken');
  });

  it.each(['token', 'revoke', 'introspect'])(
    'ABU-03 CAU-11 of strangers are fetched twenty times a minute for one address, at /oauth/%s too',
    async (endpoint) => {
      const ids: string[] = [];
      for (let at = 0; at < 29; at++) {
        vendor.serve(`/jwks/${at}`, { keys: [first.jwk] });
        ids.push((await register(`/jwks/${at}`)).client_id);
      }
      let taken = 0;
      while ((await attempt(ids[taken] ?? '', first, { endpoint })) === 'taken') taken++;
      expect(host.log.reasons().at(-1)).toBe('client_keys_unavailable');
      // As time goes by, it gets some back.
      expect(taken).toBeGreaterThanOrEqual(20);
      expect(taken).toBeLessThan(28);
      expect(await attempt(ids[28] ?? '', first, { endpoint, from: '127.0.0.2' }), 'somebody else').toBe('taken');
      expect(await attempt(ids[0] ?? '', first, { endpoint }), 'what is known').toBe('taken');
      expect(vendor.seen).toHaveLength(taken + 1);
    },
  );

  it.each([
    ['a page', '<html>', { 'Content-Type': 'text/html' }, 'client_keys_unavailable'],
    ['broken JSON', '{"keys":[', {}, 'client_keys_unavailable'],
    ['no set of keys', { error: 'nothing here' }, {}, 'client_assertion_key_unknown'],
    ['more than anybody needs', { keys: [], pad: 'x'.repeat(65_536) }, {}, 'client_keys_unavailable'],
  ])(
    'CAU-11 CMD-13 are refused when there is %s, without a word about what was found',
    async (_what, body, headers, reason) => {
      vendor.serve('/jwks', body, headers);
      const { client_id: id } = await register();
      expect(await attempt(id, first)).toBe(reason);
      expect(host.log.lines.join('\n')).not.toContain('localhost');
    },
  );

  it('CAU-10 keep nothing private, and take no key of which the private half was published', async () => {
    const jwk = { ...first.jwk, ...first.privateKey.export({ format: 'jwk' }) };
    vendor.serve('/jwks', { keys: [jwk] });
    const { client_id: id } = await register();
    expect(await attempt(id, first)).toBe('client_assertion_key_unknown');
    publish(first);
    host.clock.advance(HALF_A_MINUTE);
    expect(await attempt(id, first)).toBe('taken');
    const [row] = await host.dataSource.query<{ key_set: string }[]>('SELECT key_set FROM mcp_auth_clients');
    expect(JSON.parse(row?.key_set ?? '')).toMatchObject({ keys: [first.jwk] });
    expect(row?.key_set).not.toContain('"d"');
  });
});
