import { beforeAll, describe, expect, it } from 'vitest';
import { ClientEntity } from '../../../lib/storage/entities/client.entity.js';
import { databases, describeDatabases } from '../../support/databases.js';
import { useStorage } from '../../support/storage.js';
import { newClient, newHash, NOW } from '../../support/storage-rows.js';

describeDatabases('ClientRepository', (kind) => {
  const storage = useStorage(kind);

  it('STO-05 gives a client back exactly as it was stored, redirect URIs as a list', async () => {
    const stored = await storage.clients.insert(newClient({ secretHash: newHash() }));
    expect(await storage.clients.findByClientId(stored.clientId)).toEqual(stored);
    expect(stored.metadata.redirect_uris).toHaveLength(2);
  });

  it('fills what was left out with null and gives the row a time-ordered id', async () => {
    const first = await storage.clients.insert(newClient());
    const second = await storage.clients.insert(newClient());
    expect(first).toMatchObject({ secretHash: null, lastUsedAt: null, authorizedAt: null, disabledAt: null });
    expect(first.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(second.id > first.id).toBe(true);
  });

  it('stores a client_id of 512 characters, four bytes each', async () => {
    const clientId = '🦊'.repeat(512);
    await storage.clients.insert(newClient({ clientId, source: 'document' }));
    expect(await storage.clients.findByClientId(clientId)).toMatchObject({ clientId, source: 'document' });
  });

  it.each([
    ['an unknown client_id', 'https://client.example/nobody'],
    ['another case', 'https://client.example/Exact'],
    ['a trailing blank', 'https://client.example/exact '],
    ['an accent that some collations ignore', 'https://client.example/éxact'],
    ['a pattern that LIKE would match', 'https://client.example/%'],
  ])('STO-05 finds no client for %s', async (_case, clientId) => {
    if (!(await storage.clients.findByClientId('https://client.example/exact'))) {
      await storage.clients.insert(newClient({ clientId: 'https://client.example/exact' }));
    }
    expect(await storage.clients.findByClientId(clientId)).toBeNull();
  });

  it('STO-05 keeps two clients apart whose ids differ in case or in a trailing blank only', async () => {
    for (const clientId of ['twin', 'Twin', 'twin ']) await storage.clients.insert(newClient({ clientId }));
    for (const clientId of ['twin', 'Twin', 'twin ']) {
      expect((await storage.clients.findByClientId(clientId))?.clientId).toBe(clientId);
    }
  });

  it('refuses a second client with the same client_id', async () => {
    const { clientId } = await storage.clients.insert(newClient());
    await expect(storage.clients.insert(newClient({ clientId }))).rejects.toThrow();
    expect(await storage.dataSource.manager.countBy(ClientEntity, { clientId })).toBe(1);
  });

  it.each([
    ['undefined', undefined],
    ['null', null],
    ['an empty string', ''],
    ['an operator object', { $ne: '' }],
  ])('ABU-05 never turns %s into a query for any client', async (_case, missing) => {
    const nothing = missing as unknown as string;
    const asked = storage.clients.findByClientId(nothing);
    await expect(asked).rejects.toThrow(new TypeError('A row was looked up without a key'));
  });

  const authorize = (clientId: string, now: number) =>
    storage.transactions.run((tx) => storage.clients.authorize(clientId, now, tx));

  it('ABU-04 remembers the first approval of a client, and when the last one was', async () => {
    const { clientId } = await storage.clients.insert(newClient());
    expect(await authorize(clientId, NOW + 5)).toBe(true);
    expect(await authorize(clientId, NOW + 9)).toBe(true);
    const row = await storage.clients.findByClientId(clientId);
    expect([row?.authorizedAt, row?.lastUsedAt]).toEqual([NOW + 5, NOW + 9]);
  });

  it('PRE-03 takes no approval of a client that is disabled or gone', async () => {
    const { clientId } = await storage.clients.insert(newClient({ disabledAt: NOW }));
    expect(await authorize(clientId, NOW)).toBe(false);
    expect(await authorize(`${clientId}x`, NOW)).toBe(false);
    expect((await storage.clients.findByClientId(clientId))?.authorizedAt).toBeNull();
  });

  it('CMD-15 keeps what a document says, once for all who approve it, and leaves a disabled client disabled', async () => {
    const clientId = `https://client.example/${newHash()}`;
    const { metadata } = newClient();
    const add = (change = {}) => storage.clients.addDocument(clientId, { ...metadata, ...change }, NOW);
    await Promise.all([add(), add(), add()]);
    // Who comes later with an older copy changes nothing by it.
    await add({ client_name: 'A name of before' });
    expect(await storage.clients.findByClientId(clientId)).toMatchObject({ metadata, createdAt: NOW });
    await storage.clients.changeDocument(clientId, { ...metadata, client_name: 'Another name' });
    const row = await storage.clients.findByClientId(clientId);
    expect(row).toMatchObject({ source: 'document', metadata: { client_name: 'Another name' }, disabledAt: null });
    await storage.dataSource.query(`UPDATE mcp_auth_clients SET disabled_at = 1 WHERE id = '${row?.id}'`);
    await add();
    await storage.clients.changeDocument(clientId, metadata);
    expect((await storage.clients.findByClientId(clientId))?.disabledAt).toBe(1);
  });

  it('never turns a registered client into one that is known by a document', async () => {
    const { clientId, metadata } = await storage.clients.insert(newClient());
    await storage.clients.addDocument(clientId, { ...metadata, client_name: 'Thief' }, NOW);
    await storage.clients.changeDocument(clientId, { ...metadata, client_name: 'Thief' });
    expect(await storage.clients.findByClientId(clientId)).toMatchObject({ source: 'dynamic', metadata });
  });
});

describe('ClientRepository on a table of the host whose collation ignores case', () => {
  const storage = useStorage(databases[0]!);

  beforeAll(async () => {
    const [table] = await storage.dataSource.query<{ sql: string }[]>(
      `SELECT sql FROM sqlite_master WHERE name = 'mcp_auth_clients'`,
    );
    const own = table?.sql.replace('"client_id" varchar(512)', '$& COLLATE NOCASE') ?? '';
    for (const sql of ['DROP TABLE mcp_auth_clients', own]) await storage.dataSource.query(sql);
  });

  it('STO-05 finds no client for an id that the database takes for the same', async () => {
    const { clientId } = await storage.clients.insert(newClient({ clientId: 'https://client.example/exact' }));
    const other = clientId.toUpperCase();
    expect(await storage.dataSource.manager.countBy(ClientEntity, { clientId: other })).toBe(1);
    expect(await storage.clients.findByClientId(other)).toBeNull();
    expect((await storage.clients.findByClientId(clientId))?.clientId).toBe(clientId);
  });
});
