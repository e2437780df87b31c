import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BUILT_IN_LANGUAGE } from '../../../lib/config/language-checks.js';
import { McpAuthConfigurationError } from '../../../lib/config/mcp-auth-configuration-error.js';
import type { McpAuthOptions } from '../../../lib/config/mcp-auth-options.js';
import { resolveOptions, resolveStaticOptions } from '../../../lib/config/resolve-options.js';
import { ecPair } from '../../support/key-pairs.js';

const users = { currentUser: () => null, fetchUserData: () => null };
const oauthSecret = 'abcdefghijklmnopqrstuvwxyz012345';
const fixed = resolveStaticOptions({});
const resolve = (given: Partial<McpAuthOptions> = {}) => resolveOptions({ users, oauthSecret, ...given }, fixed);

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(McpAuthConfigurationError);
    expect((error as Error).name).toBe('McpAuthConfigurationError');
    return (error as Error).message;
  }
  throw new Error('nothing was refused');
}

beforeEach(() => void vi.stubEnv('NODE_ENV', 'test'));
afterEach(() => void vi.unstubAllEnvs());

describe('resolveStaticOptions', () => {
  it('applies every default', () => {
    expect(resolveStaticOptions({})).toEqual({
      mcpServerPath: '/mcp',
      endpointPrefix: '/oauth',
      dataSource: undefined,
      guard: true,
    });
  });

  it('keeps what is given', () => {
    const given = { mcpServerPath: '/api/ai', endpointPrefix: '/api/auth', dataSource: 'identity', guard: false };
    expect(resolveStaticOptions({ ...given, isGlobal: false })).toEqual(given);
  });

  it.each([
    ['/mcp', '/mcp'],
    ['/mcp', '/mcp/oauth'],
    ['/oauth/mcp', '/oauth'],
    ['/MCP', '/mcp/oauth'],
    ['/oauth/mcp', '/OAuth'],
  ])('OPS-01 refuses %s and %s, which overlap', (mcpServerPath, endpointPrefix) => {
    expect(refusal(() => resolveStaticOptions({ mcpServerPath, endpointPrefix }))).toBe(
      `endpointPrefix "${endpointPrefix}" and mcpServerPath "${mcpServerPath}" overlap; choose two separate paths`,
    );
  });

  it.each([
    ['/mcp', '/mcp-oauth'],
    ['/oauth2', '/oauth'],
    ['/api/mcp', '/api/oauth'],
  ])('accepts %s and %s, which only look alike', (mcpServerPath, endpointPrefix) => {
    expect(resolveStaticOptions({ mcpServerPath, endpointPrefix })).toMatchObject({ mcpServerPath, endpointPrefix });
  });

  it('OPS-01 names the option that is no path', () => {
    expect(refusal(() => resolveStaticOptions({ mcpServerPath: 'mcp' }))).toContain(
      'mcpServerPath must be a plain path',
    );
    expect(refusal(() => resolveStaticOptions({ endpointPrefix: '/' }))).toContain(
      'endpointPrefix must be a plain path',
    );
  });
});

describe('resolveOptions', () => {
  it('OPS-05 applies every default', () => {
    expect(resolve()).toEqual({
      ...fixed,
      oauthSecrets: [oauthSecret],
      signing: { algorithm: 'HS256' },
      users,
      baseUrl: undefined,
      issuer: undefined,
      mcpDocsUrl: '/mcp/docs',
      accessTokenLifetime: 3600,
      refreshTokenLifetime: 2_592_000,
      authorizationCodeLifetime: 1800,
      authorizationRequestLifetime: 1800,
      refresh: { replayWindowSeconds: 30, absoluteLifetimeSeconds: 31_536_000 },
      revocation: { mode: 'cached', maxStalenessSeconds: 5 },
      maintenance: { enabled: true, intervalSeconds: 3600, unusedClientLifetimeSeconds: 604_800 },
      scopes: {
        'mcp:read': { name: 'Read', description: 'Read data through the MCP server', required: true },
        'mcp:write': { name: 'Write', description: 'Create and change data through the MCP server' },
      },
      defaultScopes: ['mcp:read', 'mcp:write'],
      resourceName: 'MCP server',
      allowedRedirectSchemes: ['cursor', 'vscode', 'vscode-insiders'],
      allowedOrigins: undefined,
      dynamicRegistration: true,
      clients: [],
      clientDocuments: {
        enabled: true,
        allowedHosts: undefined,
        deniedHosts: [],
        allowedPorts: [443],
        allowLoopback: false,
        tokenEndpointAudienceHosts: ['chatgpt.com'],
        proxyUrl: undefined,
      },
      rateLimits: {
        enabled: true,
        storage: undefined,
        authorizationsPerMinute: 120,
        registrationsPerMinute: 60,
        directRequestsPerMinute: 1200,
        wrongSecretsPerMinute: 20,
      },
      trustedProxies: undefined,
      views: { languages: [BUILT_IN_LANGUAGE], accent: undefined, links: [] },
      development: false,
    });
  });

  it('keeps what is given', () => {
    const given = {
      baseUrl: 'https://app.example',
      issuer: 'https://app.example/tenant',
      mcpDocsUrl: 'https://docs.example',
      accessTokenLifetime: 60,
      refreshTokenLifetime: 61,
      authorizationCodeLifetime: 62,
      authorizationRequestLifetime: 63,
      signing: { algorithm: 'HS256' as const },
      refresh: { replayWindowSeconds: 0, absoluteLifetimeSeconds: 64 },
      revocation: { mode: 'strict' as const, maxStalenessSeconds: 0 },
      maintenance: { enabled: false, intervalSeconds: 65, unusedClientLifetimeSeconds: 3600 },
      scopes: { 'a:b': { name: 'A', description: 'B' }, 'c:d': { name: 'C', description: 'D', required: true } },
      defaultScopes: ['c:d'],
      resourceName: 'Notes',
      allowedRedirectSchemes: ['zed'],
      allowedOrigins: ['https://one.example'],
      dynamicRegistration: false,
      clients: [],
      clientDocuments: {
        enabled: false,
        allowedHosts: ['a.example'],
        deniedHosts: ['b.example'],
        allowedPorts: [8443],
        allowLoopback: false,
        tokenEndpointAudienceHosts: [],
        proxyUrl: 'http://proxy.example/',
      },
      rateLimits: {
        enabled: true,
        storage: { increment: () => Promise.reject(new Error('not asked')) },
        authorizationsPerMinute: 1,
        registrationsPerMinute: 2,
        directRequestsPerMinute: 3,
        wrongSecretsPerMinute: 4,
      },
      trustedProxies: ['loopback', '10.0.0.0/8', '2001:db8::1'],
      views: { brandName: 'Acme', accentColor: '#0b6e4f', accentColorDark: '#7bdfb0' },
      development: false,
    };
    const accent = { light: '#0b6e4f', dark: '#7bdfb0' };
    const views = { brandName: 'Acme', languages: [BUILT_IN_LANGUAGE], accent, links: [] };
    expect(resolve(given)).toEqual({ ...fixed, oauthSecrets: [oauthSecret], users, ...given, views });
  });

  it('UID-01 DSC-13 knows openid with an asymmetric key, not among the defaults; in other words if the host likes', () => {
    const signing = { algorithm: 'ES256', privateKey: ecPair().privateKey } as const;
    const { scopes, defaultScopes } = resolve({ signing });
    expect(Object.keys(scopes)).toEqual(['mcp:read', 'mcp:write', 'openid']);
    expect(scopes['openid']).toMatchObject({ required: true });
    expect(defaultScopes).toEqual(['mcp:read', 'mcp:write']);
    expect(resolve({ signing, defaultScopes: ['openid', 'mcp:read'] }).defaultScopes).toEqual(['openid', 'mcp:read']);
    const views = { languages: { de: { texts: {}, scopes: { openid: { name: 'Wissen, wer Sie sind' } } } } };
    expect(() => resolve({ signing, views })).not.toThrow();
    expect(refusal(() => resolve({ views }))).toContain('names "openid", which scopes does not declare');
    expect(refusal(() => resolve({ defaultScopes: ['openid'] }))).toContain('names "openid"');
    const openid = { name: 'Own', description: 'Own' };
    expect(refusal(() => resolve({ signing, scopes: { openid } }))).toContain('"openid" is reserved');
  });

  it('CMD-10 OPS-01 measures loopback documents by the baseUrl that is configured', () => {
    const clientDocuments = { allowLoopback: true };
    expect(refusal(() => resolve({ clientDocuments, baseUrl: 'https://app.example' }))).toContain('allowLoopback');
    expect(resolve({ clientDocuments }).clientDocuments.allowLoopback).toBe(true);
  });

  it.each([
    'accessTokenLifetime',
    'refreshTokenLifetime',
    'authorizationCodeLifetime',
    'authorizationRequestLifetime',
  ] as const)('OPS-01 refuses a %s that is no number of seconds', (option) => {
    expect(refusal(() => resolve({ [option]: 0.5 }))).toBe(
      `${option} must be a whole number of seconds between 1 and 315360000; got 0.5`,
    );
  });

  it.each<[Partial<McpAuthOptions>, string]>([
    [
      { refresh: { replayWindowSeconds: 61 } },
      'refresh.replayWindowSeconds must be a whole number of seconds between 0 and 60; got 61',
    ],
    [
      { refresh: { replayWindowSeconds: -1 } },
      'refresh.replayWindowSeconds must be a whole number of seconds between 0 and 60; got -1',
    ],
    [
      { refresh: { absoluteLifetimeSeconds: 0 } },
      'refresh.absoluteLifetimeSeconds must be a whole number of seconds between 1 and 315360000; got 0',
    ],
    [
      { revocation: { maxStalenessSeconds: 61 } },
      'revocation.maxStalenessSeconds must be a whole number of seconds between 0 and 60; got 61',
    ],
    [{ revocation: { mode: 'lazy' as never } }, 'revocation.mode must be "cached" or "strict"; got "lazy"'],
    [
      { maintenance: { unusedClientLifetimeSeconds: 3599 } },
      'maintenance.unusedClientLifetimeSeconds must be a whole number of seconds between 3600 and 315360000; got 3599',
    ],
    [
      { maintenance: { intervalSeconds: 0 } },
      'maintenance.intervalSeconds must be a whole number of seconds between 1 and 604800; got 0',
    ],
  ])('OPS-01 refuses %j', (given, message) => {
    expect(refusal(() => resolve(given))).toBe(message);
  });

  it.each<[Partial<McpAuthOptions>, string]>([
    [
      { refreshTokenLifetime: 600 },
      'refreshTokenLifetime (600) is shorter than accessTokenLifetime (3600); make it longer',
    ],
    [
      { refresh: { absoluteLifetimeSeconds: 3599 } },
      'refresh.absoluteLifetimeSeconds (3599) is shorter than accessTokenLifetime (3600); make it longer',
    ],
    [{ dynamicRegistration: 'false' as never }, 'dynamicRegistration must be true or false; got "false"'],
    [{ development: 'false' as never }, 'development must be true or false; got "false"'],
    [{ maintenance: { enabled: 'false' as never } }, 'maintenance.enabled must be true or false; got "false"'],
    [
      { scopes: { ['s'.repeat(128)]: { name: 'n', description: 'd' }, ...manyScopes(8) } },
      'scopes: the names have 1160 characters together; at most 1024 are possible',
    ],
  ])('OPS-01 refuses %j too', (given, message) => {
    expect(refusal(() => resolve(given))).toBe(message);
  });

  it('takes undefined for the default, in groups as outside of them', () => {
    const nothing = { enabled: undefined, intervalSeconds: undefined } as never;
    expect(resolve({ maintenance: nothing }).maintenance).toEqual({
      enabled: true,
      intervalSeconds: 3600,
      unusedClientLifetimeSeconds: 604_800,
    });
    const given = { refresh: { replayWindowSeconds: undefined } as never, revocation: { mode: undefined } as never };
    expect(resolve(given).refresh.replayWindowSeconds).toBe(30);
    expect(resolve(given).revocation.mode).toBe('cached');
  });

  it('keeps the other defaults of a group that is given in part', () => {
    expect(resolve({ revocation: { mode: 'strict' } }).revocation).toEqual({ mode: 'strict', maxStalenessSeconds: 5 });
    expect(resolve({ refresh: { replayWindowSeconds: 5 } }).refresh.absoluteLifetimeSeconds).toBe(31_536_000);
  });

  it('OPS-01 refuses to go without users', () => {
    const none = { users: undefined } as unknown as McpAuthOptions;
    expect(refusal(() => resolve(none))).toBe('users is missing; give a McpUserAdapter object or class');
  });

  it('looks at the docs URL with the MCP path in mind', () => {
    const elsewhere = resolveStaticOptions({ mcpServerPath: '/ai' });
    expect(resolveOptions({ users, oauthSecret }, elsewhere).mcpDocsUrl).toBe('/ai/docs');
    expect(refusal(() => resolveOptions({ users, oauthSecret, mcpDocsUrl: '/AI' }, elsewhere))).toContain(
      'mcpDocsUrl equals',
    );
  });

  it('OPS-02 wants the issuer on the origin of baseUrl', () => {
    expect(resolve({ baseUrl: 'https://a.example', issuer: 'https://a.example/x' }).issuer).toBe('https://a.example/x');
    expect(refusal(() => resolve({ issuer: 'https://a.example' }))).toBe(
      'issuer "https://a.example" must be on the origin of baseUrl (undefined)',
    );
    expect(refusal(() => resolve({ baseUrl: 'https://a.example', issuer: 'https://a.example:8443' }))).toBe(
      'issuer "https://a.example:8443" must be on the origin of baseUrl ("https://a.example")',
    );
  });

  it('takes an authorizationServerUrl that is this module, by issuer or by address', () => {
    const [baseUrl, issuer] = ['https://a.example', 'https://a.example/x'];
    expect(resolve({ baseUrl, authorizationServerUrl: baseUrl }).baseUrl).toBe(baseUrl);
    expect(resolve({ baseUrl, issuer, authorizationServerUrl: issuer }).issuer).toBe(issuer);
    const sentence = 'Tokens of a separate authorization server are not supported yet; leave the option unset.';
    expect(refusal(() => resolve({ baseUrl, issuer, authorizationServerUrl: baseUrl }))).toBe(
      `authorizationServerUrl "${baseUrl}" is not this module's issuer ("${issuer}"). ${sentence}`,
    );
    expect(refusal(() => resolve({ authorizationServerUrl: baseUrl }))).toBe(
      `authorizationServerUrl "${baseUrl}" is not this module's issuer (undefined). ${sentence}`,
    );
  });

  it('OPS-06 lets development stand for loopback addresses only', () => {
    expect(resolve({ development: true }).development).toBe(true);
    expect(resolve({ development: true, baseUrl: 'http://localhost:1' }).development).toBe(true);
    expect(resolve({ development: true, baseUrl: 'https://127.0.0.1' }).development).toBe(true);
    expect(refusal(() => resolve({ development: true, baseUrl: 'https://app.example' }))).toBe(
      'development is for a loopback baseUrl; got "https://app.example"',
    );
  });

  it.each([
    [{}],
    [{ baseUrl: 'http://localhost:3000' }],
    [{ development: true }],
    [{ baseUrl: 'https://localhost', development: true }],
  ])('OPS-06 TRN-01 refuses %j in production', (given) => {
    vi.stubEnv('NODE_ENV', 'production');
    expect(refusal(() => resolve(given))).toBe(
      'NODE_ENV is production: give an https baseUrl, and no development option',
    );
  });

  it('accepts https in production, loopback included', () => {
    vi.stubEnv('NODE_ENV', 'production');
    expect(resolve({ baseUrl: 'https://app.example' }).baseUrl).toBe('https://app.example');
    expect(resolve({ baseUrl: 'https://localhost' }).baseUrl).toBe('https://localhost');
  });
});

function manyScopes(count: number): Record<string, { name: string; description: string }> {
  const names = Array.from({ length: count }, (_name, index) => `${index}${'x'.repeat(127)}`);
  return Object.fromEntries(names.map((name) => [name, { name: 'n', description: 'd' }]));
}
