import { describe, expect, it } from 'vitest';
import type { McpAuthOptions } from '../../../lib/config/mcp-auth-options.js';
import type { McpAuthStaticOptions } from '../../../lib/config/mcp-auth-static-options.js';
import { PublicUrls } from '../../../lib/config/public-urls.js';
import { resolveOptions, resolveStaticOptions } from '../../../lib/config/resolve-options.js';

function urls(given: Partial<McpAuthOptions & McpAuthStaticOptions> = {}): PublicUrls {
  const users = { currentUser: () => null, fetchUserData: () => null };
  const oauthSecret = 'abcdefghijklmnopqrstuvwxyz012345';
  return new PublicUrls(resolveOptions({ users, oauthSecret, ...given }, resolveStaticOptions(given)));
}

describe('PublicUrls', () => {
  it('OPS-02 derives everything from baseUrl', () => {
    const it = urls({ baseUrl: 'https://app.example', mcpServerPath: '/api/ai', endpointPrefix: '/auth' });
    expect({
      origin: it.origin,
      issuer: it.issuer,
      issuerPath: it.issuerPath,
      resource: it.resource,
      resourceMetadata: it.resourceMetadata,
      documentation: it.documentation,
      jwks: it.jwks,
      path: it.endpointPath('authorize/resume'),
      token: it.endpoint('token'),
      secure: it.secure,
    }).toEqual({
      origin: 'https://app.example',
      issuer: 'https://app.example',
      issuerPath: '',
      resource: 'https://app.example/api/ai',
      resourceMetadata: 'https://app.example/.well-known/oauth-protected-resource/api/ai',
      documentation: 'https://app.example/api/ai/docs',
      jwks: 'https://app.example/.well-known/jwks.json',
      path: '/auth/authorize/resume',
      token: 'https://app.example/auth/token',
      secure: true,
    });
  });

  it('OPS-02 keeps an issuer with a path apart from the origin', () => {
    const it = urls({ baseUrl: 'https://app.example', issuer: 'https://app.example/tenant/one' });
    expect([it.issuer, it.issuerPath, it.origin]).toEqual([
      'https://app.example/tenant/one',
      '/tenant/one',
      'https://app.example',
    ]);
    expect(urls({ baseUrl: 'https://app.example', issuer: 'https://app.example' }).issuerPath).toBe('');
  });

  it('leaves documentation elsewhere where it is', () => {
    expect(urls({ mcpDocsUrl: 'https://docs.example/x' }).documentation).toBe('https://docs.example/x');
  });

  it('knows no origin before it listens, and only then uses the address', () => {
    const it = urls();
    expect(() => it.origin).toThrow('The public origin is unknown: set baseUrl, or let the server listen first');
    it.listensOn('http://127.0.0.1:4711');
    expect([it.issuer, it.secure]).toEqual(['http://127.0.0.1:4711', false]);
    const configured = urls({ baseUrl: 'https://app.example' });
    configured.listensOn('http://127.0.0.1:4711');
    expect(configured.origin).toBe('https://app.example');
  });
});
