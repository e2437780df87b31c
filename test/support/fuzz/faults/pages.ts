import {
  headerOf,
  pair,
  parametersOf,
  valueOf,
  withExtra,
  withHeader,
  withoutParameter,
  withParameter,
  withRawParameter,
} from '../draft.js';
import { changeClient, changePending, loseUser, storedMetadata } from '../arrange.js';
import { type Fault, page, unchanged } from '../fault.js';
import { type Kind, sha256, type Valid, type World } from '../world.js';

const BOTH: readonly Kind[] = ['resume', 'approve'];

const at = (kinds: readonly Kind[], name: string, reason: string, status: number, spoil: Fault['spoil']): Fault => ({
  name: `${kinds.join(' and ')}: ${name}`,
  kinds,
  reason,
  outcome: page(status),
  spoil,
});

const withCookie = ({ draft }: Valid, change: (cookies: string) => string) =>
  withHeader(draft, 'Cookie', change(headerOf(draft, 'Cookie') ?? ''));

const signedOut: Fault['spoil'] = (valid, { random }) =>
  withCookie(valid, (cookies) =>
    cookies.replace('session=ada', random.pick(['', `session=${random.word()}`, 'session=__proto__'])),
  );

const loginSecret: Fault['spoil'] = ({ draft }, { random }) =>
  withExtra(draft, pair('login', random.pick([random.word(43), random.word(12), 'x'])));

const anyOf = (names: readonly string[], { random }: World, { draft }: Valid) => {
  const name = random.pick(names);
  return { name, value: valueOf(parametersOf(draft), name) };
};

/** What the return from the login reads; it ignores the rest. */
const RESUME = ['request', 'login'];

export const PAGE_FAULTS: readonly Fault[] = [
  at(BOTH, 'no handle', 'handle_malformed', 400, ({ draft }) => withoutParameter(draft, 'request')),
  at(BOTH, 'something that is no handle', 'handle_malformed', 400, ({ draft }, { random }) =>
    withParameter(
      draft,
      'request',
      random.pick([random.word(42), random.word(44), `${random.word(42)}=`, `${random.word(42)}\u00e9`, '__proto__']),
    ),
  ),
  at(BOTH, 'a handle nobody gave out', 'handle_unknown', 400, ({ draft }, { random }) =>
    withParameter(draft, 'request', random.word(43)),
  ),
  at(BOTH, 'no browser cookie', 'other_browser', 403, (valid) =>
    withCookie(valid, (cookies) => cookies.replace(/mcp_auth=[^;]*; /, '')),
  ),
  at(BOTH, 'the cookie of another browser', 'other_browser', 403, (valid, { random }) =>
    withCookie(valid, (cookies) =>
      cookies.replace(/mcp_auth=[^;]*/, `mcp_auth=${random.pick([random.word(43), random.word(10), ''])}`),
    ),
  ),
  {
    ...at(BOTH, 'a request that was answered', 'request_decided', 400, unchanged),
    arrange: changePending({ decided_at: 1 }),
  },
  {
    ...at(BOTH, 'a request that is too old', 'request_expired', 400, unchanged),
    arrange: changePending({ expires_at: 1 }),
  },

  at(['resume'], 'a wrong login secret', 'login_secret_wrong', 403, loginSecret),
  {
    ...at(['resume'], 'a wrong secret of a finished login', 'login_secret_wrong', 403, loginSecret),
    arrange: changePending({ user_id: 'ada', login_secret_hash: sha256('another') }),
  },
  {
    ...at(['resume'], 'signed out for the third time', 'login_loop', 400, signedOut),
    arrange: changePending({ login_bounces: 2 }),
  },
  {
    ...at(['resume'], 'a client that was disabled meanwhile', 'client_gone', 400, unchanged),
    arrange: changeClient({ disabled_at: 1 }),
  },
  { ...at(['resume'], 'a user who is gone', 'user_gone', 403, unchanged), arrange: loseUser },
  at(['resume'], 'a parameter twice', 'parameter_repeated', 400, ({ draft }, { random }) =>
    withExtra(draft, pair('request', random.word(43))),
  ),
  at(['resume'], 'a control character', 'parameter_control_character', 400, (valid, world) => {
    const { name, value } = anyOf(RESUME, world, valid);
    return withParameter(valid.draft, name, world.random.spoil(value, world.random.pick(['\0', '\n', '\u007f'])));
  }),
  at(['resume'], 'a broken percent sequence', 'parameter_malformed', 400, (valid, world) => {
    const { name, value } = anyOf(RESUME, world, valid);
    return withRawParameter(valid.draft, name, value + world.random.pick(['%', '%zz', '%ff']));
  }),
  at(['resume'], 'a value without end', 'parameter_too_long', 400, (valid, world) =>
    withParameter(valid.draft, anyOf(RESUME, world, valid).name, world.random.word(2049)),
  ),

  at(['approve'], 'no session', 'no_session', 403, signedOut),
  at(['approve'], 'the session of somebody else', 'csrf_token_wrong', 403, (valid) =>
    withCookie(valid, (cookies) => cookies.replace('ada', 'grace')),
  ),
  at(['approve'], 'no CSRF token', 'csrf_token_wrong', 403, ({ draft }) => withoutParameter(draft, 'csrf_token')),
  at(['approve'], 'another CSRF token', 'csrf_token_wrong', 403, ({ draft }, { random }) =>
    withParameter(
      draft,
      'csrf_token',
      random.pick([
        random.word(43),
        `${valueOf(parametersOf(draft), 'csrf_token')}A`,
        valueOf(parametersOf(draft), 'csrf_token').toLowerCase(),
      ]),
    ),
  ),
  at(['approve'], 'no answer', 'approved_missing', 400, ({ draft }) => withoutParameter(draft, 'approved')),
  at(['approve'], 'neither yes nor no', 'approved_missing', 400, ({ draft }, { random }) =>
    withParameter(draft, 'approved', random.pick(['TRUE', '1', 'yes', 'on', '[]', 'true ', random.word()])),
  ),
  {
    ...at(['approve'], 'a client that was disabled meanwhile', 'client_gone', 400, unchanged),
    arrange: changeClient({ disabled_at: 1 }),
  },
  {
    ...at(['approve', 'resume'], 'a client with another name by now', 'client_changed', 400, unchanged),
    arrange: changeClient({ metadata: storedMetadata({ client_name: 'Your bank' }) }),
  },
  {
    ...at(['approve'], 'a client with other redirect URIs by now', 'client_changed', 400, unchanged),
    arrange: changeClient({
      metadata: storedMetadata({ redirect_uris: ['https://client.example/new'] }),
    }),
  },
  {
    ...at(['approve'], 'a request that only waits with an error', 'request_failed', 400, unchanged),
    arrange: changePending({
      request: JSON.stringify({
        kind: 'error',
        code: 'invalid_request',
        description: 'x',
        redirectUri: 'https://client.example/callback',
      }),
    }),
  },
];
