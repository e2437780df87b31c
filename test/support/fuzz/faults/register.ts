import { type Draft, withMember } from '../draft.js';
import { type Fault, json } from '../fault.js';
import type { SeededRandom } from '../random.js';

const METADATA = 'invalid_client_metadata';
const REDIRECT = 'invalid_redirect_uri';

const at = (name: string, reason: string, error: string, spoil: Fault['spoil']): Fault => ({
  name: `register: ${name}`,
  kinds: ['register'],
  reason,
  outcome: json(error),
  spoil,
});

const member = (name: string, reason: string, error: string, value: (random: SeededRandom) => unknown): Fault =>
  at(`${name}, ${reason}`, reason, error, ({ draft }, { random }) => withMember(draft, name, value(random)));

/** Anything but a string. */
const notText = (random: SeededRandom): unknown =>
  random.pick<unknown>([null, 7, true, false, [], {}, ['text'], { toString: 'x' }, [[random.word()]], 0]);
const notTexts = (random: SeededRandom): unknown =>
  random.pick([null, 7, true, 'code', {}, { length: 1 }, [7], [null], ['code', {}], [['code']]]);

const TEXTS = [
  'token_endpoint_auth_method',
  'client_name',
  'client_uri',
  'logo_uri',
  'tos_uri',
  'policy_uri',
  'jwks_uri',
  'scope',
  'software_id',
  'software_version',
  'token_endpoint_auth_signing_alg',
];
const LISTS = ['grant_types', 'response_types', 'contacts'];
const URIS = ['client_uri', 'logo_uri', 'tos_uri', 'policy_uri', 'jwks_uri'];

const longText =
  (name: string) =>
  (random: SeededRandom): unknown => {
    const text = random.word(2049 + random.below(300));
    return URIS.includes(name) ? `https://client.example/${text}` : text;
  };

const longList = (random: SeededRandom): unknown =>
  random.pick([
    Array.from({ length: 21 }, (_, index) => `${random.word()}${index}`),
    ['code', 'authorization_code', random.word(201)],
  ]);

const notHttps = (random: SeededRandom): unknown =>
  random.pick([
    'http://client.example',
    'http://localhost:1',
    'javascript:alert(1)',
    'data:text/html,x',
    '//client.example',
    random.word(),
    'https:client.example',
    'https://',
    'https://u@client.example',
    'https://client.example/\n',
  ]);

/** A redirect URI in place of a good one, or beside it. */
const redirect = (reason: string, uri: (random: SeededRandom) => unknown): Fault =>
  at(`a redirect URI, ${reason}`, `redirect_uri_${reason}`, REDIRECT, ({ draft }, { random }) => {
    const good = 'https://client.example/callback';
    return withMember(draft, 'redirect_uris', random.pick([[uri(random)], [good, uri(random)], [uri(random), good]]));
  });

const withKeysFrom = (draft: Draft): Draft => withMember(draft, 'jwks_uri', 'https://client.example/jwks');

const nested = (depth: number): unknown => (depth === 0 ? {} : { a: nested(depth - 1) });

export const REGISTER_FAULTS: readonly Fault[] = [
  at('no body', 'body_missing', METADATA, ({ draft }) => ({ ...draft, body: '' })),
  at('broken JSON', 'json_malformed', METADATA, ({ draft }, { random }) => {
    const text = JSON.stringify(draft.json);
    return {
      ...draft,
      body: random.pick([
        text.slice(0, -1),
        `${text},`,
        `\ufeff${text}`,
        text.replaceAll('"', "'"),
        `${text}${text}`,
        `{${random.word()}`,
        'undefined',
        'NaN',
        '<xml/>',
        `/**/${text}`,
      ]),
    };
  }),
  at('JSON that is no object', 'metadata_not_an_object', METADATA, ({ draft }, { random }) => ({
    ...draft,
    body: random.pick(['[]', '"text"', '7', 'null', 'true', JSON.stringify([draft.json])]),
  })),
  at('JSON without a bottom', 'metadata_too_deep', METADATA, ({ draft }, { random }) =>
    withMember(draft, random.pick(['extra', 'jwks', '__proto', 'client_name']), nested(9 + random.below(200))),
  ),
  ...TEXTS.map((name) => member(name, `${name}_wrong_type`, METADATA, notText)),
  ...TEXTS.map((name) => member(name, `${name}_too_long`, METADATA, longText(name))),
  ...LISTS.map((name) => member(name, `${name}_wrong_type`, METADATA, notTexts)),
  ...LISTS.map((name) => member(name, `${name}_too_long`, METADATA, longList)),
  ...URIS.map((name) => member(name, `${name}_not_https`, METADATA, notHttps)),
  member('scope', 'scope_malformed', METADATA, (random) =>
    random.spoil('mcp:read', random.pick(['"', '\\', '\u00e9', '\t', '\0'])),
  ),
  member('token_endpoint_auth_method', 'auth_method_unsupported', METADATA, (random) =>
    random.pick(['client_secret_jwt', 'tls_client_auth', 'NONE', '', '__proto__', random.word()]),
  ),
  member('grant_types', 'grant_types_unusable', METADATA, (random) =>
    random.pick([[], ['refresh_token'], ['implicit'], ['client_credentials'], ['__proto__'], [random.word()]]),
  ),
  member('response_types', 'response_types_unusable', METADATA, (random) =>
    random.pick([[], ['token'], ['code id_token'], ['Code'], [random.word()]]),
  ),
  member('redirect_uris', 'redirect_uris_missing', REDIRECT, (random) =>
    random.pick([
      undefined,
      null,
      [],
      {},
      'https://client.example/callback',
      7,
      { 0: 'https://client.example/', length: 1 },
    ]),
  ),
  member('redirect_uris', 'redirect_uris_too_many', REDIRECT, (random) =>
    Array.from({ length: 21 + random.below(20) }, (_, index) => `https://client.example/${index}`),
  ),
  member('jwks', 'jwks_wrong_type', METADATA, (random) =>
    random.pick([null, 'x', 7, [], {}, { keys: {} }, { keys: ['x'] }, { keys: [null] }]),
  ),
  member('jwks', 'jwks_not_public', METADATA, (random) => ({
    keys: [
      random.pick([
        { kty: 'oct', k: random.word() },
        { kty: 'RSA', n: 'x', e: 'AQAB', d: random.word() },
        { kty: 'EC', d: random.word() },
        { kty: 'oct' },
      ]),
    ],
  })),
  member('jwks', 'jwks_too_long', METADATA, (random) => ({
    keys: random.pick<unknown>([
      Array.from({ length: 21 }, () => ({ kty: 'EC' })),
      [{ kty: 'RSA', n: random.word(2049) }],
      [{ kty: 'EC', key_ops: Array(11).fill('verify') }],
    ]),
  })),
  at('signatures without a key', 'keys_missing', METADATA, ({ draft }, { random }) =>
    withMember(
      withMember(draft, 'token_endpoint_auth_method', 'private_key_jwt'),
      'jwks',
      random.pick([undefined, { keys: [] }, { keys: [{ kty: random.word() }] }]),
    ),
  ),
  at('signatures that are none', 'signing_alg_unsupported', METADATA, ({ draft }, { random }) =>
    withMember(
      withMember(withKeysFrom(draft), 'token_endpoint_auth_method', 'private_key_jwt'),
      'token_endpoint_auth_signing_alg',
      random.pick(['none', 'HS256', 'RS1', 'ES256K', 'rs256', '', '__proto__', random.word()]),
    ),
  ),
  at('keys twice', 'jwks_and_jwks_uri', METADATA, ({ draft }) =>
    withMember(withMember(draft, 'jwks', { keys: [] }), 'jwks_uri', 'https://client.example/jwks'),
  ),
  redirect('not_a_string', (random) => random.pick([null, 7, true, {}, [], ['https://client.example/callback']])),
  redirect('too_long', (random) => `https://client.example/${random.word(2049)}`),
  redirect('whitespace_or_control', (random) =>
    random.spoil(
      'https://client.example/callback',
      random.pick([' ', '\t', '\n', '\r\n', '\0', '\u007f', '\u00a0', '\u2028', '\ufeff']),
    ),
  ),
  redirect('backslash', (random) =>
    random.pick([
      'https:\\\\client.example/',
      'https://client.example\\@other.example/',
      `https://client.example/\\${random.word()}`,
    ]),
  ),
  redirect('wildcard', (random) => random.pick(['https://*.client.example/', 'https://client.example/*', '*'])),
  redirect('fragment', (random) => `https://client.example/callback#${random.pick(['', random.word()])}`),
  redirect('illegal_character', (random) =>
    random.pick([
      'https://client.example/<x>',
      'https://cli\u00e9nt.example/',
      'https://client.example/"',
      'https://client.example/%zz',
      'https://client.example/\u202e',
    ]),
  ),
  redirect('not_absolute', (random) =>
    random.pick([
      '/callback',
      'client.example/callback',
      '',
      '//client.example/callback',
      'https:',
      'https:client.example',
      'https://',
      'http://',
      'com.example.app:callback',
      random.word(),
    ]),
  ),
  redirect('userinfo', () => 'https://user:password@client.example/callback'),
  redirect('scheme_forbidden', (random) =>
    random.pick([
      'javascript:alert(1)',
      'JavaScript:alert(1)',
      'data:text/html,x',
      'file:///etc/passwd',
      'vbscript:x',
      'blob:https://client.example/x',
      'about:blank',
      'view-source:https://client.example/',
    ]),
  ),
  redirect('insecure_http', (random) =>
    random.pick([
      'http://client.example/callback',
      'http://localhost.client.example/',
      'http://127.0.0.2/',
      'http://[::2]/',
      'http://10.0.0.1/',
      'http://0.0.0.0/',
    ]),
  ),
  redirect('scheme_not_allowed', (random) => `${random.word(8).replaceAll(/[0-9]/g, 'x')}://callback`),
  redirect(
    'reserved_parameter',
    (random) =>
      `https://client.example/callback?${random.pick(['code', 'state', 'iss', 'error', 'error_description'])}=x`,
  ),
];
