import { describe, expect, it } from 'vitest';
import {
  parseAuthorizationRequest,
  type AuthorizationClient,
  type AuthorizationRules,
} from '../../../lib/protocol/authorization-request.js';
import { FormParameters } from '../../../lib/protocol/form-parameters.js';
import { authorizationRefusal, thrown } from './refusal.js';

const redirectUri = 'http://localhost:3118/callback';
const client: AuthorizationClient = {
  clientId: 'abc',
  redirectUris: ['http://localhost/callback'],
  grantTypes: ['authorization_code', 'refresh_token'],
};
const rules: AuthorizationRules = {
  knownScopes: ['openid', 'mcp:read', 'mcp:write', 'mcp:admin', 'offline_access'],
  defaultScopes: ['mcp:read', 'mcp:write'],
  resources: ['https://app.example/mcp', 'https://app.example'],
  defaultResource: 'https://app.example/mcp',
  openId: false,
};

// The challenge is that of RFC 7636 appendix B.
const VALID = {
  client_id: 'abc',
  redirect_uri: redirectUri,
  response_type: 'code',
  state: 'xyz',
  code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  code_challenge_method: 'S256',
  scope: 'mcp:read',
  resource: 'https://app.example/mcp',
};

/** A valid request with some parameters changed (`undefined` leaves one out), and raw text added at its end. */
function query(changes: Readonly<Record<string, string | undefined>> = {}, raw = ''): FormParameters {
  const members = Object.entries({ ...VALID, ...changes }).flatMap(([name, value]) =>
    value === undefined ? [] : [`${encodeURIComponent(name)}=${encodeURIComponent(value)}`],
  );
  return FormParameters.parse(members.join('&') + raw);
}

const parse = (p: FormParameters, changedRules: Partial<AuthorizationRules> = {}, changedClient = client) =>
  parseAuthorizationRequest(p, changedClient, redirectUri, { ...rules, ...changedRules });

const refusedWith = (
  p: FormParameters,
  changedRules?: Partial<AuthorizationRules>,
  changedClient?: AuthorizationClient,
) => authorizationRefusal(() => parse(p, changedRules, changedClient));

const redirected = (type: string, reason: string, description: string) => ({
  type,
  reason,
  description,
  redirect: { redirectUri, state: 'xyz' },
});
const invalidRequest = (reason: string, description: string) => redirected('InvalidRequestError', reason, description);

describe('parseAuthorizationRequest', () => {
  it('AUT-32 gives everything the code is bound to', () => {
    const request = parse(query({ nonce: 'n-0S6_WzA2Mj', login_hint: 'me', ui_locales: 'de en', max_age: '60' }));
    expect(request).toStrictEqual({
      clientId: 'abc',
      redirectUri,
      state: 'xyz',
      codeChallenge: VALID.code_challenge,
      prompts: [],
      maxAge: 60,
      scopes: ['mcp:read'],
      resource: 'https://app.example/mcp',
      nonce: 'n-0S6_WzA2Mj',
      loginHint: 'me',
      uiLocales: 'de en',
    });
  });

  it('AUT-03 leaves out what was not sent, or was sent without value', () => {
    const request = parse(query({ state: undefined, nonce: '', max_age: '', login_hint: '', ui_locales: '' }));
    expect(Object.keys(request)).toStrictEqual([
      'clientId',
      'redirectUri',
      'codeChallenge',
      'prompts',
      'scopes',
      'resource',
    ]);
  });

  it('AUT-03 and AUT-29 ignore unknown and advisory parameters', () => {
    const extra =
      '&scope[a]=b&foo=bar&display=popup&claims_locales=fr&acr_values=urn%3Ax&id_token_hint=x.y.z&claims=%7B%7D';
    expect(parse(query({}, extra))).toStrictEqual(parse(query()));
  });
});

describe('parseAuthorizationRequest: form and state', () => {
  const REPEATED = invalidRequest('parameter_repeated', 'A parameter is repeated');

  it.each([
    'scope=a',
    'response_type=code',
    'code_challenge=x',
    'nonce=a&nonce=b',
    'unknown=1&unknown=2',
    'prompt=&prompt=',
  ])('AUT-04 redirects with invalid_request for a repeated %s', (raw) => {
    expect(refusedWith(query({}, `&${raw}`))).toStrictEqual(REPEATED);
  });

  it('AUT-04 redirects without state when it is repeated', () => {
    expect(refusedWith(query({}, '&state=other'))).toStrictEqual({ ...REPEATED, redirect: { redirectUri } });
  });

  it('AUT-20 redirects without state when it holds other characters', () => {
    expect(refusedWith(query({ state: 'ü' }))).toStrictEqual({
      ...invalidRequest('state_malformed', 'state contains a character that is not allowed'),
      redirect: { redirectUri },
    });
  });

  it.each([
    ['NUL', 'state=a%00', 'parameter_control_character', 'A parameter contains a control character'],
    ['a bad percent sequence', 'state=%zz', 'parameter_malformed', 'A parameter is not encoded correctly'],
  ])('AUT-35 redirects without state when it has %s', (_case, raw, reason, description) => {
    expect(refusedWith(query({ state: undefined }, `&${raw}`))).toStrictEqual({
      ...invalidRequest(reason, description),
      redirect: { redirectUri },
    });
  });

  it('AUT-35 shows a page for an over-long state', () => {
    expect(refusedWith(query({ state: 's'.repeat(2049) }))).toStrictEqual({
      ...invalidRequest('state_too_long', 'state is too long'),
      redirect: 'page',
    });
  });

  it.each([
    [
      'NUL in the scope',
      { scope: 'a\u0000' },
      'parameter_control_character',
      'A parameter contains a control character',
    ],
    ['an over-long nonce', { nonce: 'n'.repeat(2049) }, 'parameter_too_long', 'A parameter is too long'],
    ['an over-long unknown one', { unknown: 'n'.repeat(2049) }, 'parameter_too_long', 'A parameter is too long'],
  ])('AUT-35 redirects for %s', (_case, changes, reason, description) => {
    expect(refusedWith(query(changes))).toStrictEqual(invalidRequest(reason, description));
  });

  it('AUT-35 redirects for a bad percent sequence', () => {
    expect(refusedWith(query({ scope: undefined }, '&scope=%zz'))).toStrictEqual(
      invalidRequest('parameter_malformed', 'A parameter is not encoded correctly'),
    );
  });
});

describe('parseAuthorizationRequest: request objects and response modes', () => {
  it.each([
    ['request', 'RequestNotSupportedError', 'request_not_supported', 'The request parameter is not supported'],
    [
      'request_uri',
      'RequestUriNotSupportedError',
      'request_uri_not_supported',
      'The request_uri parameter is not supported',
    ],
    [
      'registration',
      'RegistrationNotSupportedError',
      'registration_not_supported',
      'The registration parameter is not supported',
    ],
  ])('AUT-31 refuses %s, however long, before anything else', (name, type, reason, description) => {
    const expected = redirected(type, reason, description);
    expect(refusedWith(query({ [name]: 'x' }))).toStrictEqual(expected);
    expect(refusedWith(query({ [name]: 'x'.repeat(5000), response_type: undefined }))).toStrictEqual(expected);
    expect(() => parse(query({ [name]: '' }))).not.toThrow();
  });

  it('AUT-31 accepts the response mode query', () => {
    expect(() => parse(query({ response_mode: 'query' }))).not.toThrow();
    expect(() => parse(query({ response_mode: '' }))).not.toThrow();
  });

  it.each(['fragment', 'form_post', 'query.jwt', 'Query', 'web_message'])(
    'AUT-31 shows a page for the response mode %s',
    (response_mode) => {
      expect(refusedWith(query({ response_mode, request: 'x', response_type: undefined }))).toStrictEqual({
        ...invalidRequest('response_mode_unsupported', 'response_mode is not supported'),
        redirect: 'page',
      });
    },
  );

  it('AUT-04 redirects for a repeated response mode', () => {
    expect(refusedWith(query({}, '&response_mode=fragment&response_mode=query'))).toStrictEqual(
      invalidRequest('parameter_repeated', 'A parameter is repeated'),
    );
  });
});

describe('parseAuthorizationRequest: response type and PKCE', () => {
  it.each([undefined, ''])('AUT-11 redirects for the missing response type %j', (response_type) => {
    expect(refusedWith(query({ response_type }))).toStrictEqual(
      invalidRequest('response_type_missing', 'response_type is missing'),
    );
  });

  it.each(['token', 'id_token', 'code token', 'Code', 'none'])('AUT-11 redirects for the response type %s', (value) => {
    expect(refusedWith(query({ response_type: value }))).toStrictEqual(
      redirected(
        'UnsupportedResponseTypeError',
        'unsupported_response_type',
        'Only the response type code is supported',
      ),
    );
  });

  it('AUT-11 redirects for a client without the grant', () => {
    expect(refusedWith(query(), {}, { ...client, grantTypes: ['client_credentials'] })).toStrictEqual(
      redirected(
        'UnauthorizedClientError',
        'unauthorized_client',
        'This client may not use the authorization code grant',
      ),
    );
  });

  it('AUT-12 redirects for a missing challenge', () => {
    expect(refusedWith(query({ code_challenge: undefined }))).toStrictEqual(
      invalidRequest('code_challenge_missing', 'PKCE is required: code_challenge is missing'),
    );
  });

  it.each([undefined, '', 'plain', 'S512'])('AUT-13 redirects for the challenge method %j', (method) => {
    expect(refusedWith(query({ code_challenge_method: method }))).toStrictEqual(
      invalidRequest('code_challenge_method_unsupported', 'PKCE is required with code_challenge_method S256'),
    );
  });

  it('AUT-13 redirects for a malformed challenge', () => {
    expect(refusedWith(query({ code_challenge: 'short' }))).toStrictEqual(
      invalidRequest('code_challenge_malformed', 'code_challenge must be 43 base64url characters'),
    );
  });
});

describe('parseAuthorizationRequest: prompt and max_age', () => {
  it.each([
    ['none', ['none']],
    ['login', ['login']],
    ['consent', ['consent']],
    ['select_account', ['select_account']],
    ['consent  login consent', ['login', 'consent']],
    ['none none', ['none']],
    [' none ', ['none']],
    ['create', []],
    ['login create', ['login']],
    ['Login', []],
    ['', []],
  ])('AUT-25 reads the prompt %j', (prompt, expected) => {
    expect(parse(query({ prompt })).prompts).toStrictEqual(expected);
  });

  it.each(['none login', 'consent none', 'none create'])('AUT-25 redirects for the prompt %j', (prompt) => {
    expect(refusedWith(query({ prompt }))).toStrictEqual(
      invalidRequest('prompt_none_combined', 'prompt none cannot be combined with another value'),
    );
  });

  it.each([
    ['0', 0],
    ['3600', 3600],
    ['007', 7],
    ['999999999999999', 999_999_999_999_999],
  ])('AUT-27 reads the max_age %s', (max_age, expected) => {
    expect(parse(query({ max_age })).maxAge).toBe(expected);
  });

  it.each(['-1', '1.5', 'abc', '1e3', '0x10', ' 1', '1 ', '+1', '1000000000000000', 'NaN'])(
    'AUT-27 redirects for the max_age %j',
    (max_age) => {
      expect(refusedWith(query({ max_age }))).toStrictEqual(
        invalidRequest('max_age_malformed', 'max_age must be a whole number of seconds'),
      );
    },
  );
});

describe('parseAuthorizationRequest: scope and resource', () => {
  it.each([
    ['known scopes in their order', 'mcp:write mcp:read', ['mcp:write', 'mcp:read']],
    ['unknown ones dropped', 'mcp:read claudeai MCP:WRITE', ['mcp:read']],
    ['a scope beyond the default', 'mcp:admin', ['mcp:admin']],
    ['offline_access dropped, though it is known', 'mcp:read offline_access', ['mcp:read']],
    ['the default for none', undefined, ['mcp:read', 'mcp:write']],
    ['the default for an empty one', '', ['mcp:read', 'mcp:write']],
    ['the default for blanks', '  ', ['mcp:read', 'mcp:write']],
    ['the default for unknown ones only', 'claudeai', ['mcp:read', 'mcp:write']],
    ['the default for offline_access only', 'offline_access', ['mcp:read', 'mcp:write']],
  ])('AUT-15 and AUT-16 give %s', (_case, scope, expected) => {
    expect(parse(query({ scope })).scopes).toStrictEqual(expected);
  });

  it.each(['mcp:read "x"', 'a\\b', 'ä'])('AUT-14 redirects for the scope %j', (scope) => {
    expect(refusedWith(query({ scope }))).toStrictEqual(
      redirected('InvalidScopeError', 'scope_malformed', 'The scope contains a character that is not allowed'),
    );
  });

  it.each([undefined, 'unknown'])('AUT-15 redirects for the scope %j when there is no default', (scope) => {
    expect(refusedWith(query({ scope }), { defaultScopes: [] })).toStrictEqual(
      redirected('InvalidScopeError', 'scope_empty', 'None of the requested scopes is known'),
    );
  });

  it('AUT-18 and AUT-19 give the configured spelling, or the default', () => {
    expect(parse(query({ resource: 'HTTPS://APP.example/' })).resource).toBe('https://app.example');
    expect(parse(query({ resource: undefined })).resource).toBe('https://app.example/mcp');
    expect(parse(query({}, '&resource=https%3A%2F%2FAPP.example%2Fmcp')).resource).toBe('https://app.example/mcp');
  });

  it.each([
    ['a relative one', { resource: '/mcp' }, '', 'resource_not_absolute', 'The resource is not an absolute URI'],
    [
      'one with a fragment',
      { resource: 'https://app.example/mcp#x' },
      '',
      'resource_fragment',
      'The resource has a fragment',
    ],
    ['a foreign one', { resource: 'https://evil.example/' }, '', 'resource_unknown', 'The resource is not known here'],
    ['two', {}, '&resource=https%3A%2F%2Fapp.example', 'resource_several', 'Only one resource can be requested'],
  ])('AUT-17 and AUT-19 redirect for %s', (_case, changes, raw, reason, description) => {
    expect(refusedWith(query(changes, raw))).toStrictEqual(redirected('InvalidTargetError', reason, description));
  });

  it('AUT-19 redirects for no resource when there is no default', () => {
    const { defaultResource: _unused, ...withoutDefault } = rules;
    const work = () => parseAuthorizationRequest(query({ resource: undefined }), client, redirectUri, withoutDefault);
    expect(authorizationRefusal(work)).toStrictEqual(
      redirected('InvalidTargetError', 'resource_missing', 'The resource parameter is required'),
    );
  });
});

describe('parseAuthorizationRequest: OpenID Connect', () => {
  it('AUT-06 shows a page for an OpenID request without redirect URI', () => {
    const p = query({ redirect_uri: undefined, scope: 'mcp:read openid', response_type: undefined });
    expect(refusedWith(p, { openId: true })).toStrictEqual({
      ...invalidRequest('redirect_uri_missing', 'redirect_uri is missing'),
      redirect: 'page',
    });
  });

  it.each([
    ['OpenID Connect is off', 'openid', undefined, false],
    ['openid is not asked for', 'mcp:read xopenid', undefined, true],
    ['no scope is asked for', undefined, undefined, true],
    ['the redirect URI was sent', 'openid', redirectUri, true],
  ])('AUT-06 accepts the request when %s', (_case, scope, redirect_uri, openId) => {
    expect(() => parse(query({ scope, redirect_uri }), { openId })).not.toThrow();
  });
});

describe('parseAuthorizationRequest: order', () => {
  it('answers the first fault in the declared order', () => {
    const faults = [
      { response_mode: 'fragment' },
      { request: 'x' },
      { nonce: 'n'.repeat(2049) },
      { state: 'ü' },
      { response_type: 'token' },
      { code_challenge: undefined },
      { prompt: 'none login' },
      { max_age: 'x' },
      { scope: '"' },
      { resource: 'x' },
    ];
    const reasons = faults.map((_fault, index) => refusedWith(query(Object.assign({}, ...faults.slice(index)))).reason);
    expect(reasons).toStrictEqual([
      'response_mode_unsupported',
      'request_not_supported',
      'parameter_too_long',
      'state_malformed',
      'unsupported_response_type',
      'code_challenge_missing',
      'prompt_none_combined',
      'max_age_malformed',
      'scope_malformed',
      'resource_not_absolute',
    ]);
  });

  it('AUT-22 reflects nothing of the request in a description', () => {
    for (const name of ['response_type', 'code_challenge_method', 'resource', 'max_age', 'response_mode']) {
      expect(refusedWith(query({ [name]: 'MARKER' })).description).not.toContain('MARKER');
    }
  });

  it('lets a fault of the server be one', () => {
    const broken = new Error('broken');
    const p = query();
    p.getAll = () => {
      throw broken;
    };
    expect(thrown(() => parse(p))).toBe(broken);
  });
});
