import { describe, expect, it } from 'vitest';
import {
  assertRedeemable,
  assertRefreshable,
  codeRefused,
  refreshTokenRefused,
} from '../../../lib/protocol/redeemable.js';
import { refusal } from './refusal.js';

const now = 1_700_000_000_000;

const refusedCode = (reason: string) => ({
  type: 'InvalidGrantError',
  reason,
  description: 'The authorization code is not valid',
});

const refusedRefresh = (reason: string) => ({
  type: 'InvalidGrantError',
  reason,
  description: 'The refresh token is not valid',
});

describe('codeRefused and refreshTokenRefused', () => {
  it('ACG-01 and RFT-02 say the same to the client whatever the reason', () => {
    const throwing = (error: Error) => () => {
      throw error;
    };
    expect(refusal(throwing(codeRefused('code_unknown')))).toStrictEqual(refusedCode('code_unknown'));
    expect(refusal(throwing(refreshTokenRefused('token_unknown')))).toStrictEqual(refusedRefresh('token_unknown'));
  });
});

describe('assertRedeemable', () => {
  const code = { clientId: 'abc', redirectUri: 'http://localhost:3118/callback', expiresAt: now + 1, consumedAt: null };
  const presented = { clientId: 'abc', redirectUri: code.redirectUri, now };

  it('ACG-04 accepts a living code with its redirect URI, or with none', () => {
    expect(() => assertRedeemable(code, presented)).not.toThrow();
    expect(() => assertRedeemable(code, { ...presented, redirectUri: undefined })).not.toThrow();
  });

  it.each(['ABC', 'abc ', 'ab', ''])('ACG-01 refuses the client %j', (clientId) => {
    expect(refusal(() => assertRedeemable(code, { ...presented, clientId }))).toStrictEqual(
      refusedCode('code_of_another_client'),
    );
  });

  it('ACG-01 refuses a code from the moment it expires', () => {
    for (const later of [now + 1, now + 2]) {
      expect(refusal(() => assertRedeemable(code, { ...presented, now: later }))).toStrictEqual(
        refusedCode('code_expired'),
      );
    }
  });

  it.each([
    ['another port', 'http://localhost:3119/callback'],
    ['the registered form without port', 'http://localhost/callback'],
    ['a trailing slash', 'http://localhost:3118/callback/'],
    ['an empty string', ''],
  ])('ACG-04 refuses %s', (_case, redirectUri) => {
    expect(refusal(() => assertRedeemable(code, { ...presented, redirectUri }))).toStrictEqual(
      refusedCode('code_redirect_uri_mismatch'),
    );
  });

  it('ACG-07 names the foreign client before anything else', () => {
    const foreign = { clientId: 'other', redirectUri: 'https://evil.example/', now: now + 9 };
    expect(refusal(() => assertRedeemable(code, foreign)).reason).toBe('code_of_another_client');
  });
});

describe('assertRefreshable', () => {
  const token = { expiresAt: now + 1, consumedAt: null };
  const grant = { clientId: 'abc', revokedAt: null };
  const presented = { clientId: 'abc', now };

  it('RFT-02 accepts a living token of a living grant', () => {
    expect(() => assertRefreshable(token, grant, presented)).not.toThrow();
  });

  it.each(['ABC', 'abc ', ''])('RFT-02 refuses the client %j', (clientId) => {
    expect(refusal(() => assertRefreshable(token, grant, { ...presented, clientId }))).toStrictEqual(
      refusedRefresh('refresh_token_of_another_client'),
    );
  });

  it.each([0, now - 1, now + 1])('RFT-08 refuses a token of a grant that was revoked at %i', (revokedAt) => {
    expect(refusal(() => assertRefreshable(token, { ...grant, revokedAt }, presented))).toStrictEqual(
      refusedRefresh('grant_revoked'),
    );
  });

  it('RFT-02 and RFT-09 refuse a token from the moment it expires', () => {
    for (const later of [now + 1, now + 2]) {
      expect(refusal(() => assertRefreshable(token, grant, { ...presented, now: later }))).toStrictEqual(
        refusedRefresh('refresh_token_expired'),
      );
    }
  });
});
