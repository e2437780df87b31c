import { beforeEach, describe, expect, it, vi } from 'vitest';
import { hashToken } from '../../../../lib/protocol/opaque-token.js';
import { newClient, NOW } from '../../../support/storage-rows.js';
import {
  approve,
  DAY,
  type GrantRow,
  HOUR,
  payloadOf,
  refusalOf,
  registered,
  RESOURCE,
  useFrozenStorage,
} from '../../tokens/fixture.js';
import { familyOf, tokenEndpoint } from './fixture.js';

describe('GrantedTokens', () => {
  const storage = useFrozenStorage();
  let grant: GrantRow;
  beforeEach(async () => {
    grant = await approve(storage);
  });
  const ended = (reason: string) => ({ type: 'InvalidGrantError', reason, description: 'The grant has ended' });
  const stored = () => storage.grants.findById(grant.id);

  describe('scopesOf', () => {
    it('RFT-08 asks the host about user, organisation, client and resource, and gives what may still be given', async () => {
      const { tokens, users } = tokenEndpoint(storage);
      const asked = [vi.spyOn(users, 'fetchUserData'), vi.spyOn(users, 'validateScopeForUser')];
      users.refused.add('mcp:write');
      expect(await tokens.scopesOf(registered(), grant, ['mcp:read', 'mcp:write'])).toEqual(['mcp:read']);
      const subject = { userId: 'ada', orgId: 'analytical', clientId: 'a-client', resource: RESOURCE };
      expect(asked.map(({ mock }) => mock.calls)).toEqual([
        [[subject]],
        [[{ ...subject, scope: 'mcp:read' }], [{ ...subject, scope: 'mcp:write' }]],
      ]);
    });

    it('RFT-08 names no organisation where the grant has none', async () => {
      const { tokens, users } = tokenEndpoint(storage);
      const fetchUserData = vi.spyOn(users, 'fetchUserData');
      await tokens.scopesOf(registered(), await approve(storage, { userId: 'grace', orgId: null }), ['mcp:read']);
      expect(Object.keys(fetchUserData.mock.calls[0]?.[0] ?? {})).not.toContain('orgId');
    });

    it('RFT-08 STO-07 ends the grant of a user who is gone, and asks about no scope', async () => {
      const { tokens, users } = tokenEndpoint(storage);
      users.known.delete('ada');
      users.faults.set('validateScopeForUser', () => expect.unreachable());
      expect(await refusalOf(tokens.scopesOf(registered(), grant, ['mcp:read']))).toEqual(ended('user_gone'));
      expect(await stored()).toMatchObject({ revokedAt: NOW, revokedReason: 'user_gone' });
    });

    it('RFT-08 refuses when no scope is left, and lets the grant live: rights may come back', async () => {
      const { tokens, users } = tokenEndpoint(storage);
      for (const scope of ['mcp:read', 'mcp:write']) users.refused.add(scope);
      expect(await refusalOf(tokens.scopesOf(registered(), grant, ['mcp:read', 'mcp:write']))).toEqual(
        ended('no_scope_left'),
      );
      expect(await stored()).toEqual(grant);
    });

    it.each(['fetchUserData', 'validateScopeForUser'] as const)(
      'TOK-12 takes an outage of %s for an outage, and ends nothing',
      async (method) => {
        const { tokens, users } = tokenEndpoint(storage);
        users.faults.set(method, () => Promise.reject(new Error('down')));
        await expect(tokens.scopesOf(registered(), grant, ['mcp:read'])).rejects.toMatchObject({
          name: 'UserAdapterError',
        });
        expect(await stored()).toEqual(grant);
      },
    );
  });

  describe('prepare', () => {
    it('ATK-01 speaks for the user and organisation of the grant, to its resource', async () => {
      const withTime = await approve(storage, { authTime: 12 });
      const { response } = await tokenEndpoint(storage).tokens.prepare(registered(), withTime, ['mcp:read']);
      expect(payloadOf(response.access_token)).toMatchObject({
        sub: 'ada',
        org_id: 'analytical',
        client_id: 'a-client',
        scope: 'mcp:read',
        aud: RESOURCE,
        grant_id: withTime.id,
        auth_time: 12,
      });
    });

    it('ATK-01 leaves out what the grant does not know', async () => {
      const alone = await approve(storage, { orgId: null });
      const { response } = await tokenEndpoint(storage).tokens.prepare(registered(), alone, ['mcp:read']);
      expect(payloadOf(response.access_token)).not.toHaveProperty('org_id');
      expect(payloadOf(response.access_token)).not.toHaveProperty('auth_time');
    });

    it('ACG-09 makes a refresh token for a client that registered the grant type, and for no other', async () => {
      const { tokens } = tokenEndpoint(storage);
      const metadata = { ...newClient().metadata, grant_types: ['authorization_code'] };
      const [may, mayNot] = [registered(), registered({ metadata })];
      expect((await tokens.prepare(may, grant, ['mcp:read'])).response).toHaveProperty('refresh_token');
      expect((await tokens.prepare(mayNot, grant, ['mcp:read'])).response).not.toHaveProperty('refresh_token');
    });

    it('RFT-09 counts the age of refresh tokens from the approval', async () => {
      const { tokens } = tokenEndpoint(storage, { refresh: { absoluteLifetimeSeconds: 86_400 } });
      const old = await approve(storage, { createdAt: NOW - DAY + 2 * HOUR });
      expect((await tokens.prepare(registered(), old, ['mcp:read'])).refreshExpiresAt).toBe(NOW + 2 * HOUR);
    });
  });

  describe('storeOnce', () => {
    const prepared = (tokens: ReturnType<typeof tokenEndpoint>['tokens']) =>
      tokens.prepare(registered(), grant, ['mcp:read']);

    it('RFT-01 stores the tokens and keeps the grant alive as long as they live', async () => {
      const { tokens, clock } = tokenEndpoint(storage);
      clock.advance(9);
      const made = await prepared(tokens);
      expect(await tokens.storeOnce(made, grant, async () => true)).toBe('stored');
      const extended = { lastUsedAt: NOW + 9000, expiresAt: NOW + 9000 + 30 * DAY };
      expect(await stored()).toEqual({ ...grant, ...extended });
      expect(await familyOf(storage, grant.id)).toMatchObject([{ tokenHash: hashToken(made.refreshToken ?? '') }]);
    });

    it('STO-03 stores nothing for a call that came second', async () => {
      const { tokens } = tokenEndpoint(storage);
      expect(await tokens.storeOnce(await prepared(tokens), grant, async () => false)).toBe('spent');
      expect(await familyOf(storage, grant.id)).toEqual([]);
    });

    it('REV-05 stores nothing for a grant that ended, and spends nothing', async () => {
      const { tokens, revoker } = tokenEndpoint(storage);
      const made = await prepared(tokens);
      await revoker.endGrant(grant.id, 'revoked_by_client');
      const spend = vi.fn(async () => true);
      expect(await tokens.storeOnce(made, grant, spend)).toBe('grant_ended');
      expect(spend).not.toHaveBeenCalled();
      expect(await familyOf(storage, grant.id)).toEqual([]);
      expect(await stored()).toMatchObject({ lastUsedAt: grant.lastUsedAt, expiresAt: grant.expiresAt });
    });

    it('STO-03 spends in the transaction that stores: when storing fails, nothing was spent', async () => {
      const { tokens, issuer } = tokenEndpoint(storage);
      vi.spyOn(issuer, 'store').mockRejectedValueOnce(new Error('disk full'));
      const spend = vi.fn((tx) => storage.grants.revoke(grant.id, 'spent', NOW, tx));
      await expect(tokens.storeOnce(await prepared(tokens), grant, spend)).rejects.toThrow('disk full');
      expect(spend).toHaveBeenCalledTimes(1);
      expect(await stored()).toEqual(grant);
    });
  });
});
