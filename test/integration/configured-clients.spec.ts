import { type ConfiguredClient, McpClientError, McpClientService, McpMaintenanceService } from 'nestjs-mcp-auth';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { hashToken } from '../../lib/protocol/opaque-token.js';
import { ClientRepository } from '../../lib/storage/repositories/client.repository.js';
import type { Answer } from '../support/browser.js';
import { ClientSigner } from '../support/client-signer.js';
import { describeDatabases, type TestDatabase } from '../support/databases.js';
import { keepSecret } from '../support/leak-channels.mjs';
import { OAuthWalk, REDIRECT_URI } from '../support/oauth-walk.js';
import { expectPage } from '../support/pages.js';
import { newClient } from '../support/storage-rows.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const FAILURE = '{"error":"invalid_client","error_description":"Client authentication failed"}';
const [SECRET, NEXT_SECRET, STORED_SECRET] = ['first', 'next', 'stored'].map(
  (name) => `${name}-secret-0123456789-abcdefghij`,
);
for (const secret of [SECRET, NEXT_SECRET, STORED_SECRET]) keepSecret('client_secret', secret ?? '');
const OAUTH_SECRET = 'one secret for every deployment of the test, 0123456789';

const [key, newKey] = [new ClientSigner('ES256'), new ClientSigner('ES256')];
const BEFORE = {
  clientId: 'billing',
  client_name: 'Billing',
  redirect_uris: [REDIRECT_URI],
  token_endpoint_auth_method: 'none',
} as const satisfies ConfiguredClient;
const POST = { ...BEFORE, token_endpoint_auth_method: 'client_secret_post', clientSecret: SECRET ?? '' } as const;
const KEYED = { ...BEFORE, token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [key.jwk] } } as const;

describeDatabases('clients of the options, from one deployment to the next', (kind) => {
  let database: TestDatabase;
  const hosts: TestApp[] = [];
  beforeEach(async () => {
    database = await kind.create();
  });
  afterEach(async () => {
    for (const host of hosts.splice(0)) await host.close();
    await database.drop();
  });

  /** One more instance on the same database, with these clients. */
  const deploy = async (...clients: readonly ConfiguredClient[]) => {
    const first = hosts[0];
    const host = await startTestApp({
      adapter: hosts.length % 2 === 0 ? 'express' : 'fastify',
      database: database.options,
      // Both speak for one issuer, as instances behind one address do.
      options: { clients, oauthSecret: OAUTH_SECRET, ...(first ? { baseUrl: first.origin } : {}) },
    });
    hosts.push(host);
    return host;
  };
  /** What was begun with one instance goes on with the other. */
  const moveOn = (walk: OAuthWalk, { origin }: TestApp) => {
    const moved = Object.assign(new OAuthWalk(origin), { verifier: walk.verifier, state: walk.state });
    for (const [name, value] of walk.browser.cookies) moved.browser.cookies.set(name, value);
    return moved;
  };
  const error = ({ status, text }: Answer) => [status, (JSON.parse(text) as { error: string }).error];
  const rows = (host: TestApp) => host.dataSource.query<object[]>('SELECT client_id FROM mcp_auth_clients');

  const redirect = { ...BEFORE, redirect_uris: [REDIRECT_URI, 'https://billing.example/second'] };
  const keyed = (clientId: string, host: TestApp, signer = key) => signer.form(clientId, host.origin);
  it.each<[string, ConfiguredClient, ConfiguredClient]>([
    ['redirect URIs', BEFORE, redirect],
    ['name', BEFORE, { ...BEFORE, client_name: 'Billing 2' }],
    ['logo', BEFORE, { ...BEFORE, logo_uri: 'https://billing.example/logo.png' }],
    ['method', BEFORE, POST],
    ['method, to a weaker one', POST, BEFORE],
    ['keys', KEYED, { ...KEYED, jwks: { keys: [newKey.jwk] } }],
  ])('PRE-01 CMD-16 end what was open when the %s changed, and no grant', async (what, before, after) => {
    const old = await deploy(before);
    const walk = new OAuthWalk(old.origin);
    const proofOf = (client: ConfiguredClient): Record<string, string> =>
      client.token_endpoint_auth_method === 'private_key_jwt'
        ? keyed('billing', old, client === after && what === 'keys' ? newKey : key)
        : { client_id: 'billing', ...(client.clientSecret === undefined ? {} : { client_secret: SECRET ?? '' }) };
    const exchange = (form: Record<string, string>, client: ConfiguredClient, on: OAuthWalk) =>
      on.token({ ...form, ...proofOf(client) });
    const redemption = (code: string) => ({ grant_type: 'authorization_code', code, code_verifier: walk.verifier });
    const granted = await exchange(redemption(await walk.code('billing')), before, walk);
    expect(granted.status, granted.text).toBe(200);
    const { refresh_token } = JSON.parse(granted.text) as { refresh_token: string };
    const [code, page] = [await walk.code('billing'), await walk.openConsent('billing')];

    const now = await deploy(after);
    const later = moveOn(walk, now);
    expect(error(await exchange(redemption(code), after, later))).toEqual([400, 'invalid_grant']);
    expect(now.log.reasons().at(-1)).toBe('client_changed');
    expectPage(await later.decide(page), 400, 'client_changed', now);
    const refreshed = await exchange({ grant_type: 'refresh_token', refresh_token }, after, later);
    expect(refreshed.status, refreshed.text).toBe(200);
    const anew = await exchange(redemption(await later.code('billing')), after, later);
    expect(anew.status, anew.text).toBe(200);
    expect(await rows(now)).toEqual([]);
  });

  it.each<[string, ConfiguredClient, ConfiguredClient]>([
    ['secret', POST, { ...POST, clientSecret: [NEXT_SECRET ?? '', SECRET ?? ''] }],
    ['contacts', BEFORE, { ...BEFORE, contacts: ['ops@billing.example'] }],
    ['place in the list', BEFORE, { ...BEFORE }],
  ])('PRE-01 let everything go on when only the %s changed', async (_what, before, after) => {
    const walk = new OAuthWalk((await deploy(before)).origin);
    const [code, page] = [await walk.code('billing'), await walk.openConsent('billing')];
    const later = moveOn(walk, await deploy({ ...BEFORE, clientId: 'another' }, after));
    const proof = after.clientSecret === undefined ? {} : { client_secret: NEXT_SECRET };
    expect((await later.redeem('billing', code, proof)).status).toBe(200);
    expect(later.target(await later.decide(page)).searchParams.get('code')).not.toBeNull();
  });

  it('PRE-01 take a secret that was taken out no longer', async () => {
    const walk = new OAuthWalk((await deploy({ ...POST, clientSecret: [SECRET ?? '', NEXT_SECRET ?? ''] })).origin);
    const first = await walk.redeem('billing', await walk.code('billing'), { client_secret: SECRET });
    const { refresh_token } = JSON.parse(first.text) as { refresh_token: string };
    const later = moveOn(walk, await deploy({ ...POST, clientSecret: NEXT_SECRET ?? '' }));
    const refused = await later.refresh('billing', refresh_token, { client_secret: SECRET });
    expect([refused.status, refused.text]).toEqual([401, FAILURE]);
    expect((await later.refresh('billing', refresh_token, { client_secret: NEXT_SECRET })).status).toBe(200);
  });

  it('PRE-01 PRE-03 are unknown once they are taken out, with all they were given', async () => {
    const old = await deploy(BEFORE);
    const walk = new OAuthWalk(old.origin);
    const granted = await walk.redeem('billing', await walk.code('billing'));
    const { refresh_token, access_token } = JSON.parse(granted.text) as Record<string, string>;
    const [code, page] = [await walk.code('billing'), await walk.openConsent('billing')];

    const now = await deploy();
    const later = moveOn(walk, now);
    for (const answer of [
      await later.refresh('billing', refresh_token ?? ''),
      await later.redeem('billing', code),
      await later.token({ client_id: 'billing' }),
    ]) {
      expect([answer.status, answer.text]).toEqual([401, FAILURE]);
      expect(answer.headers.get('www-authenticate')).toBe('Basic realm="OAuth"');
    }
    expect(now.log.reasons().slice(-3)).toEqual(['client_unknown', 'client_unknown', 'client_unknown']);
    expectPage(await later.browser.get(later.authorizeUrl('billing')), 400, 'client_unknown', now);
    expectPage(await later.decide(page), 400, 'client_gone', now);
    const mcp = () => fetch(`${now.origin}/mcp`, { headers: { authorization: `Bearer ${access_token}` } });
    expect((await mcp()).status, 'until it expires, or is revoked').toBe(200);
    expect(await now.app.get(McpMaintenanceService).revokeClientTokens('billing')).toBe(2);
    expect((await mcp()).status).toBe(401);
  });

  it('PRE-01 lose the scopes that were taken out of theirs at the next refresh', async () => {
    const walk = new OAuthWalk((await deploy(BEFORE)).origin);
    const granted = await walk.redeem('billing', await walk.code('billing'));
    const { refresh_token, scope } = JSON.parse(granted.text) as Record<string, string>;
    expect(scope).toBe('mcp:read mcp:write mcp:admin');
    const later = moveOn(walk, await deploy({ ...BEFORE, scope: 'mcp:read mcp:admin' }));
    const refreshed = await later.refresh('billing', refresh_token ?? '');
    expect(JSON.parse(refreshed.text)).toMatchObject({ scope: 'mcp:read mcp:admin' });
    const next = (JSON.parse(refreshed.text) as Record<string, string>)['refresh_token'] ?? '';
    const last = moveOn(walk, await deploy({ ...BEFORE, scope: 'mcp:write' }));
    expect(JSON.parse((await last.refresh('billing', next)).text)).toMatchObject({ scope: 'mcp:write' });
  });

  it('PRE-01 win over a stored client of the same name, which has its say again when they are gone', async () => {
    const now = await deploy(POST);
    const stored = newClient({
      clientId: 'billing',
      source: 'pre_registered',
      secretHash: hashToken(STORED_SECRET ?? ''),
    });
    const metadata = {
      ...stored.metadata,
      redirect_uris: [REDIRECT_URI],
      client_name: 'Stored',
      token_endpoint_auth_method: 'client_secret_post',
    } as const;
    await now.app.get(ClientRepository, { strict: false }).insert({ ...stored, metadata, disabledAt: null });
    const walk = new OAuthWalk(now.origin);
    const page = await walk.openConsent('billing');
    expect(page.text).toContain('Billing');
    expect(page.text).not.toContain('Stored');
    const code = await walk.code('billing');
    const refused = await walk.redeem('billing', code, { client_secret: STORED_SECRET });
    expect([refused.status, refused.text]).toEqual([401, FAILURE]);
    expect((await walk.redeem('billing', code, { client_secret: SECRET })).status).toBe(200);

    const service = now.app.get(McpClientService);
    const before = await service.list();
    expect(before).toMatchObject([{ clientId: 'billing', lastUsedAt: undefined }]);
    for (const attempt of [
      () => service.disable('billing'),
      () => service.enable('billing'),
      () => service.approve('billing'),
      () => service.rotateSecret('billing'),
      () => service.update('billing', metadata),
    ]) {
      await expect(attempt()).rejects.toThrow(McpClientError);
      await expect(attempt()).rejects.toThrow('This client is managed in the clients option');
    }
    expect(await service.list(), 'its row is left alone').toEqual(before);
    expect(await service.list({ after: 'billing' })).toEqual([]);

    const later = new OAuthWalk((await deploy()).origin);
    expect((await later.openConsent('billing')).text).toContain('Stored');
  });

  it('PRE-01 say so when somebody wants to manage one that has no row', async () => {
    const service = (await deploy(BEFORE)).app.get(McpClientService);
    for (const attempt of [() => service.disable('billing'), () => service.rotateSecret('billing')])
      await expect(attempt()).rejects.toThrow('This client is managed in the clients option');
    await expect(service.disable('Billing')).rejects.toThrow('There is no stored client with this client_id');
    expect(await service.list()).toEqual([]);
  });

  it('OPS-04 are no matter for the cleanup, and keep their grants through it', async () => {
    const host = await deploy(BEFORE);
    const walk = new OAuthWalk(host.origin);
    const { refresh_token } = JSON.parse((await walk.redeem('billing', await walk.code('billing'))).text) as Record<
      string,
      string
    >;
    host.clock.advance(8 * 86_400);
    await host.app.get(McpMaintenanceService).cleanup();
    expect((await walk.refresh('billing', refresh_token ?? '')).status).toBe(200);
  });
});
