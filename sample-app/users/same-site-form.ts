import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether a form post may come from one of our own pages. Another site that posts to `/login` would sign the visitor in as
 * somebody else (login CSRF), and they would go on to approve a client for the wrong account.
 *
 * Browsers say where a form comes from; what says nothing is no browser, and has no cookies to abuse.
 */
export function comesFromOwnPage(headers: IncomingHttpHeaders, baseUrl: string | undefined): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  const { origin } = headers;
  if (origin === undefined) return true;
  if (origin === baseUrl) return true;
  return URL.canParse(origin) && headers.host !== undefined && new URL(origin).host === headers.host.toLowerCase();
}
