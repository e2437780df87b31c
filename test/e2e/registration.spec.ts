import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ClientEntity } from '../../lib/storage/entities/client.entity.js';
import { OAuthWalk } from '../support/oauth-walk.js';
import { ADAPTERS, startTestApp, type TestApp } from '../support/test-app.js';

const MINIMUM = { redirect_uris: ['https://client.example/callback'] };

interface Registration {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

describe.each(ADAPTERS)('client registration on %s', (adapter) => {
  let host: TestApp;
  beforeAll(async () => {
    host = await startTestApp({ adapter });
  });
  afterAll(() => host.close());

  async function post(body: unknown, contentType: string | undefined = 'application/json'): Promise<Registration> {
    const response = await fetch(`${host.origin}/oauth/register`, {
      method: 'POST',
      headers: contentType === undefined ? {} : { 'content-type': contentType },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return {
      status: response.status,
      headers: response.headers,
      body: (await response.json()) as Record<string, unknown>,
    };
  }

  const register = async (metadata: object): Promise<Record<string, unknown>> => {
    const { status, body } = await post({ ...MINIMUM, ...metadata });
    expect({ status, ...body }).toMatchObject({ status: 201 });
    return body;
  };

  const stored = (): Promise<number> => host.dataSource.getRepository(ClientEntity).count();

  async function expectRefused(body: unknown, error: string, contentType?: string): Promise<void> {
    const before = await stored();
    const answer = await post(body, contentType);
    expect({ status: answer.status, ...answer.body }).toEqual({
      status: 400,
      error,
      error_description: expect.any(String),
    });
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(await stored()).toBe(before);
  }

  describe('an accepted one', () => {
    it.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON'])(
      'REG-01 TRN-03 is 201, JSON, and not to be stored (%s)',
      async (contentType) => {
        const { status, headers } = await post(MINIMUM, contentType);
        expect(status).toBe(201);
        expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
        expect(headers.get('cache-control')).toBe('no-store');
      },
    );

    it('REG-03 REG-04 has a random client_id of the server, whatever the client sent', async () => {
      const sent = {
        client_id: 'mine',
        client_secret: 'mine',
        client_id_issued_at: 1,
        client_secret_expires_at: 1,
        registration_access_token: 'mine',
        registration_client_uri: 'https://client.example/x',
      };
      const ids = await Promise.all(Array.from({ length: 5 }, async () => (await register(sent))['client_id']));
      for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_-]{43}$/);
      expect(new Set(ids).size).toBe(5);
    });

    it('REG-04 REG-20 has nothing else the client sent, nor a way to manage it', async () => {
      const body = await register({
        client_id: 'mine',
        client_secret: 'mine',
        client_id_issued_at: 1,
        registration_access_token: 'mine',
        registration_client_uri: 'https://client.example/x',
        unknown: { a: 1 },
        software_statement: 'x.y.z',
      });
      expect(Object.keys(body).sort()).toEqual([
        'client_id',
        'client_id_issued_at',
        'client_secret',
        'client_secret_expires_at',
        'grant_types',
        'redirect_uris',
        'response_types',
        'token_endpoint_auth_method',
      ]);
      expect(body['client_secret']).not.toBe('mine');
      expect(Math.abs(Number(body['client_id_issued_at']) * 1000 - host.clock.now())).toBeLessThan(10_000);
    });

    it('REG-05 repeats everything it registered, and no null', async () => {
      const metadata = {
        redirect_uris: ['https://client.example/a', 'http://127.0.0.1/b', 'cursor://anysphere/c'],
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        client_name: 'Näme “quoted” 客户端 🦊',
        client_uri: 'https://client.example',
        logo_uri: 'https://client.example/logo.png',
        tos_uri: 'https://client.example/tos',
        policy_uri: 'https://client.example/policy',
        contacts: ['ops@client.example'],
        scope: 'mcp:read mcp:unheard_of',
        software_id: 'an-id',
        software_version: '1.2.3',
        application_type: 'native',
      };
      const { client_id, client_id_issued_at, ...rest } = await register(metadata);
      expect([typeof client_id, typeof client_id_issued_at]).toEqual(['string', 'number']);
      expect(rest).toEqual(metadata);
      expect(Object.values(await register({}))).not.toContain(null);
    });

    it.each([
      ['none', []],
      ['client_secret_basic', ['client_secret', 'client_secret_expires_at']],
      ['client_secret_post', ['client_secret', 'client_secret_expires_at']],
    ])(
      'REG-06 STO-01 with %s has a secret exactly where one is needed, and keeps its hash only',
      async (method, members) => {
        const body = await register({ token_endpoint_auth_method: method });
        expect(
          Object.keys(body)
            .filter((name) => name.startsWith('client_secret'))
            .sort(),
        ).toEqual(members);
        const row = await host.dataSource
          .getRepository(ClientEntity)
          .findOneByOrFail({ clientId: String(body['client_id']) });
        expect(row.secretHash === null).toBe(members.length === 0);
        if (members.length === 0) return;
        expect(body['client_secret']).toMatch(/^[A-Za-z0-9_-]{43}$/);
        expect(body['client_secret_expires_at']).toBe(0);
        expect(JSON.stringify(row)).not.toContain(body['client_secret']);
      },
    );

    it('REG-07 has the defaults, and says so', async () => {
      expect(await register({})).toMatchObject({
        token_endpoint_auth_method: 'client_secret_basic',
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
      });
    });

    it.each([
      'https://client.example/callback?tenant=7',
      'http://localhost/callback',
      'http://localhost:1/callback',
      'http://127.0.0.1:65535/',
      'http://[::1]/callback',
      'cursor://anysphere.cursor-mcp/oauth',
      'vscode://x/y',
      'com.example.app:/callback',
    ])('REG-10 REG-11 may redirect to %s', async (uri) => {
      expect((await register({ redirect_uris: [uri] }))['redirect_uris']).toEqual([uri]);
    });

    it.each([
      [{ application_type: 'native', redirect_uris: ['https://client.example/callback'] }],
      [{ application_type: 'web', redirect_uris: ['http://127.0.0.1/callback'] }],
      [{ application_type: 'nonsense' }],
      [{ application_type: 7 }],
    ])('REG-12 does not depend on application_type without OpenID (%j)', async (metadata) => {
      expect((await register(metadata))['redirect_uris']).toHaveLength(1);
    });

    it.each([
      [['authorization_code'], ['authorization_code']],
      [['authorization_code', 'urn:ietf:params:oauth:grant-type:device_code'], ['authorization_code']],
      [
        ['refresh_token', 'authorization_code', 'implicit'],
        ['refresh_token', 'authorization_code'],
      ],
      [
        [
          'authorization_code',
          'client_credentials',
          'urn:ietf:params:oauth:grant-type:jwt-bearer',
          'urn:ietf:params:oauth:grant-type:token-exchange',
          'password',
        ],
        ['authorization_code'],
      ],
    ])('REG-13 REG-14 of %j keeps what there is here, and shows the cut', async (sent, kept) => {
      expect((await register({ grant_types: sent }))['grant_types']).toEqual(kept);
    });

    it('REG-13 of several response types keeps code', async () => {
      expect((await register({ response_types: ['token', 'code', 'id_token'] }))['response_types']).toEqual(['code']);
    });

    it('REG-14 cannot have a token without a user', async () => {
      const walk = new OAuthWalk(host.origin);
      const body = await register({ grant_types: ['authorization_code', 'client_credentials'] });
      const authorization = `Basic ${btoa(`${String(body['client_id'])}:${String(body['client_secret'])}`)}`;
      const answer = await walk.token({ grant_type: 'client_credentials' }, { authorization });
      expect({ status: answer.status, ...(JSON.parse(answer.text) as object) }).toMatchObject({
        status: 400,
        error: 'unsupported_grant_type',
      });
    });

    it('REG-15 has the public keys of the client, without certificates, or their address', async () => {
      const key = { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' };
      const sent = { ...key, x5c: ['MII'], note: 'x' };
      expect((await register({ jwks: { keys: [sent] } }))['jwks']).toEqual({ keys: [key] });
      const jwks_uri = 'https://client.example/jwks';
      expect((await register({ jwks_uri }))['jwks_uri']).toBe(jwks_uri);
    });

    it('REG-10 REG-11 REG-12 has all three redirect URIs of Cursor, which come in one body', async () => {
      const redirect_uris = [
        'cursor://anysphere.cursor-mcp/oauth/callback',
        'https://www.cursor.com/agents/mcp/oauth/callback',
        'http://localhost:8787/callback',
      ];
      for (const application_type of ['web', 'native', undefined]) {
        expect((await register({ redirect_uris, application_type }))['redirect_uris']).toEqual(redirect_uris);
      }
    });

    it.each(['', undefined])('REG-16 counts an empty link as none (%j)', async (link) => {
      const body = await register({
        client_uri: link,
        logo_uri: link,
        tos_uri: link,
        policy_uri: link,
        jwks_uri: link,
      });
      expect(Object.keys(body).filter((name) => name.endsWith('_uri'))).toEqual([]);
    });

    it.each(['eyJhbGciOiJub25lIn0.e30.', '', 7, { a: 1 }])(
      'REG-17 ignores a software statement (%j)',
      async (statement) => {
        expect(await register({ software_statement: statement })).not.toHaveProperty('software_statement');
      },
    );

    it('CON-11 has a name without control and direction characters', async () => {
      expect((await register({ client_name: ' Good\u0000\u202e\u2066 app\r\n ' }))['client_name']).toBe('Good app');
    });

    it('REG-01 REG-05 is what the whole flow then works with', async () => {
      const walk = new OAuthWalk(host.origin);
      const client = await register({ token_endpoint_auth_method: 'none' });
      const id = String(client['client_id']);
      expect((await walk.redeem(id, await walk.code(id))).status).toBe(200);
    });
  });

  describe('is refused', () => {
    const METADATA = 'invalid_client_metadata';
    const REDIRECT = 'invalid_redirect_uri';

    it.each([
      ['a form', 'redirect_uris=x', 'application/x-www-form-urlencoded'],
      ['text', JSON.stringify(MINIMUM), 'text/plain'],
      ['another JSON type', JSON.stringify(MINIMUM), 'application/jwt'],
      ['a suffix of JSON', JSON.stringify(MINIMUM), 'application/problem+json'],
      ['malformed JSON', '{"redirect_uris":[', 'application/json'],
      ['JSON with a comma too many', '{"redirect_uris":["https://client.example/"],}', 'application/json'],
      ['JSON with a byte order mark', `\ufeff${JSON.stringify(MINIMUM)}`, 'application/json'],
      ['an array', JSON.stringify([MINIMUM]), 'application/json'],
      ['a string', '"x"', 'application/json'],
      ['a number', '7', 'application/json'],
      ['null', 'null', 'application/json'],
      ['nothing', '', 'application/json'],
      ['blanks', '  \n', 'application/json'],
    ])('REG-02 for %s', (_case, body, contentType) => expectRefused(body, METADATA, contentType));

    it.each([
      [undefined],
      [null],
      [[]],
      [{}],
      ['https://client.example/callback'],
      [7],
      [{ 0: 'https://client.example/', length: 1 }],
    ])('REG-08 for redirect_uris %j', (redirect_uris) => expectRefused({ redirect_uris }, REDIRECT));

    it.each([
      '/callback',
      'callback',
      '//client.example/callback',
      '',
      'https:',
      'https://',
      'https:client.example/x',
      'https://client.example/callback#',
      'https://client.example/#a',
      'https://user@client.example/',
      'https://user:password@client.example/',
      'https://*.client.example/',
      'https://client.example/*',
      'https://client.example/a b',
      ' https://client.example/',
      'https://client.example/\n',
      'https://client.example/\t',
      'https://client.example/\u00a0',
      'https://client.example/\u0000',
      'https://client.example/\u007f',
      'https:\\\\client.example\\',
      'https://client.example\\@evil.example/',
      'https://cli\u00e9nt.example/',
      'https://client.example/%zz',
      'https://client.example/<script>',
      'https://client.example/?code=x',
      'https://client.example/?a=b&state=x',
    ])('REG-09 for the redirect URI %j, alone or among good ones', async (uri) => {
      await expectRefused({ redirect_uris: [uri] }, REDIRECT);
      await expectRefused({ redirect_uris: [...MINIMUM.redirect_uris, uri] }, REDIRECT);
    });

    it.each([[null], [7], [true], [{}], [['https://client.example/']]])('REG-09 for the redirect URI %j', (uri) =>
      expectRefused({ redirect_uris: [...MINIMUM.redirect_uris, uri] }, REDIRECT),
    );

    it.each([
      'http://client.example/callback',
      'http://127.0.0.2/',
      'http://localhost.client.example/',
      'http://localhost@client.example/',
      'http://0.0.0.0/',
      'http://[::2]/',
      'http://192.168.0.1/',
      'HTTP://client.example/',
      'ftp://client.example/',
      'ws://127.0.0.1/',
    ])('REG-10 for plain or other transport: %s', (uri) => expectRefused({ redirect_uris: [uri] }, REDIRECT));

    it.each([
      'javascript:alert(1)',
      'JavaScript://x/%0aalert(1)',
      'data:text/html,x',
      'DATA:text/html,x',
      'vbscript:x',
      'file:///etc/passwd',
      'blob:https://client.example/x',
      'about:blank',
      'view-source:https://client.example/',
      'myapp://callback',
      'exampleapp:/x',
    ])('REG-11 for the scheme of %s', (uri) => expectRefused({ redirect_uris: [uri] }, REDIRECT));

    it.each([
      [{ token_endpoint_auth_method: 'client_secret_jwt' }],
      [{ token_endpoint_auth_method: 'tls_client_auth' }],
      [{ token_endpoint_auth_method: 'None' }],
      [{ token_endpoint_auth_method: '' }],
      [{ grant_types: [] }],
      [{ grant_types: ['refresh_token'] }],
      [{ grant_types: ['implicit'] }],
      [{ response_types: [] }],
      [{ response_types: ['token'] }],
      [{ response_types: ['code id_token'] }],
      [{ scope: 'a"b' }],
      [{ scope: 'a\\b' }],
      [{ scope: 'caf\u00e9' }],
    ])('REG-13 for what cannot work: %j', (metadata) => expectRefused({ ...MINIMUM, ...metadata }, METADATA));

    it.each([
      ['client_credentials'],
      ['password'],
      ['urn:ietf:params:oauth:grant-type:jwt-bearer'],
      ['urn:ietf:params:oauth:grant-type:token-exchange'],
    ])('REG-14 for the grant type %s alone', (grantType) =>
      expectRefused({ ...MINIMUM, grant_types: [grantType] }, METADATA),
    );

    it.each([
      [{ jwks: { keys: [] }, jwks_uri: 'https://client.example/jwks' }],
      [{ jwks: { keys: [{ kty: 'RSA', n: 'n', e: 'AQAB', d: 'd' }] } }],
      [{ jwks: { keys: [{ kty: 'oct', k: 'k' }] } }],
      [
        {
          jwks: {
            keys: [
              { kty: 'EC', x: 'x' },
              { kty: 'OKP', d: 'd' },
            ],
          },
        },
      ],
      [{ jwks: [] }],
      [{ jwks: 'x' }],
      [{ jwks: null }],
      [{ jwks: { keys: 'x' } }],
      [{ jwks: { keys: [7] } }],
      [{ jwks_uri: 'http://client.example/jwks' }],
    ])('REG-15 for keys that cannot be: %j', (metadata) => expectRefused({ ...MINIMUM, ...metadata }, METADATA));

    const LINKS = ['client_uri', 'logo_uri', 'tos_uri', 'policy_uri', 'jwks_uri'];
    it.each(LINKS)('REG-16 for a %s that is not an https URL', async (name) => {
      for (const link of [
        'http://client.example',
        'http://localhost/',
        'javascript:alert(1)',
        'data:text/html,x',
        '//client.example',
        'client.example',
        'https://',
        'https:x',
        'https://u:p@client.example/',
        'https://client.example/ x',
      ])
        await expectRefused({ ...MINIMUM, [name]: link }, METADATA);
    });

    const TEXTS = ['token_endpoint_auth_method', 'client_name', 'scope', 'software_id', 'software_version', ...LINKS];
    it.each(TEXTS)('REG-16 ABU-05 for a %s that is no string', async (name) => {
      for (const value of [null, 7, true, false, 0, [], ['x'], {}, { toString: 'x' }])
        await expectRefused({ ...MINIMUM, [name]: value }, METADATA);
    });

    it.each(['grant_types', 'response_types', 'contacts'])(
      'ABU-05 for a %s that is no list of strings',
      async (name) => {
        for (const value of [null, 7, true, 'code', {}, { 0: 'code', length: 1 }, [7], [null], ['code', ['x']], [{}]])
          await expectRefused({ ...MINIMUM, [name]: value }, METADATA);
      },
    );

    it('ABU-02 for more or longer than anybody needs', async () => {
      const many = (count: number) => Array.from({ length: count }, (_, index) => `https://client.example/${index}`);
      await expectRefused({ redirect_uris: many(21) }, REDIRECT);
      await expectRefused({ redirect_uris: [`https://client.example/${'x'.repeat(2048)}`] }, REDIRECT);
      await expectRefused({ ...MINIMUM, client_name: 'x'.repeat(201) }, METADATA);
      await expectRefused({ ...MINIMUM, scope: 'x'.repeat(2049) }, METADATA);
      await expectRefused({ ...MINIMUM, client_uri: `https://client.example/${'x'.repeat(2048)}` }, METADATA);
      await expectRefused({ ...MINIMUM, contacts: many(21) }, METADATA);
      expect((await register({ redirect_uris: many(20) }))['redirect_uris']).toHaveLength(20);
    });
  });

  it.each(['GET', 'PUT', 'PATCH', 'DELETE'])('REG-20 REG-22 offers no management: %s is 405', async (method) => {
    const response = await fetch(`${host.origin}/oauth/register`, { method });
    expect({ status: response.status, allow: response.headers.get('allow') }).toEqual({ status: 405, allow: 'POST' });
  });

  it('REG-18 asks for no initial access token, and minds none', async () => {
    const response = await fetch(`${host.origin}/oauth/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer x' },
      body: JSON.stringify(MINIMUM),
    });
    expect(response.status).toBe(201);
  });
});

describe.each(ADAPTERS)('without dynamic registration, on %s', (adapter) => {
  it('DSC-12 REG-01 there is no endpoint, and the metadata names none', async () => {
    const host = await startTestApp({ adapter, options: { dynamicRegistration: false } });
    const post = async (path: string) => {
      const response = await fetch(`${host.origin}${path}`, {
        method: 'POST',
        body: '{}',
        headers: { 'content-type': 'application/json' },
      });
      const { status, headers } = response;
      return [status, headers.get('content-type'), (await response.text()).replaceAll(path, '')];
    };
    const answer = await post('/oauth/register');
    expect(answer.slice(0, 2)).toEqual([404, 'application/json; charset=utf-8']);
    expect(answer, 'as any path that is not there').toEqual(await post('/oauth/nothing'));
    const metadata = await fetch(`${host.origin}/.well-known/oauth-authorization-server`);
    expect(await metadata.json()).not.toHaveProperty('registration_endpoint');
    await host.close();
  });
});
