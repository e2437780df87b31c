import { describe, expect, it } from 'vitest';
import { RefreshTokenEntity } from '../../../lib/storage/entities/refresh-token.entity.js';
import { hashToken } from '../../../lib/protocol/opaque-token.js';
import { NOW } from '../../support/storage-rows.js';
import { approve, DAY, HOUR, ORIGIN, payloadOf, RESOURCE, tokenParts, useFrozenStorage } from './fixture.js';

const SUBJECT = { userId: 'ada', clientId: 'a-client', scopes: ['mcp:read', 'mcp:write'], resource: RESOURCE };
const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f-]{21}$/;
const OPAQUE = /^[\w-]{43}$/;

describe('TokenIssuer', () => {
  const storage = useFrozenStorage();
  const refreshTokens = () => storage.dataSource.manager.find(RefreshTokenEntity);

  it('ATK-01 ATK-02 ATK-04 says who may do what for whom and where, for an hour, and no more about the person', async () => {
    const { token, id, now } = await tokenParts(storage).issuer.accessToken(SUBJECT);
    const iat = Math.floor(NOW / 1000);
    expect([id, now]).toEqual([expect.stringMatching(ID), NOW]);
    expect(payloadOf(token)).toEqual({
      iss: ORIGIN,
      aud: RESOURCE,
      sub: 'ada',
      client_id: 'a-client',
      scope: 'mcp:read mcp:write',
      iat,
      exp: iat + 3600,
      jti: id,
    });
  });

  it('ATK-01 says grant, organisation and time of login where they are known', async () => {
    const more = { grantId: 'g', orgId: 'analytical', authTime: 12 };
    const { token } = await tokenParts(storage).issuer.accessToken({ ...SUBJECT, ...more });
    expect(payloadOf(token)).toMatchObject({ grant_id: 'g', org_id: 'analytical', auth_time: 12 });
  });

  it('OPS-05 gives an access token the lifetime that is configured, or the one that is asked for', async () => {
    const { issuer } = tokenParts(storage, { accessTokenLifetime: 90 });
    const lifetime = async (seconds?: number) => {
      const { exp, iat } = payloadOf((await issuer.accessToken(SUBJECT, seconds)).token) as Record<string, number>;
      return (exp ?? 0) - (iat ?? 0);
    };
    expect([await lifetime(), await lifetime(7)]).toEqual([90, 7]);
  });

  it('RFT-01 TOK-07 prepares both tokens, and remembers until when somebody must be able to end them', async () => {
    const prepared = await tokenParts(storage).issuer.prepare(SUBJECT, true, NOW - DAY);
    const { access_token, refresh_token = '' } = prepared.response;
    expect(prepared).toEqual({
      response: {
        access_token: expect.any(String),
        token_type: 'Bearer',
        expires_in: 3600,
        scope: 'mcp:read mcp:write',
        refresh_token: expect.stringMatching(OPAQUE),
      },
      accessTokenId: (payloadOf(access_token) as { jti: string }).jti,
      accessExpiresAt: NOW + HOUR,
      refreshToken: refresh_token,
      refreshTokenId: expect.stringMatching(ID),
      refreshExpiresAt: NOW + 30 * DAY,
      grantExpiresAt: NOW + 30 * DAY,
      now: NOW,
    });
    expect(prepared.refreshTokenId).not.toBe(prepared.accessTokenId);
  });

  it('STO-02 ATK-05 never makes the same refresh token or row twice', async () => {
    const { issuer } = tokenParts(storage);
    const [first, second] = [await issuer.prepare(SUBJECT, true, NOW), await issuer.prepare(SUBJECT, true, NOW)];
    expect(first.refreshToken).not.toBe(second.refreshToken);
    expect(first.refreshTokenId).not.toBe(second.refreshTokenId);
    expect(first.accessTokenId).not.toBe(second.accessTokenId);
  });

  it('ACG-09 prepares no refresh token for a client that may not refresh: the grant ends with the access token', async () => {
    const prepared = await tokenParts(storage).issuer.prepare(SUBJECT, false, NOW);
    expect(prepared).not.toHaveProperty('refreshToken');
    expect(prepared.response).not.toHaveProperty('refresh_token');
    expect(prepared.grantExpiresAt).toBe(NOW + HOUR);
  });

  it('RFT-09 ends refresh tokens with the age of their grant, whatever their own lifetime is', async () => {
    const { issuer } = tokenParts(storage, { refresh: { absoluteLifetimeSeconds: 10 * 86_400 } });
    const old = await issuer.prepare(SUBJECT, true, NOW - 9 * DAY);
    expect([old.refreshExpiresAt, old.grantExpiresAt]).toEqual([NOW + DAY, NOW + DAY]);
  });

  it('REV-05 keeps a grant until its last access token has expired, although it cannot be refreshed so long', async () => {
    const { issuer } = tokenParts(storage, { refresh: { absoluteLifetimeSeconds: 10 * 86_400 } });
    const last = await issuer.prepare(SUBJECT, true, NOW - 10 * DAY + 1000);
    expect([last.refreshExpiresAt, last.grantExpiresAt]).toEqual([NOW + 1000, NOW + HOUR]);
  });

  it('STO-01 stores the refresh token as a hash, under the prepared key, and not before it is told to', async () => {
    const { issuer } = tokenParts(storage);
    const { id: grantId } = await approve(storage);
    const prepared = await issuer.prepare(SUBJECT, true, NOW);
    expect(await refreshTokens()).toEqual([]);
    await storage.transactions.run((tx) => issuer.store(prepared, grantId, tx));
    expect(await refreshTokens()).toEqual([
      {
        id: prepared.refreshTokenId,
        tokenHash: hashToken(prepared.refreshToken ?? ''),
        grantId,
        accessTokenId: prepared.accessTokenId,
        accessExpiresAt: NOW + HOUR,
        createdAt: NOW,
        expiresAt: NOW + 30 * DAY,
        consumedAt: null,
        successorId: null,
        replayFingerprint: null,
        replayAnswer: null,
        replayUntil: null,
      },
    ]);
  });

  it('ACG-09 stores nothing where there is no refresh token', async () => {
    const { issuer } = tokenParts(storage);
    const before = await refreshTokens();
    const prepared = await issuer.prepare(SUBJECT, false, NOW);
    await storage.transactions.run((tx) => issuer.store(prepared, 'no-such-grant', tx));
    expect(await refreshTokens()).toEqual(before);
  });
});
