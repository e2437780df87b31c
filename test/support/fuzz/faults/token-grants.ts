import {
  acceptOnce,
  changeClient,
  changeCredential,
  changeGrant,
  loseRights,
  loseUser,
  replayCode,
  revokeRefreshToken,
  storedMetadata,
} from '../arrange.js';
import { pair, parametersOf, valueOf, withExtra } from '../draft.js';
import { type Fault, TOKEN_KINDS, unchanged } from '../fault.js';
import { atToken as at, set, without } from '../token-fault.js';
import type { Kind } from '../world.js';

const CODES: readonly Kind[] = ['code', 'code of a confidential client'];
const REFRESHES: readonly Kind[] = ['refresh', 'refresh again'];
/** A refresh that is answered again gives what was given already; the next one asks about the user. */
const GIVING: readonly Kind[] = [...CODES, 'refresh'];

export const GRANT_FAULTS: readonly Fault[] = [
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
    REFRESHES,
    'a client that did not register for refreshing',
    'grant_type_not_registered',
    'unauthorized_client',
    unchanged,
    changeClient({ metadata: storedMetadata({ grant_types: ['authorization_code'] }) }),
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
  at(CODES, 'a used code', 'code_used', 'invalid_grant', unchanged, acceptOnce, {
    ends: 'authorization_code_replayed',
  }),
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
  at(REFRESHES, 'no refresh token', 'refresh_token_missing', 'invalid_request', without('refresh_token')),
  at(
    REFRESHES,
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
    REFRESHES,
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
    REFRESHES,
    'more scope than granted',
    'scope_exceeds_grant',
    'invalid_scope',
    set('scope', ({ random }) => random.pick(['mcp:admin', 'mcp:read mcp:admin', 'MCP:READ', random.word(), 'openid'])),
  ),
  at(
    REFRESHES,
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
  at(REFRESHES, 'a grant that ended with its code', 'grant_revoked', 'invalid_grant', unchanged, replayCode, {
    spent: true,
  }),
  at(REFRESHES, 'a token that was given back', 'grant_revoked', 'invalid_grant', unchanged, revokeRefreshToken, {
    spent: true,
  }),
  at(GIVING, 'a user who is gone', 'user_gone', 'invalid_grant', unchanged, loseUser, { ends: 'user_gone' }),
  at(GIVING, 'a user without any rights left', 'no_scope_left', 'invalid_grant', unchanged, loseRights),
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
    REFRESHES,
    'a grant for a resource that moved',
    'resource_outside_grant',
    'invalid_target',
    without('resource'),
    changeGrant({ resource: 'https://old.example/mcp' }),
  ),
];
