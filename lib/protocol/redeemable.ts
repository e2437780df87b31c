import { InvalidGrantError } from './oauth-errors.js';

/** What is checked of an authorization code apart from its PKCE challenge. Times in milliseconds. */
export interface StoredCode {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly expiresAt: number;
  readonly consumedAt: number | null;
}

/** What is checked of a refresh token. Times in milliseconds. */
export interface StoredRefreshToken {
  readonly expiresAt: number;
  readonly consumedAt: number | null;
}

/** What is checked of the grant above either. */
export interface StoredGrant {
  readonly clientId: string;
  readonly revokedAt: number | null;
}

/** The one public text of every failed check on a code; the log gets the reason. */
export function codeRefused(reason: string): InvalidGrantError {
  return new InvalidGrantError('The authorization code is not valid', { reason });
}

/** The one public text of every failed check on a refresh token. */
export function refreshTokenRefused(reason: string): InvalidGrantError {
  return new InvalidGrantError('The refresh token is not valid', { reason });
}

/** RFC 6749 §4.1.3: the code is this client's, unused and alive, and a `redirect_uri` sent is the one of the authorization request. */
export function assertRedeemable(
  code: StoredCode,
  presented: { readonly clientId: string; readonly redirectUri: string | undefined; readonly now: number },
): void {
  if (code.clientId !== presented.clientId) throw codeRefused('code_of_another_client');
  if (code.expiresAt <= presented.now) throw codeRefused('code_expired');
  if (presented.redirectUri !== undefined && presented.redirectUri !== code.redirectUri)
    throw codeRefused('code_redirect_uri_mismatch');
}

/** OAuth 2.1 §4.3.1: the token is alive or was retired by use, and its grant is this client's and was not ended. */
export function assertRefreshable(
  token: StoredRefreshToken,
  grant: StoredGrant,
  presented: { readonly clientId: string; readonly now: number },
): void {
  if (grant.clientId !== presented.clientId) throw refreshTokenRefused('refresh_token_of_another_client');
  if (grant.revokedAt !== null) throw refreshTokenRefused('grant_revoked');
  // A retired token has no life of its own left; what its reuse means is told apart from its age.
  if (token.consumedAt === null && token.expiresAt <= presented.now) throw refreshTokenRefused('refresh_token_expired');
}
