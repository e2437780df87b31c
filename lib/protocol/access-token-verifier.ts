/** What a valid access token says. */
export interface VerifiedAccessToken {
  /** The token itself. Never forward it. */
  readonly token: string;
  readonly userId: string;
  readonly orgId?: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  /** The resource the token is for, which is the one it was verified for. */
  readonly resource: string;
  /** Seconds since the epoch. */
  readonly expiresAt: number;
  /** Seconds since the epoch. */
  readonly issuedAt: number;
  readonly tokenId: string;
  readonly grantId?: string;
  /** When the user last signed in, in seconds since the epoch. */
  readonly authTime?: number;
}

/**
 * The seam between the resource server and whoever issues its tokens: this server, another one with published keys, or
 * one that is asked by introspection.
 */
export abstract class AccessTokenVerifier {
  /**
   * Verifies a token for one resource. Rejects with an InvalidTokenError when the token is definitely not valid; any
   * other rejection is an outage and must not send the user to log in again.
   */
  abstract verify(token: string, resource: string): Promise<VerifiedAccessToken>;

  /**
   * The ids (`jti`) of those among verified tokens that have been revoked since, for responses that are still open. Rejects in an outage.
   * Expiry is the caller's business.
   */
  abstract revokedAmong(tokens: readonly VerifiedAccessToken[]): Promise<ReadonlySet<string>>;

  /** The time, in milliseconds since the epoch, up to which a verdict given now takes every revocation into account. */
  abstract knownAt(): number;
}
