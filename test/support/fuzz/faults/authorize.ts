import { closedPort, malformedUrl, privateUrl } from '../client-id-urls.js';
import { pair, parametersOf, valueOf, withExtra, withParameter, withoutParameter, withRawParameter } from '../draft.js';
import { changeClient, storedMetadata } from '../arrange.js';
import { AUTHORIZE_KINDS, type Fault, held, page, unchanged } from '../fault.js';
import { REDIRECT_URI, clientIdOf, type Valid, type World } from '../world.js';

type Spoil = Fault['spoil'];

const at = (name: string, reason: string, outcome: Fault['outcome'], spoil: Spoil): Fault => ({
  name: `authorize: ${name}`,
  kinds: AUTHORIZE_KINDS,
  reason,
  outcome,
  spoil,
});

const set =
  (name: string, value: (world: World, valid: Valid) => string): Spoil =>
  (valid, world) =>
    withParameter(valid.draft, name, value(world, valid));

/** A value no parameter that is shown on a page may have. */
const unprintable = ({ random }: World, text: string): string =>
  random.spoil(text, random.pick(['\0', '\n', '\u007f', '\u00e9', '\u202e', '\ud83e\udd8a']));

const raw =
  (name: string): Spoil =>
  ({ draft }, { random }) =>
    withRawParameter(draft, name, `${valueOf(parametersOf(draft), name)}${random.pick(['%', '%zz', '%ff', '%c3%28'])}`);

const twice =
  (name: string): Spoil =>
  ({ draft }, { random }) =>
    withExtra(draft, pair(name, random.pick([valueOf(parametersOf(draft), name), random.word(), ''])));

/** Nearly the registered one. */
function nearly({ random }: World): string {
  return random.pick([
    `${REDIRECT_URI}${random.word()}`,
    REDIRECT_URI.replace('https', 'http'),
    REDIRECT_URI.replace('https', 'HTTPS'),
    REDIRECT_URI.replace('client.example', 'CLIENT.example'),
    REDIRECT_URI.replace('client.example', 'client.example:443'),
    REDIRECT_URI.replace('client.example', 'client.example.'),
    REDIRECT_URI.replace('https://', 'https://user@'),
    REDIRECT_URI.replace('/callback', '/callback/'),
    REDIRECT_URI.replace('/callback', '/x/../callback'),
    REDIRECT_URI.replace('/callback', '/%63allback'),
    REDIRECT_URI.replace('?tenant=7', ''),
    `${REDIRECT_URI}#`,
    'javascript:alert(1)',
    `https://${random.word()}.example/callback`,
  ]);
}

export const AUTHORIZE_FAULTS: readonly Fault[] = [
  at('no client', 'client_id_missing', page(), ({ draft }) => withoutParameter(draft, 'client_id')),
  at('two clients', 'client_id_repeated', page(), twice('client_id')),
  at(
    'an unprintable client',
    'client_id_malformed',
    page(),
    set('client_id', (world, valid) => unprintable(world, clientIdOf(valid))),
  ),
  at('a badly encoded client', 'client_id_malformed', page(), raw('client_id')),
  at(
    'an endless client',
    'client_id_malformed',
    page(),
    set('client_id', ({ random }) => random.word(2100)),
  ),
  at(
    'a stranger',
    'client_unknown',
    page(),
    set('client_id', ({ random }) =>
      random.pick([
        random.word(43),
        random.word(600),
        '__proto__',
        'constructor',
        `http://${random.word()}.example/client.json`,
        "' OR '1'='1",
      ]),
    ),
  ),
  at(
    'a URL that is no identifier',
    'client_id_url_malformed',
    page(),
    set('client_id', ({ random }) => malformedUrl(random)),
  ),
  at(
    'a URL of a private place',
    'client_document_address_refused',
    page(),
    set('client_id', ({ random }) => privateUrl(random)),
  ),
  at(
    'a URL of a port that is not open to documents',
    'client_document_host_refused',
    page(403),
    set('client_id', ({ random }) => closedPort(random)),
  ),
  {
    ...at('a client that was disabled', 'client_unknown', page(), unchanged),
    arrange: changeClient({ disabled_at: 1 }),
  },
  {
    ...at('a client without the code grant', 'unauthorized_client', held('unauthorized_client'), unchanged),
    arrange: changeClient({ metadata: storedMetadata({ grant_types: ['refresh_token'] }) }),
  },
  {
    ...at('no redirect URI where there are two', 'redirect_uri_missing', page(), ({ draft }) =>
      withoutParameter(draft, 'redirect_uri'),
    ),
    arrange: changeClient({
      metadata: storedMetadata({ redirect_uris: [REDIRECT_URI, 'https://client.example/other'] }),
    }),
  },
  at('two redirect URIs', 'redirect_uri_repeated', page(), twice('redirect_uri')),
  at('a badly encoded redirect URI', 'redirect_uri_malformed', page(), raw('redirect_uri')),
  at(
    'an unprintable redirect URI',
    'redirect_uri_malformed',
    page(),
    set('redirect_uri', (world) => unprintable(world, REDIRECT_URI)),
  ),
  at('another redirect URI', 'redirect_uri_mismatch', page(), set('redirect_uri', nearly)),
  at(
    'an endless state',
    'state_too_long',
    page(),
    set('state', ({ random }) => random.word(2049 + random.below(300))),
  ),
  at('another response mode', 'response_mode_unsupported', page(), ({ draft }, { random }) =>
    withExtra(
      draft,
      pair('response_mode', random.pick(['fragment', 'form_post', 'query.jwt', 'QUERY', random.word()])),
    ),
  ),
  at('a request object', 'request_not_supported', held('request_not_supported'), ({ draft }, { random }) =>
    withExtra(draft, pair('request', random.word(40))),
  ),
  at(
    'a request object by reference',
    'request_uri_not_supported',
    held('request_uri_not_supported'),
    ({ draft }, { random }) => withExtra(draft, pair('request_uri', `https://${random.word()}.example/r`)),
  ),
  at('registration by request', 'registration_not_supported', held('registration_not_supported'), ({ draft }) =>
    withExtra(draft, pair('registration', '{}')),
  ),
  at('no response type', 'response_type_missing', held(), ({ draft }) => withoutParameter(draft, 'response_type')),
  at(
    'another response type',
    'unsupported_response_type',
    held('unsupported_response_type'),
    set('response_type', ({ random }) =>
      random.pick(['token', 'id_token', 'code token', 'Code', 'code ', 'none', random.word()]),
    ),
  ),
  at(
    'a state beyond ASCII',
    'state_malformed',
    { shape: 'held', error: 'invalid_request', withoutState: true },
    set('state', ({ random }) => random.spoil(random.word(), random.pick(['\u00e9', '\u202e', '\ud83e\udd8a']))),
  ),
  at(
    'two states',
    'parameter_repeated',
    { shape: 'held', error: 'invalid_request', withoutState: true },
    ({ draft }, { random }) => withExtra(draft, pair('state', random.word())),
  ),
  at('no challenge', 'code_challenge_missing', held(), ({ draft }) => withoutParameter(draft, 'code_challenge')),
  at(
    'an empty challenge',
    'code_challenge_missing',
    held(),
    set('code_challenge', () => ''),
  ),
  at('no challenge method', 'code_challenge_method_unsupported', held(), ({ draft }) =>
    withoutParameter(draft, 'code_challenge_method'),
  ),
  at(
    'another challenge method',
    'code_challenge_method_unsupported',
    held(),
    set('code_challenge_method', ({ random }) => random.pick(['plain', 's256', 'S512', 'S256 ', random.word()])),
  ),
  at(
    'a challenge of another shape',
    'code_challenge_malformed',
    held(),
    set('code_challenge', ({ random }) =>
      random.pick([
        random.word(42),
        random.word(44),
        `${random.word(42)}=`,
        `${random.word(42)}+`,
        `${random.word(42)}\u00e9`,
      ]),
    ),
  ),
  at(
    'silence and something else',
    'prompt_none_combined',
    held(),
    set('prompt', ({ random }) => random.pick(['none login', 'consent none', `none ${random.word()}`])),
  ),
  at(
    'an age that is no number',
    'max_age_malformed',
    held(),
    set('max_age', ({ random }) =>
      random.pick(['-1', '1.5', '1e3', '0x10', ' 5', 'NaN', '9999999999999999', '\u0661', random.word()]),
    ),
  ),
  at(
    'a scope outside the grammar',
    'scope_malformed',
    held('invalid_scope'),
    set(
      'scope',
      ({ random }) => `mcp:read ${random.spoil(random.word(), random.pick(['"', '\\', '\u00e9', '\u2028']))}`,
    ),
  ),
  at(
    'a relative resource',
    'resource_not_absolute',
    held('invalid_target'),
    set('resource', ({ random }) =>
      random.pick([
        '/mcp',
        'mcp',
        '//host/mcp',
        'https:',
        'https://',
        'http://[::1',
        `${random.word()} ${random.word()}`,
        'https:client.example',
      ]),
    ),
  ),
  at(
    'a resource with a fragment',
    'resource_fragment',
    held('invalid_target'),
    set('resource', ({ random, resource }) => `${resource}#${random.pick(['', random.word()])}`),
  ),
  at(
    'an unknown resource',
    'resource_unknown',
    held('invalid_target'),
    set('resource', ({ random, resource, host }) =>
      random.pick([
        `${resource}/`,
        `${resource}x`,
        `${resource}?a=b`,
        host.origin,
        resource.replace('/mcp', '/MCP'),
        `https://${random.word()}.example/mcp`,
      ]),
    ),
  ),
  at('several resources', 'resource_several', held('invalid_target'), ({ draft }, { random }) =>
    withExtra(draft, pair('resource', `https://${random.word()}.example/mcp`)),
  ),
  at('one resource too often', 'resource_several', held('invalid_target'), ({ draft }, { resource }) =>
    withExtra(draft, ...Array.from({ length: 5 }, () => pair('resource', resource))),
  ),
];
