import { describe, expect, it } from 'vitest';
import { ConfiguredClientSource } from '../../../lib/clients/configured-client.source.js';
import { StoredClientSource } from '../../../lib/clients/stored-client.source.js';
import type { ClientEntity } from '../../../lib/storage/entities/client.entity.js';
import { newClient } from '../../support/storage-rows.js';
import { useFrozenStorage } from '../tokens/fixture.js';

describe('whether a client is known', () => {
  const storage = useFrozenStorage();

  it.each<[boolean, string, Partial<ClientEntity>]>([
    [false, 'registered itself', {}],
    [false, 'has the keys at its address seen', { keySet: { uri: 'https://a.example/k', seenAt: 1, keys: [] } }],
    [false, 'was looked at', { lastUsedAt: 1 }],
    [true, 'a user has approved', { authorizedAt: 1 }],
    [true, 'an operator has approved', { approvedAt: 1 }],
    [true, 'an operator created', { source: 'pre_registered' }],
  ])('ABU-03 is %s for one that %s', async (known, _what, change) => {
    const { clientId } = await storage.clients.insert(newClient(change));
    expect(await new StoredClientSource(storage.clients).find(clientId)).toMatchObject({ clientId, known });
  });

  it('ABU-03 is true for one of the options', async () => {
    const { metadata } = newClient();
    const source = new ConfiguredClientSource({ clients: [{ clientId: 'own', secretHashes: [], metadata }] });
    expect(await source.find('own')).toMatchObject({ clientId: 'own', known: true });
  });
});
