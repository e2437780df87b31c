/** A URI taken apart on its raw text: nothing is decoded, repaired or normalised. */
export interface UriParts {
  readonly scheme: string;
  /** Between `//` and the path; absent when there is no `//`. */
  readonly authority?: string;
  /** Path, query and fragment. */
  readonly rest: string;
}

/** RFC 3986 §2: reserved, unreserved and percent-encoded characters, nothing else. */
const URI_TEXT = /^(?:[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*$/;

const URI = /^([A-Za-z][A-Za-z0-9+.-]*):(?:\/\/([^/?#]*))?(.*)/s;

/** Whether the text consists of characters that a URI may hold. */
export function isUriText(text: string): boolean {
  return URI_TEXT.test(text);
}

/** Splits an absolute URI; `undefined` when there is no scheme. */
export function splitUri(text: string): UriParts | undefined {
  const match = URI.exec(text);
  if (!match) return undefined;
  const [, scheme = '', authority, rest = ''] = match;
  return authority === undefined ? { scheme, rest } : { scheme, authority, rest };
}

/** Whether the text is an https URL with a host and without user information. */
export function isHttpsUrl(text: string): boolean {
  const parts = isUriText(text) ? splitUri(text) : undefined;
  if (parts?.scheme.toLowerCase() !== 'https' || !parts.authority) return false;
  return !parts.authority.includes('@') && URL.canParse(text);
}
