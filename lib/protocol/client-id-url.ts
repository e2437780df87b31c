import { isUriText } from './uri-text.js';

/** As long as a `client_id` can be stored. */
const MAX_LENGTH = 512;

/** Whether a `client_id` means to be the URL of a metadata document, well-formed or not. */
export function claimsToBeDocument(clientId: string): boolean {
  return /^\s*https:/i.test(clientId);
}

/**
 * Whether a `client_id` may name a metadata document (draft-ietf-oauth-client-id-metadata-document §3): https, a path, nothing that names a
 * person, a part or a way of the document. It must come out of a URL parser byte for byte as it went in: what is fetched is then
 * what is compared and stored.
 */
export function isClientIdUrl(text: string): boolean {
  if (text.length > MAX_LENGTH || !isUriText(text) || !URL.canParse(text)) return false;
  const { protocol, href, pathname, username, password, hostname } = new URL(text);
  // Dot segments, default ports, upper-case hosts and numbers for addresses do not survive the parser either.
  if (protocol !== 'https:' || href !== text || pathname === '/') return false;
  // Empty parts do, and so does the dot of an absolute name, with which a host on a list would not be on it.
  return username === '' && password === '' && !/[#]|\?$/.test(text) && !hostname.endsWith('.');
}
