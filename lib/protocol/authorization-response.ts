/** What the authorization endpoint answers: a code or an error, never both. */
export type AuthorizationResponse =
  { readonly code: string } | { readonly error: string; readonly error_description?: string };

/** What accompanies every answer: the client's `state`, and who we are (RFC 9207). */
export interface AuthorizationResponseExtra {
  readonly state?: string;
  readonly iss: string;
}

/** A registered redirect URI is printable ASCII without blank or fragment. */
const REDIRECT_URI = /^[\x21-\x22\x24-\x7e]+$/;

function separator(uri: string): string {
  if (!uri.includes('?')) return '?';
  return uri.endsWith('?') || uri.endsWith('&') ? '' : '&';
}

/**
 * The URL that takes the answer to the client. It is put together as text, so that the query and the spelling of the
 * redirect URI stay as they were registered, custom schemes included.
 */
export function authorizationResponseUrl(
  redirectUri: string,
  params: AuthorizationResponse,
  extra: AuthorizationResponseExtra,
): string {
  // It was validated when it was registered; this is the last place where a line break could get into a header.
  if (!REDIRECT_URI.test(redirectUri)) throw new TypeError('The redirect URI cannot be used in a header');
  const answer: readonly (readonly [string, string | undefined])[] =
    'code' in params
      ? [['code', params.code]]
      : [
          ['error', params.error],
          ['error_description', params.error_description],
        ];
  const query = [...answer, ['state', extra.state] as const, ['iss', extra.iss] as const]
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`]))
    .join('&');
  return `${redirectUri}${separator(redirectUri)}${query}`;
}
