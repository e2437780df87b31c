import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { ResolvedMcpAuthOptions } from '../../lib/config/resolved-options.js';
import type { RevocationRepository } from '../../lib/storage/repositories/revocation.repository.js';
import { GrantRevoker } from '../../lib/tokens/grant-revoker.js';
import { RevocationList } from '../../lib/tokens/revocation-list.js';
import { describeDatabases } from '../support/databases.js';
import { FakeClock } from '../support/fake-clock.js';
import { useStorage } from '../support/storage.js';
import { newGrant } from '../support/storage-rows.js';

const optionsOf = (mode: 'cached' | 'strict') =>
  ({ accessTokenLifetime: 3600, revocation: { mode, maxStalenessSeconds: 5 } }) as unknown as ResolvedMcpAuthOptions;

describeDatabases('a revocation, seen from two instances', (kind) => {
  const storage = useStorage(kind);
  let clock: FakeClock;

  /** What one server process has in memory. */
  const instance = (mode: 'cached' | 'strict' = 'cached', own = clock) => {
    const list = new RevocationList(storage.revocations, own, optionsOf(mode));
    const { grants, refreshTokens, revocations, transactions } = storage;
    const options = optionsOf(mode);
    const revoker = new GrantRevoker(grants, refreshTokens, revocations, list, transactions, own, options);
    return { list, revoker };
  };
  const grant = async () => {
    const row = newGrant({ createdAt: clock.now(), expiresAt: clock.now() + 9_000_000 });
    return (await storage.transactions.run((tx) => storage.grants.insert(row, tx))).id;
  };
  const token = (grantId: string) => ({ tokenId: randomUUID(), grantId });

  beforeEach(() => {
    clock = new FakeClock();
  });

  it('REV-05 reaches the same instance with the next request, and another one within a second', async () => {
    const [here, there] = [instance(), instance()];
    const [ended, living] = [token(await grant()), token(await grant())];
    expect(await there.list.includes(ended)).toBe(false);
    expect(await here.revoker.endGrant(ended.grantId, 'revoked_by_client')).toBe(true);
    expect(await here.list.includes(ended)).toBe(true);
    clock.advance(1);
    expect(await there.list.includes(ended)).toBe(true);
    for (const { list } of [here, there]) expect(await list.includes(living)).toBe(false);
  });

  it('REV-03 ends one access token and not the next one of its grant', async () => {
    const [here, there] = [instance(), instance()];
    const first = token(await grant());
    await here.revoker.endAccessToken(first.tokenId, Math.floor(clock.now() / 1000) + 3600);
    expect(await here.list.includes(first)).toBe(true);
    expect(await there.list.includes(first)).toBe(true);
    expect(await there.list.includes(token(first.grantId))).toBe(false);
  });

  it('REV-05 is known to an instance that has only just started, before it answers', async () => {
    const ended = token(await grant());
    await instance().revoker.endGrant(ended.grantId, 'revoked_by_client');
    clock.advance(600);
    expect(await instance().list.includes(ended)).toBe(true);
  });

  it('REV-05 is known to an instance that was frozen for minutes, before it answers', async () => {
    const there = instance();
    const ended = token(await grant());
    expect(await there.list.includes(ended)).toBe(false);
    clock.advance(30);
    await instance().revoker.endGrant(ended.grantId, 'revoked_by_client');
    clock.advance(300);
    expect(await there.list.includes(ended)).toBe(true);
  });

  it.each([-55, -30, -5, 5, 55])(
    'REV-05 reaches an instance although the clock of the other one is %d s off',
    async (skew) => {
      const there = instance();
      const other = new FakeClock();
      other.advance(skew);
      const ended = token(await grant());
      expect(await there.list.includes(ended)).toBe(false);
      await instance('cached', other).revoker.endGrant(ended.grantId, 'revoked_by_client');
      clock.advance(1);
      expect(await there.list.includes(ended)).toBe(true);
    },
  );

  it.each([3, 30, 55])(
    'REV-05 reaches an instance although it committed %d s after its own timestamp',
    async (late) => {
      const there = instance();
      const ended = token(await grant());
      const timestamp = clock.now();
      expect(await there.list.includes(ended)).toBe(false);
      clock.advance(late);
      expect(await there.list.includes(ended)).toBe(false);
      const row = { targetId: ended.grantId, expiresAt: timestamp + 3_600_000 };
      await storage.transactions.run((tx) => storage.revocations.insert(row, timestamp, tx));
      clock.advance(1);
      expect(await there.list.includes(ended)).toBe(true);
    },
  );

  it.each([31, 70, 600])(
    'REV-05 reaches an instance although its commit took %d s, meanwhile looked past',
    async (late) => {
      const [here, there] = [instance(), instance()];
      const [ended, other] = [token(await grant()), token(await grant())];
      const insert = storage.revocations.insert.bind(storage.revocations);
      const inserts = vi.spyOn(storage.revocations, 'insert').mockImplementationOnce(async (...row) => {
        await insert(...row);
        clock.advance(late);
        expect(await there.list.includes(other)).toBe(false);
      });
      expect(await here.revoker.endGrant(ended.grantId, 'revoked_by_client')).toBe(true);
      clock.advance(1);
      expect(await there.list.includes(ended)).toBe(true);
      expect(inserts).toHaveBeenCalledTimes(2);
      inserts.mockRestore();
    },
  );

  it('STO-03 ends a grant once, whoever else tries', async () => {
    const [here, there] = [instance(), instance()];
    const id = await grant();
    const ends = [here, there, here, there].map(({ revoker }) => revoker.endGrant(id, 'revoked_by_client'));
    expect((await Promise.all(ends)).filter(Boolean)).toHaveLength(1);
  });

  it('strict: knows on every instance with the next request', async () => {
    const there = instance('strict');
    const ended = token(await grant());
    expect(await there.list.includes(ended)).toBe(false);
    await instance('strict').revoker.endGrant(ended.grantId, 'revoked_by_client');
    expect(await there.list.includes(ended)).toBe(true);
  });
});

describe('what the list asks of the database', () => {
  const clock = new FakeClock();
  const listOn = (repository: object, mode: 'cached' | 'strict' = 'cached') =>
    new RevocationList(repository as RevocationRepository, clock, optionsOf(mode));
  const someToken = () => ({ tokenId: randomUUID(), grantId: randomUUID() });

  it('asks once a second at most, for any number of tokens never seen before, and nothing while idle', async () => {
    const listSince = vi.fn(async () => []);
    const list = listOn({ listSince });
    for (let second = 0; second < 5; second++) {
      const asked = Array.from({ length: 200 }, () => list.includes(someToken()));
      expect((await Promise.all(asked)).some(Boolean)).toBe(false);
      expect(listSince).toHaveBeenCalledTimes(second + 1);
      clock.advance(1);
    }
    clock.advance(3600);
    expect(listSince).toHaveBeenCalledTimes(5);
  });

  it('strict: asks exactly once for each', async () => {
    const listAmong = vi.fn(async () => []);
    const list = listOn({ listAmong }, 'strict');
    for (let request = 0; request < 1000; request++) await list.includes(someToken());
    expect(listAmong).toHaveBeenCalledTimes(1000);
  });

  it('RSG-13 bridges an outage of five seconds with what it knows, and then decides nothing', async () => {
    let down = false;
    const listSince = vi.fn(async () => {
      if (down) throw new Error('down');
      return [];
    });
    const list = listOn({ listSince });
    expect(await list.includes(someToken())).toBe(false);
    down = true;
    clock.advance(4);
    expect(await list.includes(someToken())).toBe(false);
    expect(await list.includes(someToken())).toBe(false);
    expect(listSince, 'one failing look in a second').toHaveBeenCalledTimes(2);
    clock.advance(1);
    await expect(list.includes(someToken())).rejects.toThrow('cannot be looked up');
    await expect(list.includes(someToken())).rejects.toThrow('cannot be looked up');
    expect(listSince).toHaveBeenCalledTimes(3);
    down = false;
    clock.advance(1);
    expect(await list.includes(someToken())).toBe(false);
  });

  it('RSG-13 lets nobody in on an instance that could never look', async () => {
    const list = listOn({ listSince: () => Promise.reject(new Error('down')) });
    await expect(list.includes(someToken())).rejects.toThrow('cannot be looked up');
  });

  it('REV-05 does not believe a look that began long before the request', async () => {
    let answer: (rows: object[]) => void = () => undefined;
    const gone = someToken();
    const listSince = vi
      .fn<() => Promise<object[]>>()
      .mockImplementationOnce(() => new Promise((resolve) => (answer = resolve)))
      .mockResolvedValue([{ targetId: gone.grantId, expiresAt: clock.now() + 9_000_000 }]);
    const list = listOn({ listSince });
    const early = list.includes(someToken());
    clock.advance(60);
    const late = list.includes(gone);
    answer([]);
    expect([await early, await late]).toEqual([false, true]);
    expect(listSince).toHaveBeenCalledTimes(2);
  });

  it('RSG-13 judges the age of the list by the time at which it has to answer', async () => {
    let fail: (error: Error) => void = () => undefined;
    const listSince = vi.fn<() => Promise<object[]>>().mockResolvedValueOnce([]);
    const list = listOn({ listSince });
    await list.includes(someToken());
    listSince.mockImplementationOnce(() => new Promise((_resolve, reject) => (fail = reject)));
    clock.advance(2);
    const asked = list.includes(someToken());
    await vi.waitFor(() => expect(listSince).toHaveBeenCalledTimes(2));
    clock.advance(60);
    fail(new Error('down'));
    await expect(asked).rejects.toThrow('cannot be looked up');
  });

  it('looks again when the clock was set back', async () => {
    const listSince = vi.fn(async () => []);
    const list = listOn({ listSince });
    await list.includes(someToken());
    clock.advance(-100);
    await list.includes(someToken());
    expect(listSince).toHaveBeenCalledTimes(2);
  });

  it('forgets what has expired by itself', async () => {
    const list = listOn({ listSince: async () => [] });
    const gone = someToken();
    list.note({ targetId: gone.grantId, expiresAt: clock.now() + 10_000 });
    expect(await list.includes(gone)).toBe(true);
    clock.advance(11);
    expect(await list.includes(gone)).toBe(false);
  });
});
