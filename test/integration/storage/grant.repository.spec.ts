import { In } from 'typeorm';
import { expect, it } from 'vitest';
import type { Transaction } from '../../../lib/storage/transaction-runner.js';
import { GrantEntity } from '../../../lib/storage/entities/grant.entity.js';
import { RefreshTokenEntity } from '../../../lib/storage/entities/refresh-token.entity.js';
import { describeDatabases } from '../../support/databases.js';
import { winnersOf, winningTransactions } from '../../support/race.js';
import { useStorage } from '../../support/storage.js';
import { newCode, newGrant, newRefreshToken, NOW } from '../../support/storage-rows.js';

describeDatabases('GrantRepository', (kind) => {
  const storage = useStorage(kind);
  const insert = async (change = {}) => storage.transactions.run((tx) => storage.grants.insert(newGrant(change), tx));
  const revoke = async (id: string, reason: string, now = NOW) =>
    storage.transactions.run((tx) => storage.grants.revoke(id, reason, now, tx));
  const extend = async (id: string, use: { now: number; expiresAt: number }, revision = 0) =>
    storage.transactions.run((tx) => storage.grants.extend({ id, revision }, use, tx));
  const reduce = async (id: string, revision: number, scopes: readonly string[]) =>
    storage.transactions.run((tx) => storage.grants.reduce({ id, revision }, scopes, tx));

  it('gives a grant back exactly as it was stored', async () => {
    const stored = await insert({ orgId: 'org-1', deviceLabel: 'Laptop', authTime: 1_795_500_815 });
    expect(await storage.grants.findById(stored.id)).toEqual(stored);
  });

  it('keeps the id it was given, and fills what was left out with null', async () => {
    const id = '0193f0a1-1111-7000-8000-000000000001';
    expect(await insert({ id })).toMatchObject({ id, orgId: null, deviceLabel: null, authTime: null, revokedAt: null });
    expect(await storage.grants.findById(id)).toMatchObject({ id, orgId: null, revokedReason: null });
  });

  it('stores the longest user, organisation and client id that are allowed', async () => {
    const longest = {
      userId: 'u'.repeat(255),
      orgId: 'o'.repeat(255),
      clientId: `https://c.example/${'c'.repeat(494)}`,
    };
    const { id } = await insert(longest);
    expect(await storage.grants.findById(id)).toMatchObject(longest);
  });

  it('STO-05 keeps a scope with a comma and a quote one scope', async () => {
    const { id } = await insert({ scopes: ['a,b', `c"d'e\\`, ''] });
    expect((await storage.grants.findById(id))?.scopes).toEqual(['a,b', `c"d'e\\`, '']);
  });

  it('refuses an id that is taken', async () => {
    const { id } = await insert();
    await expect(insert({ id })).rejects.toThrow();
  });

  it('inserts nothing when the transaction is rolled back', async () => {
    const id = '0193f0a1-1111-7000-8000-000000000002';
    const failing = storage.transactions.run(async (tx) => {
      await storage.grants.insert(newGrant({ id }), tx);
      throw new Error('the rest failed');
    });
    await expect(failing).rejects.toThrow('the rest failed');
    expect(await storage.grants.findById(id)).toBeNull();
  });

  it('finds nothing for an unknown id or one in another case', async () => {
    const { id } = await insert({ id: '0193f0a1-abcd-7000-8000-000000000003' });
    expect(await storage.grants.findById('unknown')).toBeNull();
    expect(await storage.grants.findById(id.toUpperCase())).toBeNull();
  });

  it.each([
    ['undefined', undefined],
    ['null', null],
    ['an empty string', ''],
  ])('ABU-05 never turns %s into a query for any grant', async (_case, missing) => {
    const nothing = missing as unknown as string;
    const { id } = await insert();
    await expect(storage.grants.findById(nothing)).rejects.toThrow(TypeError);
    await expect(revoke(nothing, 'test')).rejects.toThrow(TypeError);
    await expect(extend(nothing, { now: NOW, expiresAt: NOW })).rejects.toThrow(TypeError);
    await expect(storage.grants.deleteEndedOfUser(nothing, 10)).rejects.toThrow(TypeError);
    expect((await storage.grants.findById(id))?.revokedAt).toBeNull();
  });

  it('extends the life of this grant and of no other', async () => {
    const [used, other] = [await insert(), await insert()];
    const use = { now: NOW + 7, expiresAt: NOW + 9_000_000_000 };
    expect(await extend(used.id, use)).toBe(true);
    expect(await storage.grants.findById(used.id)).toMatchObject({ lastUsedAt: use.now, expiresAt: use.expiresAt });
    expect(await storage.grants.findById(other.id)).toEqual(other);
  });

  it('STO-03 does not extend a grant that ended, and says so', async () => {
    const { id } = await insert();
    await revoke(id, 'test');
    expect(await extend(id, { now: NOW + 7, expiresAt: NOW + 9 })).toBe(false);
    expect(await storage.grants.findById(id)).toMatchObject({ lastUsedAt: NOW, expiresAt: NOW + 2_592_000_000 });
    expect(await extend('unknown', { now: NOW, expiresAt: NOW })).toBe(false);
  });

  it('lists living grants by client, user and organisation, a batch at a time', async () => {
    const mine = { userId: 'lister', clientId: 'listed' };
    const [first, second, third] = [await insert(mine), await insert({ ...mine, orgId: 'o' }), await insert(mine)];
    const revoked = await insert(mine);
    await revoke(revoked.id, 'test');
    const list = (filter: object, after = '0', limit = 10) => storage.grants.listLiving(filter, after, limit);
    expect(await list({ userId: 'lister' })).toEqual([first.id, second.id, third.id]);
    expect(await list({ clientId: 'listed' }, '0', 2)).toEqual([first.id, second.id]);
    expect(await list({ clientId: 'listed' }, second.id)).toEqual([third.id]);
    expect(await list({ userId: 'lister', orgId: 'o' })).toEqual([second.id]);
    expect(await list({ userId: 'Lister' })).toEqual([]);
    const other = await insert();
    expect(await list({}, first.id, 1000)).toEqual([second.id, third.id, other.id]);
  });

  it('STO-07 deletes the ended grants of one user and of no other, not more than asked, and never a living one', async () => {
    const other = await insert({ userId: 'stayer' });
    await revoke(other.id, 'test');
    for (let count = 0; count < 3; count++) await revoke((await insert({ userId: 'leaver' })).id, 'test');
    const living = await insert({ userId: 'leaver' });
    expect(await storage.grants.deleteEndedOfUser('leaver', 2)).toBe(2);
    expect(await storage.grants.deleteEndedOfUser('leaver', 2)).toBe(1);
    expect(await storage.grants.deleteEndedOfUser('leaver', 2)).toBe(0);
    expect(await storage.grants.findById(living.id)).toEqual(living);
    expect(await storage.grants.findById(other.id)).not.toBeNull();
  });

  it('tells until when its tokens may live', async () => {
    const { id } = await insert({ expiresAt: NOW + 77 });
    const expiry = (grantId: string) => storage.transactions.run((tx) => storage.grants.expiryOf(grantId, tx));
    expect([await expiry(id), await expiry('unknown')]).toEqual([NOW + 77, 0]);
  });

  it('OPS-04 deletes expired grants, not more than asked, and none that lives', async () => {
    await storage.grants.deleteExpired(NOW, 1_000);
    for (const expiresAt of [NOW - 2, NOW - 1, NOW]) await insert({ expiresAt });
    const living = await insert({ expiresAt: NOW + 1 });
    expect(await storage.grants.deleteExpired(NOW, 2)).toBe(2);
    expect(await storage.grants.deleteExpired(NOW, 2)).toBe(1);
    expect(await storage.grants.findById(living.id)).toEqual(living);
  });

  if (kind.name === 'better-sqlite3') {
    it('OPS-04 leaves no refresh token to the cascade, which may be a very long statement', async () => {
      await storage.dataSource.query('PRAGMA foreign_keys = OFF');
      const grants = [await insert({ expiresAt: NOW - 1 }), await insert({ userId: 'eraser' })];
      for (const { id, expiresAt } of grants) {
        for (let token = 0; token < 5; token++) {
          const retired = newRefreshToken(id, { expiresAt, consumedAt: NOW - 1 });
          await storage.transactions.run((tx) => storage.refreshTokens.insert(retired, tx));
        }
        await revoke(id, 'test');
      }
      expect(await storage.grants.deleteExpired(NOW, 2)).toBe(1);
      expect(await storage.grants.deleteEndedOfUser('eraser', 2)).toBe(1);
      const grantId = In(grants.map(({ id }) => id));
      expect(await storage.dataSource.manager.countBy(RefreshTokenEntity, { grantId })).toBe(0);
      await storage.dataSource.query('PRAGMA foreign_keys = ON');
    });
  }

  it('revokes this grant and no other, and keeps the first reason', async () => {
    const [revoked, other] = [await insert(), await insert()];
    expect(await revoke(revoked.id, 'authorization_code_replayed')).toBe(true);
    expect(await revoke(revoked.id, 'user_request', NOW + 1)).toBe(false);
    const expected = { revokedAt: NOW, revokedReason: 'authorization_code_replayed' };
    expect(await storage.grants.findById(revoked.id)).toMatchObject(expected);
    expect(await storage.grants.findById(other.id)).toMatchObject({ revokedAt: null, revokedReason: null });
  });

  it('STO-03 lets exactly one of twenty racers revoke the grant', async () => {
    const { id } = await insert();
    expect(await winnersOf(() => revoke(id, 'race'))).toBe(1);
  });

  it('does not revoke a grant that does not exist', async () => {
    expect(await revoke('unknown', 'test')).toBe(false);
  });

  it('takes its codes and refresh tokens along when it is deleted', async () => {
    const { id } = await insert();
    const code = newCode(id);
    const token = newRefreshToken(id);
    await storage.transactions.run(async (tx) => {
      await storage.codes.insert(code, tx);
      await storage.refreshTokens.insert(token, tx);
    });
    await storage.transactions.run((tx) => tx.delete(GrantEntity, { id }));
    expect(await storage.codes.findByHash(code.codeHash)).toBeNull();
    expect(await storage.refreshTokens.findByHash(token.tokenHash)).toBeNull();
  });

  it('CON-07 lists what lives of one user, organisation and client, the newest first', async () => {
    const of = { userId: 'lists', orgId: 'one', clientId: 'client' };
    const living = [await insert(of), await insert(of)];
    await insert({ ...of, userId: 'Lists' });
    await insert({ ...of, orgId: 'two' });
    await insert({ ...of, orgId: undefined });
    await insert({ ...of, clientId: 'Client' });
    await insert({ ...of, expiresAt: NOW });
    await insert({ ...of, revokedAt: NOW });
    const list = async (change: object, limit = 10) => {
      const { userId, ...within } = { ...of, ...change };
      return (await storage.grants.listLivingOfUser(userId, NOW, limit, within)).map(({ id }) => id);
    };
    const newestFirst = living.map(({ id }) => id).toReversed();
    expect(await list({})).toEqual(newestFirst);
    expect(await list({}, 1)).toEqual(newestFirst.slice(0, 1));
    expect(await list({ orgId: undefined })).toHaveLength(1);
    expect(await list({ userId: 'nobody' })).toEqual([]);
    // CON-17: all that lives of this user, whatever it is for.
    const all = await storage.grants.listLivingOfUser('lists', NOW, 10);
    expect(all.map(({ clientId, orgId }) => `${clientId} ${orgId}`)).toEqual([
      'Client one',
      'client null',
      'client two',
      'client one',
      'client one',
    ]);
  });

  it('CON-17 STO-03 leaves a grant fewer scopes once per revision, and not after its end', async () => {
    const { id } = await insert();
    expect(await reduce(id, 0, ['mcp:read'])).toBe(true);
    expect(await storage.grants.findById(id)).toMatchObject({ scopes: ['mcp:read'], revision: 1, revokedAt: null });
    expect(await reduce(id, 0, ['mcp:write'])).toBe(false);
    expect(await reduce(id, 2, ['mcp:write'])).toBe(false);
    await revoke(id, 'test');
    expect(await reduce(id, 1, [])).toBe(false);
    expect(await storage.grants.findById(id)).toMatchObject({ scopes: ['mcp:read'], revision: 1 });
  });

  it('CON-17 STO-03 reduces a grant once, of twenty who try together', async () => {
    const { id } = await insert();
    const reduced = (tx: Transaction) => storage.grants.reduce({ id, revision: 0 }, ['mcp:read'], tx);
    expect(await winningTransactions(storage, reduced)).toBe(1);
  });

  it('CON-17 extends no grant that lost scopes since it was read, and says that it lives', async () => {
    const { id } = await insert();
    await reduce(id, 0, ['mcp:read']);
    const use = { now: NOW + 5, expiresAt: NOW + 10 };
    const isLiving = () => storage.transactions.run((tx) => storage.grants.isLiving(id, tx));
    expect([await extend(id, use), await isLiving()]).toEqual([false, true]);
    expect((await storage.grants.findById(id))?.lastUsedAt).toBe(NOW);
    expect(await extend(id, use, 1)).toBe(true);
    await revoke(id, 'test');
    expect([await extend(id, use, 1), await isLiving()]).toEqual([false, false]);
  });

  it('CON-07 STO-03 says of several grants whether all of them are alive, and changes nothing of them', async () => {
    const areAlive = async (ids: readonly string[], revision = 0) => {
      const grants = ids.map((id) => ({ id, revision }));
      return storage.transactions.run((tx) => storage.grants.areAlive(grants, NOW + 7, tx));
    };
    const [one, other] = [await insert(), await insert()];
    expect(await areAlive([one.id, other.id])).toBe(true);
    expect(await areAlive([one.id, other.id])).toBe(true);
    expect(await storage.grants.findById(one.id)).toEqual(one);
    expect(await areAlive([one.id, 'unknown'])).toBe(false);
    expect(await areAlive([one.id, other.id], 1)).toBe(false);
    await revoke(other.id, 'test');
    expect(await areAlive([one.id, other.id])).toBe(false);
    const { id: expired } = await insert({ expiresAt: NOW + 7 });
    expect(await areAlive([expired])).toBe(false);
  });
});
