import { Controller, Get } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rawRequest, steadyHeaders } from '../support/raw-http.js';
import { ADAPTERS, EchoController, startTestApp, type TestApp } from '../support/test-app.js';

/** A single-page application: whatever has no route is its index page. */
@Controller()
class SinglePage {
  @Get('*')
  index() {
    return '<html>';
  }
}

const CORS = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'WWW-Authenticate, Retry-After, Mcp-Session-Id, Mcp-Protocol-Version',
};

const protectedResource = (origin: string, issuer = origin) => ({
  resource: `${origin}/mcp`,
  authorization_servers: [issuer],
  scopes_supported: ['mcp:read', 'mcp:write', 'mcp:admin'],
  bearer_methods_supported: ['header'],
  resource_name: 'MCP server',
  resource_documentation: `${origin}/mcp/docs`,
});

const CONFIDENTIAL = ['client_secret_basic', 'client_secret_post', 'private_key_jwt'];
/** RS256 first: a client that knows one only knows that one (RFC 8414 §2). No `none`, nothing symmetric. */
const ALGORITHMS = 'RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519'.split(' ');

const authorizationServer = (origin: string, issuer = origin) => ({
  issuer,
  authorization_endpoint: `${origin}/oauth/authorize`,
  token_endpoint: `${origin}/oauth/token`,
  registration_endpoint: `${origin}/oauth/register`,
  revocation_endpoint: `${origin}/oauth/revoke`,
  introspection_endpoint: `${origin}/oauth/introspect`,
  jwks_uri: `${origin}/.well-known/jwks.json`,
  scopes_supported: ['mcp:read', 'mcp:write', 'mcp:admin'],
  response_types_supported: ['code'],
  response_modes_supported: ['query'],
  grant_types_supported: ['authorization_code', 'refresh_token'],
  token_endpoint_auth_methods_supported: ['none', ...CONFIDENTIAL],
  token_endpoint_auth_signing_alg_values_supported: ALGORITHMS,
  revocation_endpoint_auth_methods_supported: ['none', ...CONFIDENTIAL],
  revocation_endpoint_auth_signing_alg_values_supported: ALGORITHMS,
  introspection_endpoint_auth_methods_supported: CONFIDENTIAL,
  introspection_endpoint_auth_signing_alg_values_supported: ALGORITHMS,
  code_challenge_methods_supported: ['S256'],
  authorization_response_iss_parameter_supported: true,
  client_id_metadata_document_supported: true,
  service_documentation: `${origin}/mcp/docs`,
});

const openidConfiguration = (origin: string, issuer = origin) => ({
  ...authorizationServer(origin, issuer),
  subject_types_supported: ['public'],
  id_token_signing_alg_values_supported: ['HS256'],
  claims_parameter_supported: false,
  request_parameter_supported: false,
  request_uri_parameter_supported: false,
});

const PATHS = [
  '/.well-known/oauth-protected-resource',
  '/.well-known/oauth-protected-resource/mcp',
  '/.well-known/oauth-authorization-server',
  '/.well-known/openid-configuration',
  '/.well-known/jwks.json',
];

describe.each(ADAPTERS)('discovery on %s', (adapter) => {
  let host: TestApp;
  beforeAll(async () => {
    host = await startTestApp({ adapter, controllers: [EchoController, SinglePage] });
  });
  afterAll(() => host.close());

  const get = (target: string, method = 'GET') => rawRequest(host.origin, { method, target });

  it.each(['', '/mcp'])(
    'DSC-18..22 serves the protected resource metadata to the byte, at the form "%s"',
    async (form) => {
      const answer = await get(`/.well-known/oauth-protected-resource${form}`);
      expect(answer.status).toBe(200);
      expect(answer.text).toBe(JSON.stringify(protectedResource(host.origin)));
    },
  );

  it('DSC-01..13 serves the authorization server metadata to the byte', async () => {
    const answer = await get('/.well-known/oauth-authorization-server');
    expect(answer.status).toBe(200);
    expect(answer.text).toBe(JSON.stringify(authorizationServer(host.origin)));
  });

  it('DSC-03 DSC-15 serves a complete OpenID configuration with the same values', async () => {
    const answer = await get('/.well-known/openid-configuration');
    expect(answer.status).toBe(200);
    expect(answer.text).toBe(JSON.stringify(openidConfiguration(host.origin)));
  });

  it('DSC-14 serves an empty key set: an HMAC key is nobody else’s business', async () => {
    const answer = await get('/.well-known/jwks.json');
    expect([answer.status, answer.text]).toEqual([200, '{"keys":[]}']);
  });

  it.each(PATHS)('DSC-24 TRN-04 TRN-06 sends exactly the headers of a public document with %s', async (path) => {
    const answer = await get(path);
    expect(steadyHeaders(answer)).toEqual({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'public, max-age=300',
      'content-length': String(answer.text.length),
      'x-content-type-options': 'nosniff',
      ...CORS,
    });
  });

  it.each(PATHS)('DSC-24 changes no byte of %s for a protocol version, an Accept header or a query', async (path) => {
    const baseline = await get(path);
    const headers = [
      ['MCP-Protocol-Version', '1999-01-01'],
      ['Accept', 'text/html'],
      ['Authorization', 'Bearer nonsense'],
      ['Cookie', 'session=ada'],
    ] as const;
    const answer = await rawRequest(host.origin, { target: `${path}?issuer=https://evil.example`, headers });
    expect([answer.status, answer.text, steadyHeaders(answer)]).toEqual([200, baseline.text, steadyHeaders(baseline)]);
  });

  it.each(PATHS)('answers HEAD %s like GET, without the body', async (path) => {
    const [document, head] = [await get(path), await get(path, 'HEAD')];
    expect([head.status, steadyHeaders(head), head.text]).toEqual([200, steadyHeaders(document), '']);
  });

  it.each([
    ...PATHS.flatMap((path) => ['POST', 'PUT', 'DELETE', 'PATCH'].map((method) => [method, path, 'GET'] as const)),
    ...['GET', 'HEAD', 'PUT', 'DELETE'].flatMap((method) =>
      ['/oauth/token', '/oauth/register'].map((path) => [method, path, 'POST'] as const),
    ),
  ])('refuses %s %s with 405 and Allow: %s', async (method, path, allow) => {
    const answer = await get(path, method);
    const body = { error: 'invalid_request', error_description: 'Method not allowed' };
    expect(answer.status).toBe(405);
    expect(steadyHeaders(answer)).toEqual({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      'content-length': String(JSON.stringify(body).length),
      'x-content-type-options': 'nosniff',
      allow,
      ...CORS,
    });
    expect(answer.text).toBe(method === 'HEAD' ? '' : JSON.stringify(body));
  });

  it.each([
    ...['HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'].map((method) => [method, '/oauth/authorize', 'GET, POST']),
    ...['HEAD', 'POST', 'PUT', 'OPTIONS'].map((method) => [method, '/oauth/authorize/resume', 'GET']),
    ...['HEAD', 'POST', 'OPTIONS'].map((method) => [method, '/oauth/authorize/select-account', 'GET']),
    ...['GET', 'HEAD', 'OPTIONS'].map((method) => [method, '/oauth/authorize/select-organisation', 'POST']),
    ...['GET', 'HEAD', 'PUT', 'OPTIONS'].map((method) => [method, '/oauth/approve', 'POST']),
  ])('refuses %s %s with 405 and Allow: %s, for no other origin to read', async (method, path, allow) => {
    const answer = await get(path ?? '', method);
    expect(answer.status).toBe(405);
    expect(answer.header('allow')).toBe(allow);
    expect(Object.keys(steadyHeaders(answer)).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  it.each([
    '/.well-known/oauth-protected-resource/',
    '/.well-known/oauth-protected-resource/other',
    '/.well-known/oauth-protected-resource/mcp/',
    '/.well-known/oauth-protected-resource/MCP',
    '/.well-known/oauth-protected-resource/mcp/x',
    '/.well-known/oauth-authorization-server/',
    '/.well-known/oauth-authorization-server/mcp',
    '/.well-known/oauth-authorization-server/..%2f',
    '/.well-known/openid-configuration/mcp',
    '/.well-known/oauth-anything',
    '/mcp/.well-known/openid-configuration',
    '/mcp/.well-known/oauth-authorization-server',
    '/mcp/.well-known/oauth-protected-resource',
    '//.well-known/oauth-authorization-server',
    '/.well-known/jwks.json/x',
  ])('DSC-23 answers %s with a clean 404, past the single-page application and without a token', async (target) => {
    const answer = await get(target);
    const body = '{"error":"not_found","error_description":"No such document"}';
    expect([answer.status, answer.text]).toEqual([404, body]);
    expect(steadyHeaders(answer)).toEqual({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      'content-length': String(body.length),
      'x-content-type-options': 'nosniff',
      ...CORS,
    });
  });

  it('leaves other well-known documents to the host', async () => {
    expect((await get('/.well-known/security.txt')).text).toBe('<html>');
    expect((await get('/oauth-protected-resource')).text).toBe('<html>');
  });
});

describe.each(ADAPTERS)('discovery of a configured host on %s', (adapter) => {
  it('DSC-01..03 DSC-20 DSC-23 OPS-02 serves an issuer with a path in three forms, and at the root to nobody', async () => {
    const [baseUrl, issuer] = ['https://app.example', 'https://app.example/tenant/one'];
    const host = await startTestApp({
      adapter,
      options: { baseUrl, issuer },
      controllers: [EchoController, SinglePage],
    });
    const text = async (target: string) => {
      const answer = await rawRequest(host.origin, { target });
      return [answer.status, answer.text];
    };
    const [metadata, openid] = [authorizationServer(baseUrl, issuer), openidConfiguration(baseUrl, issuer)];
    expect(await text('/.well-known/oauth-authorization-server/tenant/one')).toEqual([200, JSON.stringify(metadata)]);
    expect(await text('/.well-known/openid-configuration/tenant/one')).toEqual([200, JSON.stringify(openid)]);
    expect(await text('/tenant/one/.well-known/openid-configuration')).toEqual([200, JSON.stringify(openid)]);
    for (const target of [
      '/.well-known/oauth-authorization-server',
      '/.well-known/openid-configuration',
      '/.well-known/oauth-authorization-server/tenant',
      '/.well-known/oauth-authorization-server/tenant/one/',
      '/tenant/one/.well-known/oauth-authorization-server',
    ]) {
      expect(await text(target)).toEqual([404, '{"error":"not_found","error_description":"No such document"}']);
    }
    const resource = await text('/.well-known/oauth-protected-resource/mcp');
    expect(resource).toEqual([200, JSON.stringify(protectedResource(baseUrl, issuer))]);
    await host.close();
  });

  it('DSC-04 DSC-19 names everything by the paths, texts and scopes of the host', async () => {
    @Controller()
    class Served {
      @Get('api/v1/ai')
      ai() {
        return 'ai';
      }
    }
    const host = await startTestApp({
      adapter,
      controllers: [Served],
      options: {
        baseUrl: 'https://app.example:8443',
        mcpServerPath: '/api/v1/ai',
        endpointPrefix: '/auth/mcp',
        mcpDocsUrl: 'https://docs.example/mcp',
        resourceName: 'Notes “of” Ada',
        scopes: {
          'notes:read': { name: 'Read', description: 'Read' },
          'notes:write': { name: 'Write', description: 'Write' },
        },
        defaultScopes: ['notes:read'],
      },
    });
    const origin = 'https://app.example:8443';
    const json = async (target: string) =>
      JSON.parse((await rawRequest(host.origin, { target })).text) as Record<string, unknown>;
    expect(await json('/.well-known/oauth-protected-resource/api/v1/ai')).toEqual({
      resource: `${origin}/api/v1/ai`,
      authorization_servers: [origin],
      scopes_supported: ['notes:read'],
      bearer_methods_supported: ['header'],
      resource_name: 'Notes “of” Ada',
      resource_documentation: 'https://docs.example/mcp',
    });
    expect(await json('/.well-known/oauth-authorization-server')).toEqual({
      ...authorizationServer(origin),
      authorization_endpoint: `${origin}/auth/mcp/authorize`,
      token_endpoint: `${origin}/auth/mcp/token`,
      registration_endpoint: `${origin}/auth/mcp/register`,
      revocation_endpoint: `${origin}/auth/mcp/revoke`,
      introspection_endpoint: `${origin}/auth/mcp/introspect`,
      scopes_supported: ['notes:read', 'notes:write'],
      service_documentation: 'https://docs.example/mcp',
    });
    expect((await json('/.well-known/oauth-protected-resource/mcp'))['error']).toBe('not_found');
    const challenge = (await rawRequest(host.origin, { target: '/api/v1/ai' })).header('www-authenticate');
    expect(challenge).toBe(
      `Bearer resource_metadata="${origin}/.well-known/oauth-protected-resource/api/v1/ai", scope="notes:read"`,
    );
    await host.close();
  });

  it('TRN-06 pins https, where the public origin is https', async () => {
    const host = await startTestApp({ adapter, options: { baseUrl: 'https://app.example' } });
    for (const target of [
      '/.well-known/jwks.json',
      '/mcp',
      '/oauth/token',
      '/.well-known/oauth-x',
      '/oauth/authorize',
    ]) {
      const answer = await rawRequest(host.origin, { target });
      expect([target, answer.header('strict-transport-security')]).toEqual([target, 'max-age=31536000']);
    }
    await host.close();
  });

  it('DSC-12 names and serves no registration endpoint when dynamic registration is off', async () => {
    const host = await startTestApp({ adapter, options: { dynamicRegistration: false } });
    for (const target of ['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration']) {
      expect((await rawRequest(host.origin, { target })).text).not.toContain('register');
    }
    const answer = await rawRequest(host.origin, {
      method: 'POST',
      target: '/oauth/register',
      headers: [['Content-Type', 'application/json']],
      body: '{"redirect_uris":["https://client.example/callback"],"token_endpoint_auth_method":"none"}',
    });
    expect(answer.status).toBe(404);
    expect(await host.dataSource.query('SELECT count(*) AS n FROM mcp_auth_clients')).toEqual([{ n: 0 }]);
    await host.close();
  });

  it('DSC-11 offers client metadata documents unless they are switched off', async () => {
    for (const enabled of [true, false]) {
      const host = await startTestApp({ adapter, options: { clientDocuments: { enabled } } });
      for (const target of ['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration']) {
        const document = JSON.parse((await rawRequest(host.origin, { target })).text) as Record<string, unknown>;
        expect(document['client_id_metadata_document_supported']).toBe(enabled ? true : undefined);
      }
      await host.close();
    }
  });

  it('DSC-11 DSC-12 DSC-16 advertises nothing that is not there', async () => {
    const host = await startTestApp({ adapter, options: { clientDocuments: { enabled: false } } });
    const target = '/.well-known/openid-configuration';
    const document = JSON.parse((await rawRequest(host.origin, { target })).text) as Record<string, unknown>;
    for (const member of [
      'client_id_metadata_document_supported',
      'userinfo_endpoint',
      'pushed_authorization_request_endpoint',
      'device_authorization_endpoint',
      'authorization_grant_profiles_supported',
      'dpop_signing_alg_values_supported',
    ]) {
      expect(Object.keys(document)).not.toContain(member);
    }
    for (const path of ['userinfo', 'par', 'device']) {
      expect((await rawRequest(host.origin, { method: 'POST', target: `/oauth/${path}` })).status).toBe(404);
    }
    await host.close();
  });
});
