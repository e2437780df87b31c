import { All, Controller, Get, type Type } from '@nestjs/common';
import type { McpAuthOptions, McpAuthStaticOptions, McpUserAdapter } from 'nestjs-mcp-auth';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ADAPTERS, EchoController, startTestApp } from '../support/test-app.js';

type Given = Partial<McpAuthOptions & McpAuthStaticOptions>;

@Controller()
class Prefixed {
  @All('mcp')
  mcp() {
    return 'mcp';
  }
}

@Controller()
class DocsOnly {
  @Get('mcp/docs')
  docs() {
    return 'docs';
  }
}

@Controller()
class CatchAll {
  @All('*')
  everything() {
    return 'everything';
  }
}

const STYLED = `<style>{{language.direction}}</style><form action="{{formAction}}">{{request}} {{csrfToken}} <button name="approved">Yes</button></form>`;

const invalid = (value: unknown): never => value as never;

/** Each refusal in its exact words. Values checked by the options alone; the unit tests have the rest. */
const REFUSALS: readonly (readonly [string, Given, string])[] = [
  [
    'a short secret',
    { oauthSecret: 'short' },
    'oauthSecret has 5 bytes; HS256 needs at least 32. Make one with: openssl rand -base64 48',
  ],
  ['no users', { users: invalid(undefined) }, 'users is missing; give a McpUserAdapter object or class'],
  [
    'users without currentUser',
    { users: invalid({ fetchUserData: () => null }) },
    'users has no method currentUser; see McpUserAdapter',
  ],
  [
    'users without fetchUserData',
    { users: invalid({ currentUser: () => null }) },
    'users has no method fetchUserData; see McpUserAdapter',
  ],
  [
    'a public http address',
    { baseUrl: 'http://app.example' },
    'baseUrl must be https (http is for loopback hosts only); got "http://app.example"',
  ],
  [
    'an issuer with a query',
    { baseUrl: 'https://app.example', issuer: 'https://app.example/?x=1' },
    'issuer must have no query, fragment or user information; got "https://app.example/?x=1"',
  ],
  [
    'an issuer with a fragment',
    { baseUrl: 'https://app.example', issuer: 'https://app.example#x' },
    'issuer must have no query, fragment or user information; got "https://app.example#x"',
  ],
  [
    'an issuer elsewhere',
    { baseUrl: 'https://app.example', issuer: 'https://other.example' },
    'issuer "https://other.example" must be on the origin of baseUrl ("https://app.example")',
  ],
  [
    'another authorization server',
    { baseUrl: 'https://app.example', authorizationServerUrl: 'https://login.example' },
    'authorizationServerUrl "https://login.example" is not this module\'s issuer ("https://app.example"). ' +
      'Tokens of a separate authorization server are not supported yet; leave the option unset.',
  ],
  [
    'an unknown default scope',
    { defaultScopes: ['mcp:delete'] },
    'defaultScopes names "mcp:delete", which scopes does not declare',
  ],
  ['no scopes', { scopes: {} }, 'scopes is empty; declare at least one scope'],
  [
    'the MCP path as its own documentation',
    { mcpDocsUrl: '/mcp' },
    'mcpDocsUrl equals mcpServerPath ("/mcp"); that would open the MCP endpoint to everybody',
  ],
  [
    'endpoints below the MCP path',
    { endpointPrefix: '/mcp/oauth' },
    'endpointPrefix "/mcp/oauth" and mcpServerPath "/mcp" overlap; choose two separate paths',
  ],
  [
    'a wildcard as MCP path',
    { mcpServerPath: '/mcp/*' },
    'mcpServerPath must be a plain path such as "/mcp", without trailing slash, wildcard or encoding; got "/mcp/*"',
  ],
  [
    'development on a public address',
    { baseUrl: 'https://app.example', development: true },
    'development is for a loopback baseUrl; got "https://app.example"',
  ],
  ['a consent template that cannot be compiled', { views: { consent: '{{#if' } }, 'views.consent: '],
  [
    'a consent template whose style is another one in another language',
    { views: { consent: STYLED, languages: { he: { texts: {} } } } },
    'views.consent: The consent template cannot be used: a <style> whose text depends on the request or its language cannot be allowed by its hash',
  ],
];

describe.each(ADAPTERS)('the boot on %s', (adapter) => {
  const boot = (options: Given, controllers: readonly Type[] = [EchoController]) =>
    startTestApp({ adapter, options, controllers }).then(
      async (host) => {
        await host.close();
        return undefined;
      },
      (error: unknown) => error as Error,
    );

  afterEach(() => void vi.unstubAllEnvs());

  it.each(REFUSALS)('OPS-01 TRN-01 refuses %s', async (_case, options, message) => {
    const refusal = await boot(options);
    expect(refusal?.name).toBe('McpAuthConfigurationError');
    if (message.endsWith(': ')) expect(refusal?.message.startsWith(message)).toBe(true);
    else expect(refusal?.message).toBe(message);
  });

  it('boots with what is refused above put right', async () => {
    const users: McpUserAdapter = { currentUser: () => null, fetchUserData: () => null };
    expect(await boot({ users, baseUrl: 'https://app.example', issuer: 'https://app.example/x' })).toBeUndefined();
  });

  it('OPS-01 RSG-05 refuses an MCP path that nothing serves, and lists what is served', async () => {
    const refusal = await boot({ mcpServerPath: '/api/mcp' });
    expect(refusal?.name).toBe('McpAuthConfigurationError');
    const routes =
      adapter === 'express'
        ? [
            '/oauth/authorize',
            '/oauth/authorize/resume',
            '/oauth/authorize/select-account',
            '/oauth/approve',
            '/oauth/authorize/select-organisation',
            '/oauth/connected-apps',
            '/oauth/connected-apps',
            '/oauth/connected-apps.json',
            '/oauth/connected-apps.json',
            '/mcp',
            '/mcp/:rest',
            '/other/endpoint',
          ]
        : undefined;
    const sentence =
      'Nothing serves mcpServerPath "/api/mcp": no route of the application is at or below it. Give the full public path, ' +
      'global prefix and version included, or mount a raw handler with app.use(path, [app.get(McpAuthMiddleware).use, handler]). Routes: ';
    expect(refusal?.message.slice(0, sentence.length)).toBe(sentence);
    const listed = refusal?.message.slice(sentence.length).split(', ') ?? [];
    if (routes) expect(listed).toEqual(routes);
    for (const route of ['/mcp', '/mcp/:rest', '/other/endpoint']) expect(listed).toContain(route);
  });

  it.each([
    ['nothing but the documentation', DocsOnly, {}],
    ['nothing but a catch-all route', CatchAll, {}],
    ['a route that only begins alike', EchoController, { mcpServerPath: '/mc' }],
    ['a route above the path', EchoController, { mcpServerPath: '/mcp/tools/deep' }],
  ])('OPS-01 RSG-05 refuses an MCP path with %s', async (_case, controller, options) => {
    expect((await boot(options, [controller]))?.message).toContain('Nothing serves mcpServerPath');
  });

  it.each([
    ['the path in another case', { mcpServerPath: '/MCP' }, EchoController],
    ['the guard off, and nothing to guard', { guard: false, mcpServerPath: '/nothing/here' }, EchoController],
    ['a global prefix that is part of the path', { mcpServerPath: '/mcp' }, Prefixed],
  ])('boots with %s', async (_case, options, controller) => {
    expect(await boot(options, [controller])).toBeUndefined();
  });

  it.each<readonly [string, Given]>([
    ['no address', {}],
    ['a loopback http address', { baseUrl: 'http://127.0.0.1:3000' }],
    ['development, even on https', { baseUrl: 'https://localhost', development: true }],
  ])('OPS-06 TRN-01 refuses %s where NODE_ENV says production', async (_case, options) => {
    vi.stubEnv('NODE_ENV', 'production');
    const refusal = await boot(options);
    expect(refusal?.name).toBe('McpAuthConfigurationError');
    expect(refusal?.message).toBe('NODE_ENV is production: give an https baseUrl, and no development option');
  });

  it('boots in production on https', async () => {
    vi.stubEnv('NODE_ENV', 'production');
    expect(await boot({ baseUrl: 'https://app.example' })).toBeUndefined();
  });

  it('never shows a secret in a refusal', async () => {
    const refusal = await boot({ oauthSecret: ['k'.repeat(31)] });
    expect(refusal?.message).toContain('has 31 bytes');
    expect(refusal?.message).not.toContain('kkk');
    expect((await boot({ oauthSecret: 'kxkxkxkxkxkxkxkxkxkxkxkxkxkxkxkxkxkx' }))?.message).toBe(
      'oauthSecret repeats a few characters; make a random one with: openssl rand -base64 48',
    );
  });
});
