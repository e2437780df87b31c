import { OAuthError, type OAuthErrorDetail } from './oauth-error.js';

/** RFC 6749 §5.2: a parameter is missing, repeated, malformed or contradicts another one. */
export class InvalidRequestError extends OAuthError {
  override readonly code = 'invalid_request';
}

/** RFC 6749 §5.2: client authentication failed, or the client is unknown. */
export class InvalidClientError extends OAuthError {
  override readonly code = 'invalid_client';

  constructor(description: string, detail: OAuthErrorDetail = {}) {
    super(description, { status: 401, ...detail });
  }
}

/** RFC 6749 §5.2: the code or refresh token is unknown, expired, used, revoked, or another client's. */
export class InvalidGrantError extends OAuthError {
  override readonly code = 'invalid_grant';
}

/** RFC 6749 §5.2: the client is known, but not allowed to use this grant. */
export class UnauthorizedClientError extends OAuthError {
  override readonly code = 'unauthorized_client';
}

/** RFC 6749 §5.2: this server does not know the grant, or has it switched off. */
export class UnsupportedGrantTypeError extends OAuthError {
  override readonly code = 'unsupported_grant_type';
}

/** RFC 6749 §5.2: the scope is malformed, unknown, or more than was granted. */
export class InvalidScopeError extends OAuthError {
  override readonly code = 'invalid_scope';
}

/** RFC 8707 §2: the resource is malformed, unknown, or outside the grant. */
export class InvalidTargetError extends OAuthError {
  override readonly code = 'invalid_target';
}

/** RFC 6749 §4.1.2.1: the user, or the host's policy, said no. */
export class AccessDeniedError extends OAuthError {
  override readonly code = 'access_denied';
}

/** RFC 6749 §4.1.2.1: only the code flow exists here. */
export class UnsupportedResponseTypeError extends OAuthError {
  override readonly code = 'unsupported_response_type';
}

/** RFC 6749 §4.1.2.1: something unexpected went wrong on this side. */
export class ServerError extends OAuthError {
  override readonly code = 'server_error';

  constructor(description: string, detail: OAuthErrorDetail = {}) {
    super(description, { status: 500, ...detail });
  }
}

/** RFC 6749 §4.1.2.1: an outage or an overload; the same request may succeed later. */
export class TemporarilyUnavailableError extends OAuthError {
  override readonly code = 'temporarily_unavailable';

  constructor(description: string, detail: OAuthErrorDetail = {}) {
    super(description, { status: 503, ...detail });
  }
}

/** RFC 6585 §4: the same request may succeed later. */
export class TooManyRequestsError extends TemporarilyUnavailableError {
  /** @param retryAfter seconds */
  constructor(readonly retryAfter: number) {
    super('Too many requests; try again later', { status: 429, reason: 'too_many_requests' });
  }
}

/** RFC 7591 §3.2.2: a redirect URI that may not be registered. */
export class InvalidRedirectUriError extends OAuthError {
  override readonly code = 'invalid_redirect_uri';
}

/** RFC 7591 §3.2.2: client metadata that is malformed or contradictory. */
export class InvalidClientMetadataError extends OAuthError {
  override readonly code = 'invalid_client_metadata';
}

/** RFC 6750 §3.1: the access token is malformed, expired, revoked, or meant for someone else. */
export class InvalidTokenError extends OAuthError {
  override readonly code = 'invalid_token';

  constructor(description: string, detail: OAuthErrorDetail = {}) {
    super(description, { status: 401, ...detail });
  }
}

/** RFC 6750 §3.1: the token is good, but lacks a scope of this operation. */
export class InsufficientScopeError extends OAuthError {
  override readonly code = 'insufficient_scope';

  /** @param scopes all scopes of the operation, for the challenge */
  constructor(
    description: string,
    readonly scopes: readonly string[],
    detail: OAuthErrorDetail = {},
  ) {
    super(description, { status: 403, ...detail });
  }
}

/** OpenID Connect Core §3.1.2.6: `prompt=none`, and nobody is signed in. */
export class LoginRequiredError extends OAuthError {
  override readonly code = 'login_required';
}

/** OpenID Connect Core §3.1.2.6: `prompt=none`, and the user has to be asked. */
export class ConsentRequiredError extends OAuthError {
  override readonly code = 'consent_required';
}

/** OpenID Connect Core §3.1.2.6: `prompt=none`, and some other page has to be shown. */
export class InteractionRequiredError extends OAuthError {
  override readonly code = 'interaction_required';
}

/** OpenID Connect Core §3.1.2.6: `prompt=none`, and the user has to choose an account. */
export class AccountSelectionRequiredError extends OAuthError {
  override readonly code = 'account_selection_required';
}

/** OpenID Connect Core §3.1.2.6: request objects by value are not supported. */
export class RequestNotSupportedError extends OAuthError {
  override readonly code = 'request_not_supported';
}

/** OpenID Connect Core §3.1.2.6: request objects by reference are not supported. */
export class RequestUriNotSupportedError extends OAuthError {
  override readonly code = 'request_uri_not_supported';
}

/** OpenID Connect Core §3.1.2.6: the `registration` parameter is not supported. */
export class RegistrationNotSupportedError extends OAuthError {
  override readonly code = 'registration_not_supported';
}
