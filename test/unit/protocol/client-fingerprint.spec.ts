import { describe, expect, it } from 'vitest';
import { clientFingerprint } from '../../../lib/protocol/client-fingerprint.js';
import type { ClientMetadata } from '../../../lib/protocol/client-metadata.js';

const KEY = { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' };
const metadata: ClientMetadata = {
  redirect_uris: ['https://client.example/a', 'https://client.example/b'],
  token_endpoint_auth_method: 'private_key_jwt',
  grant_types: ['authorization_code'],
  response_types: ['code'],
  client_name: 'A client',
  jwks: { keys: [KEY] },
};

describe('clientFingerprint', () => {
  it('CMD-16 is a SHA-256 that two equal clients share, in whatever order their members come', () => {
    const { x, y, crv, kty } = KEY;
    const shuffled = {
      ...Object.fromEntries(Object.entries(metadata).toReversed()),
      jwks: { keys: [{ y, x, crv, kty }] },
    };
    expect(clientFingerprint(metadata)).toMatch(/^[0-9a-f]{64}$/);
    expect(clientFingerprint(shuffled as unknown as ClientMetadata)).toBe(clientFingerprint(metadata));
  });

  it.each<[string, Partial<ClientMetadata>]>([
    ['another redirect URI', { redirect_uris: ['https://client.example/a', 'https://client.example/c'] }],
    ['one redirect URI less', { redirect_uris: ['https://client.example/a'] }],
    ['redirect URIs in another order', { redirect_uris: metadata.redirect_uris.toReversed() }],
    ['one redirect URI instead of two', { redirect_uris: ['https://client.example/a,https://client.example/b'] }],
    ['another name', { client_name: 'Another client' }],
    ['a logo', { logo_uri: 'https://client.example/logo.png' }],
    ['another method', { token_endpoint_auth_method: 'none' }],
    ['another key', { jwks: { keys: [{ ...KEY, x: 'z' }] } }],
    ['keys by reference', { jwks_uri: 'https://client.example/keys' }],
  ])('CMD-16 changes with %s', (_case, change) => {
    expect(clientFingerprint({ ...metadata, ...change })).not.toBe(clientFingerprint(metadata));
  });

  it.each<[string, Partial<ClientMetadata>]>([
    ['contacts', { contacts: ['ops@client.example'] }],
    ['terms', { tos_uri: 'https://client.example/terms' }],
    ['a version', { software_version: '2' }],
    ['an informative scope', { scope: 'mcp:read' }],
  ])('does not change with %s', (_case, change) => {
    expect(clientFingerprint({ ...metadata, ...change })).toBe(clientFingerprint(metadata));
  });
});
