import { InvalidClientError } from '../../protocol/oauth-errors.js';

export interface BasicCredentials {
  readonly clientId: string;
  readonly secret: string;
}

const SCHEME = /^basic +([A-Za-z0-9+/]+={0,2})$/i;

/**
 * Reads `Authorization: Basic` (RFC 6749 §2.3.1: both halves are form-url-encoded before base64). Ids and secrets of ours contain no character
 * that the encoding changes, so clients that skip it are understood too.
 * @returns undefined when the header is absent. Throws `InvalidClientError` for every other scheme and for what cannot be decoded.
 */
export function readBasicCredentials(header: string | undefined): BasicCredentials | undefined {
  if (header === undefined) return undefined;
  const encoded = SCHEME.exec(header.trim())?.[1];
  if (encoded === undefined) throw unreadable('authorization_header_unreadable');
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0) throw unreadable('authorization_header_without_colon');
  return { clientId: formDecode(text.slice(0, colon)), secret: formDecode(text.slice(colon + 1)) };
}

function formDecode(value: string): string {
  let decoded: string;
  try {
    decoded = decodeURIComponent(value.replaceAll('+', ' '));
  } catch {
    throw unreadable('authorization_header_undecodable');
  }
  // RFC 6749 App. A.1 and A.2: printable ASCII. A database may not even be able to compare anything else.
  if (!/^[\x20-\x7e]*$/.test(decoded)) throw unreadable('authorization_header_undecodable');
  return decoded;
}

function unreadable(reason: string): InvalidClientError {
  return new InvalidClientError('Client authentication failed', { reason });
}
