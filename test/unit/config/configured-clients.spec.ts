import { generateKeyPairSync } from 'node:crypto';
import type { ConfiguredClient } from 'nestjs-mcp-auth';
import { describe, expect, it } from 'vitest';
import { McpAuthConfigurationError } from '../../../lib/config/mcp-auth-configuration-error.js';
import { resolveOptions, resolveStaticOptions } from '../../../lib/config/resolve-options.js';
import { hashToken } from '../../../lib/protocol/opaque-token.js';

const users = { currentUser: () => null, fetchUserData: () => null };
const oauthSecret = 'abcdefghijklmnopqrstuvwxyz012345';
const resolve = (clients: unknown, scopes?: object) =>
  resolveOptions(
    { users, oauthSecret, clients: clients as ConfiguredClient[], ...(scopes ? { scopes: scopes as never } : {}) },
    resolveStaticOptions({}),
  ).clients;

const SECRET = 'Correct-Horse.Battery~Staple_012';
const OTHER_SECRET = 'a second secret, for the rotation!';
const REDIRECT = { redirect_uris: ['https://billing.example/callback'] };
const PUBLIC = { clientId: 'billing', token_endpoint_auth_method: 'none', ...REDIRECT } as const;
const BASIC = { clientId: 'billing', clientSecret: SECRET, ...REDIRECT } as const;
const POST = { ...BASIC, token_endpoint_auth_method: 'client_secret_post' } as const;
const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const [jwk, privateJwk] = [publicKey.export({ format: 'jwk' }), privateKey.export({ format: 'jwk' })];
const KEYED = { ...PUBLIC, token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [jwk] } } as const;

/** The message of a refusal, in which nothing is to be found that nobody may see. */
function refusal(clients: unknown, scopes?: object): string {
  let error: unknown;
  try {
    resolve(clients, scopes);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(McpAuthConfigurationError);
  const { message, stack = '', cause } = error as Error;
  expect(cause).toBeUndefined();
  for (const secret of [SECRET, OTHER_SECRET, 'short', String(privateJwk.d)])
    expect(`${message}${stack.split('\n')[0]}`).not.toContain(secret);
  return message;
}

describe('clients of the options', () => {
  it('PRE-01 PRE-02 come out as RFC 7591 reads them, each with its type and without a secret', () => {
    expect(resolve([BASIC, { ...PUBLIC, clientId: 'app', client_name: ' App\u202e ', scope: 'mcp:read' }])).toEqual([
      {
        clientId: 'billing',
        secretHashes: [hashToken(SECRET)],
        metadata: {
          ...REDIRECT,
          token_endpoint_auth_method: 'client_secret_basic',
          grant_types: ['authorization_code', 'refresh_token'],
          response_types: ['code'],
        },
      },
      {
        clientId: 'app',
        secretHashes: [],
        metadata: {
          ...REDIRECT,
          token_endpoint_auth_method: 'none',
          grant_types: ['authorization_code', 'refresh_token'],
          response_types: ['code'],
          client_name: 'App',
          scope: 'mcp:read',
        },
      },
    ]);
  });

  it('STO-04 hold nothing from which a secret could be read, however they are shown', () => {
    const clients = resolve([{ ...POST, clientSecret: [SECRET, OTHER_SECRET] }]);
    expect(clients[0]?.secretHashes).toEqual([SECRET, OTHER_SECRET].map(hashToken));
    for (const secret of [SECRET, OTHER_SECRET]) expect(JSON.stringify(clients)).not.toContain(secret);
  });

  it('PRE-01 keep keys by value or by address', () => {
    expect(resolve([KEYED])[0]).toMatchObject({ secretHashes: [], metadata: { jwks: { keys: [jwk] } } });
    const far = { ...KEYED, jwks: undefined, jwks_uri: 'https://billing.example/jwks' };
    expect(resolve([far])[0]?.metadata).toMatchObject({ jwks_uri: 'https://billing.example/jwks' });
  });

  it.each([
    ['x'.repeat(512)],
    ['a b'],
    ['urn:example:billing'],
    ['http://billing.example'],
    ['!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~'],
    ['Billing'],
  ])('PRE-01 may be called %j', (clientId) => {
    expect(resolve([{ ...PUBLIC, clientId }, PUBLIC])[0]?.clientId).toBe(clientId);
  });

  it.each([[SECRET.slice(0, 32)], ['0123456789abcdef'.repeat(32)], ['with a blank inside: !"#$&\'()*,/;<=>?@']])(
    'PRE-01 may have the secret %j',
    (clientSecret) => {
      expect(resolve([{ ...BASIC, clientSecret }])[0]?.secretHashes).toEqual([hashToken(clientSecret)]);
    },
  );

  it('PRE-01 may have "%" and "+" in a secret that goes into the form, and ":" in a name that does', () => {
    const clientSecret = `${SECRET}%2B+`;
    expect(resolve([{ ...POST, clientId: 'a:b%+', clientSecret }])[0]?.secretHashes).toEqual([hashToken(clientSecret)]);
  });

  it.each<[string, unknown]>([
    ['must be a list of clients', { billing: PUBLIC }],
    ['must be a list of clients', 'billing'],
    ['clients[0]: must be an object', [null]],
    ['clients[0]: must be an object', ['billing']],
    ['clients[1]: must be an object', [PUBLIC, [PUBLIC]]],
    ['clients[0]: clientId is missing', [{ ...PUBLIC, clientId: undefined }]],
    ['clients[0]: clientId is missing', [{ ...PUBLIC, clientId: '' }]],
    ['clients[0]: clientId is missing', [{ ...PUBLIC, clientId: 42 }]],
    ['clients[0]: clientId is missing', [{ ...REDIRECT, client_id: 'billing' }]],
    ['clients[0]: clientId is longer than 512 characters', [{ ...PUBLIC, clientId: 'x'.repeat(513) }]],
    ['clientId is an https URL', [{ ...PUBLIC, clientId: 'https://billing.example/client.json' }]],
    ['clientId is an https URL', [{ ...PUBLIC, clientId: ' HTTPS:billing' }]],
    ['clientId must be printable ASCII', [{ ...PUBLIC, clientId: 'b\u00ebta' }]],
    ['clientId must be printable ASCII', [{ ...PUBLIC, clientId: 'a\nb' }]],
    ['clientId must be printable ASCII', [{ ...PUBLIC, clientId: 'a\x7f' }]],
    ['clientId must be printable ASCII', [{ ...PUBLIC, clientId: 'billing\n' }]],
    ['clientId must be printable ASCII', [{ ...PUBLIC, clientId: ' billing' }]],
    ['clientId must be printable ASCII', [{ ...PUBLIC, clientId: 'billing ' }]],
    ['clients[2]: clientId "billing" is that of clients[0] already', [PUBLIC, { ...PUBLIC, clientId: 'b' }, BASIC]],
    ['clients[0] ("billing"): "redirectUris" is not a member', [{ ...PUBLIC, redirectUris: [] }]],
    ['"client_secret" is not a member of a client', [{ ...PUBLIC, client_secret: SECRET }]],
    ['"client_name#de" is not a member of a client', [{ ...PUBLIC, 'client_name#de': 'x' }]],
    ['"toString" is not a member of a client', [{ ...PUBLIC, toString: 'x' }]],
  ])('PRE-01 stop the boot: %s', (fault, clients) => {
    expect(refusal(clients)).toContain(fault);
  });

  it.each<[string, object]>([
    ['redirect_uris must be a non-empty array', { ...PUBLIC, redirect_uris: [] }],
    ['redirect_uris must be a non-empty array', { ...PUBLIC, redirect_uris: undefined }],
    ['A redirect URI must use https', { ...PUBLIC, redirect_uris: ['http://billing.example/cb'] }],
    ['A redirect URI has a scheme that is not allowed', { ...PUBLIC, redirect_uris: ['zed://cb'] }],
    ['token_endpoint_auth_method is not supported', { ...PUBLIC, token_endpoint_auth_method: 'client_secret_jwt' }],
    ['grant_types contains what this server', { ...PUBLIC, grant_types: ['authorization_code', 'implicit'] }],
    ['grant_types must contain authorization_code', { ...PUBLIC, grant_types: ['client_credentials'] }],
    ['response_types contains what this server', { ...PUBLIC, response_types: ['code', 'token'] }],
    ['client_name must be a string', { ...PUBLIC, client_name: 42 }],
    ['logo_uri must be an https URL', { ...PUBLIC, logo_uri: 'http://billing.example/logo' }],
    ['scope names "mcp:wirte", which scopes does not', { ...PUBLIC, scope: 'mcp:read mcp:wirte' }],
    ['scope names "constructor", which scopes does not', { ...PUBLIC, scope: 'constructor' }],
    ['clientSecret is of no use with token_endpoint_auth_method "none"', { ...PUBLIC, clientSecret: SECRET }],
    ['clientSecret is of no use with token_endpoint_auth_method "none"', { ...PUBLIC, clientSecret: [] }],
    ['clientSecret is of no use with token_endpoint_auth_method "private', { ...KEYED, clientSecret: SECRET }],
    ['private_key_jwt needs public keys', { ...KEYED, jwks: undefined }],
    ['private_key_jwt needs public keys', { ...KEYED, jwks: { keys: [] } }],
    ['jwks must hold public keys only', { ...KEYED, jwks: { keys: [jwk, privateJwk] } }],
    ['jwks and jwks_uri must not be sent together', { ...KEYED, jwks_uri: 'https://billing.example/jwks' }],
    ['jwks_uri must be an https URL', { ...KEYED, jwks: undefined, jwks_uri: 'http://billing.example/jwks' }],
    ['clientSecret is missing; client_secret_basic needs one', { clientId: 'billing', ...REDIRECT }],
    ['clientSecret is missing; client_secret_post needs one', { ...POST, clientSecret: undefined }],
    ['clientSecret is missing; client_secret_post needs one', { ...POST, clientSecret: [] }],
    ['clientSecret must be a string or a list of strings', { ...BASIC, clientSecret: null }],
    ['clientSecret must be a string or a list of strings', { ...BASIC, clientSecret: [SECRET, undefined] }],
    ['clientSecret must be a string or a list of strings', { ...BASIC, clientSecret: { secret: SECRET } }],
    ['clientSecret must have 32 to 512 characters', { ...BASIC, clientSecret: '' }],
    ['clientSecret must have 32 to 512 characters', { ...BASIC, clientSecret: 'short' }],
    ['clientSecret must have 32 to 512 characters', { ...BASIC, clientSecret: SECRET.slice(0, 31) }],
    ['clientSecret must have 32 to 512 characters', { ...POST, clientSecret: [SECRET, SECRET.slice(1)] }],
    ['clientSecret must have 32 to 512 characters', { ...BASIC, clientSecret: `${'0123456789abcdef'.repeat(32)}x` }],
    ['clientSecret must be printable ASCII', { ...BASIC, clientSecret: `${SECRET}\n` }],
    ['clientSecret must be printable ASCII', { ...BASIC, clientSecret: ` ${SECRET}` }],
    ['clientSecret must be printable ASCII', { ...BASIC, clientSecret: `${SECRET}\u00e9` }],
    ['clientSecret repeats a few characters', { ...BASIC, clientSecret: 'abcdefg'.repeat(8) }],
    ['clientSecret holds "%" or "+"', { ...BASIC, clientSecret: `${SECRET}+` }],
    ['clientSecret holds "%" or "+"', { ...BASIC, clientSecret: [SECRET, `%${SECRET}`] }],
    ['clientId holds ":", "%" or "+"', { ...BASIC, clientId: 'billing:1' }],
    ['clientId holds ":", "%" or "+"', { ...BASIC, clientId: 'billing+1' }],
    ['clientId holds ":", "%" or "+"', { ...BASIC, clientId: 'billing%1' }],
  ])('PRE-01 REG-15 stop the boot, and say whose fault it is: %s', (fault, client) => {
    const message = refusal([{ ...PUBLIC, clientId: 'first' }, client]);
    expect(message).toContain(fault);
    expect(message).toMatch(/^clients\[1\] \("billing[:+%1]*"\): /);
  });

  it('PRE-01 may have scopes and redirect schemes that the other options declare', () => {
    const scopes = { 'bills:read': { name: 'Bills', description: 'Read bills' } };
    const client = { ...PUBLIC, scope: 'bills:read', redirect_uris: ['cursor://callback', 'com.example.app:/cb'] };
    expect(resolve([client], scopes)[0]?.metadata.scope).toBe('bills:read');
    expect(refusal([client])).toContain('scope names "bills:read"');
  });
});
