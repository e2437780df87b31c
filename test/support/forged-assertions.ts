import { createHmac, generateKeyPairSync, randomUUID } from 'node:crypto';
import {
  ASSERTION_TYPE,
  type AssertionChange,
  ClientSigner,
  encode,
  type Json,
  newRsaKey,
  signJws,
} from './client-signer.js';

/** A form that must not authenticate anybody; what its name says is all that is wrong with it. */
export interface ForgedAssertion {
  readonly name: string;
  /** The private reason in the log. */
  readonly reason: string;
  readonly form: Readonly<Record<string, string>>;
}

/** The keys of the client whose assertions are forged: some in order, some that must not be taken. */
export class ForgedClientKeys {
  readonly ec = new ClientSigner('ES256', { kid: 'ec' });
  readonly p384 = new ClientSigner('ES384', { kid: 'p384' });
  readonly rsa = new ClientSigner('RS256', { kid: 'rsa' });
  readonly ed = new ClientSigner('EdDSA', { kid: 'ed' });
  readonly weak = new ClientSigner('RS256', { kid: 'weak', pair: newRsaKey(1024) });
  readonly almost = new ClientSigner('RS256', { kid: 'almost', pair: newRsaKey(2040) });
  readonly encryption = new ClientSigner('ES256', { kid: 'encryption', use: 'enc' });
  readonly signOnly = new ClientSigner('ES256', { kid: 'sign only', key_ops: ['sign'] });
  readonly pinned = new ClientSigner('RS256', { kid: 'pinned', pair: newRsaKey(), alg: 'PS256' });
  readonly k256 = new ClientSigner('ES256K', { kid: 'k256' });

  /** What the client registers. */
  get jwks(): { keys: readonly Json[] } {
    return { keys: Object.values(this).map(({ jwk }: ClientSigner) => jwk) };
  }
}

export interface ForgeryTarget {
  readonly issuer: string;
  /** The client that registered `keys`. */
  readonly clientId: string;
  readonly keys: ForgedClientKeys;
  /** Another client with `private_key_jwt`, whose key is `otherKey`. */
  readonly otherId: string;
  readonly otherKey: ClientSigner;
  /** Clients that registered another method. */
  readonly publicId: string;
  readonly secretId: string;
  /** An assertion of the client that was accepted already, and its `jti`. */
  readonly used: { readonly jwt: string; readonly jti: string };
}

/** Assertions that are forged or misused, each for one cause. */
export function forgedAssertions(target: ForgeryTarget): readonly ForgedAssertion[] {
  const rows = [...forms(target), ...texts(target), ...names(target), ...audiences(target), ...times(target)];
  return [...rows, ...ids(target), ...headers(target), ...algorithms(target), ...keyFaults(target), ...misuses(target)];
}

type Row = readonly [name: string, reason: string, jwt: string, others?: Readonly<Record<string, string>>];

const listed = (rows: readonly Row[]): readonly ForgedAssertion[] =>
  rows.map(([name, reason, jwt, others = {}]) => ({
    name,
    reason,
    form: { client_assertion_type: ASSERTION_TYPE, client_assertion: jwt, ...others },
  }));

const signed = ({ keys, clientId, issuer }: ForgeryTarget, change: AssertionChange = {}): string =>
  keys.ec.assertion(clientId, issuer, change);

const saying = (target: ForgeryTarget, claims: Json): string => signed(target, { claims });

function forms(target: ForgeryTarget): readonly ForgedAssertion[] {
  const type = 'client_assertion_type';
  return listed([
    ['no type', type, signed(target), { client_assertion_type: '' }],
    ['the type of SAML', type, signed(target), { [type]: ASSERTION_TYPE.replace('jwt', 'saml2') }],
    ['the type in capitals', type, signed(target), { [type]: ASSERTION_TYPE.toUpperCase() }],
    ['the type of a grant', type, signed(target), { [type]: 'urn:ietf:params:oauth:grant-type:jwt-bearer' }],
    ['a type and no assertion', 'client_assertion_missing', ''],
  ]);
}

function texts(target: ForgeryTarget): readonly ForgedAssertion[] {
  const [head = '', body = '', signature = ''] = signed(target).split('.');
  const { ec } = target.keys;
  const raw = (header: unknown, payload: unknown) => signJws(header, payload, 'ES256', ec.privateKey);
  const header = { alg: 'ES256', kid: 'ec' };
  const bad = 'client_assertion_malformed';
  return listed([
    ['a word', bad, 'assertion'],
    ['two parts', bad, `${head}.${body}`],
    ['four parts', bad, `${head}.${body}.${signature}.${signature}`],
    ['five parts, as if encrypted', bad, `${head}.${body}.${signature}.${head}.${body}`],
    ['no signature', bad, `${head}.${body}.`],
    ['no payload', bad, `${head}..${signature}`],
    ['padding', bad, `${head}.${body}.${signature}=`],
    ['a blank in it', bad, `${head}.${body}. ${signature}`],
    ['a blank before it', bad, ` ${head}.${body}.${signature}`],
    ['another alphabet', bad, `${head}.${body}.${signature.slice(0, -2)}+/`],
    ['a header that is no JSON', bad, raw('{', { sub: target.clientId })],
    ['a header that is a list', bad, raw([header], { sub: target.clientId })],
    ['a header that is null', bad, raw('null', { sub: target.clientId })],
    ['a payload that is no JSON', bad, raw(header, 'not json')],
    ['a payload that is a list', bad, raw(header, [{ sub: target.clientId }])],
    ['a payload that is text', bad, raw(header, JSON.stringify(target.clientId))],
    ['a payload that is null', bad, raw(header, 'null')],
    [
      'a payload that is no UTF-8',
      bad,
      `${head}.${Buffer.from([0x7b, 0xff, 0x7d]).toString('base64url')}.${signature}`,
    ],
  ]);
}

function names(target: ForgeryTarget): readonly ForgedAssertion[] {
  const { clientId, otherId } = target;
  const subject = 'client_assertion_subject';
  return listed([
    ['no subject', subject, saying(target, { sub: undefined })],
    ['no issuer', subject, saying(target, { iss: undefined })],
    ['another issuer', subject, saying(target, { iss: otherId })],
    ['this server as issuer', subject, saying(target, { iss: target.issuer })],
    ['a user as subject', subject, saying(target, { sub: 'ada' })],
    ['a subject that is a number', subject, saying(target, { sub: 7, iss: 7 })],
    ['names that are lists', subject, saying(target, { sub: [clientId], iss: [clientId] })],
    ['names that are nothing', subject, saying(target, { sub: null, iss: null })],
    ['names with a NUL', subject, saying(target, { sub: 'a\0', iss: 'a\0' })],
    ['names that are no characters', subject, saying(target, { sub: '\ud800', iss: '\ud800' })],
    ['names that are no ASCII', subject, saying(target, { sub: 'é', iss: 'é' })],
    ['names of two lines', subject, saying(target, { sub: `${clientId}\n`, iss: `${clientId}\n` })],
    ['empty names', subject, saying(target, { sub: '', iss: '' })],
    ['a client that is not there', 'client_unknown', saying(target, { sub: 'nobody', iss: 'nobody' })],
    ['a name of the language', 'client_unknown', saying(target, { sub: '__proto__', iss: '__proto__' })],
    ['the name with a blank', 'client_unknown', saying(target, { sub: `${clientId} `, iss: `${clientId} ` })],
    ['the name of another client', 'client_assertion_key_unknown', saying(target, { sub: otherId, iss: otherId })],
  ]);
}

function audiences(target: ForgeryTarget): readonly ForgedAssertion[] {
  const { issuer, clientId } = target;
  const table: Readonly<Record<string, unknown>> = {
    'no audience': undefined,
    'the token endpoint': `${issuer}/oauth/token`,
    'the MCP endpoint': `${issuer}/mcp`,
    'another server': 'https://elsewhere.example',
    'the issuer with a slash': `${issuer}/`,
    'the issuer in capitals': issuer.toUpperCase(),
    'the issuer as a prefix': `${issuer}.evil.example`,
    'the issuer and the token endpoint': [issuer, `${issuer}/oauth/token`],
    'the issuer twice': [issuer, issuer],
    'the issuer in a list in a list': [[issuer]],
    'an empty list': [],
    'a list of the token endpoint': [`${issuer}/oauth/token`],
    'an audience that is an object': { 0: issuer, length: 1 },
    'an audience that is a number': 1,
    'an audience that is nothing': null,
    'the client itself': clientId,
  };
  return listed(
    Object.entries(table).map(([name, aud]) => [name, 'client_assertion_audience', saying(target, { aud })]),
  );
}

function times(target: ForgeryTarget): readonly ForgedAssertion[] {
  const now = Math.floor(Date.now() / 1000);
  const { ec } = target.keys;
  const { clientId } = target;
  const rest = `"iss":"${clientId}","sub":"${clientId}","aud":"${target.issuer}","jti":"${randomUUID()}"`;
  const infinite = signJws({ alg: 'ES256', kid: 'ec' }, `{${rest},"exp":1e999}`, 'ES256', ec.privateKey);
  const [time, early, long] = [
    'client_assertion_time',
    'client_assertion_not_yet_valid',
    'client_assertion_long_lived',
  ];
  return listed([
    ['no expiry', 'client_assertion_expiry_missing', saying(target, { exp: undefined })],
    ['an expiry that is text', time, saying(target, { exp: String(now + 60) })],
    ['an expiry that is nothing', time, saying(target, { exp: null })],
    ['an expiry that is a list', time, saying(target, { exp: [now + 60] })],
    ['an endless expiry', time, infinite],
    ['expired', 'client_assertion_expired', saying(target, { exp: now - 31, iat: now - 91 })],
    ['expired long ago', 'client_assertion_expired', saying(target, { exp: 1, iat: 0 })],
    ['an expiry below zero', 'client_assertion_expired', saying(target, { exp: -now })],
    ['an hour to live', long, saying(target, { exp: now + 3600 })],
    ['twenty minutes to live', long, saying(target, { exp: now + 1200 })],
    ['a minute left of an hour', long, saying(target, { iat: now - 3540 })],
    ['an expiry in milliseconds', long, saying(target, { exp: (now + 60) * 1000 })],
    ['made tomorrow', early, saying(target, { iat: now + 86_400 })],
    ['made in five minutes', early, saying(target, { iat: now + 300 })],
    ['made at a time that is text', time, saying(target, { iat: String(now) })],
    ['made at a time that is nothing', time, saying(target, { iat: null })],
    ['not valid before tomorrow', early, saying(target, { nbf: now + 86_400 })],
    ['not valid for five minutes yet', early, saying(target, { nbf: now + 300 })],
    ['not valid before a truth', time, saying(target, { nbf: true })],
  ]);
}

function ids(target: ForgeryTarget): readonly ForgedAssertion[] {
  const table: Readonly<Record<string, unknown>> = {
    'no id': undefined,
    'an empty id': '',
    'an id that is a number': 42,
    'an id that is nothing': null,
    'an id that is a list': [randomUUID()],
    'an id of 257 characters': 'x'.repeat(257),
  };
  return listed(Object.entries(table).map(([name, jti]) => [name, 'client_assertion_id', saying(target, { jti })]));
}

function headers(target: ForgeryTarget): readonly ForgedAssertion[] {
  const typed = ['at+jwt', 'dpop+jwt', 'logout+jwt', 'id_token+jwt', 'oauth-id-jag+jwt', 'JWE', '', 7, null, ['JWT']];
  const critical = { crit: ['b64'], b64: false };
  return listed([
    ...typed.map((typ): Row => [
      `typ ${JSON.stringify(typ)}`,
      'client_assertion_typ',
      signed(target, { header: { typ } }),
    ]),
    ['an extension it cannot do without', 'client_assertion_critical_header', signed(target, { header: critical })],
    ['a critical claim', 'client_assertion_critical_header', signed(target, { header: { crit: ['exp'], exp: 1 } })],
    ['an empty list of extensions', 'client_assertion_critical_header', signed(target, { header: { crit: [] } })],
  ]);
}

function algorithms(target: ForgeryTarget): readonly ForgedAssertion[] {
  const { keys, clientId, issuer } = target;
  const [, body = ''] = signed(target).split('.');
  const pem = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'pem' });
  const hmac = (header: Json, key: string) => {
    const input = `${encode(header)}.${body}`;
    return `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`;
  };
  const bad = 'client_assertion_algorithm';
  const called = (alg: unknown) => signed(target, { header: { alg } });
  const es256k = keys.k256.assertion(clientId, issuer);
  return listed([
    ['alg none', bad, called('none')],
    ['alg None', bad, called('None')],
    ['no alg', bad, called(undefined)],
    ['an empty alg', bad, called('')],
    ['a list of algorithms', bad, called(['ES256'])],
    ['a name of the language for alg', bad, called('__proto__')],
    ['HS256 with the public key', bad, hmac({ alg: 'HS256', kid: 'ec' }, JSON.stringify(keys.ec.jwk))],
    ['HS256 with a public key in PEM', bad, hmac({ alg: 'HS256', kid: 'ec' }, String(pem))],
    ['HS256 with the name of the client', bad, hmac({ alg: 'HS256' }, clientId)],
    ['SHA-1', bad, signJws({ alg: 'RS1', kid: 'rsa' }, { sub: clientId, iss: clientId }, 'RS1', keys.rsa.privateKey)],
    ['the curve of Bitcoin', bad, es256k],
    ['the curve of Bitcoin called ES256', 'client_assertion_key_unknown', es256kAsEs256(target)],
    ['an algorithm of encryption', bad, called('RSA-OAEP')],
    ['RS256 for a key on a curve', 'client_assertion_key_unknown', called('RS256')],
    ['ES384 for a P-256 key', 'client_assertion_key_unknown', called('ES384')],
    ['another algorithm than the key is for', 'client_assertion_key_unknown', keys.pinned.assertion(clientId, issuer)],
    ['PSS for what is signed in the old way', 'client_assertion_signature', oldAsPss(target)],
  ]);
}

const es256kAsEs256 = ({ keys, clientId, issuer }: ForgeryTarget): string =>
  keys.k256.assertion(clientId, issuer, { header: { alg: 'ES256' } });

const oldAsPss = ({ keys, clientId, issuer }: ForgeryTarget): string =>
  keys.rsa.assertion(clientId, issuer, { header: { alg: 'PS256' } });

function keyFaults(target: ForgeryTarget): readonly ForgedAssertion[] {
  const { keys, clientId, issuer } = target;
  const stranger = new ClientSigner('ES256', { kid: 'ec' });
  const [head = '', body = '', signature = ''] = signed(target).split('.');
  const forged = 'client_assertion_signature';
  const unknown = 'client_assertion_key_unknown';
  const strange = (header: Json) => stranger.assertion(clientId, issuer, { header });
  const flipped = `${signature.slice(0, -3)}${signature.at(-3) === 'A' ? 'B' : 'A'}${signature.slice(-2)}`;
  const jwk = stranger.jwk;
  return listed([
    ['a stranger under the name of the key', forged, strange({})],
    ['a stranger without a name', forged, strange({ kid: undefined })],
    ['a stranger with his key in the header', forged, strange({ jwk })],
    ['a stranger with his key alone', forged, strange({ jwk, kid: undefined })],
    ['a stranger with the address of his key', forged, strange({ jku: 'https://evil.example/jwks.json' })],
    ['a stranger with his certificate', forged, strange({ x5c: ['MIIB'], x5u: 'https://evil.example/cert.pem' })],
    ['a key nobody knows', unknown, strange({ kid: 'another' })],
    ['a name of a key that is no text', unknown, strange({ kid: 7 })],
    ['a name of a key that is a path', unknown, strange({ kid: '../../dev/null' })],
    ['a key for encryption', unknown, keys.encryption.assertion(clientId, issuer)],
    ['a key that is for signing alone', unknown, keys.signOnly.assertion(clientId, issuer)],
    ['an RSA key of 1024 bits', forged, keys.weak.assertion(clientId, issuer)],
    ['an RSA key of 2040 bits', forged, keys.almost.assertion(clientId, issuer)],
    ['a flipped bit', forged, `${head}.${body}.${flipped}`],
    ['half a signature', forged, `${head}.${body}.${signature.slice(0, 40)}`],
    ['a signature of another assertion', forged, `${head}.${body}.${signed(target).split('.')[2]}`],
    ['another header under the signature', forged, `${encode({ alg: 'ES256', kid: 'ec', x: 1 })}.${body}.${signature}`],
    ['another payload under the signature', forged, `${head}.${signed(target).split('.')[1]}.${signature}`],
    ['a signature of nothing but zeros', forged, `${head}.${body}.${Buffer.alloc(64).toString('base64url')}`],
  ]);
}

function misuses(target: ForgeryTarget): readonly ForgedAssertion[] {
  const { issuer, otherId, otherKey, publicId, secretId, used, clientId, keys } = target;
  const mismatch = 'client_auth_method_mismatch';
  return listed([
    ['used before', 'client_assertion_used', used.jwt],
    ['the id of one that was used before', 'client_assertion_used', saying(target, { jti: used.jti })],
    [
      'that id with another key',
      'client_assertion_used',
      keys.rsa.assertion(clientId, issuer, { claims: { jti: used.jti } }),
    ],
    ['an assertion of a public client', mismatch, keys.ec.assertion(publicId, issuer)],
    ['an assertion of a client with a secret', mismatch, keys.ec.assertion(secretId, issuer)],
    ['the key of another client', 'client_assertion_key_unknown', otherKey.assertion(clientId, issuer)],
    ['for another client with this key', 'client_assertion_key_unknown', keys.ec.assertion(otherId, issuer)],
  ]);
}
