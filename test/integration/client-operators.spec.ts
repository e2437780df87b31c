import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { McpClientError, McpClientService } from '../../lib/index.js';
import { ClientRepository } from '../../lib/storage/repositories/client.repository.js';
import { type Transaction, TransactionRunner } from '../../lib/storage/transaction-runner.js';
import { describeDatabases, type TestDatabase } from '../support/databases.js';
import { OAuthWalk, REDIRECT_URI } from '../support/oauth-walk.js';
import { PublishedDocuments } from '../support/published-documents.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const CALLBACK = 'https://localhost/callback';
const METADATA = { redirect_uris: [REDIRECT_URI], client_name: 'Our own app' };
const CONFIDENTIAL = { ...METADATA, token_endpoint_auth_method: 'client_secret_post' };
const CROWD = 24;

describeDatabases('what operators decide about clients', (kind) => {
  let database: TestDatabase;
  let vendor: PublishedDocuments;
  let host: TestApp;
  let service: McpClientService;
  let walk: OAuthWalk;
  beforeAll(async () => {
    database = await kind.create();
    vendor = await PublishedDocuments.start();
    host = await startTestApp({
      adapter: 'express',
      database: database.options,
      options: { clientDocuments: { allowLoopback: true } },
      configure: (app) => vendor.trustedBy(app),
    });
    service = host.app.get(McpClientService);
    walk = new OAuthWalk(host.origin);
  });
  afterAll(async () => {
    await host?.close();
    await vendor?.close();
    await database?.drop();
  });
  afterEach(() => host.users.faults.clear());

  const publish = (path: string, change = {}): string => {
    const client_id = vendor.origin + path;
    vendor.serve({ [path]: { client_id, client_name: 'Engine', redirect_uris: [CALLBACK], ...change } });
    return client_id;
  };
  const consent = (clientId: string, at = walk, redirect_uri = CALLBACK) =>
    at.openConsent(clientId, 'ada', { redirect_uri });
  const holdBack = () => host.users.faults.set('allowClient', () => 'pending');

  it('CMD-17 PRE-03 approves a document client before any user has, and only as it is', async () => {
    const clientId = publish('/held-back');
    holdBack();
    expect((await consent(clientId)).status).toBe(403);
    await service.approve(clientId);
    expect((await consent(clientId)).status).toBe(200);
    expect((await service.list({ limit: 1000 })).find((client) => client.clientId === clientId)).toMatchObject({
      source: 'document',
      lastUsedAt: undefined,
    });
    for (const change of [{ client_name: 'Bank of Trust' }, { redirect_uris: [CALLBACK, 'https://evil.example/cb'] }]) {
      publish('/held-back', change);
      host.clock.advance(301);
      expect((await consent(clientId)).status).toBe(403);
      await service.approve(clientId);
      expect((await consent(clientId)).status).toBe(200);
    }
    // Approved as the document says now, not as anybody has seen it.
    publish('/held-back', { client_name: 'Engine of today' });
    host.clock.advance(301);
    await service.approve(clientId);
    expect((await consent(clientId)).status).toBe(200);
    // Nothing that anybody decides by.
    publish('/held-back', { client_name: 'Engine of today', contacts: ['a@example.com'] });
    host.clock.advance(301);
    expect((await consent(clientId)).status).toBe(200);
  });

  it('CMD-17 PRE-03 approves what a document says now, whatever is kept of it, and says what that was', async () => {
    const clientId = publish('/two-faced', { client_name: 'Bank of Trust' });
    holdBack();
    expect((await consent(clientId)).status).toBe(403);
    publish('/two-faced');
    const approved = await service.approve(clientId);
    expect(approved).toMatchObject({ clientId, source: 'document', metadata: { client_name: 'Engine' } });
    expect(approved).toEqual((await service.list({ limit: 1000 })).find((client) => client.clientId === clientId));
    const page = await consent(clientId);
    expect([page.status, page.text.includes('Engine'), page.text.includes('Bank of Trust')]).toEqual([
      200,
      true,
      false,
    ]);
    // What was said before is another client, to an operator who says yes once more too.
    publish('/two-faced', { client_name: 'Bank of Trust' });
    host.clock.advance(301);
    expect((await consent(clientId)).status).toBe(403);
    publish('/two-faced');
    const again = await service.approve(clientId);
    expect(again).toMatchObject({ metadata: { client_name: 'Engine' } });
    expect(again).toEqual((await service.list({ limit: 1000 })).find((client) => client.clientId === clientId));
    expect((await consent(clientId)).status).toBe(200);
  });

  it('PRE-03 says what it approved of a client that registered itself', async () => {
    const { client_id: clientId } = await walk.register();
    const approved = await service.approve(clientId);
    expect(approved).toMatchObject({ clientId, source: 'dynamic', approvedAt: expect.any(Date) });
    expect(approved).toEqual((await service.list({ limit: 1000 })).find((client) => client.clientId === clientId));
  });

  it('PRE-03 disables a document client before anybody has used it, and one whose document is away', async () => {
    const clientId = publish('/unwanted');
    expect(await service.disable(clientId)).toBe(0);
    expect((await consent(clientId)).status).toBe(400);
    const used = publish('/used');
    await walk.code(used, 'ada', { redirect_uri: CALLBACK });
    vendor.server.forget('/used');
    host.clock.advance(301);
    expect(await service.disable(used)).toBe(1);
  });

  it.each(['https://localhost:1/nothing', 'https://localhost/', 'http://localhost/c', 'https://10.0.0.1/c'])(
    'CMD-09 says why it cannot approve %s, and stores nothing',
    async (clientId) => {
      const before = (await service.list({ limit: 1000 })).length;
      await expect(service.approve(clientId)).rejects.toThrow(McpClientError);
      await expect(service.disable(clientId)).rejects.toThrow(McpClientError);
      expect(await service.list({ limit: 1000 })).toHaveLength(before);
    },
  );

  it('CMD-02 changes nothing of a client that is what its document says', async () => {
    const clientId = publish('/own-words');
    await service.approve(clientId);
    await expect(service.update(clientId, CONFIDENTIAL)).rejects.toThrow('what its document says');
    await expect(service.rotateSecret(clientId)).rejects.toThrow('what its document says');
    const row = (await service.list({ limit: 1000 })).find((client) => client.clientId === clientId);
    expect(row).toMatchObject({ confidential: false, metadata: { client_name: 'Engine' } });
  });

  it('CAU-01 keeps a secret that was rotated while the client was being changed', async () => {
    const { client_id, client_secret: leaked = '' } = await service.create(CONFIDENTIAL);
    const clients = host.app.get(ClientRepository, { strict: false });
    const find = clients.findByClientId.bind(clients);
    let secret = '';
    Object.assign(clients, {
      findByClientId: async (clientId: string) => {
        const row = await find(clientId);
        Object.assign(clients, { findByClientId: find });
        secret = await service.rotateSecret(client_id);
        return row;
      },
    });
    await service.update(client_id, { ...CONFIDENTIAL, client_name: 'Renamed' });
    const code = await walk.code(client_id);
    expect((await walk.redeem(client_id, code, { client_secret: leaked })).status).toBe(401);
    expect((await walk.redeem(client_id, code, { client_secret: secret })).status).toBe(200);
  });

  it('PRE-03 keeps the approval of a client that the operator changes, and gives none by it', async () => {
    const approved = (await service.create({ ...METADATA, token_endpoint_auth_method: 'none' })).client_id;
    await service.approve(approved);
    const { client_id: dynamic } = await walk.register();
    holdBack();
    for (const [clientId, status] of [
      [approved, 200],
      [dynamic, 403],
    ] as const) {
      await service.update(clientId, { ...METADATA, client_name: 'Renamed', token_endpoint_auth_method: 'none' });
      expect((await consent(clientId, walk, REDIRECT_URI)).status).toBe(status);
    }
  });

  it.each([true, false])(
    'CMD-15 STO-03 lets many users approve one document client at once, known before: %s',
    async (known) => {
      const clientId = publish(`/crowd-${known}`);
      if (known) await walk.code(clientId, 'ada', { redirect_uri: CALLBACK });
      const walks = Array.from({ length: CROWD }, () => new OAuthWalk(host.origin));
      const pages = await Promise.all(walks.map((each) => consent(clientId, each)));
      const answers = await Promise.all(walks.map((each, index) => each.decide(pages[index]!)));
      expect(answers.map(({ status }) => status)).toEqual(Array(CROWD).fill(200));
    },
  );

  it('PRE-03 gives no grant to a client that is disabled after it was looked up', async () => {
    const { client_id } = await service.create({ ...METADATA, token_endpoint_auth_method: 'none' });
    const page = await consent(client_id, walk, REDIRECT_URI);
    let disabled = false;
    host.users.faults.set('validateScopeForUser', async () => {
      if (!disabled) await service.disable(client_id);
      return (disabled = true);
    });
    const answer = await walk.decide(page);
    expect([disabled, answer.status, host.log.reasons().at(-1)]).toEqual([true, 400, 'client_gone']);
    const grants = `SELECT id FROM mcp_auth_grants WHERE client_id = '${client_id}' AND revoked_at IS NULL`;
    expect(await host.dataSource.query<unknown[]>(grants)).toEqual([]);
  });

  // SQLite has one writer: nobody comes between the look and the deletion.
  if (kind.name !== 'better-sqlite3')
    it('ABU-04 deletes no client that is approved after it was found unused', async () => {
      const { client_id } = await walk.register();
      const clients = host.app.get(ClientRepository, { strict: false });
      const transactions = host.app.get(TransactionRunner, { strict: false });
      const run = transactions.run.bind(transactions);
      const approve = () =>
        host.dataSource.transaction((other) => clients.authorize(client_id, 5, other as Transaction));
      const approvedAfterLook = (tx: Transaction): Transaction =>
        new Proxy(tx, {
          get(target, name) {
            const member: unknown = Reflect.get(target, name);
            if (typeof member !== 'function') return member;
            if (name !== 'find') return member.bind(target) as unknown;
            return async (...given: unknown[]): Promise<unknown> => {
              const rows: unknown = await (member as (...args: unknown[]) => Promise<unknown>).apply(target, given);
              await approve();
              return rows;
            };
          },
        });
      Object.assign(transactions, {
        run: (work: (tx: Transaction) => Promise<unknown>) => run((tx) => work(approvedAfterLook(tx))),
      });
      await clients.deleteUnused(host.clock.now() + 1, 100).finally(() => Object.assign(transactions, { run }));
      expect((await clients.findByClientId(client_id))?.authorizedAt).toBe(5);
    });
});
