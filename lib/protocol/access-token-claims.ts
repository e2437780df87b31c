import { InvalidTokenError } from './oauth-errors.js';
import { presentMembers } from './present-members.js';
import { formatScope } from './scope-set.js';

/** The claims of an access token (RFC 9068 §2.2). */
export interface AccessTokenClaims {
  readonly iss: string;
  readonly aud: string;
  readonly sub: string;
  readonly client_id: string;
  readonly scope: string;
  readonly iat: number;
  readonly exp: number;
  readonly jti: string;
  readonly grant_id?: string;
  readonly org_id?: string;
  readonly auth_time?: number;
}

/** What an access token is made from. */
export interface AccessTokenInput {
  readonly issuer: string;
  readonly resource: string;
  readonly subject: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  /** Milliseconds. */
  readonly now: number;
  readonly lifetimeSeconds: number;
  readonly jti: string;
  readonly grantId?: string;
  readonly orgId?: string;
  /** Seconds. */
  readonly authTime?: number;
}

/** Subjects of tokens that belong to a client and not to a user. */
const CLIENT_SUBJECT_PREFIX = 'client:';

const PRINTABLE = /^[\x20-\x7e]{1,255}$/;

/** Builds the claims of an access token. */
export function accessTokenClaims(p: AccessTokenInput): AccessTokenClaims {
  const iat = Math.floor(p.now / 1000);
  return presentMembers<AccessTokenClaims>({
    iss: p.issuer,
    aud: p.resource,
    sub: p.subject,
    client_id: p.clientId,
    scope: formatScope(p.scopes),
    iat,
    exp: iat + p.lifetimeSeconds,
    jti: p.jti,
    grant_id: p.grantId,
    org_id: p.orgId,
    auth_time: p.authTime,
  });
}

function refused(reason: string): InvalidTokenError {
  return new InvalidTokenError('The access token is not valid', { reason });
}

function claim(payload: object, name: string): unknown {
  return Object.hasOwn(payload, name) ? (payload as Readonly<Record<string, unknown>>)[name] : undefined;
}

function optionalText(payload: object, name: string): string | undefined {
  const value = claim(payload, name);
  if (value !== undefined && typeof value !== 'string') throw refused('claim_type');
  return value;
}

function text(payload: object, name: string): string {
  const value = optionalText(payload, name);
  if (!value) throw refused('claim_missing');
  return value;
}

function optionalTime(payload: object, name: string): number | undefined {
  const value = claim(payload, name);
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) throw refused('claim_type');
  return value;
}

function time(payload: object, name: string): number {
  const value = optionalTime(payload, name);
  if (value === undefined) throw refused('claim_missing');
  return value;
}

/** RFC 7519 §4.1.3: one string or several. Compared exactly, since a prefix could belong to anybody. */
function readAudience(payload: object, resource: string): string {
  const value = claim(payload, 'aud');
  if (value === undefined) throw refused('claim_missing');
  const audiences: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (!audiences.every((audience) => typeof audience === 'string')) throw refused('claim_type');
  if (!audiences.includes(resource)) throw refused('claim_aud');
  return resource;
}

function readIssuer(payload: object, issuer: string): string {
  if (text(payload, 'iss') !== issuer) throw refused('claim_iss');
  return issuer;
}

/**
 * Reads the payload of an access token whose signature was verified, this server's or another's, and refuses it unless
 * `expected` issued it for `expected`. Time is not looked at: the caller checks `exp`.
 */
export function readAccessTokenClaims(
  payload: unknown,
  expected: { readonly issuer: string; readonly resource: string },
): AccessTokenClaims {
  if (typeof payload !== 'object' || payload === null) throw refused('claim_type');
  return presentMembers<AccessTokenClaims>({
    iss: readIssuer(payload, expected.issuer),
    aud: readAudience(payload, expected.resource),
    sub: text(payload, 'sub'),
    client_id: text(payload, 'client_id'),
    // RFC 9068 §2.2.3: present only when scopes were granted.
    scope: optionalText(payload, 'scope') ?? '',
    iat: time(payload, 'iat'),
    exp: time(payload, 'exp'),
    jti: text(payload, 'jti'),
    grant_id: optionalText(payload, 'grant_id'),
    org_id: optionalText(payload, 'org_id'),
    auth_time: optionalTime(payload, 'auth_time'),
  });
}

/**
 * Refuses a user id that cannot be a subject: `sub` is at most 255 ASCII characters (OpenID Connect Core §2), and must
 * not look like a client's own (RFC 9068 §5).
 */
export function assertSubject(id: string): void {
  if (!PRINTABLE.test(id)) throw new TypeError('A user id must be 1 to 255 printable ASCII characters');
  if (id.startsWith(CLIENT_SUBJECT_PREFIX)) {
    throw new TypeError(`A user id must not begin with "${CLIENT_SUBJECT_PREFIX}"`);
  }
}
