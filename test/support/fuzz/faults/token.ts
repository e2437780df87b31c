import {
  type Draft,
  pair,
  parametersOf,
  valueOf,
  withExtra,
  withHeader,
  withoutParameter,
  withParameter,
} from '../draft.js';
import { type Fault, json, TOKEN_KINDS, unchanged } from '../fault.js';
import { type Kind, sha256, type Table, type Valid, type World } from '../world.js';

const CODES: readonly Kind[] = ['code', 'code of a confidential client'];
const PUBLIC: readonly Kind[] = ['code', 'refresh'];
const CONFIDENTIAL: readonly Kind[] = ['code of a confidential client'];

type Arrange = NonNullable<Fault['arrange']>;

const at = (
  kinds: readonly Kind[],
  name: string,
  reason: string,
  error: string,
  spoil: Fault['spoil'],
  arrange?: Arrange,
): Fault => ({
  name: `token: ${name}`,
  kinds,
  reason,
  outcome: json(error, error === 'invalid_client' ? 401 : 400),
  spoil,
  ...(arrange === undefined ? {} : { arrange }),
});

const set =
  (name: string, value: (world: World, valid: Valid) => string): Fault['spoil'] =>
  (valid, world) =>
    withParameter(valid.draft, name, value(world, valid));

const without =
  (name: string): Fault['spoil'] =>
  ({ draft }) =>
    withoutParameter(draft, name);

const basic = (draft: Draft, text: string): Draft =>
  withHeader(draft, 'Authorization', `Basic ${Buffer.from(text).toString('base64')}`);

const secretOf = ({ clientSecret = '' }: Valid): string => clientSecret;

/** Changes the row of the code or refresh token, or of the grant above it. */
const changeCredential =
  (values: Record<string, unknown>): Arrange =>
  ({ code, refreshToken = '' }, world) => {
    const [table, column]: [Table, string] =
      code === undefined ? ['mcp_auth_refresh_tokens', 'token_hash'] : ['mcp_auth_authorization_codes', 'code_hash'];
    return world.change(table, { [column]: sha256(code ?? refreshToken) }, values);
  };

const changeGrant =
  (values: Record<string, unknown>): Arrange =>
  async ({ code, refreshToken = '' }, world) => {
    const [table, column] =
      code === undefined ? ['mcp_auth_refresh_tokens', 'token_hash'] : ['mcp_auth_authorization_codes', 'code_hash'];
    const rows = await world.host.dataSource.query<{ grant_id: string }[]>(
      `SELECT grant_id FROM ${table} WHERE ${column} = ?`,
      [sha256(code ?? refreshToken)],
    );
    return world.change('mcp_auth_grants', { id: rows[0]?.grant_id ?? '' }, values);
  };

const changeClient =
  (values: Record<string, unknown>): Arrange =>
  ({ clientId = '' }, world) =>
    world.change('mcp_auth_clients', { client_id: clientId }, values);

const loseUser: Arrange = (_valid, { host }) => {
  host.users.faults.set('fetchUserData', () => null);
  return Promise.resolve(() => host.users.faults.delete('fetchUserData'));
};

const loseRights: Arrange = (_valid, { host }) => {
  for (const scope of ['mcp:read', 'mcp:write', 'mcp:admin']) host.users.refused.add(scope);
  return Promise.resolve(() => host.users.refused.clear());
};

const metadata = (change: object): string =>
  JSON.stringify({
    redirect_uris: ['https://client.example/callback?tenant=7'],
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    ...change,
  });

const AUTHENTICATION_FAULTS: readonly Fault[] = [
  at(PUBLIC, 'no client', 'client_id_missing', 'invalid_client', without('client_id')),
  at(PUBLIC, 'no body at all', 'client_id_missing', 'invalid_client', ({ draft }) => ({ ...draft, form: [] })),
  at(
    PUBLIC,
    'a stranger',
    'client_unknown',
    'invalid_client',
    set('client_id', ({ random }) =>
      random.pick([random.word(43), random.word(600), '__proto__', 'constructor', "' OR 1=1 --"]),
    ),
  ),
  at(
    TOKEN_KINDS,
    'a client that was disabled',
    'client_unknown',
    'invalid_client',
    unchanged,
    changeClient({ disabled_at: 1 }),
  ),
  at(
    PUBLIC,
    'a secret from a client without one',
    'client_auth_method_mismatch',
    'invalid_client',
    ({ draft }, { random }) => withExtra(draft, pair('client_secret', random.word(43))),
  ),
  at(CONFIDENTIAL, 'the right secret in the wrong place', 'client_auth_method_mismatch', 'invalid_client', (valid) =>
    withExtra(
      withHeader(valid.draft, 'Authorization', undefined),
      pair('client_id', valid.clientId ?? ''),
      pair('client_secret', secretOf(valid)),
    ),
  ),
  at(CONFIDENTIAL, 'no secret', 'client_auth_method_mismatch', 'invalid_client', (valid) =>
    withExtra(withHeader(valid.draft, 'Authorization', undefined), pair('client_id', valid.clientId ?? '')),
  ),
  at(CONFIDENTIAL, 'an empty secret', 'client_secret_missing', 'invalid_client', ({ draft, clientId }) =>
    basic(draft, `${clientId}:`),
  ),
  at(CONFIDENTIAL, 'a wrong secret', 'client_secret_wrong', 'invalid_client', (valid, { random }) =>
    basic(
      valid.draft,
      `${valid.clientId}:${random.pick([random.word(43), `${secretOf(valid)}x`, secretOf(valid).toLowerCase(), secretOf(valid).slice(1)])}`,
    ),
  ),
  at(
    CONFIDENTIAL,
    'a header without a colon',
    'authorization_header_without_colon',
    'invalid_client',
    ({ draft }, { random }) => basic(draft, random.word(20)),
  ),
  at(
    CONFIDENTIAL,
    'a header that cannot be decoded',
    'authorization_header_undecodable',
    'invalid_client',
    ({ draft, clientId }, { random }) =>
      basic(draft, random.pick([`${clientId}:%zz`, `%:${random.word()}`, `${clientId}:%ff`])),
  ),
  at(CONFIDENTIAL, 'another scheme', 'authorization_header_unreadable', 'invalid_client', ({ draft }, { random }) =>
    withHeader(
      draft,
      'Authorization',
      random.pick([
        `Bearer ${random.word(30)}`,
        'Basic',
        'Basic !!!',
        `Digest ${random.word()}`,
        `Basic ${random.word()} x`,
      ]),
    ),
  ),
  at(CONFIDENTIAL, 'two headers', 'authorization_repeated', 'invalid_client', ({ draft }, { random }) => {
    const [, value = ''] = draft.headers.find(([name]) => name === 'Authorization') ?? [];
    return {
      ...draft,
      headers: [...draft.headers, ['authorization', random.pick([value, `Basic ${random.word(20)}`])]],
    };
  }),
  at(CONFIDENTIAL, 'two ways to authenticate', 'client_auth_several', 'invalid_request', (valid) =>
    withExtra(valid.draft, pair('client_secret', secretOf(valid))),
  ),
  at(CONFIDENTIAL, 'another name in the body', 'client_id_differs', 'invalid_request', ({ draft }, { random }) =>
    withExtra(draft, pair('client_id', random.word(43))),
  ),
  at(TOKEN_KINDS, 'an assertion', 'client_assertion_unsupported', 'invalid_client', ({ draft }, { random }) =>
    withExtra(draft, pair('client_assertion', random.word(60))),
  ),
  at(TOKEN_KINDS, 'a secret in the URL', 'client_secret_in_query', 'invalid_request', ({ draft }, { random }) => ({
    ...draft,
    query: [pair('client_secret', random.word(43))],
  })),
];

const GRANT_FAULTS: readonly Fault[] = [
  at(TOKEN_KINDS, 'no grant type', 'grant_type_missing', 'invalid_request', without('grant_type')),
  at(
    TOKEN_KINDS,
    'another grant type',
    'grant_type_unknown',
    'unsupported_grant_type',
    set('grant_type', ({ random }) =>
      random.pick([
        'password',
        'client_credentials',
        'implicit',
        'Authorization_Code',
        '__proto__',
        'constructor',
        'urn:ietf:params:oauth:grant-type:jwt-bearer',
        random.word(),
      ]),
    ),
  ),
  at(
    ['refresh'],
    'a client that did not register for refreshing',
    'grant_type_not_registered',
    'unauthorized_client',
    unchanged,
    changeClient({ metadata: metadata({ grant_types: ['authorization_code'] }) }),
  ),
  at(CODES, 'no code', 'code_missing', 'invalid_request', without('code')),
  at(
    CODES,
    'an unknown code',
    'code_unknown',
    'invalid_grant',
    set('code', ({ random }, { code = '' }) =>
      random.pick([random.word(43), `${code}A`, code.slice(1), code.toLowerCase(), '__proto__']),
    ),
  ),
  at(CODES, 'no verifier', 'code_verifier_missing', 'invalid_request', without('code_verifier')),
  at(
    CODES,
    'a verifier of another shape',
    'code_verifier_malformed',
    'invalid_request',
    set('code_verifier', ({ random }) =>
      random.pick([
        random.word(42),
        random.word(129),
        `${random.word(50)}=`,
        `${random.word(50)}\u00e9`,
        `${random.word(50)} `,
      ]),
    ),
  ),
  at(
    CODES,
    'a wrong verifier',
    'pkce_mismatch',
    'invalid_grant',
    set('code_verifier', ({ random }, { draft }) =>
      random.pick([random.word(43), random.word(128), `${valueOf(parametersOf(draft), 'code_verifier')}A`]),
    ),
  ),
  at(
    ['code'],
    'the code of another client',
    'code_of_another_client',
    'invalid_grant',
    set('client_id', (world) => world.client('another').id),
  ),
  at(CODES, 'an expired code', 'code_expired', 'invalid_grant', unchanged, changeCredential({ expires_at: 1 })),
  at(CODES, 'a used code', 'code_used', 'invalid_grant', unchanged, changeCredential({ consumed_at: 1 })),
  at(
    CODES,
    'a code that lost its challenge',
    'code_challenge_missing',
    'invalid_request',
    unchanged,
    changeCredential({ code_challenge: '' }),
  ),
  at(
    CODES,
    'another redirect URI',
    'code_redirect_uri_mismatch',
    'invalid_grant',
    set('redirect_uri', ({ random }) =>
      random.pick(['https://client.example/callback', 'https://client.example/callback?tenant=7&', random.word()]),
    ),
  ),
  at(['refresh'], 'no refresh token', 'refresh_token_missing', 'invalid_request', without('refresh_token')),
  at(
    ['refresh'],
    'an unknown refresh token',
    'refresh_token_unknown',
    'invalid_grant',
    set('refresh_token', ({ random }, { refreshToken = '' }) =>
      random.pick([
        random.word(43),
        `${refreshToken}A`,
        refreshToken.slice(1),
        `${random.word()}.${random.word()}.${random.word()}`,
      ]),
    ),
  ),
  at(
    ['refresh'],
    'the refresh token of another client',
    'refresh_token_of_another_client',
    'invalid_grant',
    set('client_id', (world) => world.client('another').id),
  ),
  at(
    ['refresh'],
    'an expired refresh token',
    'refresh_token_expired',
    'invalid_grant',
    unchanged,
    changeCredential({ expires_at: 1 }),
  ),
  at(
    ['refresh'],
    'a used refresh token',
    'refresh_token_used',
    'invalid_grant',
    unchanged,
    changeCredential({ consumed_at: 1 }),
  ),
  at(
    ['refresh'],
    'more scope than granted',
    'scope_exceeds_grant',
    'invalid_scope',
    set('scope', ({ random }) => random.pick(['mcp:admin', 'mcp:read mcp:admin', 'MCP:READ', random.word(), 'openid'])),
  ),
  at(
    ['refresh'],
    'a scope outside the grammar',
    'scope_malformed',
    'invalid_scope',
    set('scope', ({ random }) => `mcp:read ${random.spoil(random.word(), random.pick(['"', '\\', '\u00e9']))}`),
  ),
  at(
    TOKEN_KINDS,
    'a grant that was revoked',
    'grant_revoked',
    'invalid_grant',
    unchanged,
    changeGrant({ revoked_at: 1 }),
  ),
  at(TOKEN_KINDS, 'a user who is gone', 'user_gone', 'invalid_grant', unchanged, loseUser),
  at(TOKEN_KINDS, 'a user without any rights left', 'no_scope_left', 'invalid_grant', unchanged, loseRights),
  at(
    TOKEN_KINDS,
    'a relative resource',
    'resource_not_absolute',
    'invalid_target',
    set('resource', ({ random }) => random.pick(['/mcp', 'mcp', '//host/mcp', 'https://', random.word()])),
  ),
  at(
    TOKEN_KINDS,
    'a resource with a fragment',
    'resource_fragment',
    'invalid_target',
    set('resource', ({ random, resource }) => `${resource}#${random.word()}`),
  ),
  at(
    TOKEN_KINDS,
    'an unknown resource',
    'resource_unknown',
    'invalid_target',
    set('resource', ({ random, resource }) =>
      random.pick([`${resource}/`, `${resource}x`, `https://${random.word()}.example/mcp`]),
    ),
  ),
  at(TOKEN_KINDS, 'several resources', 'resource_several', 'invalid_target', ({ draft }, { random }) =>
    withExtra(draft, pair('resource', `https://${random.word()}.example`)),
  ),
  at(
    CODES,
    'a code for a resource that moved',
    'resource_outside_grant',
    'invalid_target',
    without('resource'),
    changeCredential({ resource: 'https://old.example/mcp' }),
  ),
  at(
    ['refresh'],
    'a grant for a resource that moved',
    'resource_outside_grant',
    'invalid_target',
    without('resource'),
    changeGrant({ resource: 'https://old.example/mcp' }),
  ),
];

export const TOKEN_FAULTS: readonly Fault[] = [...AUTHENTICATION_FAULTS, ...GRANT_FAULTS];
