import { InvalidRedirectUriError } from './oauth-errors.js';
import { isUriText, splitUri, type UriParts } from './uri-text.js';

/** Where a redirect leads, in the words of the consent page. */
export type RedirectTarget =
  | { readonly kind: 'web'; readonly host: string }
  | { readonly kind: 'loopback' }
  | { readonly kind: 'private-use'; readonly scheme: string };

const MAX_LENGTH = 2048;

/** Schemes that run code, read files or replace the page; no allow-list can open them. */
const FORBIDDEN_SCHEMES: ReadonlySet<string> = new Set([
  'about',
  'blob',
  'chrome',
  'data',
  'file',
  'filesystem',
  'intent',
  'jar',
  'javascript',
  'mhtml',
  'vbscript',
  'view-source',
]);

/** Members of the authorization response; a redirect URI that brings its own would make them occur twice. */
const RESPONSE_PARAMETERS = ['code', 'state', 'iss', 'error', 'error_description', 'error_uri'];

const LOOPBACK_HOST = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::[0-9]*)?$/i;

/** An http URI of this computer: host, port, and all that follows (RFC 8252 §7.3). */
const LOOPBACK_URI = /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(?::([0-9]{1,5}))?((?:[/?].*)?)$/s;

function refused(fault: string, description: string): InvalidRedirectUriError {
  return new InvalidRedirectUriError(description, { reason: `redirect_uri_${fault}` });
}

function assertCharacters(uri: string): void {
  if (/[\s\p{Cc}]/u.test(uri)) {
    throw refused('whitespace_or_control', 'A redirect URI contains whitespace or a control character');
  }
  if (uri.includes('\\')) throw refused('backslash', 'A redirect URI contains a backslash');
  if (uri.includes('*')) throw refused('wildcard', 'A redirect URI contains a wildcard');
  if (uri.includes('#')) throw refused('fragment', 'A redirect URI has a fragment');
  if (!isUriText(uri)) throw refused('illegal_character', 'A redirect URI contains a character that must be encoded');
}

function namesResponseParameter(rest: string): boolean {
  const query = new URLSearchParams(/\?(.*)/s.exec(rest)?.[1]);
  return RESPONSE_PARAMETERS.some((name) => query.has(name));
}

function assertWebUri(uri: string, authority: string | undefined): void {
  // The URL parser would also take `https:example.com` and repair it.
  if (!authority || !URL.canParse(uri)) throw refused('not_absolute', 'A redirect URI is not an absolute URI');
}

function assertScheme(uri: string, { scheme, authority, rest }: UriParts, allowedSchemes: readonly string[]): void {
  const name = scheme.toLowerCase();
  if (FORBIDDEN_SCHEMES.has(name))
    throw refused('scheme_forbidden', 'A redirect URI has a scheme that is never allowed');
  if (name === 'https') return assertWebUri(uri, authority);
  if (name === 'http') {
    assertWebUri(uri, authority);
    if (authority && LOOPBACK_HOST.test(authority)) return;
    throw refused('insecure_http', 'A redirect URI must use https unless it leads to the loopback interface');
  }
  if (!name.includes('.') && !allowedSchemes.some((allowed) => allowed.toLowerCase() === name)) {
    throw refused('scheme_not_allowed', 'A redirect URI has a scheme that is not allowed');
  }
  // `example.com:8080/callback` is a host and a port somebody forgot to give a scheme.
  if (authority === undefined && !rest.startsWith('/')) {
    throw refused('not_absolute', 'A redirect URI is not an absolute URI');
  }
}

/**
 * Refuses a redirect URI that no client may register: https anywhere, http on the loopback interface, or an allowed
 * private-use scheme, without anything that could be read in two ways.
 */
export function assertRegistrableRedirectUri(uri: unknown, allowedSchemes: readonly string[]): asserts uri is string {
  if (typeof uri !== 'string') throw refused('not_a_string', 'A redirect URI is not a string');
  if (uri.length > MAX_LENGTH) throw refused('too_long', 'A redirect URI is too long');
  assertCharacters(uri);
  const parts = splitUri(uri);
  if (!parts) throw refused('not_absolute', 'A redirect URI is not an absolute URI');
  if (parts.authority?.includes('@')) throw refused('userinfo', 'A redirect URI contains user information');
  assertScheme(uri, parts, allowedSchemes);
  if (namesResponseParameter(parts.rest)) {
    throw refused('reserved_parameter', 'A redirect URI contains a parameter of the authorization response');
  }
}

/** A loopback URI without its port, in a form that is only good for comparing. */
function withoutPort(uri: string): string | undefined {
  const match = LOOPBACK_URI.exec(uri);
  return match && Number(match[2] ?? 0) <= 65_535 ? `${match[1]} ${match[3]}` : undefined;
}

/**
 * Whether a requested redirect URI is the registered one: the same string, or the same loopback http URI on another
 * port, since native apps listen on whatever port is free. Compares raw text, never a normalised form.
 */
export function redirectUriMatches(registered: string, requested: string): boolean {
  if (registered === requested) return true;
  const ours = withoutPort(registered);
  return ours !== undefined && ours === withoutPort(requested);
}

/** The requested redirect URI, when it is one of the registered ones. */
export function findRedirectUri(registered: readonly string[], requested: string): string | undefined {
  return registered.some((uri) => redirectUriMatches(uri, requested)) ? requested : undefined;
}

/** Says where a registered redirect URI leads. The host is the one a browser would really go to. */
export function redirectTarget(uri: string): RedirectTarget {
  const scheme = splitUri(uri)?.scheme.toLowerCase() ?? '';
  if (scheme !== 'https' && scheme !== 'http') return { kind: 'private-use', scheme };
  const { host } = new URL(uri);
  return LOOPBACK_HOST.test(host) ? { kind: 'loopback' } : { kind: 'web', host };
}
