import type { OAuthError } from './oauth-error.js';

/** Where an error of the authorization endpoint may be sent: a redirect URI that was proven to be the client's. */
export interface ErrorRedirect {
  readonly redirectUri: string;
  readonly state?: string;
}

/**
 * A failure at the authorization endpoint. Without a redirect it is shown to the user as a page, because the client or
 * its redirect URI is not proven yet (RFC 6749 §4.1.2.1).
 */
export class AuthorizationError extends Error {
  constructor(
    readonly error: OAuthError,
    readonly redirect?: ErrorRedirect,
  ) {
    super(error.message, { cause: error });
    this.name = 'AuthorizationError';
  }
}
