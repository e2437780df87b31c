import { describe, expect, it } from 'vitest';
import { idTokenClaims } from '../../../lib/protocol/id-token-claims.js';
import { isIdentityOnly, offersUserInfo } from '../../../lib/protocol/identity-scopes.js';
import { userClaims } from '../../../lib/protocol/user-claims.js';

describe('idTokenClaims', () => {
  const input = {
    issuer: 'https://app.example',
    subject: 'ada',
    clientId: 'a-client',
    now: 1_795_500_815_999,
    lifetimeSeconds: 60,
    // OpenID Connect Core, appendix A.3.
    accessToken: 'jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y',
  };
  const claims = {
    iss: 'https://app.example',
    sub: 'ada',
    aud: 'a-client',
    exp: 1_795_500_875,
    iat: 1_795_500_815,
    at_hash: '77QmUPtjPfzWtF2AnpK9RQ',
  };

  it('UID-01 UID-03 has the audience of the client and the hash of the example in the specification', () => {
    expect(idTokenClaims(input)).toStrictEqual(claims);
  });

  it('UID-02 copies the nonce to the letter, the empty one too, and says when the user signed in', () => {
    expect(idTokenClaims({ ...input, nonce: '', authTime: 0 })).toStrictEqual({ ...claims, nonce: '', auth_time: 0 });
  });
});

describe('isIdentityOnly', () => {
  it.each([
    [true, ['openid']],
    [true, ['email', 'openid', 'profile']],
    [false, []],
    [false, ['email', 'profile']],
    [false, ['openid', 'mcp:read']],
    [false, ['openid', 'Email']],
  ])('UID-07 is %s for %j', (verdict, scopes) => {
    expect(isIdentityOnly(scopes)).toBe(verdict);
  });
});

describe('offersUserInfo', () => {
  it.each([
    [true, { openid: 1 }],
    [true, { 'mcp:read': 1, email: 1 }],
    [true, { profile: 1 }],
    [false, {}],
    [false, { 'mcp:read': 1 }],
  ])('DSC-12 is %s with %j', (verdict, scopes) => {
    expect(offersUserInfo(scopes)).toBe(verdict);
  });
});

describe('userClaims', () => {
  const all = { email: 'ada@example.com', emailVerified: false, name: 'Ada' };
  const granted =
    (...scopes: string[]) =>
    (scope: string) =>
      scopes.includes(scope);

  it.each([
    [[], all, {}],
    [['profile'], all, { name: 'Ada' }],
    [['email'], all, { email: 'ada@example.com', email_verified: false }],
    [['email'], { ...all, emailVerified: true }, { email: 'ada@example.com', email_verified: true }],
    [['profile', 'email'], { email: 'ada@example.com' }, { email: 'ada@example.com' }],
    [['openid', 'phone'], all, {}],
  ])('UID-06 gives for %j of %j, beside the subject, %j', (scopes, data, claims) => {
    expect(userClaims('ada', data, granted(...scopes))).toStrictEqual({ sub: 'ada', ...claims });
  });
});
