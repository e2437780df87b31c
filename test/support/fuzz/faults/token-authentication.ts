import { changeClient } from '../arrange.js';
import { closedPort, malformedUrl, privateUrl } from '../client-id-urls.js';
import { type Draft, pair, withExtra, withHeader } from '../draft.js';
import { type Fault, DIRECT_KINDS, unchanged } from '../fault.js';
import { atToken as at, set, without } from '../token-fault.js';
import type { Kind, Valid } from '../world.js';

const PUBLIC: readonly Kind[] = ['code', 'refresh', 'refresh again', 'revoke'];
const CONFIDENTIAL: readonly Kind[] = [
  'code of a confidential client',
  'revoke of a confidential client',
  'introspect',
];

const basic = (draft: Draft, text: string): Draft =>
  withHeader(draft, 'Authorization', `Basic ${Buffer.from(text).toString('base64')}`);

const secretOf = ({ clientSecret = '' }: Valid): string => clientSecret;

export const AUTHENTICATION_FAULTS: readonly Fault[] = [
  at(PUBLIC, 'no client', 'client_id_missing', 'invalid_client', without('client_id')),
  at(PUBLIC, 'no body at all', 'client_id_missing', 'invalid_client', ({ draft }) => ({ ...draft, form: [] })),
  at(
    PUBLIC,
    'a stranger',
    'client_unknown',
    'invalid_client',
    set('client_id', ({ random }) =>
      random.pick([
        random.word(43),
        random.word(600),
        '__proto__',
        'constructor',
        "' OR 1=1 --",
        // Nobody approved it, so nobody fetches it.
        `https://${random.word()}.example/client.json`,
      ]),
    ),
  ),
  at(
    PUBLIC,
    'a URL that is no identifier',
    'client_id_url_malformed',
    'invalid_client',
    set('client_id', ({ random }) => malformedUrl(random)),
  ),
  at(
    PUBLIC,
    'a URL of a private place',
    'client_document_address_refused',
    'invalid_client',
    set('client_id', ({ random }) => privateUrl(random)),
  ),
  at(
    PUBLIC,
    'a URL of a port that is not open to documents',
    'client_document_host_refused',
    'invalid_client',
    set('client_id', ({ random }) => closedPort(random)),
  ),
  at(
    DIRECT_KINDS,
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
  at(PUBLIC, 'an assertion of no type', 'client_assertion_type', 'invalid_client', ({ draft }, { random }) =>
    withExtra(draft, pair('client_assertion', random.word(60))),
  ),
  at(CONFIDENTIAL, 'an assertion too', 'client_auth_several', 'invalid_request', ({ draft }, { random }) =>
    withExtra(draft, pair('client_assertion', random.word(60))),
  ),
  at(DIRECT_KINDS, 'a secret in the URL', 'client_secret_in_query', 'invalid_request', ({ draft }, { random }) => ({
    ...draft,
    query: [pair('client_secret', random.word(43))],
  })),
];
