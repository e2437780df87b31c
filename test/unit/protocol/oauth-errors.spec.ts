import { describe, expect, it } from 'vitest';
import { OAuthError } from '../../../lib/protocol/oauth-error.js';
import * as errors from '../../../lib/protocol/oauth-errors.js';

describe('the OAuth error classes', () => {
  it.each([
    [errors.InvalidRequestError, 'InvalidRequestError', 'invalid_request', 400],
    [errors.InvalidClientError, 'InvalidClientError', 'invalid_client', 401],
    [errors.InvalidGrantError, 'InvalidGrantError', 'invalid_grant', 400],
    [errors.UnauthorizedClientError, 'UnauthorizedClientError', 'unauthorized_client', 400],
    [errors.UnsupportedGrantTypeError, 'UnsupportedGrantTypeError', 'unsupported_grant_type', 400],
    [errors.InvalidScopeError, 'InvalidScopeError', 'invalid_scope', 400],
    [errors.InvalidTargetError, 'InvalidTargetError', 'invalid_target', 400],
    [errors.AccessDeniedError, 'AccessDeniedError', 'access_denied', 400],
    [errors.UnsupportedResponseTypeError, 'UnsupportedResponseTypeError', 'unsupported_response_type', 400],
    [errors.ServerError, 'ServerError', 'server_error', 500],
    [errors.TemporarilyUnavailableError, 'TemporarilyUnavailableError', 'temporarily_unavailable', 503],
    [errors.InvalidRedirectUriError, 'InvalidRedirectUriError', 'invalid_redirect_uri', 400],
    [errors.InvalidClientMetadataError, 'InvalidClientMetadataError', 'invalid_client_metadata', 400],
    [errors.InvalidTokenError, 'InvalidTokenError', 'invalid_token', 401],
    [errors.LoginRequiredError, 'LoginRequiredError', 'login_required', 400],
    [errors.ConsentRequiredError, 'ConsentRequiredError', 'consent_required', 400],
    [errors.InteractionRequiredError, 'InteractionRequiredError', 'interaction_required', 400],
    [errors.AccountSelectionRequiredError, 'AccountSelectionRequiredError', 'account_selection_required', 400],
    [errors.RequestNotSupportedError, 'RequestNotSupportedError', 'request_not_supported', 400],
    [errors.RequestUriNotSupportedError, 'RequestUriNotSupportedError', 'request_uri_not_supported', 400],
    [errors.RegistrationNotSupportedError, 'RegistrationNotSupportedError', 'registration_not_supported', 400],
  ])('TOK-08 %o is %s, %s, status %i', (ErrorClass, name, code, status) => {
    const error = new ErrorClass('Public', { reason: 'private_reason' });
    expect(error).toBeInstanceOf(OAuthError);
    expect(error.name).toBe(name);
    expect(error.toBody()).toStrictEqual({ error: code, error_description: 'Public' });
    expect(error.status).toBe(status);
    expect(error.reason).toBe('private_reason');
    expect(new ErrorClass('Public').reason).toBe(code);
    expect(new ErrorClass('Public', { status: 418 }).status).toBe(418);
  });

  it('RSG-07 insufficient_scope is 403 and carries the scopes of the operation', () => {
    const error = new errors.InsufficientScopeError('More is needed', ['notes:read', 'notes:write']);
    expect(error).toBeInstanceOf(OAuthError);
    expect(error.toBody()).toStrictEqual({ error: 'insufficient_scope', error_description: 'More is needed' });
    expect(error.name).toBe('InsufficientScopeError');
    expect(error.status).toBe(403);
    expect(error.reason).toBe('insufficient_scope');
    expect(error.scopes).toStrictEqual(['notes:read', 'notes:write']);
  });

  it('RSG-07 insufficient_scope keeps a private reason, and a status that was named', () => {
    const error = new errors.InsufficientScopeError('More', ['a'], { reason: 'tool_scope', status: 401 });
    expect(error.reason).toBe('tool_scope');
    expect(error.status).toBe(401);
  });

  it('ABU-01 too many requests is 429, and says how long to wait', () => {
    const error = new errors.TooManyRequestsError(7);
    expect(error).toBeInstanceOf(errors.TemporarilyUnavailableError);
    expect([error.name, error.status, error.reason]).toEqual(['TooManyRequestsError', 429, 'too_many_requests']);
    expect(error.retryAfter).toBe(7);
    expect(error.toBody()).toStrictEqual({
      error: 'temporarily_unavailable',
      error_description: 'Too many requests; try again later',
    });
  });

  it('has no other class than those of the test above', () => {
    expect(Object.keys(errors)).toHaveLength(23);
  });
});
