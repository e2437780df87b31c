import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  acceptOnce,
  changeClient,
  changeCredential,
  changeGrant,
  replayCode,
  revokeAccessToken,
  revokeRefreshToken,
} from '../support/fuzz/arrange.js';
import { pair, valueOf, withExtra, withHeader, withParameter } from '../support/fuzz/draft.js';
import { type BadInput, expectRefusal } from '../support/fuzz/expect-refusal.js';
import { json, type Outcome } from '../support/fuzz/fault.js';
import { resigned } from '../support/fuzz/faults/mcp.js';
import { SeededRandom } from '../support/fuzz/random.js';
import {
  body,
  CONTROL,
  extra,
  header,
  LONG,
  method,
  raw,
  row,
  set,
  type Spoil,
  unchanged,
  without,
} from '../support/fuzz/rows.js';
import { foreignTokens, ValidRequests } from '../support/fuzz/valid-requests.js';
import { type Kind, World } from '../support/fuzz/world.js';
import { ADAPTERS } from '../support/test-app.js';

const NOTHING: Outcome = { shape: 'nothing' };
const INACTIVE: Outcome = { shape: 'inactive' };
const INVALID_REQUEST = json('invalid_request');
const INVALID_CLIENT = json('invalid_client', 401);

const foreign =
  (which: 'accessToken' | 'refreshToken'): Spoil =>
  async ({ draft }, world) =>
    withParameter(draft, 'token', (await foreignTokens(world))[which]);
const ownRefreshToken: Spoil = ({ draft, refreshToken = '' }) => withParameter(draft, 'token', refreshToken);
const ownAccessToken: Spoil = ({ draft, accessToken = '' }) => withParameter(draft, 'token', accessToken);
const forged =
  (change: Parameters<typeof resigned>[2]): Spoil =>
  (valid, world) =>
    withParameter(valid.draft, 'token', resigned(valid, world, change));
const password =
  (secret: string): Spoil =>
  ({ draft, clientId }) =>
    withHeader(draft, 'Authorization', `Basic ${btoa(`${clientId}:${secret}`)}`);

/** What the endpoints read in the same way: a form, a client, a token. */
const both = (ids: { form: string; client: string }, kind: Kind): readonly BadInput[] => [
  row(`${ids.form} GET`, kind, { shape: 'method', allow: 'POST' }, method('GET')),
  row(`${ids.form} GET with everything in the URL`, kind, { shape: 'method', allow: 'POST' }, ({ draft }) => {
    const { form: query = [], headers } = draft;
    return { method: 'GET', path: draft.path, headers, query };
  }),
  row(`${ids.form} PUT`, kind, { shape: 'method', allow: 'POST' }, method('PUT')),
  row(`${ids.form} no token`, kind, INVALID_REQUEST, without('token'), undefined, { reason: 'token_missing' }),
  row(`${ids.form} an empty token`, kind, INVALID_REQUEST, set('token', ''), undefined, { reason: 'token_missing' }),
  row(
    `${ids.form} the token in the URL`,
    kind,
    INVALID_REQUEST,
    ({ draft }) => ({
      ...draft,
      form: (draft.form ?? []).filter((encoded) => !encoded.startsWith('token=')),
      query: [pair('token', valueOf(draft.form ?? [], 'token'))],
    }),
    undefined,
    { reason: 'token_missing' },
  ),
  row(`${ids.form} two tokens`, kind, INVALID_REQUEST, extra('token', 'x'), undefined, {
    reason: 'parameter_repeated',
  }),
  row(`${ids.form} two hints`, kind, INVALID_REQUEST, extra('token_type_hint', 'x'), undefined, {
    reason: 'parameter_repeated',
  }),
  row(`${ids.form} a repeated parameter nobody knows`, kind, INVALID_REQUEST, ({ draft }) =>
    withExtra(draft, 'x=1', 'x=2'),
  ),
  row(`${ids.form} JSON`, kind, INVALID_REQUEST, ({ draft }) => ({
    ...withHeader(draft, 'Content-Type', 'application/json'),
    body: JSON.stringify({ token: 'x' }),
  })),
  row(`${ids.form} no content type`, kind, INVALID_REQUEST, header('Content-Type', undefined)),
  row(`${ids.form} a form in parts`, kind, INVALID_REQUEST, header('Content-Type', 'multipart/form-data; boundary=x')),
  row(`${ids.form} ABU-02 too large`, kind, json('invalid_request', 413), body(`token=${'y'.repeat(70_000)}`)),
  row(`${ids.form} NUL`, kind, INVALID_REQUEST, set('token', CONTROL)),
  row(`${ids.form} an endless token`, kind, INVALID_REQUEST, set('token', LONG + LONG)),
  row(`${ids.form} broken percent-encoding`, kind, INVALID_REQUEST, raw('token', '%')),
  row(`${ids.form} percent-encoding that is not UTF-8`, kind, INVALID_REQUEST, raw('token', '%c3%28')),
  row(`${ids.client} a disabled client`, kind, INVALID_CLIENT, unchanged, changeClient({ disabled_at: 1 })),
  // Beside a secret it is a second mechanism (CAU-05).
  row(
    `${ids.client} an assertion`,
    kind,
    kind === 'revoke' ? INVALID_CLIENT : INVALID_REQUEST,
    extra('client_assertion', 'a.b.c'),
  ),
  row(`${ids.client} a secret in the URL`, kind, INVALID_REQUEST, ({ draft }) => ({
    ...draft,
    query: ['client_secret=x'],
  })),
];

/** How a client fails that has a secret. */
const confidential = (id: string, kind: Kind): readonly BadInput[] => [
  row(`${id} no client`, kind, INVALID_CLIENT, header('Authorization', undefined)),
  row(`${id} a wrong secret`, kind, INVALID_CLIENT, password('wrong'), undefined, { reason: 'client_secret_wrong' }),
  row(`${id} no secret`, kind, INVALID_CLIENT, password('')),
  row(`${id} a name instead of the secret`, kind, INVALID_CLIENT, ({ draft, clientId = '' }) =>
    withExtra(withHeader(draft, 'Authorization', undefined), pair('client_id', clientId)),
  ),
  row(`${id} an access token instead of the secret`, kind, INVALID_CLIENT, ({ draft, accessToken }) =>
    withHeader(draft, 'Authorization', `Bearer ${accessToken}`),
  ),
  row(`${id} two headers`, kind, INVALID_CLIENT, ({ draft }) => ({
    ...draft,
    headers: [...draft.headers, ...draft.headers.filter(([name]) => name === 'Authorization')],
  })),
  row(`${id} another name in the body`, kind, INVALID_REQUEST, extra('client_id', 'nobody')),
];

/** What is no living token of the caller, and the same answer for all of it. */
const noToken = (id: string, kind: Kind, outcome: Outcome): readonly BadInput[] => [
  row(`${id} an unknown token`, kind, outcome, set('token', 'x'.repeat(43))),
  row(`${id} a token with characters no token has`, kind, outcome, set('token', 'caf\u00e9 "\\')),
  row(`${id} an expired access token`, kind, outcome, forged({ payload: { exp: 1_700_000_000 } })),
  row(`${id} an access token for later`, kind, outcome, forged({ payload: { nbf: 9_999_999_999 } })),
  row(`${id} an access token of another issuer`, kind, outcome, forged({ payload: { iss: 'https://evil.example' } })),
  row(
    `${id} an access token for another resource`,
    kind,
    outcome,
    forged({ payload: { aud: 'https://evil.example' } }),
  ),
  row(`${id} a token of another type`, kind, outcome, forged({ header: { typ: 'JWT' } })),
  row(`${id} an access token that was changed`, kind, outcome, ({ draft, accessToken }) =>
    withParameter(draft, 'token', `${accessToken}A`),
  ),
  row(`${id} an access token given back before`, kind, outcome, ownAccessToken, revokeAccessToken, { spent: true }),
];

const REVOKE: readonly BadInput[] = [
  ...both({ form: 'REV-01', client: 'REV-01' }, 'revoke'),
  ...both({ form: 'REV-01', client: 'REV-01' }, 'revoke of a confidential client'),
  ...confidential('REV-01', 'revoke of a confidential client'),
  row('REV-01 no client', 'revoke', INVALID_CLIENT, without('client_id')),
  row('REV-01 an unknown client', 'revoke', INVALID_CLIENT, set('client_id', 'nobody')),
  row('REV-01 a secret from a public client', 'revoke', INVALID_CLIENT, extra('client_secret', 'x')),
  ...noToken('REV-02', 'revoke', NOTHING),
  ...noToken('REV-02', 'revoke of a confidential client', NOTHING),
  row('REV-02 the same refresh token once more', 'revoke', NOTHING, unchanged, acceptOnce, { spent: true }),
  ...(['revoke', 'revoke of a confidential client'] as const).flatMap((kind) =>
    (['accessToken', 'refreshToken'] as const).map((which) =>
      row(`REV-04 the ${which} of another client`, kind, json('invalid_grant'), foreign(which), undefined, {
        reason: 'token_of_another_client',
      }),
    ),
  ),
];

const INTROSPECT: readonly BadInput[] = [
  ...both({ form: 'INT-01', client: 'INT-02' }, 'introspect'),
  ...confidential('INT-02', 'introspect'),
  row(
    'INT-02 a public client with a token of its own',
    'introspect',
    INVALID_CLIENT,
    async ({ draft }, world) => {
      const { clientId, accessToken } = await foreignTokens(world);
      const form = [pair('token', accessToken), pair('client_id', clientId)];
      return withHeader({ ...draft, form }, 'Authorization', undefined);
    },
    undefined,
    { reason: 'introspection_by_public_client' },
  ),
  ...noToken('INT-03 INT-04', 'introspect', INACTIVE),
  row('INT-03 the access token of another client', 'introspect', INACTIVE, foreign('accessToken')),
  row('INT-03 the refresh token of another client', 'introspect', INACTIVE, foreign('refreshToken')),
  row('INT-04 a used refresh token', 'introspect', INACTIVE, ownRefreshToken, changeCredential({ consumed_at: 1 })),
  row('INT-04 an expired refresh token', 'introspect', INACTIVE, ownRefreshToken, changeCredential({ expires_at: 1 })),
  row(
    'INT-04 a refresh token of a revoked grant',
    'introspect',
    INACTIVE,
    ownRefreshToken,
    changeGrant({ revoked_at: 1 }),
  ),
  row('INT-04 REV-05 a refresh token given back before', 'introspect', INACTIVE, ownRefreshToken, revokeRefreshToken, {
    spent: true,
  }),
  row(
    'INT-04 REV-05 an access token of a grant given back',
    'introspect',
    INACTIVE,
    ownAccessToken,
    revokeRefreshToken,
    {
      spent: true,
    },
  ),
  row('INT-04 ACG-06 an access token whose code came again', 'introspect', INACTIVE, ownAccessToken, replayCode, {
    spent: true,
  }),
];

describe.each(ADAPTERS)('bad requests about tokens and their exact answer, on %s', (adapter) => {
  let world: World;
  beforeAll(async () => {
    world = await World.start(adapter, new SeededRandom(6));
  });
  afterAll(() => world.close());

  describe('at the revocation endpoint', () => {
    it.each(REVOKE)('$title ($kind)', (bad) => expectRefusal(world, bad));
  });
  describe('at the introspection endpoint', () => {
    it.each(INTROSPECT)('$title', (bad) => expectRefusal(world, bad));
  });

  it.each(['access_token', 'refresh_token', 'id_token', 'nonsense', ''])(
    'REV-02 INT-01 finds either token whatever the hint "%s" says',
    async (hint) => {
      for (const spoil of [ownAccessToken, ownRefreshToken]) {
        for (const kind of ['introspect', 'revoke'] as const) {
          const valid = await new ValidRequests(world).of(kind);
          const draft = withParameter(await spoil(valid, world), 'token_type_hint', hint);
          expect(valid.accepts(await world.send(draft))).toBe(true);
          if (valid.stops) expect((await world.send(valid.stops)).status).toBe(401);
        }
      }
    },
  );
});
