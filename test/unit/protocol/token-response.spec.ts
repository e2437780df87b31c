import { describe, expect, it } from 'vitest';
import { tokenResponse } from '../../../lib/protocol/token-response.js';

describe('tokenResponse', () => {
  it('TOK-07 carries the scope always', () => {
    const response = tokenResponse({
      accessToken: 'at',
      expiresIn: 3600,
      scopes: ['mcp:read', 'mcp:write'],
      refreshToken: 'rt',
    });
    expect(response).toStrictEqual({
      access_token: 'at',
      token_type: 'Bearer',
      expires_in: 3600,
      scope: 'mcp:read mcp:write',
      refresh_token: 'rt',
    });
  });

  it('ACG-09 has no refresh_token member, not even an empty one, when none was issued', () => {
    const response = tokenResponse({ accessToken: 'at', expiresIn: 1, scopes: [] });
    expect(Object.keys(response)).toStrictEqual(['access_token', 'token_type', 'expires_in', 'scope']);
    expect(response.scope).toBe('');
  });
});
