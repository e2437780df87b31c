import { describe, expect, it } from 'vitest';
import { parseClientMetadata } from '../../../lib/protocol/client-metadata.js';
import type { ClientMetadataPolicy } from '../../../lib/protocol/client-metadata-policy.js';
import { metadataRefused, redirectRefused, redirect_uris, REGISTRATION } from './metadata-fixture.js';
import { refusal } from './refusal.js';

const policy = REGISTRATION;
const parse = (members: Readonly<Record<string, unknown>>, p: ClientMetadataPolicy = policy) =>
  parseClientMetadata({ redirect_uris, ...members }, p);

const DEFAULTS = {
  redirect_uris,
  token_endpoint_auth_method: 'client_secret_basic',
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
};

describe('parseClientMetadata: defaults and echo', () => {
  it('REG-07 fills in what was left out, and nothing else', () => {
    const metadata = parse({});
    expect(metadata).toStrictEqual(DEFAULTS);
    expect(Object.keys(metadata)).toStrictEqual([
      'redirect_uris',
      'token_endpoint_auth_method',
      'grant_types',
      'response_types',
    ]);
  });

  it('REG-05 repeats every member it knows', () => {
    const sent = {
      redirect_uris: ['https://client.example/cb', 'http://127.0.0.1/'],
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code'],
      response_types: ['code'],
      client_name: 'Example Client',
      client_uri: 'https://client.example/',
      logo_uri: 'https://client.example/logo.png',
      tos_uri: 'https://client.example/tos',
      policy_uri: 'https://client.example/policy',
      contacts: ['admin@client.example'],
      scope: 'mcp:read mcp:write',
      software_id: '4NRB1-0XZABZI9E6-5SM3R',
      software_version: '1.0.0',
      application_type: 'native',
    };
    expect(parse(sent)).toStrictEqual(sent);
  });

  it('REG-04 drops what the server sets itself, and what it does not know', () => {
    expect(
      parse({
        client_id: 'chosen',
        client_secret: 'chosen',
        client_id_issued_at: 1,
        client_secret_expires_at: 0,
        registration_access_token: 'x',
        registration_client_uri: 'https://client.example/x',
        unknown: { nested: true },
        'client_name#de': 'Beispiel',
      }),
    ).toStrictEqual(DEFAULTS);
  });

  it.each([[42], ['eyJhbGciOiJub25lIn0.e30.'], [null], [{ a: 1 }]])(
    'REG-17 ignores the software statement %j, whatever it says',
    (software_statement) => {
      expect(parse({ software_statement })).toStrictEqual(DEFAULTS);
    },
  );

  it('takes the bodies that real clients send', () => {
    const vsCode = parse({
      client_name: 'Visual Studio Code',
      client_uri: 'https://code.visualstudio.com',
      grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
      response_types: ['code'],
      redirect_uris: [
        'https://insiders.vscode.dev/redirect',
        'https://vscode.dev/redirect',
        'http://127.0.0.1/',
        'http://127.0.0.1:33418/',
      ],
      token_endpoint_auth_method: 'none',
      application_type: 'native',
    });
    expect(vsCode.grant_types).toStrictEqual(['authorization_code', 'refresh_token']);
    expect(vsCode.redirect_uris).toHaveLength(4);
    const cursor = [
      'cursor://anysphere.cursor-mcp/oauth/callback',
      'https://www.cursor.com/agents/mcp/oauth/callback',
      'http://localhost:8787/callback',
    ];
    expect(parse({ redirect_uris: cursor, application_type: 'web' }).redirect_uris).toStrictEqual(cursor);
  });
});

describe('parseClientMetadata: the document', () => {
  it.each([[null], [undefined], ['{}'], [42], [true], [[]], [[{ redirect_uris }]]])(
    'REG-02 refuses %j, which is no JSON object',
    (input) => {
      expect(refusal(() => parseClientMetadata(input, policy))).toStrictEqual(
        metadataRefused('metadata_not_an_object', 'The client metadata must be a JSON object'),
      );
    },
  );

  const nested = (levels: number): unknown => JSON.parse('{"a":'.repeat(levels) + '1' + '}'.repeat(levels));

  it('ABU-02 takes eight levels of nesting and refuses nine', () => {
    const tooDeep = metadataRefused('metadata_too_deep', 'The client metadata is nested too deeply');
    expect(() => parse({ unknown: nested(7) })).not.toThrow();
    expect(refusal(() => parse({ unknown: nested(8) }))).toStrictEqual(tooDeep);
    expect(refusal(() => parse({ unknown: nested(5000) }))).toStrictEqual(tooDeep);
    expect(refusal(() => parse({ unknown: [[[[[[[[1]]]]]]]] }))).toStrictEqual(tooDeep);
    expect(() => parse({ unknown: [[[[[[[null]]]]]]] })).not.toThrow();
  });

  it('ABU-05 takes no member from a prototype', () => {
    const hostile: unknown = JSON.parse(
      '{"redirect_uris":["https://client.example/cb"],"__proto__":{"client_name":"Evil","token_endpoint_auth_method":"none"},"constructor":{"prototype":{"x":1}}}',
    );
    expect(parseClientMetadata(hostile, policy)).toStrictEqual(DEFAULTS);
    const inherited: unknown = Object.assign(Object.create({ client_name: 'Evil' }) as object, { redirect_uris });
    expect(parseClientMetadata(inherited, policy)).toStrictEqual(DEFAULTS);
    expect(Object.hasOwn(Object.prototype, 'client_name')).toBe(false);
  });
});

describe('parseClientMetadata: redirect_uris', () => {
  const MISSING = redirectRefused('redirect_uris_missing', 'redirect_uris must be a non-empty array');

  it.each([[undefined], [null], [[]], ['https://client.example/cb'], [{ 0: 'https://client.example/cb' }], [42]])(
    'REG-08 refuses %j',
    (value) => {
      expect(refusal(() => parse({ redirect_uris: value }))).toStrictEqual(MISSING);
    },
  );

  it('REG-08 refuses a document without them', () => {
    expect(refusal(() => parseClientMetadata({}, policy))).toStrictEqual(MISSING);
  });

  it('REG-09 fails the request for one bad URI among good ones', () => {
    expect(refusal(() => parse({ redirect_uris: [...redirect_uris, 'http://client.example/cb'] }))).toStrictEqual(
      redirectRefused(
        'redirect_uri_insecure_http',
        'A redirect URI must use https unless it leads to the loopback interface',
      ),
    );
    expect(refusal(() => parse({ redirect_uris: [...redirect_uris, null] }))).toStrictEqual(
      redirectRefused('redirect_uri_not_a_string', 'A redirect URI is not a string'),
    );
  });

  it('REG-11 asks the policy about private-use schemes', () => {
    expect(
      refusal(() => parse({ redirect_uris: ['cursor://x/cb'] }, { ...policy, allowedRedirectSchemes: [] })),
    ).toStrictEqual(
      redirectRefused('redirect_uri_scheme_not_allowed', 'A redirect URI has a scheme that is not allowed'),
    );
  });

  it('ABU-02 takes twenty redirect URIs and refuses one more', () => {
    const uris = Array.from({ length: 20 }, (_unused, index) => `https://client.example/${index}`);
    expect(parse({ redirect_uris: uris }).redirect_uris).toStrictEqual(uris);
    expect(refusal(() => parse({ redirect_uris: [...uris, 'https://client.example/20'] }))).toStrictEqual(
      redirectRefused('redirect_uris_too_many', 'There are too many redirect URIs'),
    );
  });

  it('STO-05 keeps a comma inside one URI, and each URI once', () => {
    const uri = 'https://client.example/a,https://evil.example/b';
    expect(parse({ redirect_uris: [uri, uri] }).redirect_uris).toStrictEqual([uri]);
  });
});

describe('parseClientMetadata: authentication and grants', () => {
  it.each(['none', 'client_secret_basic', 'client_secret_post'])('REG-05 takes the method %s', (method) => {
    expect(parse({ token_endpoint_auth_method: method }).token_endpoint_auth_method).toBe(method);
  });

  const METHOD_UNSUPPORTED = metadataRefused('auth_method_unsupported', 'token_endpoint_auth_method is not supported');

  it.each(['client_secret_jwt', 'tls_client_auth', 'None', ''])('REG-13 refuses the method %j', (method) => {
    expect(refusal(() => parse({ token_endpoint_auth_method: method }))).toStrictEqual(METHOD_UNSUPPORTED);
  });

  it('REG-13 refuses a method that the policy does not offer, or that is not implemented', () => {
    const publicOnly = { ...policy, authMethods: ['none'] };
    expect(refusal(() => parse({ token_endpoint_auth_method: 'client_secret_post' }, publicOnly))).toStrictEqual(
      METHOD_UNSUPPORTED,
    );
    expect(refusal(() => parse({}, publicOnly))).toStrictEqual(METHOD_UNSUPPORTED);
    const generous = { ...policy, authMethods: ['tls_client_auth'] };
    expect(refusal(() => parse({ token_endpoint_auth_method: 'tls_client_auth' }, generous))).toStrictEqual(
      METHOD_UNSUPPORTED,
    );
  });

  const UNUSABLE = metadataRefused('grant_types_unusable', 'grant_types must contain authorization_code');

  it('REG-14 never registers a grant without a user, not even when the policy names it', () => {
    const hostile = [
      'client_credentials',
      'urn:ietf:params:oauth:grant-type:jwt-bearer',
      'urn:ietf:params:oauth:grant-type:token-exchange',
      'password',
      'implicit',
    ];
    const generous = { ...policy, grantTypes: [...policy.grantTypes, ...hostile] };
    expect(parse({ grant_types: ['authorization_code', ...hostile] }, generous).grant_types).toStrictEqual([
      'authorization_code',
    ]);
    expect(refusal(() => parse({ grant_types: hostile }, generous))).toStrictEqual(UNUSABLE);
  });

  it.each([
    ['none at all', []],
    ['only refresh_token', ['refresh_token']],
    ['only what is not offered', ['urn:ietf:params:oauth:grant-type:device_code']],
    ['another spelling', ['Authorization_Code']],
  ])('REG-13 refuses grant types with %s', (_case, grant_types) => {
    expect(refusal(() => parse({ grant_types }))).toStrictEqual(UNUSABLE);
  });

  it('REG-13 cuts grants that the policy does not offer, from the default too', () => {
    const withoutRefresh = { ...policy, grantTypes: ['authorization_code'] };
    expect(parse({}, withoutRefresh).grant_types).toStrictEqual(['authorization_code']);
    expect(refusal(() => parse({}, { ...policy, grantTypes: ['refresh_token'] }))).toStrictEqual(UNUSABLE);
  });

  it('REG-13 cuts response types to code, and names each grant once', () => {
    expect(parse({ response_types: ['code', 'id_token', 'code token'] }).response_types).toStrictEqual(['code']);
    expect(parse({ grant_types: ['authorization_code', 'authorization_code'] }).grant_types).toStrictEqual([
      'authorization_code',
    ]);
  });

  it.each([[[]], [['token']], [['code token']], [['CODE']]])('REG-13 refuses the response types %j', (value) => {
    expect(refusal(() => parse({ response_types: value }))).toStrictEqual(
      metadataRefused('response_types_unusable', 'response_types must contain code'),
    );
  });

  it.each(['web', 'native'])('REG-12 repeats the application type %s without acting on it', (application_type) => {
    const uris = ['https://client.example/cb', 'http://localhost/cb', 'com.example.app:/cb'];
    expect(parse({ redirect_uris: uris, application_type })).toStrictEqual({
      ...DEFAULTS,
      redirect_uris: uris,
      application_type,
    });
  });

  it.each([['browser'], [''], [null], [42], [['web']]])('REG-12 ignores the application type %j', (value) => {
    expect(parse({ application_type: value })).toStrictEqual(DEFAULTS);
  });
});

describe('parseClientMetadata: types', () => {
  it.each(['client_name', 'client_uri', 'logo_uri', 'tos_uri', 'policy_uri', 'scope', 'software_id', 'jwks_uri'])(
    'REG-16 refuses a %s that is no string',
    (name) => {
      for (const value of [null, 42, true, ['a'], { a: 'b' }]) {
        expect(refusal(() => parse({ [name]: value }))).toStrictEqual(
          metadataRefused(`${name}_wrong_type`, `${name} must be a string`),
        );
      }
    },
  );

  it.each(['token_endpoint_auth_method', 'software_version'])('REG-13 refuses a %s that is no string', (name) => {
    for (const value of [null, 42, ['none'], {}]) {
      expect(refusal(() => parse({ [name]: value }))).toStrictEqual(
        metadataRefused(`${name}_wrong_type`, `${name} must be a string`),
      );
    }
  });

  it.each(['grant_types', 'response_types', 'contacts'])('REG-13 refuses a %s that is no array of strings', (name) => {
    for (const value of [null, 'code', 42, {}, [null], ['code', 42], [['code']]]) {
      expect(refusal(() => parse({ [name]: value }))).toStrictEqual(
        metadataRefused(`${name}_wrong_type`, `${name} must be an array of strings`),
      );
    }
  });

  it.each(['grant_types', 'response_types', 'contacts'])('ABU-02 limits %s', (name) => {
    const tooLong = metadataRefused(`${name}_too_long`, `${name} is too long`);
    const useful = ['authorization_code', 'code'];
    const list = (length: number) => [
      ...useful,
      ...Array.from({ length: length - useful.length }, (_unused, i) => `${i}`),
    ];
    expect(() => parse({ [name]: list(20) })).not.toThrow();
    expect(refusal(() => parse({ [name]: list(21) }))).toStrictEqual(tooLong);
    expect(() => parse({ [name]: [...useful, 'a'.repeat(200)] })).not.toThrow();
    expect(refusal(() => parse({ [name]: [...useful, 'a'.repeat(201)] }))).toStrictEqual(tooLong);
  });

  it('ABU-02 limits token_endpoint_auth_method', () => {
    expect(refusal(() => parse({ token_endpoint_auth_method: 'a'.repeat(201) }))).toStrictEqual(
      metadataRefused('token_endpoint_auth_method_too_long', 'token_endpoint_auth_method is too long'),
    );
  });
});
