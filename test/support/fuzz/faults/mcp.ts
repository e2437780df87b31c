import { createHmac, type KeyObject } from 'node:crypto';
import { DerivedKeys } from '../../../../lib/keys/derived-keys.js';
import { type Arrange, replayCode, revokeAccessToken, revokeRefreshToken } from '../arrange.js';
import { withHeader } from '../draft.js';
import { bearer, type Fault, type Outcome, unchanged } from '../fault.js';
import { accessTokenOf, type Valid, type World } from '../world.js';

type Json = Readonly<Record<string, unknown>>;

const at = (name: string, reason: string | undefined, outcome: Outcome, spoil: Fault['spoil']): Fault => ({
  name: `mcp: ${name}`,
  kinds: ['mcp'],
  ...(reason === undefined ? {} : { reason }),
  outcome,
  spoil,
});

const INVALID = bearer(401, 'invalid_token');

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

const decode = (part: string | undefined): Json => JSON.parse(Buffer.from(part ?? '', 'base64url').toString()) as Json;

const keyOf = ({ host }: World): KeyObject =>
  host.app.get(DerivedKeys, { strict: false }).accessTokenSigning[0] as KeyObject;

function sign(header: Json, payload: unknown, key: KeyObject | string, hash = 'sha256'): string {
  const text = `${encode(header)}.${encode(payload)}`;
  return `${text}.${createHmac(hash, key).update(text).digest('base64url')}`;
}

/** The token of the request, taken apart, changed, and signed again with the right key. */
export function resigned(valid: Valid, world: World, change: { header?: Json; payload?: Json }): string {
  const [header, payload] = accessTokenOf(valid).split('.');
  return sign({ ...decode(header), ...change.header }, { ...decode(payload), ...change.payload }, keyOf(world));
}

const withToken = (valid: Valid, token: string) => withHeader(valid.draft, 'Authorization', `Bearer ${token}`);

const header = (name: string, reason: string, change: (world: World) => Json): Fault =>
  at(name, reason, INVALID, (valid, world) => withToken(valid, resigned(valid, world, { header: change(world) })));

const claims = (name: string, reason: string, change: (world: World) => Json): Fault =>
  at(name, reason, INVALID, (valid, world) => withToken(valid, resigned(valid, world, { payload: change(world) })));

const token = (name: string, reason: string, spoil: (token: string, world: World) => string): Fault =>
  at(name, reason, INVALID, (valid, world) => withToken(valid, spoil(accessTokenOf(valid), world)));

const REQUIRED = ['iss', 'aud', 'sub', 'client_id', 'iat', 'exp', 'jti'];

const CREDENTIAL_FAULTS: readonly Fault[] = [
  at('no token', undefined, bearer(401), ({ draft }) => withHeader(draft, 'Authorization', undefined)),
  at('another scheme', undefined, bearer(401), ({ draft }, { random }) =>
    withHeader(draft, 'Authorization', `${random.pick(['Basic', 'DPoP', 'Token'])} ${random.word()}`),
  ),
  at('the token in the URL', undefined, bearer(401), (valid) => ({
    ...withHeader(valid.draft, 'Authorization', undefined),
    query: [`access_token=${accessTokenOf(valid)}`],
  })),
  at('two tokens', 'authorization_repeated', bearer(400, 'invalid_request'), (valid, { random }) => {
    const again: [string, string] = [
      'authorization',
      random.pick([`Bearer ${accessTokenOf(valid)}`, `Bearer ${random.word()}`, `Basic ${random.word()}`]),
    ];
    return { ...valid.draft, headers: [...valid.draft.headers, again] };
  }),
  token(
    'a token with foreign characters',
    'token_not_token68',
    (text, { random }) => `${text}${random.pick([' x', ',', '"', '\u00e9', '=a', '%41', `, Bearer ${text}`])}`,
  ),
  at('an empty token', 'token_not_token68', INVALID, ({ draft }, { random }) =>
    withHeader(draft, 'Authorization', random.pick(['Bearer', 'bearer ', 'BEARER ='])),
  ),
  token('an endless token', 'token_too_long', (text, { random }) => text + random.word(4097)),
  token('something that is no JWT', 'token_malformed', (text, { random }) =>
    random.pick([
      random.word(43),
      `${random.word()}.${random.word()}.${random.word()}`,
      text.split('.').slice(0, 2).join('.'),
      `${text}.${random.word()}`,
      '.',
      'null',
    ]),
  ),
  token('a changed signature', 'token_signature', (text, { random }) => {
    const [head = '', body = ''] = text.split('.');
    return `${head}.${body}.${random.word(43)}`;
  }),
  token('changed claims', 'token_signature', (text, { random }) => {
    const [head = '', body = '', signature = ''] = text.split('.');
    return `${head}.${encode({ ...decode(body), sub: random.word() })}.${signature}`;
  }),
  at('the secret as key', 'token_signature', INVALID, (valid, world) => {
    const [head, body] = accessTokenOf(valid).split('.');
    return withToken(
      valid,
      sign(decode(head), decode(body), world.random.pick([world.host.secret, world.random.word(40)])),
    );
  }),
  at('another algorithm', 'token_algorithm', INVALID, (valid, world) => {
    const [head, body] = accessTokenOf(valid).split('.');
    const [alg, hash] = world.random.pick([
      ['HS384', 'sha384'],
      ['HS512', 'sha512'],
      ['RS256', 'sha256'],
      ['ES256', 'sha256'],
    ] as const);
    return withToken(valid, sign({ ...decode(head), alg }, decode(body), keyOf(world), hash));
  }),
  at('no signature', 'token_malformed', INVALID, (valid, { random }) => {
    const [head, body] = accessTokenOf(valid).split('.');
    return withToken(valid, `${encode({ ...decode(head), alg: random.pick(['none', 'None', 'HS256']) })}.${body}.`);
  }),
];

const revoked = (name: string, arrange: Arrange): Fault => ({
  ...at(name, 'token_revoked', INVALID, unchanged),
  arrange,
  spent: true,
});

const REVOCATION_FAULTS: readonly Fault[] = [
  revoked('a token that was given back', revokeAccessToken),
  revoked('a grant that was given back', revokeRefreshToken),
  revoked('a grant that ended with its code', replayCode),
];

const ORIGIN_FAULTS: readonly Fault[] = [
  at('a foreign origin', 'origin_forbidden', { shape: 'forbidden' }, ({ draft }, { random, host }) =>
    withHeader(
      draft,
      'Origin',
      random.pick([
        `https://${random.word()}.example`,
        'null',
        `${host.origin}.example`,
        'http://localhost.example',
        'file://',
        'http://127.0.0.1:1/',
      ]),
    ),
  ),
];

export const MCP_FAULTS: readonly Fault[] = [
  ...CREDENTIAL_FAULTS,
  ...REVOCATION_FAULTS,
  ...ORIGIN_FAULTS,
  header('another type', 'token_type', ({ random }) => ({
    typ: random.pick(['JWT', 'id+jwt', '', null, 7, 'at+jwt ', 'at+jwtx', undefined]),
  })),
  header('a key that comes along', 'token_brings_key', ({ random }) => ({
    [random.pick(['jku', 'jwk', 'x5u', 'x5c'])]: random.pick<unknown>([
      random.word(),
      [],
      null,
      { kty: 'oct', k: 'AA' },
    ]),
  })),
  header('an extension', 'token_critical_header', ({ random }) => ({
    crit: random.pick([['exp'], [random.word()], []]),
  })),
  claims('an expired token', 'token_expired', ({ random }) => ({ exp: 1_700_000_000 + random.below(1000) })),
  claims('a token for later', 'token_not_yet_valid', () => ({ nbf: Math.floor(Date.now() / 1000) + 3600 })),
  claims('another issuer', 'claim_iss', ({ random, host }) => ({
    iss: random.pick([`${host.origin}/`, host.origin.toUpperCase(), `https://${random.word()}.example`]),
  })),
  claims('another audience', 'claim_aud', ({ random, resource, host }) => ({
    aud: random.pick([
      `${resource}/`,
      `${resource}x`,
      host.origin,
      [`https://${random.word()}.example`],
      [],
      resource.slice(0, -1),
      'test-client',
    ]),
  })),
  claims('a claim that is missing', 'claim_missing', ({ random }) => ({
    [random.pick(REQUIRED.filter((name) => name !== 'exp'))]: undefined,
  })),
  claims('a claim that is empty', 'claim_missing', ({ random }) => ({
    [random.pick(['sub', 'client_id', 'jti', 'iss'])]: '',
  })),
  claims('a claim of another type', 'claim_type', ({ random }) => {
    const name = random.pick(['sub', 'client_id', 'jti', 'scope', 'org_id', 'grant_id', 'auth_time', 'iat']);
    return { [name]: random.pick([null, true, {}, [], ['x'], name === 'iat' || name === 'auth_time' ? '7' : 7]) };
  }),
];
