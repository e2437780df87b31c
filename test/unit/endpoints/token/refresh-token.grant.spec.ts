import { beforeEach, describe, expect, it, vi } from 'vitest';
import { hashToken } from '../../../../lib/protocol/opaque-token.js';
import { NOW } from '../../../support/storage-rows.js';
import {
  approve,
  DAY,
  forgetGrant,
  type GrantRow,
  refusalOf,
  registered,
  RESOURCE,
  useFrozenStorage,
} from '../../tokens/fixture.js';
import { familyOf, form, issueRefreshToken, tokenEndpoint } from './fixture.js';

describe('RefreshTokenGrant', () => {
  const storage = useFrozenStorage();
  let grant: GrantRow;
  let token: string;
  beforeEach(async () => {
    grant = await approve(storage);
    token = await issueRefreshToken(storage, grant.id);
  });

  type Parts = ReturnType<typeof tokenEndpoint>;
  const refresh = (change = {}, parts: Parts = tokenEndpoint(storage), client = registered()) =>
    parts.refresh.handle(client, form({ refresh_token: token, ...change }));
  const refused = (reason: string) => ({
    type: 'InvalidGrantError',
    reason,
    description: 'The refresh token is not valid',
  });
  const expectUntouched = async (end: Partial<GrantRow> = {}) => {
    expect(await familyOf(storage, grant.id)).toMatchObject([{ tokenHash: hashToken(token), consumedAt: null }]);
    expect(await storage.grants.findById(grant.id)).toEqual({ ...grant, ...end });
  };

  it('RFT-01 gives a new token, retires the old one in its favour, and keeps the grant alive', async () => {
    const parts = tokenEndpoint(storage);
    parts.clock.advance(5);
    const answer = await refresh({}, parts);
    expect(answer).toMatchObject({ token_type: 'Bearer', expires_in: 3600, scope: 'mcp:read mcp:write' });
    const now = NOW + 5000;
    const [retired, successor, ...others] = await familyOf(storage, grant.id);
    expect(retired).toMatchObject({ consumedAt: now, successorId: successor?.id, replayUntil: now + 30_000 });
    const newest = { tokenHash: hashToken(answer.refresh_token ?? ''), consumedAt: null, expiresAt: now + 30 * DAY };
    expect([successor, others]).toEqual([expect.objectContaining(newest), []]);
    const extended = { lastUsedAt: now, expiresAt: now + 30 * DAY };
    expect(await storage.grants.findById(grant.id)).toEqual({ ...grant, ...extended });
    expect(await parts.verifier.verify(answer.access_token, RESOURCE)).toMatchObject({ grantId: grant.id });
  });

  it('CON-17 STO-03 gives nothing that is taken from the grant meanwhile, and rotates once', async () => {
    const parts = tokenEndpoint(storage);
    vi.spyOn(parts.users, 'validateScopeForUser').mockImplementationOnce(() =>
      storage.transactions.run((tx) => storage.grants.reduce(grant, ['mcp:read'], tx)),
    );
    expect((await refresh({}, parts)).scope).toBe('mcp:read');
    expect(await familyOf(storage, grant.id)).toMatchObject([{ consumedAt: NOW }, { consumedAt: null }]);
  });

  it('CON-17 RFT-06 refuses to widen again what the user reduced, and the token stays good', async () => {
    await storage.transactions.run((tx) => storage.grants.reduce(grant, ['mcp:read'], tx));
    expect(await refusalOf(refresh({ scope: 'mcp:read mcp:write' }))).toMatchObject({ type: 'InvalidScopeError' });
    expect((await refresh()).scope).toBe('mcp:read');
  });

  it('RFT-02 refuses a request without a token as an invalid one', async () => {
    expect(await refusalOf(refresh({ refresh_token: undefined }))).toEqual({
      type: 'InvalidRequestError',
      reason: 'refresh_token_missing',
      description: 'refresh_token is missing',
    });
  });

  it('RFT-02 RFT-10 refuses what is no refresh token: an access token, a hash, a text', async () => {
    const { access_token } = await refresh();
    for (const other of [access_token, hashToken(token), `${token}x`]) {
      expect(await refusalOf(refresh({ refresh_token: other }))).toEqual(refused('refresh_token_unknown'));
    }
  });

  it('RFT-02 refuses the token of another client', async () => {
    const other = registered({ clientId: 'other' });
    expect(await refusalOf(refresh({}, undefined, other))).toEqual(refused('refresh_token_of_another_client'));
    await expectUntouched();
  });

  it('RFT-09 refuses a token that was not used for its lifetime, to the millisecond', async () => {
    const parts = tokenEndpoint(storage);
    parts.clock.advance(30 * 86_400);
    expect(await refusalOf(refresh({}, parts))).toEqual(refused('refresh_token_expired'));
    await expectUntouched();
    parts.clock.advance(-0.001);
    await refresh({}, parts);
  });

  it('RFT-02 refuses a token whose grant ended, or has just been deleted', async () => {
    const parts = tokenEndpoint(storage);
    await parts.revoker.endGrant(grant.id, 'revoked_by_client');
    expect(await refusalOf(refresh({}, parts))).toEqual(refused('grant_revoked'));
    await expectUntouched({ revokedAt: NOW, revokedReason: 'revoked_by_client' });
    await forgetGrant(storage, grant.id);
    expect(await refusalOf(refresh({}, parts))).toEqual(refused('grant_unknown'));
  });

  it('RFT-07 refuses another resource, and a grant for one that is not served any more', async () => {
    const elsewhere = refresh({ resource: 'https://elsewhere.example/mcp' });
    expect(await refusalOf(elsewhere)).toMatchObject({ type: 'InvalidTargetError', reason: 'resource_unknown' });
    const moved = refresh({}, tokenEndpoint(storage, { mcpServerPath: '/moved' }));
    expect(await refusalOf(moved)).toMatchObject({ type: 'InvalidTargetError', reason: 'resource_outside_grant' });
    await expectUntouched();
  });

  it.each([
    ['no scope', undefined, 'mcp:read mcp:write'],
    ['one of them', 'mcp:write', 'mcp:write'],
    ['one of them and offline_access', 'offline_access mcp:read', 'mcp:read'],
    ['offline_access alone', 'offline_access', 'mcp:read mcp:write'],
  ])('RFT-06 gives a client that asks for %s what it may have, this time only', async (_what, scope, expected) => {
    const { refresh_token, ...answer } = await refresh({ scope });
    expect(answer.scope).toBe(expected);
    expect((await refresh({ refresh_token })).scope).toBe('mcp:read mcp:write');
  });

  it.each([
    ['more than the grant', 'mcp:read mcp:admin', 'scope_exceeds_grant', 'The scope exceeds what was granted'],
    ['what is no scope', 'mcp:"read', 'scope_malformed', 'The scope contains a character that is not allowed'],
  ])('RFT-06 refuses %s, and the token stays good', async (_what, scope, reason, description) => {
    expect(await refusalOf(refresh({ scope }))).toEqual({ type: 'InvalidScopeError', reason, description });
    await expectUntouched();
  });

  it('RFT-08 gives less to a user who may do less, and nothing to one who is gone', async () => {
    const parts = tokenEndpoint(storage);
    parts.users.refused.add('ada mcp:write');
    const { scope, refresh_token } = await refresh({}, parts);
    expect(scope).toBe('mcp:read');
    parts.users.known.delete('ada');
    expect((await refusalOf(refresh({ refresh_token }, parts))).reason).toBe('user_gone');
    expect((await storage.grants.findById(grant.id))?.revokedReason).toBe('user_gone');
  });

  it('RFT-08 asks the host about the client, for the user and organisation of the grant', async () => {
    const { users, ...parts } = tokenEndpoint(storage);
    await refresh({}, { users, ...parts });
    const alone = await approve(storage, { orgId: null });
    await refresh({ refresh_token: await issueRefreshToken(storage, alone.id) }, { users, ...parts });
    const [first, second] = users.askingClients;
    expect(first).toMatchObject({ clientId: 'a-client', at: 'refresh', userId: 'ada', orgId: 'analytical' });
    expect(second).toMatchObject({ clientId: 'a-client', at: 'refresh', userId: 'ada' });
    expect(second).not.toHaveProperty('orgId');
  });

  it.each([false, 'pending'])('RFT-08 refuses a client about which the host says %s; nothing ends', async (verdict) => {
    const parts = tokenEndpoint(storage);
    parts.users.faults.set('allowClient', () => verdict);
    expect(await refusalOf(refresh({}, parts))).toEqual(refused('client_refused'));
    await expectUntouched();
    parts.users.faults.clear();
    await refresh({}, parts);
  });

  it('TOK-12 lets an outage of the host be one: the token stays good', async () => {
    const parts = tokenEndpoint(storage);
    parts.users.faults.set('fetchUserData', () => Promise.reject(new Error('directory down')));
    await expect(refresh({}, parts)).rejects.toMatchObject({ name: 'UserAdapterError' });
    await expectUntouched();
  });

  describe('a token that was retired', () => {
    const end = async () => (await storage.grants.findById(grant.id))?.revokedReason;

    it('RFT-04 gets the first answer again, and the host is not asked again', async () => {
      const parts = tokenEndpoint(storage);
      const first = await refresh({}, parts);
      parts.users.faults.set('fetchUserData', () => expect.unreachable());
      parts.clock.advance(29.999);
      expect(await refresh({}, parts)).toEqual(first);
      expect(await familyOf(storage, grant.id)).toHaveLength(2);
    });

    it.each([
      ['as it was', {}],
      ['with a scope beyond the grant', { scope: 'mcp:admin' }],
      ['with another resource', { resource: 'https://elsewhere.example/mcp' }],
    ])('RFT-03 ends the family when it comes back after the window %s', async (_what, change) => {
      const parts = tokenEndpoint(storage);
      await refresh({}, parts);
      parts.clock.advance(30);
      expect(await refusalOf(refresh(change, parts))).toEqual(refused('refresh_token_reused'));
      expect(await end()).toBe('refresh_token_reused');
    });

    it.each([
      ['a scope beyond the grant', { scope: 'mcp:admin' }, 'scope_exceeds_grant'],
      ['another resource', { resource: 'https://elsewhere.example/mcp' }, 'resource_unknown'],
    ])('RFT-06 RFT-07 is told about %s before that, and nothing ends', async (_what, change, reason) => {
      await refresh();
      expect((await refusalOf(refresh(change))).reason).toBe(reason);
      expect(await end()).toBeNull();
    });

    it('RFT-02 ends nothing when another client brings it', async () => {
      const parts = tokenEndpoint(storage);
      await refresh({}, parts);
      parts.clock.advance(30);
      const other = registered({ clientId: 'other' });
      expect(await refusalOf(refresh({}, parts, other))).toEqual(refused('refresh_token_of_another_client'));
      expect(await end()).toBeNull();
    });
  });

  describe('meanwhile', () => {
    it('RFT-05 somebody else refreshed: both get the one answer', async () => {
      const parts = tokenEndpoint(storage);
      let winner: unknown;
      parts.users.meeting = async () => {
        parts.users.meeting = undefined;
        winner = await refresh({}, parts);
      };
      const loser = await refresh({}, parts);
      expect(winner).toEqual(loser);
      expect(await familyOf(storage, grant.id)).toHaveLength(2);
    });

    it('REV-05 the grant ended: refused, and the family gets no successor', async () => {
      const parts = tokenEndpoint(storage);
      parts.users.meeting = async () => void (await parts.revoker.endGrant(grant.id, 'revoked_by_operator'));
      expect(await refusalOf(refresh({}, parts))).toEqual(refused('grant_revoked'));
      await expectUntouched({ revokedAt: NOW, revokedReason: 'revoked_by_operator' });
    });
  });
});
