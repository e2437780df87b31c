import { describe, expect, it } from 'vitest';
import { ClientKeys } from '../../../lib/clients/client-keys.js';
import type { RemoteKeys } from '../../../lib/clients/remote-keys.js';
import type { ClientMetadata } from '../../../lib/protocol/client-metadata.js';
import { registered } from '../tokens/fixture.js';
import { optionsOf } from './documents/fixture.js';

const KEYS = { keys: [{ kty: 'EC', kid: 'by value' }] };
const FAR = { keys: [{ kty: 'EC', kid: 'far away' }] };
const URI = 'https://client.example/jwks.json';

describe('ClientKeys', () => {
  const asked: unknown[][] = [];
  const remote = {
    current: async (...question: unknown[]) => (asked.push(['current', ...question]), FAR),
    newer: async (...question: unknown[]) => (asked.push(['newer', ...question]), FAR),
  };
  const keysWith = (enabled: boolean) => new ClientKeys(remote as unknown as RemoteKeys, optionsOf({ enabled }));
  const keys = keysWith(true);
  const client = (change: Partial<ClientMetadata>) => {
    const { metadata, ...rest } = registered();
    return { ...rest, metadata: { ...metadata, ...change } };
  };

  it('CAU-10 are those in the metadata, and no later ones', async () => {
    expect(await keys.current(client({ jwks: KEYS }))).toBe(KEYS);
    expect(await keys.newer(client({ jwks: KEYS }))).toBeUndefined();
    expect(asked).toEqual([]);
  });

  it('CAU-11 are those at the address, looked up for whoever asks', async () => {
    const far = client({ jwks_uri: URI });
    expect(await keys.current(far, '192.0.2.1')).toBe(FAR);
    expect(await keys.newer(far, '192.0.2.1')).toBe(FAR);
    const holder = expect.objectContaining({ id: far.id, clientId: far.clientId, uri: URI });
    expect(asked).toEqual([
      ['current', holder, '192.0.2.1'],
      ['newer', holder, '192.0.2.1'],
    ]);
  });

  it.each([
    ['pre_registered', 'own-client', true, true],
    ['document', 'https://client.example/c', true, true],
    ['document', 'https://client.example/c', false, false],
    ['document', 'https://other.example/c', true, false],
    ['document', 'https://client.example.other.example/c', true, false],
    ['document', 'https://client.example:8443/c', true, false],
    ['dynamic', 'a-client', true, false],
    ['dynamic', 'https://client.example/c', true, false],
  ] as const)('ABU-03 of a %s client %s, known: %s, have an allowance of their own: %s', async (...row) => {
    asked.length = 0;
    const [source, clientId, known, own] = row;
    const far = { ...client({ jwks_uri: URI }), source, clientId, known };
    await keys.current(far);
    await keys.newer(far);
    const holder = { id: far.id, clientId, known: own, uri: URI };
    expect(asked).toEqual([
      ['current', holder, undefined],
      ['newer', holder, undefined],
    ]);
  });

  it.each([
    ['dynamic', undefined],
    ['document', undefined],
    ['pre_registered', FAR],
  ] as const)('ABU-03 at an address of a %s client are %j when documents are off', async (source, found) => {
    asked.length = 0;
    const client = { ...registered({ source }), metadata: { ...registered().metadata, jwks_uri: URI } };
    expect(await keysWith(false).current(client)).toBe(found);
    expect(await keysWith(false).newer(client)).toBe(found);
    expect(asked).toHaveLength(found === undefined ? 0 : 2);
  });

  it('CAU-10 are none for a client that has neither', async () => {
    expect(await keys.current(client({}))).toEqual({ keys: [] });
    expect(await keys.newer(client({}))).toBeUndefined();
  });
});
