import { beforeAll, expect, it } from 'vitest';
import { SeenKeySetRepository } from '../../../lib/storage/repositories/seen-key-set.repository.js';
import { describeDatabases } from '../../support/databases.js';
import { useStorage } from '../../support/storage.js';
import { newClient, NOW } from '../../support/storage-rows.js';

describeDatabases('SeenKeySetRepository', (kind) => {
  const storage = useStorage(kind);
  let rows: SeenKeySetRepository;
  beforeAll(() => {
    rows = new SeenKeySetRepository(storage.dataSource, storage.transactions);
  });
  const seen = {
    keys: [
      { kty: 'EC', kid: 'né “1”' },
      { kty: 'RSA', n: 'n'.repeat(1366), e: 'AQAB' },
    ],
    seenAt: NOW,
  };

  it('CAU-11 remembers the keys of one client, and leaves the others alone', async () => {
    const [mine, other] = [await storage.clients.insert(newClient()), await storage.clients.insert(newClient())];
    expect(await rows.find(mine.id)).toBeNull();
    await rows.save(mine.id, { ...seen, uri: 'https://a.example/jwks.json' });
    await rows.save(mine.id, { ...seen, uri: 'https://b.example/jwks.json' });
    expect(await rows.find(mine.id)).toEqual({ ...seen, uri: 'https://b.example/jwks.json' });
    expect(await rows.find(other.id)).toBeNull();
    const { metadata, createdAt, authorizedAt } = mine;
    expect(await storage.clients.findByClientId(mine.clientId)).toMatchObject({ metadata, createdAt, authorizedAt });
  });

  it('knows nothing of a client that is not there, and never takes a missing key for all of them', async () => {
    expect(await rows.find('nobody')).toBeNull();
    await rows.save('nobody', { ...seen, uri: 'https://a.example' });
    await expect(rows.find('')).rejects.toThrow(TypeError);
    await expect(rows.save('', { ...seen, uri: 'https://a.example' })).rejects.toThrow(TypeError);
  });
});
