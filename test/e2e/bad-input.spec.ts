import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  acceptOnce,
  changeClient,
  changeCredential,
  changeGrant,
  changePending,
  closeWindow,
  loseRights,
  loseUser,
  outliveRetired,
  replayCode,
  revokeAccessToken,
  revokeRefreshToken,
  storedMetadata,
  useSuccessor,
} from '../support/fuzz/arrange.js';
import { pair, withExtra, withHeader, withMember, withParameter } from '../support/fuzz/draft.js';
import { type BadInput, expectRefusal } from '../support/fuzz/expect-refusal.js';
import { bearer, held, json, page } from '../support/fuzz/fault.js';
import { SeededRandom } from '../support/fuzz/random.js';
import {
  body,
  CONTROL,
  extra,
  forge,
  header,
  LONG,
  member,
  method,
  quote,
  raw,
  row,
  set,
  type Spoil,
  unchanged,
  without,
} from '../support/fuzz/rows.js';
import { ValidRequests } from '../support/fuzz/valid-requests.js';
import { accessTokenOf, REDIRECT_URI, World } from '../support/fuzz/world.js';
import { ADAPTERS } from '../support/test-app.js';

const DISABLED = changeClient({ disabled_at: 1 });
const metadata = (message: string, spoil: Spoil) => row(message, 'register', json('invalid_client_metadata'), spoil);

/** The authorization endpoint: a page while nothing proves where to send an error, a redirect after login from there on. */
const AUTHORIZE: readonly BadInput[] = (['authorize', 'authorize by form'] as const).flatMap((kind) => [
  row('AUT-05 an unknown client', kind, page(), set('client_id', 'nobody')),
  row('AUT-05 no client', kind, page(), without('client_id')),
  row('AUT-05 a disabled client', kind, page(), unchanged, DISABLED),
  row('AUT-04 AUT-05 two clients', kind, page(), extra('client_id', 'nobody')),
  row('AUT-35 a control character in the client', kind, page(), set('client_id', CONTROL)),
  row('AUT-35 an endless client', kind, page(), set('client_id', LONG)),
  row('AUT-07 a foreign redirect URI', kind, page(), set('redirect_uri', 'https://evil.example/callback')),
  row('AUT-07 a redirect URI that runs a script', kind, page(), set('redirect_uri', 'javascript:alert(1)')),
  row(
    'AUT-06 no redirect URI of two',
    kind,
    page(),
    without('redirect_uri'),
    changeClient({ metadata: storedMetadata({ redirect_uris: [REDIRECT_URI, `${REDIRECT_URI}2`] }) }),
  ),
  row('AUT-04 two redirect URIs', kind, page(), extra('redirect_uri', REDIRECT_URI)),
  row('AUT-35 a control character in the redirect URI', kind, page(), set('redirect_uri', `${REDIRECT_URI}\u0000`)),
  row(
    'AUT-35 broken percent-encoding in the redirect URI',
    kind,
    page(),
    raw('redirect_uri', 'https%3A%2F%2Fclient.example%zz'),
  ),
  row('AUT-35 an endless state', kind, page(), set('state', LONG)),
  row('AUT-31 another response mode', kind, page(), extra('response_mode', 'fragment')),
  row('AUT-12 no PKCE', kind, held(), without('code_challenge')),
  row('AUT-13 plain PKCE', kind, held(), set('code_challenge_method', 'plain')),
  row('AUT-13 PKCE without a method', kind, held(), without('code_challenge_method')),
  row('AUT-13 a challenge of 42 characters', kind, held(), set('code_challenge', 'x'.repeat(42))),
  row('AUT-04 a repeated parameter', kind, held(), extra('scope', 'mcp:read')),
  row('AUT-04 a repeated parameter nobody knows', kind, held(), ({ draft }) => withExtra(draft, 'x=1', 'x=2')),
  row('AUT-04 two states', kind, { shape: 'held', error: 'invalid_request', withoutState: true }, extra('state', 'b')),
  row('AUT-35 a control character', kind, held(), set('nonce', CONTROL)),
  row('AUT-35 an escape character', kind, held(), set('login_hint', '\u001b[2J')),
  row('AUT-35 an endless value', kind, held(), set('nonce', LONG)),
  row('AUT-35 an endless scope', kind, held(), set('scope', LONG)),
  row('AUT-35 broken percent-encoding', kind, held(), raw('nonce', '%zz')),
  row('AUT-35 percent-encoding that is not UTF-8', kind, held(), raw('nonce', '%ff')),
  row(
    'AUT-20 a state beyond ASCII',
    kind,
    { shape: 'held', error: 'invalid_request', withoutState: true },
    set('state', 'caf\u00e9'),
  ),
  row('AUT-17 a relative resource', kind, held('invalid_target'), set('resource', '/mcp')),
  row('AUT-17 a resource with a fragment', kind, held('invalid_target'), ({ draft }, { resource }) =>
    withParameter(draft, 'resource', `${resource}#a`),
  ),
  row('AUT-17 an unknown resource', kind, held('invalid_target'), set('resource', 'https://evil.example/mcp')),
  row('AUT-19 two resources', kind, held('invalid_target'), extra('resource', 'https://evil.example/mcp')),
  row('ABU-02 six resources', kind, held('invalid_target'), ({ draft }, { resource }) =>
    withExtra(draft, ...Array.from({ length: 5 }, () => pair('resource', resource))),
  ),
  row('AUT-14 a scope outside the grammar', kind, held('invalid_scope'), set('scope', 'mcp:read "')),
  row('AUT-11 no response type', kind, held(), without('response_type')),
  row('AUT-11 another response type', kind, held('unsupported_response_type'), set('response_type', 'token')),
  row(
    'AUT-11 a client without the code grant',
    kind,
    held('unauthorized_client'),
    unchanged,
    changeClient({ metadata: storedMetadata({ grant_types: ['refresh_token'] }) }),
  ),
  row('AUT-31 a request object', kind, held('request_not_supported'), extra('request', 'eyJhbGciOiJub25lIn0..')),
  row(
    'AUT-31 a request object by reference',
    kind,
    held('request_uri_not_supported'),
    extra('request_uri', 'https://client.example/r'),
  ),
  row('AUT-31 registration by request', kind, held('registration_not_supported'), extra('registration', '{}')),
  row('AUT-27 a negative age', kind, held(), set('max_age', '-1')),
]);

const PAGES: readonly BadInput[] = [
  row('AUT-36 return without a request', 'resume', page(), without('request')),
  row('AUT-36 return to an unknown request', 'resume', page(), set('request', 'x'.repeat(43))),
  row('AUT-36 return without the cookie', 'resume', page(403), header('Cookie', 'session=ada')),
  row(
    'AUT-36 return in another browser',
    'resume',
    page(403),
    header('Cookie', `mcp_auth=${'x'.repeat(43)}; session=ada`),
  ),
  row('AUT-36 return to an answered request', 'resume', page(), unchanged, changePending({ decided_at: 1 })),
  row('AUT-36 return to an expired request', 'resume', page(), unchanged, changePending({ expires_at: 1 })),
  row('AUT-36 return with a wrong login secret', 'resume', page(403), extra('login', 'x'.repeat(43))),
  row('AUT-05 return of a client that is gone', 'resume', page(), unchanged, DISABLED),
  row('return of a user who is gone', 'resume', page(403), unchanged, loseUser),
  row('AUT-35 return with NUL in the request', 'resume', page(), set('request', CONTROL)),
  row('AUT-01 return by POST', 'resume', { shape: 'method', allow: 'GET' }, method('POST')),
  row('CON-01 approval without CSRF token', 'approve', page(403), without('csrf_token')),
  row('CON-01 approval with a wrong CSRF token', 'approve', page(403), set('csrf_token', 'x'.repeat(43))),
  row('CON-01 approval by GET', 'approve', { shape: 'method', allow: 'POST' }, method('GET')),
  row(
    'CON-12 approval in another browser',
    'approve',
    page(403),
    header('Cookie', `mcp_auth=${'x'.repeat(43)}; session=ada`),
  ),
  row('CON-12 approval by another user', 'approve', page(403), ({ draft }, { cookies }) =>
    withHeader(draft, 'Cookie', cookies.replace('ada', 'grace')),
  ),
  row('CON-12 approval signed out', 'approve', page(403), ({ draft }, { cookies }) =>
    withHeader(draft, 'Cookie', cookies.replace('ada', '')),
  ),
  row('CON-12 approval of an answered request', 'approve', page(), unchanged, changePending({ decided_at: 1 })),
  row('AUT-05 approval of a client that is gone', 'approve', page(), unchanged, DISABLED),
  row('CON-01 approval that says neither yes nor no', 'approve', page(), set('approved', 'maybe')),
  row('CON-01 approval with a repeated parameter', 'approve', page(), extra('approved', 'false')),
  row('TOK-02 approval as JSON', 'approve', page(), header('Content-Type', 'application/json')),
  row('TOK-11 approval with NUL', 'approve', page(), set('approved', CONTROL)),
  row('ABU-02 approval that is too large', 'approve', page(413), body(`x=${'y'.repeat(70_000)}`)),
];

const INVALID_CLIENT = json('invalid_client', 401);

const TOKEN: readonly BadInput[] = [
  row('CAU-04 an unknown client', 'code', INVALID_CLIENT, set('client_id', 'nobody')),
  row('CAU-04 a disabled client', 'code', INVALID_CLIENT, unchanged, DISABLED),
  row('CAU-07 no client', 'code', INVALID_CLIENT, without('client_id')),
  row('CAU-07 a secret from a public client', 'code', INVALID_CLIENT, extra('client_secret', 'x')),
  row('CAU-04 a wrong secret', 'code of a confidential client', INVALID_CLIENT, ({ draft, clientId }) =>
    withHeader(draft, 'Authorization', `Basic ${btoa(`${clientId}:wrong`)}`),
  ),
  row(
    'CAU-03 a header that cannot be decoded',
    'code of a confidential client',
    INVALID_CLIENT,
    header('Authorization', `Basic ${btoa('a%zz:b')}`),
  ),
  row('CAU-04 another scheme', 'code of a confidential client', INVALID_CLIENT, header('Authorization', 'Bearer x')),
  row('CAU-05 two methods', 'code of a confidential client', json('invalid_request'), ({ draft, clientSecret = '' }) =>
    withExtra(draft, pair('client_secret', clientSecret)),
  ),
  row(
    'CAU-06 another name in the body',
    'code of a confidential client',
    json('invalid_request'),
    extra('client_id', 'nobody'),
  ),
  row('CAU-04 a client assertion', 'code', INVALID_CLIENT, extra('client_assertion', 'a.b.c')),
  row(
    'ACG-04 another redirect URI',
    'code',
    json('invalid_grant'),
    set('redirect_uri', 'https://client.example/other'),
  ),
  row('ACG-02 no verifier', 'code', json('invalid_request'), without('code_verifier')),
  row('ACG-02 a short verifier', 'code', json('invalid_request'), set('code_verifier', 'x'.repeat(42))),
  row('ACG-02 a wrong verifier', 'code', json('invalid_grant'), set('code_verifier', 'x'.repeat(43))),
  row(
    'ACG-03 a code that lost its challenge',
    'code',
    json('invalid_request'),
    unchanged,
    changeCredential({ code_challenge: '' }),
  ),
  row('TOK-04 a repeated parameter', 'code', json('invalid_request'), extra('grant_type', 'authorization_code')),
  row('TOK-04 a repeated parameter nobody knows', 'refresh', json('invalid_request'), ({ draft }) =>
    withExtra(draft, 'x=1', 'x=2'),
  ),
  row('TOK-02 JSON', 'code', json('invalid_request'), header('Content-Type', 'application/json')),
  row('TOK-02 no content type', 'code', json('invalid_request'), header('Content-Type', undefined)),
  row('TOK-11 too large', 'code', json('invalid_request', 413), body(`x=${'y'.repeat(70_000)}`)),
  row('TOK-11 NUL', 'code', json('invalid_request'), set('code', CONTROL)),
  row('TOK-11 an endless value', 'refresh', json('invalid_request'), set('refresh_token', LONG)),
  row('TOK-11 percent-encoding that is not UTF-8', 'code', json('invalid_request'), raw('code', '%c3%28')),
  row('TOK-11 broken percent-encoding', 'code', json('invalid_request'), raw('code', '%')),
  row('TOK-01 GET', 'code', { shape: 'method', allow: 'POST' }, method('GET')),
  row('TOK-01 PUT', 'refresh', { shape: 'method', allow: 'POST' }, method('PUT')),
  row('TOK-09 a relative resource', 'code', json('invalid_target'), set('resource', '/mcp')),
  row('TOK-09 another resource', 'refresh', json('invalid_target'), set('resource', 'https://evil.example/mcp')),
  row('RFT-06 more scope than granted', 'refresh', json('invalid_scope'), set('scope', 'mcp:read mcp:admin')),
  row('RFT-06 a scope outside the grammar', 'refresh', json('invalid_scope'), set('scope', 'mcp:read "')),
  row('TOK-06 no grant type', 'code', json('invalid_request'), without('grant_type')),
  row('TOK-06 another grant type', 'code', json('unsupported_grant_type'), set('grant_type', 'password')),
  row(
    'TOK-06 JWB-01 an assertion grant',
    'code',
    json('unsupported_grant_type'),
    set('grant_type', 'urn:ietf:params:oauth:grant-type:jwt-bearer'),
  ),
  row(
    'TOK-06 CCG-01 client credentials',
    'code of a confidential client',
    json('unsupported_grant_type'),
    set('grant_type', 'client_credentials'),
  ),
  row(
    'TOK-06 a grant type the client did not register',
    'refresh',
    json('unauthorized_client'),
    unchanged,
    changeClient({ metadata: storedMetadata({ grant_types: ['authorization_code'] }) }),
  ),
  row('ACG-01 no code', 'code', json('invalid_request'), without('code')),
  row('ACG-01 an unknown code', 'code', json('invalid_grant'), set('code', 'x'.repeat(43))),
  row('ACG-01 an expired code', 'code', json('invalid_grant'), unchanged, changeCredential({ expires_at: 1 })),
  row('ACG-01 ACG-06 a used code', 'code', json('invalid_grant'), unchanged, acceptOnce, {
    reason: 'code_used',
    ends: 'authorization_code_replayed',
  }),
  row(
    'ACG-07 a used code with a wrong verifier',
    'code',
    json('invalid_grant'),
    set('code_verifier', 'x'.repeat(43)),
    acceptOnce,
    {
      reason: 'pkce_mismatch',
      spent: true,
    },
  ),
  row(
    'ACG-07 a used code of another client',
    'code',
    json('invalid_grant'),
    ({ draft }, world) => withParameter(draft, 'client_id', world.client('another').id),
    acceptOnce,
    {
      reason: 'code_of_another_client',
      spent: true,
    },
  ),
  row('ACG-06 RFT-08 a refresh after its code came again', 'refresh', json('invalid_grant'), unchanged, replayCode, {
    reason: 'grant_revoked',
    spent: true,
  }),
  row('ACG-01 the code of another client', 'code', json('invalid_grant'), ({ draft }, world) =>
    withParameter(draft, 'client_id', world.client('another').id),
  ),
  row('RFT-02 no refresh token', 'refresh', json('invalid_request'), without('refresh_token')),
  row('RFT-02 an unknown refresh token', 'refresh', json('invalid_grant'), set('refresh_token', 'x'.repeat(43))),
  row(
    'RFT-02 an expired refresh token',
    'refresh',
    json('invalid_grant'),
    unchanged,
    changeCredential({ expires_at: 1 }),
  ),
  row('RFT-02 the refresh token of another client', 'refresh', json('invalid_grant'), ({ draft }, world) =>
    withParameter(draft, 'client_id', world.client('another').id),
  ),
  row('RFT-08 a revoked grant', 'refresh', json('invalid_grant'), unchanged, changeGrant({ revoked_at: 1 })),
  row('RFT-08 a user who is gone', 'refresh', json('invalid_grant'), unchanged, loseUser, {
    reason: 'user_gone',
    ends: 'user_gone',
  }),
  row('RFT-03 a retired token after its time', 'refresh again', json('invalid_grant'), unchanged, closeWindow, {
    reason: 'refresh_token_reused',
    ends: 'refresh_token_reused',
  }),
  row('RFT-03 a retired token after its lifetime', 'refresh again', json('invalid_grant'), unchanged, outliveRetired, {
    reason: 'refresh_token_reused',
    ends: 'refresh_token_reused',
  }),
  row(
    'RFT-04 a retired token of another client',
    'refresh again',
    json('invalid_grant'),
    ({ draft }, world) => withParameter(draft, 'client_id', world.client('another').id),
    closeWindow,
    { reason: 'refresh_token_of_another_client' },
  ),
  row(
    'RFT-04 a retired token for another scope',
    'refresh again',
    json('invalid_grant'),
    set('scope', 'mcp:read'),
    undefined,
    {
      reason: 'refresh_token_replay_differs',
    },
  ),
  row(
    'RFT-04 a retired token for no resource in particular',
    'refresh again',
    json('invalid_grant'),
    without('resource'),
    undefined,
    {
      reason: 'refresh_token_replay_differs',
    },
  ),
  row(
    'RFT-04 a retired token whose successor was used',
    'refresh again',
    json('invalid_grant'),
    unchanged,
    useSuccessor,
    {
      reason: 'refresh_token_successor_used',
    },
  ),
  row(
    'RFT-04 a retired token without its answer',
    'refresh again',
    json('invalid_grant'),
    unchanged,
    changeCredential({ replay_answer: null }),
    {
      reason: 'refresh_token_replay_unreadable',
    },
  ),
  row(
    'RFT-04 RFT-08 a retired token of a revoked grant',
    'refresh again',
    json('invalid_grant'),
    unchanged,
    changeGrant({ revoked_at: 1 }),
    {
      reason: 'grant_revoked',
    },
  ),
  row('RFT-08 a user without rights', 'refresh', json('invalid_grant'), unchanged, loseRights),
  row('TOK-03 a secret in the URL', 'code', json('invalid_request'), ({ draft }) => ({
    ...draft,
    query: ['client_secret=x'],
  })),
];

const REGISTER: readonly BadInput[] = [
  row('REG-08 no redirect URI', 'register', json('invalid_redirect_uri'), member('redirect_uris', undefined)),
  row(
    'REG-09 a relative redirect URI',
    'register',
    json('invalid_redirect_uri'),
    member('redirect_uris', ['/callback']),
  ),
  metadata('REG-02 another content type', header('Content-Type', 'application/x-www-form-urlencoded')),
  metadata('REG-02 no content type', header('Content-Type', undefined)),
  metadata('REG-02 malformed JSON', body('{"redirect_uris":')),
  metadata('REG-02 no body', body('')),
  row('ABU-02 too large', 'register', json('invalid_client_metadata', 413), member('x', 'y'.repeat(70_000))),
  metadata('REG-16 NUL in an address', member('client_uri', 'https://client.example/\u0000')),
  metadata('ABU-02 an endless name', member('client_name', 'x'.repeat(201))),
  metadata('REG-13 a scope outside the grammar', member('scope', 'mcp:read "')),
  metadata('REG-13 a scope with NUL', member('scope', CONTROL)),
  metadata('REG-13 another response type alone', member('response_types', ['token'])),
  metadata('REG-13 REG-14 another grant type alone', member('grant_types', ['client_credentials'])),
  row('REG-01 GET', 'register', { shape: 'method', allow: 'POST' }, method('GET')),
  row('REG-01 PUT', 'register', { shape: 'method', allow: 'POST' }, method('PUT')),
];

const INVALID_TOKEN = bearer(401, 'invalid_token');

const MCP: readonly BadInput[] = [
  row('RSG-02 RSG-10 no token', 'mcp', bearer(401), header('Authorization', undefined)),
  row('RSG-02 another scheme', 'mcp', bearer(401), header('Authorization', 'Basic eDp5')),
  row('RSG-06 a token in the URL', 'mcp', bearer(401), (valid) => ({
    ...withHeader(valid.draft, 'Authorization', undefined),
    query: [`access_token=${accessTokenOf(valid)}`],
  })),
  row('RSG-06 two tokens', 'mcp', bearer(400, 'invalid_request'), ({ draft }) => ({
    ...draft,
    headers: [...draft.headers, ['Authorization', 'Bearer x']],
  })),
  row(
    'RSG-06 RSG-10 a token with a character that is none',
    'mcp',
    INVALID_TOKEN,
    header('Authorization', 'Bearer a"b'),
  ),
  row('RSG-03 REV-05 a token that was given back', 'mcp', INVALID_TOKEN, unchanged, revokeAccessToken, {
    reason: 'token_revoked',
    spent: true,
  }),
  row('RSG-03 REV-05 a token of a grant that was given back', 'mcp', INVALID_TOKEN, unchanged, revokeRefreshToken, {
    reason: 'token_revoked',
    spent: true,
  }),
  row('RSG-03 ACG-06 a token whose code came again', 'mcp', INVALID_TOKEN, unchanged, replayCode, {
    reason: 'token_revoked',
    spent: true,
  }),
  row('RSG-03 something that is no token', 'mcp', INVALID_TOKEN, header('Authorization', 'Bearer x')),
  row('RSG-03 an endless token', 'mcp', INVALID_TOKEN, header('Authorization', `Bearer ${'x'.repeat(4097)}`)),
  row('RSG-03 RSG-10 a token that was changed', 'mcp', INVALID_TOKEN, (valid) =>
    withHeader(valid.draft, 'Authorization', `Bearer ${accessTokenOf(valid)}A`),
  ),
  row('RSG-03 RSG-04 a token of another type', 'mcp', INVALID_TOKEN, forge({ header: { typ: 'JWT' } })),
  row(
    'RSG-03 RSG-04 a token of another issuer',
    'mcp',
    INVALID_TOKEN,
    forge({ payload: { iss: 'https://evil.example' } }),
  ),
  row(
    'RSG-05 a token for another resource',
    'mcp',
    INVALID_TOKEN,
    forge({ payload: { aud: 'https://evil.example/mcp' } }),
  ),
  row('RSG-03 RSG-04 an expired token', 'mcp', INVALID_TOKEN, forge({ payload: { exp: 1_700_000_000 } })),
  row('RSG-15 a foreign origin', 'mcp', { shape: 'forbidden' }, header('Origin', 'https://evil.example')),
  row('RSG-01 malformed JSON without a token', 'mcp', bearer(401), ({ draft }) => ({
    ...withHeader(draft, 'Authorization', undefined),
    body: '{',
  })),
  row('RSG-01 too large without a token', 'mcp', bearer(401), ({ draft }) => ({
    ...withHeader(draft, 'Authorization', undefined),
    body: 'x'.repeat(200_000),
  })),
  row('RSG-01 any method without a token', 'mcp', bearer(401), ({ draft }) => ({
    ...withHeader(draft, 'Authorization', undefined),
    method: 'PROPFIND',
  })),
];

/** One for every public sentence that comes near a value that was sent. */
const QUOTES: readonly BadInput[] = [
  row('AUT-07 a client', 'authorize', page(), quote('client_id')),
  row('AUT-07 a redirect URI', 'authorize', page(), quote('redirect_uri')),
  row('AUT-22 a response type', 'authorize', held('unsupported_response_type'), quote('response_type')),
  row('AUT-22 a challenge method', 'authorize', held(), quote('code_challenge_method')),
  row('AUT-22 a challenge', 'authorize', held(), quote('code_challenge')),
  row('AUT-22 a resource', 'authorize', held('invalid_target'), quote('resource')),
  row('AUT-22 an age', 'authorize', held(), quote('max_age')),
  row('AUT-31 a response mode', 'authorize', page(), quote('response_mode')),
  row('CON-01 an answer', 'approve', page(), quote('approved')),
  row('AUT-36 a handle', 'resume', page(), quote('request')),
  row('TOK-08 a grant type', 'code', json('unsupported_grant_type'), quote('grant_type')),
  row('TOK-08 a client', 'code', json('invalid_client', 401), quote('client_id')),
  row('TOK-08 a code', 'code', json('invalid_grant'), quote('code')),
  row('TOK-08 a verifier', 'code', json('invalid_request'), quote('code_verifier')),
  row('TOK-08 a redirect URI', 'code', json('invalid_grant'), quote('redirect_uri')),
  row('TOK-08 a resource', 'code', json('invalid_target'), quote('resource')),
  row('TOK-08 a scope', 'refresh', json('invalid_scope'), quote('scope')),
  row('TOK-08 a refresh token', 'refresh', json('invalid_grant'), quote('refresh_token')),
  row('REV-04 a token to revoke', 'revoke', { shape: 'nothing' }, quote('token')),
  row('REV-01 a client that revokes', 'revoke', json('invalid_client', 401), quote('client_id')),
  row('INT-03 a token to describe', 'introspect', { shape: 'inactive' }, quote('token')),
  row('REG-02 a method', 'register', json('invalid_client_metadata'), ({ draft }, { random }) =>
    withMember(draft, 'token_endpoint_auth_method', random.word()),
  ),
  row('REG-09 a redirect URI', 'register', json('invalid_redirect_uri'), ({ draft }, { random }) =>
    withMember(draft, 'redirect_uris', [random.word()]),
  ),
  row('REG-16 a link', 'register', json('invalid_client_metadata'), ({ draft }, { random }) =>
    withMember(draft, 'client_uri', random.word()),
  ),
  row('RSG-10 a token', 'mcp', bearer(401, 'invalid_token'), ({ draft }, { random }) =>
    withHeader(draft, 'Authorization', `Bearer ${random.word()}`),
  ),
];

describe.each(ADAPTERS)('bad input and its exact answer, on %s', (adapter) => {
  let world: World;
  beforeAll(async () => {
    world = await World.start(adapter, new SeededRandom(1));
  });
  afterAll(() => world.close());

  describe('at the authorization endpoint', () => {
    it.each(AUTHORIZE)('$title ($kind)', (bad) => expectRefusal(world, bad));
  });
  describe('at the pages after it', () => {
    it.each(PAGES)('$title ($kind)', (bad) => expectRefusal(world, bad));
  });
  describe('at the token endpoint', () => {
    it.each(TOKEN)('TOK-08 $title ($kind)', (bad) => expectRefusal(world, bad));
  });
  describe('at the registration endpoint', () => {
    it.each(REGISTER)('$title', (bad) => expectRefusal(world, bad));
  });
  describe('repeating nothing of it', () => {
    it.each(QUOTES)('$title ($kind)', (bad) => expectRefusal(world, bad));
  });
  describe('at the MCP endpoint', () => {
    it.each(MCP)('$title', (bad) => expectRefusal(world, bad));

    it.each([
      ['malformed JSON', '{', 400],
      ['a body too large', `{"x":"${'y'.repeat(2_000_000)}"}`, 413],
    ])('RSG-01 leaves %s to the transport once the token is good', async (_case, text, status) => {
      const { draft } = await new ValidRequests(world).of('mcp');
      expect((await world.send({ ...draft, body: text })).status).toBe(status);
    });
  });
});
