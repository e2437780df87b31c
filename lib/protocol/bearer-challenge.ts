/** What a `WWW-Authenticate: Bearer` header says. */
export interface BearerChallenge {
  /** Absolute URL of the protected resource metadata, from configuration; for resources that have some. */
  readonly resourceMetadata?: string;
  /** Scopes the client should ask for. */
  readonly scopes?: readonly string[];
  /** Absent when the request carried no credentials (RFC 6750 §3.1). */
  readonly error?: 'invalid_request' | 'invalid_token' | 'insufficient_scope';
  /** Public sentence; only sent together with `error`. */
  readonly description?: string;
}

/** The credentials found in the Authorization headers of one request. */
export type BearerCredentials =
  | { readonly kind: 'none' }
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'malformed' }
  | { readonly kind: 'repeated' };

/** RFC 6750 §3: %x20-21 / %x23-5B / %x5D-7E, which needs no escaping inside quotes. */
const QUOTABLE = /^[\x20\x21\x23-\x5b\x5d-\x7e]+$/;

/** RFC 9110 §11.4: a scheme (a token) and whatever follows it. */
const CREDENTIALS = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)(.*)/s;

/** RFC 9110 §11.2: blanks and a token68. */
const TOKEN68_AFTER_BLANKS = /^ +([A-Za-z0-9._~+/-]+=*)$/;

function quoted(name: string, value: string): string {
  // Several clients split this header without knowing escapes, so nothing that would need one is ever sent.
  if (!QUOTABLE.test(value)) {
    throw new TypeError(`The ${name} of a Bearer challenge holds a character that cannot be quoted`);
  }
  return `${name}="${value}"`;
}

/** The value of a `WWW-Authenticate` header (RFC 6750 §3, RFC 9728 §5.1). */
export function bearerChallenge(p: BearerChallenge): string {
  const members: string[] = [];
  if (p.error !== undefined) {
    members.push(quoted('error', p.error));
    if (p.description !== undefined) members.push(quoted('error_description', p.description));
  }
  if (p.resourceMetadata !== undefined) members.push(quoted('resource_metadata', p.resourceMetadata));
  if (p.scopes !== undefined && p.scopes.length > 0) members.push(quoted('scope', p.scopes.join(' ')));
  return `Bearer ${members.join(', ')}`;
}

/**
 * Reads the bearer token of a request from all its Authorization headers. The caller passes the raw ones: Node keeps
 * only the first of several in `headers`.
 */
export function readBearer(authorizationHeaders: readonly string[]): BearerCredentials {
  const [header, ...others] = authorizationHeaders;
  if (header === undefined) return { kind: 'none' };
  if (others.length > 0) return { kind: 'repeated' };
  const [, scheme, rest] = CREDENTIALS.exec(header) ?? [];
  if (scheme?.toLowerCase() !== 'bearer') return { kind: 'none' };
  const token = TOKEN68_AFTER_BLANKS.exec(rest ?? '')?.[1];
  return token === undefined ? { kind: 'malformed' } : { kind: 'token', token };
}
