import { describe, expect, it } from 'vitest';
import { AuthorizationError } from '../../../lib/protocol/authorization-error.js';
import { OAuthError } from '../../../lib/protocol/oauth-error.js';
import { AccessDeniedError } from '../../../lib/protocol/oauth-errors.js';

describe('AuthorizationError', () => {
  const denied = new AccessDeniedError('The user said no', { reason: 'denied_by_user' });

  it('AUT-05 is a page as long as no redirect URI was proven', () => {
    const error = new AuthorizationError(denied);
    expect(error.redirect).toBeUndefined();
    expect(error.error).toBe(denied);
  });

  it('AUT-34 carries the proven redirect URI and the state', () => {
    const redirect = { redirectUri: 'https://client.example/cb', state: 'xyz' };
    expect(new AuthorizationError(denied, redirect).redirect).toBe(redirect);
  });

  it('speaks with the public sentence of the error it wraps, and is none itself', () => {
    const error = new AuthorizationError(denied);
    expect(error.message).toBe('The user said no');
    expect(error.name).toBe('AuthorizationError');
    expect(error.cause).toBe(denied);
    expect(error).not.toBeInstanceOf(OAuthError);
  });
});
