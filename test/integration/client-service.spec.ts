import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  InvalidClientMetadataError,
  InvalidRedirectUriError,
  McpClientError,
  McpClientService,
} from '../../lib/index.js';
import { hashToken } from '../../lib/protocol/opaque-token.js';
import { describeDatabases, type TestDatabase } from '../support/databases.js';
import { OAuthWalk, REDIRECT_URI } from '../support/oauth-walk.js';
import { redirectedTo } from '../support/pages.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const METADATA = { redirect_uris: [REDIRECT_URI], client_name: 'Our own app' };
const CONFIDENTIAL = { ...METADATA, token_endpoint_auth_method: 'client_secret_post' };
const PUBLIC = { ...METADATA, token_endpoint_auth_method: 'none' };

describeDatabases('McpClientService', (kind) => {
  let database: TestDatabase;
  let host: TestApp;
  let service: McpClientService;
  let walk: OAuthWalk;
  beforeAll(async () => {
    database = await kind.create();
    host = await startTestApp({ adapter: 'express', database: database.options });
    service = host.app.get(McpClientService);
    walk = new OAuthWalk(host.origin);
  });
  afterAll(async () => {
    await host?.close();
    await database?.drop();
  });

  const open = async (token: string) =>
    (await fetch(`${host.origin}/mcp`, { headers: { authorization: `Bearer ${token}` } })).status;
  const tokensOf = async (clientId: string, change = {}) => {
    const answer = await walk.redeem(clientId, await walk.code(clientId), change);
    expect(answer.status, answer.text).toBe(200);
    return JSON.parse(answer.text) as { access_token: string; refresh_token: string };
  };

  it('PRE-01 creates clients that can be used, and gives a secret once, kept as a hash', async () => {
    const { client_id, client_secret = '' } = await service.create(CONFIDENTIAL);
    await tokensOf(client_id, { client_secret });
    expect((await service.create(PUBLIC)).client_secret).toBeUndefined();
    const [row] = await host.dataSource.query<{ secret_hash: string; source: string }[]>(
      `SELECT secret_hash, source FROM mcp_auth_clients WHERE client_id = '${client_id}'`,
    );
    expect(row).toEqual({ secret_hash: hashToken(client_secret), source: 'pre_registered' });
    expect(JSON.stringify(await service.list())).not.toContain(client_secret);
  });

  it('PRE-01 creates clients whose scope is the most they are granted', async () => {
    const { client_id } = await service.create({ ...PUBLIC, scope: 'mcp:read gone' });
    const answer = await walk.redeem(
      client_id,
      await walk.code(client_id, 'ada', { scope: 'mcp:read mcp:write gone' }),
    );
    expect(JSON.parse(answer.text)).toMatchObject({ scope: 'mcp:read' });
    const useless = await service.create({ ...PUBLIC, scope: 'gone' });
    const page = await walk.browser.get(walk.authorizeUrl(useless.client_id, { scope: 'mcp:read' }));
    expect(redirectedTo(page).params).toMatchObject({ error: 'invalid_scope' });
    expect(host.log.reasons().at(-1)).toBe('scope_empty');
  });

  it.each([
    ['nothing', undefined, InvalidClientMetadataError],
    ['no redirect URI', { client_name: 'x' }, InvalidRedirectUriError],
    ['plain http', { ...PUBLIC, redirect_uris: ['http://app.example/cb'] }, InvalidRedirectUriError],
    ['an unknown method', { ...PUBLIC, token_endpoint_auth_method: 'tls_client_auth' }, InvalidClientMetadataError],
  ])('PRE-01 creates no client out of %s', async (_case, metadata, fault) => {
    const before = (await service.list()).length;
    await expect(service.create(metadata)).rejects.toThrow(fault);
    expect(await service.list()).toHaveLength(before);
  });

  it('PRE-02 lists clients of every kind in pages, and says which are confidential', async () => {
    const { client_id } = await walk.register();
    const first = await service.list({ limit: 2 });
    const rest = await service.list({ after: first.at(-1)?.clientId ?? '', limit: 1000 });
    expect(first).toHaveLength(2);
    const all = await service.list();
    expect([...first, ...rest]).toEqual(all);
    expect(all.find(({ clientId }) => clientId === client_id)).toMatchObject({
      source: 'dynamic',
      confidential: false,
      lastUsedAt: undefined,
      disabledAt: undefined,
    });
  });

  it('PRE-03 disables a client: a page at authorize, 401 at the token endpoint, and its tokens are dead', async () => {
    const { client_id } = await service.create(PUBLIC);
    const tokens = await tokensOf(client_id);
    const code = await walk.code(client_id);
    expect(await open(tokens.access_token)).toBe(200);
    expect(await service.disable(client_id)).toBe(2);
    expect(await open(tokens.access_token)).toBe(401);
    const refused = [await walk.refresh(client_id, tokens.refresh_token), await walk.redeem(client_id, code)];
    for (const { status, text } of refused)
      expect([status, JSON.parse(text)]).toMatchObject([401, { error: 'invalid_client' }]);
    expect((await walk.browser.get(walk.authorizeUrl(client_id))).status).toBe(400);
    await service.enable(client_id);
    expect((await walk.refresh(client_id, tokens.refresh_token)).status).toBe(400);
    await tokensOf(client_id);
  });

  it('PRE-03 STO-03 leaves no living grant to a client that is disabled while users approve it', async () => {
    const { client_id } = await service.create(PUBLIC);
    const walks = Array.from({ length: 6 }, () => new OAuthWalk(host.origin));
    const pages = await Promise.all(walks.map((each) => each.openConsent(client_id)));
    const approving = walks.map((each, index) => each.decide(pages[index]!));
    await Promise.all([...approving, service.disable(client_id)]);
    const living = await host.dataSource.query<unknown[]>(
      `SELECT id FROM mcp_auth_grants WHERE client_id = '${client_id}' AND revoked_at IS NULL`,
    );
    expect(living).toEqual([]);
  });

  it('CMD-16 updates a client: open requests and unredeemed codes end, living grants go on', async () => {
    const { client_id } = await service.create(PUBLIC);
    const tokens = await tokensOf(client_id);
    const code = await walk.code(client_id);
    const page = await walk.openConsent(client_id);
    const moved = { ...PUBLIC, redirect_uris: ['https://moved.example/callback'] };
    expect((await service.update(client_id, moved)).metadata.redirect_uris).toEqual(moved.redirect_uris);
    expect((await walk.decide(page)).status).toBe(400);
    expect((await walk.redeem(client_id, code)).status).toBe(400);
    expect((await walk.refresh(client_id, tokens.refresh_token)).status).toBe(200);
    await expect(service.update(client_id, { ...moved, redirect_uris: ['javascript:alert(1)'] })).rejects.toThrow(
      InvalidRedirectUriError,
    );
    expect((await service.list()).find(({ clientId }) => clientId === client_id)?.metadata.redirect_uris).toEqual(
      moved.redirect_uris,
    );
  });

  it('CAU-01 rotates a secret: the old one is void at once', async () => {
    const { client_id, client_secret = '' } = await service.create(CONFIDENTIAL);
    const secret = await service.rotateSecret(client_id);
    expect(secret).not.toBe(client_secret);
    const code = await walk.code(client_id);
    expect((await walk.redeem(client_id, code, { client_secret })).status).toBe(401);
    expect((await walk.redeem(client_id, code, { client_secret: secret })).status).toBe(200);
  });

  it('forgets the secret of a client that becomes public, and gives one to a client that becomes confidential', async () => {
    const { client_id, client_secret = '' } = await service.create(CONFIDENTIAL);
    await service.update(client_id, PUBLIC);
    await expect(service.rotateSecret(client_id)).rejects.toThrow('authenticates without a secret');
    await service.update(client_id, CONFIDENTIAL);
    const code = await walk.code(client_id);
    expect((await walk.redeem(client_id, code, { client_secret })).status).toBe(401);
    const secret = await service.rotateSecret(client_id);
    expect((await walk.redeem(client_id, code, { client_secret: secret })).status).toBe(200);
  });

  it("approves a client for a policy that answers 'pending'", async () => {
    const { client_id } = await walk.register();
    host.users.faults.set('allowClient', () => 'pending');
    expect((await walk.openConsent(client_id)).status).toBe(403);
    await service.approve(client_id);
    expect((await walk.openConsent(client_id)).status).toBe(200);
    host.users.faults.clear();
  });

  it.each(['nobody', '', null, undefined, 42, { $ne: '' }])(
    'says that there is no client %j, and touches none',
    async (nobody) => {
      const id = nobody as string;
      const before = await service.list();
      const attempts = [
        () => service.disable(id),
        () => service.enable(id),
        () => service.approve(id),
        () => service.rotateSecret(id),
        () => service.update(id, PUBLIC),
        () => service.list({ after: id ?? null }),
      ];
      for (const attempt of attempts) await expect(attempt()).rejects.toThrow(McpClientError);
      expect(await service.list()).toEqual(before);
    },
  );
});
