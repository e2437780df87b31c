import {
  acceptOnce,
  type Arrange,
  changeCredential,
  changeGrant,
  replayCode,
  revokeAccessToken,
  revokeRefreshToken,
} from '../arrange.js';
import { pair, valueOf, withExtra, withHeader, withParameter } from '../draft.js';
import { type Fault, json, type Outcome, REVOKE_KINDS, unchanged } from '../fault.js';
import { atToken, set, without } from '../token-fault.js';
import { foreignTokens } from '../valid-requests.js';
import type { Kind, Valid, World } from '../world.js';
import { resigned } from './mcp.js';

const BOTH: readonly Kind[] = [...REVOKE_KINDS, 'introspect'];

/** What is no living token of the client: nothing to revoke (RFC 7009 §2.2), nothing to tell (RFC 7662 §2.2), and no refusal to log. */
const at = (
  kind: Kind,
  name: string,
  outcome: Outcome,
  spoil: Fault['spoil'],
  arrange?: Arrange,
  after: Pick<Fault, 'spent'> = {},
): Fault => ({
  name: `${kind}: ${name}`,
  kinds: [kind],
  outcome,
  spoil,
  ...(arrange === undefined ? {} : { arrange }),
  ...after,
});

const NOTHING: Outcome = { shape: 'nothing' };
const INACTIVE: Outcome = { shape: 'inactive' };

/** A string nobody ever got. */
function noToken({ draft }: Valid, { random }: World): string {
  const token = valueOf(draft.form ?? [], 'token');
  return random.pick([
    random.word(43),
    random.word(2000),
    `${random.word()}.${random.word()}.${random.word()}`,
    `${token}A`,
    token.slice(1),
    '__proto__',
    '..',
    "' OR '1'='1",
    '\u202e\ud83e\udd8a',
  ]);
}

/** An access token with our signature that is good for nothing all the same. */
const badAccessToken = (valid: Valid, world: World): string =>
  resigned(
    valid,
    world,
    world.random.pick([
      { payload: { exp: 1_700_000_000 } },
      { payload: { nbf: Math.floor(Date.now() / 1000) + 3600 } },
      { payload: { iss: 'https://another.example' } },
      { payload: { aud: `${world.resource}x` } },
      { payload: { jti: '' } },
      { header: { typ: 'JWT' } },
      { header: { crit: ['exp'] } },
    ]),
  );

const foreign: Fault['spoil'] = async ({ draft }, world) => {
  const { accessToken, refreshToken } = await foreignTokens(world);
  return withParameter(draft, 'token', world.random.pick([accessToken, refreshToken]));
};

const unknown = (kind: Kind, outcome: Outcome): Fault[] => [
  at(
    kind,
    'no token of ours',
    outcome,
    set('token', (world, valid) => noToken(valid, world)),
  ),
  at(
    kind,
    'a token that is not valid',
    outcome,
    set('token', (world, valid) => badAccessToken(valid, world)),
  ),
  at(
    kind,
    'a token that was given back',
    outcome,
    set('token', (_world, { accessToken = '' }) => accessToken),
    revokeAccessToken,
    { spent: true },
  ),
];

const theRefreshToken = set('token', (_world, { refreshToken = '' }) => refreshToken);
const eitherToken = set('token', ({ random }, { refreshToken = '', accessToken = '' }) =>
  random.pick([refreshToken, accessToken]),
);

export const TOKEN_STATUS_FAULTS: readonly Fault[] = [
  atToken(BOTH, 'no token', 'token_missing', 'invalid_request', without('token')),
  atToken(
    BOTH,
    'an empty token',
    'token_missing',
    'invalid_request',
    set('token', () => ''),
  ),
  atToken(REVOKE_KINDS, 'the token of another client', 'token_of_another_client', 'invalid_grant', foreign),
  {
    name: 'introspect: a client that cannot prove who it is',
    kinds: ['introspect'],
    reason: 'introspection_by_public_client',
    outcome: json('invalid_client', 401),
    spoil: async (valid, world) => {
      const own = await foreignTokens(world);
      const draft = withExtra(withHeader(valid.draft, 'Authorization', undefined), pair('client_id', own.clientId));
      const { random } = world;
      return random.pick([draft, withParameter(draft, 'token', own.accessToken), withParameter(draft, 'token', 'x')]);
    },
  },
  ...REVOKE_KINDS.flatMap((kind) => [
    ...unknown(kind, NOTHING),
    at(kind, 'the same once more', NOTHING, unchanged, acceptOnce, { spent: true }),
  ]),
  ...unknown('introspect', INACTIVE),
  at('introspect', 'the token of another client', INACTIVE, foreign),
  at('introspect', 'a used refresh token', INACTIVE, theRefreshToken, changeCredential({ consumed_at: 1 })),
  at('introspect', 'an expired refresh token', INACTIVE, theRefreshToken, changeCredential({ expires_at: 1 })),
  at('introspect', 'a grant that was revoked', INACTIVE, theRefreshToken, changeGrant({ revoked_at: 1 })),
  at('introspect', 'a grant that was given back', INACTIVE, eitherToken, revokeRefreshToken, { spent: true }),
  at('introspect', 'a grant that ended with its code', INACTIVE, eitherToken, replayCode, { spent: true }),
];
