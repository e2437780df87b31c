import { createHash } from 'node:crypto';
import { presentMembers } from './present-members.js';

/** The claims of an id token (OpenID Connect Core §2). */
export interface IdTokenClaims {
  readonly iss: string;
  readonly sub: string;
  readonly aud: string;
  readonly exp: number;
  readonly iat: number;
  readonly at_hash: string;
  readonly auth_time?: number;
  readonly nonce?: string;
}

/** What an id token is made from. */
export interface IdTokenInput {
  readonly issuer: string;
  readonly subject: string;
  readonly clientId: string;
  /** Milliseconds. */
  readonly now: number;
  readonly lifetimeSeconds: number;
  /** The access token it comes with. */
  readonly accessToken: string;
  /** When the user signed in, in seconds. */
  readonly authTime?: number;
  /** As the client sent it; absent at a refresh (§12.2). */
  readonly nonce?: string;
}

/** OpenID Connect Core §3.1.3.6, for the algorithms whose hash is SHA-256. */
function leftHalf(accessToken: string): string {
  return createHash('sha256').update(accessToken).digest().subarray(0, 16).toString('base64url');
}

/** Builds the claims of an id token. Its audience is the client, so that no resource takes it for an access token. */
export function idTokenClaims(p: IdTokenInput): IdTokenClaims {
  const iat = Math.floor(p.now / 1000);
  return presentMembers<IdTokenClaims>({
    iss: p.issuer,
    sub: p.subject,
    aud: p.clientId,
    exp: iat + p.lifetimeSeconds,
    iat,
    at_hash: leftHalf(p.accessToken),
    auth_time: p.authTime,
    nonce: p.nonce,
  });
}
