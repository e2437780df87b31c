import { randomUUID } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import type { FakeClock } from '../../support/fake-clock.js';
import { newRefreshToken, NOW } from '../../support/storage-rows.js';
import { approve, HOUR, revocationsOf, tokenParts, useFrozenStorage } from './fixture.js';

const MINUTE = 60_000;

describe('GrantRevoker', () => {
  const storage = useFrozenStorage();
  const issue = (grantId: string, accessExpiresAt: number, accessTokenId: string = randomUUID()) => {
    const row = newRefreshToken(grantId, { accessExpiresAt, accessTokenId });
    return storage.transactions.run((tx) => storage.refreshTokens.insert(row, tx));
  };

  it('REV-05 ends the grant and tells the other instances', async () => {
    const { revoker, clock } = tokenParts(storage);
    const { id } = await approve(storage, { expiresAt: NOW + 5 * HOUR });
    clock.advance(7);
    expect(await revoker.endGrant(id, 'user_gone')).toBe(true);
    expect(await storage.grants.findById(id)).toMatchObject({ revokedAt: NOW + 7000, revokedReason: 'user_gone' });
    expect(await revocationsOf(storage, id)).toMatchObject([{ createdAt: NOW + 7000, targetId: id }]);
  });

  it.each([
    ['the grant may have tokens, where no refresh token tells', 5 * HOUR, [], 5 * HOUR],
    ['the last of its access tokens lives', 9 * HOUR, [2 * HOUR, 3 * HOUR], 3 * HOUR],
    ['one issued this moment would live, where the known ones end earlier', 9 * HOUR, [1000], HOUR],
    ['one issued this moment would live, where the grant itself ends earlier', 1000, [], HOUR],
  ])('REV-05 is remembered as long as %s, and a minute more', async (_while, grantMs, accessMs, expected) => {
    const { id } = await approve(storage, { expiresAt: NOW + grantMs });
    for (const ms of accessMs) await issue(id, NOW + ms);
    await tokenParts(storage).revoker.endGrant(id, 'revoked_by_client');
    expect(await revocationsOf(storage, id)).toMatchObject([{ expiresAt: NOW + expected + MINUTE }]);
  });

  it('REV-05 counts on this instance at once, without another look', async () => {
    const { revoker, list } = tokenParts(storage);
    const [ended, living] = [await approve(storage), await approve(storage)];
    expect(await list.includes({ tokenId: 't', grantId: ended.id })).toBe(false);
    await revoker.endGrant(ended.id, 'revoked_by_client');
    expect(await list.includes({ tokenId: 't', grantId: ended.id })).toBe(true);
    expect(await list.includes({ tokenId: 't', grantId: living.id })).toBe(false);
  });

  it('STO-03 ends a grant once: the second call says no, keeps the first reason and tells nobody', async () => {
    const { revoker } = tokenParts(storage);
    const { id } = await approve(storage);
    await revoker.endGrant(id, 'authorization_code_replayed');
    expect(await revoker.endGrant(id, 'revoked_by_client')).toBe(false);
    expect((await storage.grants.findById(id))?.revokedReason).toBe('authorization_code_replayed');
    expect(await revocationsOf(storage, id)).toHaveLength(1);
  });

  it('ends nothing for a grant that is not there', async () => {
    expect(await tokenParts(storage).revoker.endGrant('unknown', 'revoked_by_client')).toBe(false);
    expect(await revocationsOf(storage, 'unknown')).toEqual([]);
  });

  it('REV-06 leaves the grant alive and noted nowhere, when the other instances cannot be told', async () => {
    const { revoker, list } = tokenParts(storage);
    const { id } = await approve(storage);
    vi.spyOn(storage.revocations, 'insert').mockRejectedValueOnce(new Error('disk full'));
    await expect(revoker.endGrant(id, 'revoked_by_client')).rejects.toThrow('disk full');
    expect((await storage.grants.findById(id))?.revokedAt).toBeNull();
    expect(await list.includes({ tokenId: 't', grantId: id })).toBe(false);
  });

  it('REV-03 REV-05 ends one access token until a minute after its exp, here at once', async () => {
    const { revoker, list } = tokenParts(storage);
    const exp = Math.floor(NOW / 1000) + 90;
    expect(await list.includes({ tokenId: 'one' })).toBe(false);
    await revoker.endAccessToken('one', exp);
    const row = { targetId: 'one', createdAt: NOW, expiresAt: exp * 1000 + MINUTE };
    expect(await revocationsOf(storage, 'one')).toMatchObject([row]);
    expect([await list.includes({ tokenId: 'one' }), await list.includes({ tokenId: 'two' })]).toEqual([true, false]);
  });

  it('REV-06 ends no access token when the other instances cannot be told', async () => {
    const { revoker, list } = tokenParts(storage);
    vi.spyOn(storage.revocations, 'insert').mockRejectedValueOnce(new Error('disk full'));
    await expect(revoker.endAccessToken('three', NOW)).rejects.toThrow('disk full');
    expect(await list.includes({ tokenId: 'three' })).toBe(false);
  });

  describe('a grant that loses scopes', () => {
    const read = async (id: string) => (await storage.grants.findById(id)) ?? expect.fail('no such grant');

    it('CON-17 REV-05 keeps the others, and its living access tokens end until a minute after they expire', async () => {
      const { revoker, list } = tokenParts(storage);
      const { id } = await approve(storage);
      const living = await issue(id, NOW + HOUR, 'living');
      await issue(id, NOW, 'expired');
      expect(await list.includes({ tokenId: 'living', grantId: id })).toBe(false);
      expect(await revoker.reduceGrant(await read(id), ['mcp:read'])).toBe('reduced');
      expect(await read(id)).toMatchObject({ scopes: ['mcp:read'], revision: 1, revokedAt: null });
      const row = { createdAt: NOW, expiresAt: living.accessExpiresAt + MINUTE };
      expect(await revocationsOf(storage, 'living')).toMatchObject([row]);
      expect(await list.includes({ tokenId: 'living', grantId: id })).toBe(true);
      expect([await revocationsOf(storage, 'expired'), await revocationsOf(storage, id)]).toEqual([[], []]);
      expect(await list.includes({ tokenId: 'next', grantId: id })).toBe(false);
    });

    it('CON-17 STO-03 is as it was when somebody else has changed or ended it', async () => {
      const { revoker } = tokenParts(storage);
      const grant = await approve(storage);
      await issue(grant.id, NOW + HOUR, 'other');
      await storage.transactions.run((tx) => storage.grants.reduce(grant, ['mcp:write'], tx));
      expect(await revoker.reduceGrant(grant, ['mcp:read'])).toBe('changed');
      expect((await read(grant.id)).scopes).toEqual(['mcp:write']);
      await revoker.endGrant(grant.id, 'revoked_by_client');
      expect(await revoker.reduceGrant(await read(grant.id), ['mcp:read'])).toBe('changed');
      expect(await revocationsOf(storage, 'other')).toEqual([]);
    });

    it.each([
      [500, 'reduced', null],
      [501, 'ended', 'revoked_by_user'],
    ])('CON-17 with %d living access tokens is %s', async (count, outcome, revokedReason) => {
      const { revoker, list } = tokenParts(storage);
      const { id } = await approve(storage);
      for (let made = 0; made < count; made++) await issue(id, NOW + HOUR, `${count}-${made}`);
      expect(await revoker.reduceGrant(await read(id), ['mcp:read'])).toBe(outcome);
      expect(await read(id)).toMatchObject({ revokedReason });
      expect(await list.includes({ tokenId: `${count}-0`, grantId: id })).toBe(true);
    });

    it('REV-06 keeps its scopes when the other instances cannot be told', async () => {
      const { revoker, list } = tokenParts(storage);
      const grant = await approve(storage);
      await issue(grant.id, NOW + HOUR, 'untold');
      vi.spyOn(storage.revocations, 'insert').mockRejectedValueOnce(new Error('disk full'));
      await expect(revoker.reduceGrant(grant, ['mcp:read'])).rejects.toThrow('disk full');
      expect(await read(grant.id)).toMatchObject({ revision: 0, scopes: grant.scopes });
      expect(await list.includes({ tokenId: 'untold', grantId: grant.id })).toBe(false);
    });
  });

  describe('when the commit took long, so that others may have looked past it', () => {
    /** The commit of the first publication comes so many seconds after its time. */
    const commitLate = (clock: FakeClock, seconds: number) => {
      const insert = storage.revocations.insert.bind(storage.revocations);
      return vi.spyOn(storage.revocations, 'insert').mockImplementationOnce(async (...row) => {
        await insert(...row);
        clock.advance(seconds);
      });
    };
    const timesOf = async (targetId: string) =>
      (await revocationsOf(storage, targetId)).map(({ createdAt }) => createdAt).toSorted((a, b) => a - b);

    it.each([
      [29.999, [NOW]],
      [30, [NOW, NOW + 30_000]],
      [70, [NOW, NOW + 70_000]],
    ])('REV-05 publishes the end of a grant or token again after %d s, not earlier', async (seconds, times) => {
      const { id } = await approve(storage);
      const [forGrant, forToken] = [tokenParts(storage), tokenParts(storage)];
      commitLate(forGrant.clock, seconds);
      expect(await forGrant.revoker.endGrant(id, 'revoked_by_client')).toBe(true);
      commitLate(forToken.clock, seconds);
      await forToken.revoker.endAccessToken(`late ${seconds}`, Math.floor(NOW / 1000) + 3600);
      expect([await timesOf(id), await timesOf(`late ${seconds}`)]).toEqual([times, times]);
    });

    it('REV-05 says so when that fails, and lets nobody in here', async () => {
      const { revoker, clock, list } = tokenParts(storage);
      const { id } = await approve(storage);
      expect(await list.includes({ tokenId: 't', grantId: id })).toBe(false);
      commitLate(clock, 70).mockRejectedValueOnce(new Error('down'));
      await expect(revoker.endGrant(id, 'revoked_by_client')).rejects.toThrow('down');
      expect(await list.includes({ tokenId: 't', grantId: id })).toBe(true);
    });
  });
});
