import { describe, expect, it } from 'vitest';
import { hashToken } from '../../../lib/protocol/opaque-token.js';
import type { PendingAuthorizationEntity } from '../../../lib/storage/entities/pending-authorization.entity.js';
import { UNCLAIMED } from '../../../lib/storage/repositories/pending-authorization.repository.js';
import { barrier } from '../../support/barrier.js';
import { describeDatabases } from '../../support/databases.js';
import { winnersOf, winningTransactions } from '../../support/race.js';
import { useStorage } from '../../support/storage.js';
import { newHash, newPending, NOW } from '../../support/storage-rows.js';

const SECRET = newHash();

type Asked = readonly [string, Partial<PendingAuthorizationEntity>, (id: string) => Promise<boolean>];

describeDatabases('PendingAuthorizationRepository', (kind) => {
  const storage = useStorage(kind);
  const insert = async () => storage.pending.insert(newPending());
  const read = async (handleHash: string) => (await storage.pending.findByHandle(handleHash))!;
  const login = { userId: 'user-1', orgId: 'org-1', authTime: 4_294_967_296, loginSecretHash: newHash() };

  it('gives a request back exactly as it was stored', async () => {
    const stored = await insert();
    expect(await storage.pending.findByHandle(stored.handleHash)).toEqual(stored);
  });

  it('starts with no visit to the login page unless told otherwise', async () => {
    const { loginBounces: _omitted, ...row } = newPending();
    expect((await storage.pending.insert(row)).loginBounces).toBe(0);
  });

  it.each([
    ['the hash of another handle', () => newHash()],
    ['the same hash in capitals', (hash: string) => hash.toUpperCase()],
    ['the same hash with a trailing blank', (hash: string) => `${hash} `],
  ])('STO-05 finds nothing for %s', async (_case, presented) => {
    const { handleHash } = await storage.pending.insert(newPending({ handleHash: `ab${newHash().slice(2)}` }));
    expect(await storage.pending.findByHandle(presented(handleHash))).toBeNull();
  });

  it.each([
    ['undefined', undefined],
    ['null', null],
    ['an empty string', ''],
  ])('ABU-05 never turns %s into a query for any request', async (_case, missing) => {
    const nothing = missing as unknown as string;
    const { id, handleHash } = await insert();
    await expect(storage.pending.findByHandle(nothing)).rejects.toThrow(TypeError);
    await expect(storage.pending.countBounce(nothing)).rejects.toThrow(TypeError);
    await expect(storage.pending.completeLogin(nothing, login)).rejects.toThrow(TypeError);
    await expect(storage.pending.completeLogin(id, { userId: nothing })).rejects.toThrow(TypeError);
    await expect(storage.pending.confirmLogin(nothing, SECRET, NOW)).rejects.toThrow(TypeError);
    await expect(storage.pending.deleteOfUser(nothing, 10)).rejects.toThrow(TypeError);
    await expect(storage.pending.forgetLogin(nothing, NOW)).rejects.toThrow(TypeError);
    await expect(storage.pending.chooseOrg(nothing, 'user-1', 'org-1')).rejects.toThrow(TypeError);
    await expect(storage.pending.chooseOrg(id, nothing, 'org-1')).rejects.toThrow(TypeError);
    await expect(storage.pending.chooseOrg(id, 'user-1', nothing)).rejects.toThrow(TypeError);
    await expect(storage.pending.claim(nothing, newHash())).rejects.toThrow(TypeError);
    await expect(storage.pending.claim(id, nothing)).rejects.toThrow(TypeError);
    const nobodys = newPending({ id: nothing }) as PendingAuthorizationEntity;
    await expect(storage.transactions.run((tx) => storage.pending.decide(nobodys, NOW, tx))).rejects.toThrow(TypeError);
    const untouched = { loginBounces: 0, userId: null, decidedAt: null, accountAskedAt: null, chosenBy: null };
    expect(await read(handleHash)).toMatchObject(untouched);
  });

  describe('countBounce', () => {
    it('counts every visit once, however many come together', async () => {
      const { id, handleHash } = await insert();
      const counts = await Promise.all(Array.from({ length: 20 }, () => storage.pending.countBounce(id)));
      expect(counts.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
      expect((await read(handleHash)).loginBounces).toBe(20);
    });

    it('answers 0 for a request that is gone', async () => {
      expect(await storage.pending.countBounce('0193f0a1-0000-7000-8000-000000000000')).toBe(0);
    });
  });

  describe('completeLogin', () => {
    it('STO-03 lets exactly one of twenty racers give the request its user', async () => {
      const { id, handleHash } = await insert();
      let racer = 0;
      expect(await winnersOf(() => storage.pending.completeLogin(id, { userId: `user-${racer++}` }))).toBe(1);
      expect((await read(handleHash)).userId).toMatch(/^user-\d+$/);
    });

    it('records user, organisation, time and secret, and never replaces them', async () => {
      const { id, handleHash } = await insert();
      expect(await storage.pending.completeLogin(id, login)).toBe(true);
      expect(await storage.pending.completeLogin(id, { userId: 'somebody-else' })).toBe(false);
      expect(await read(handleHash)).toMatchObject(login);
    });

    it('records a user without organisation, time and secret', async () => {
      const { id, handleHash } = await insert();
      expect(await storage.pending.completeLogin(id, { userId: '42' })).toBe(true);
      expect(await read(handleHash)).toMatchObject({
        userId: '42',
        orgId: null,
        authTime: null,
        loginSecretHash: null,
      });
    });

    it('refuses a request that was decided already', async () => {
      const { id } = await storage.pending.insert(newPending({ decidedAt: NOW }));
      expect(await storage.pending.completeLogin(id, login)).toBe(false);
    });

    it('refuses an unknown request', async () => {
      expect(await storage.pending.completeLogin('unknown', login)).toBe(false);
    });
  });

  it('D10 records no login for a request that no browser has come for', async () => {
    const { id } = await storage.pending.insert(newPending({ browserHash: UNCLAIMED }));
    expect(await storage.pending.completeLogin(id, login)).toBe(false);
    expect(await storage.pending.claim(id, newHash())).toBe(true);
    expect(await storage.pending.completeLogin(id, login)).toBe(true);
  });

  describe('confirmLogin', () => {
    it('STO-03 lets exactly one of twenty racers confirm the login', async () => {
      const { id } = await storage.pending.insert(newPending({ userId: 'user-1', loginSecretHash: SECRET }));
      expect(await winnersOf(() => storage.pending.confirmLogin(id, SECRET, NOW))).toBe(1);
    });

    it('refuses a request nobody signed in for', async () => {
      const { id, handleHash } = await insert();
      expect(await storage.pending.confirmLogin(id, SECRET, NOW)).toBe(false);
      expect((await read(handleHash)).loginConfirmedAt).toBeNull();
    });

    it('D10 refuses a login with another secret than the one that was read', async () => {
      const { id, handleHash } = await storage.pending.insert(
        newPending({ userId: 'user-1', loginSecretHash: SECRET }),
      );
      expect(await storage.pending.confirmLogin(id, newHash(), NOW)).toBe(false);
      expect((await read(handleHash)).loginConfirmedAt).toBeNull();
    });

    it('refuses the second confirmation and keeps the first time', async () => {
      const { id, handleHash } = await storage.pending.insert(
        newPending({ userId: 'user-1', loginSecretHash: SECRET }),
      );
      expect(await storage.pending.confirmLogin(id, SECRET, NOW)).toBe(true);
      expect(await storage.pending.confirmLogin(id, SECRET, NOW + 1)).toBe(false);
      expect((await read(handleHash)).loginConfirmedAt).toBe(NOW);
    });
  });

  describe('decide', () => {
    it('STO-03 lets exactly one of twenty racers decide the request', async () => {
      const row = await insert();
      expect(await winningTransactions(storage, (tx) => storage.pending.decide(row, NOW, tx))).toBe(1);
    });

    it('STO-03 lets exactly one of twenty decide even where no transaction and no queue orders them', async () => {
      const row = await insert();
      expect(await winnersOf(() => storage.pending.decide(row, NOW, storage.dataSource.manager))).toBe(1);
    });

    it('decides no other request with it', async () => {
      const [decided, other] = [await insert(), await insert()];
      expect(await storage.transactions.run((tx) => storage.pending.decide(decided, NOW, tx))).toBe(true);
      expect((await read(decided.handleHash)).decidedAt).toBe(NOW);
      expect((await read(other.handleHash)).decidedAt).toBeNull();
    });

    it('leaves the request undecided when the transaction is rolled back', async () => {
      const row = await insert();
      const failing = storage.transactions.run(async (tx) => {
        await storage.pending.decide(row, NOW, tx);
        throw new Error('the rest failed');
      });
      await expect(failing).rejects.toThrow('the rest failed');
      expect((await read(row.handleHash)).decidedAt).toBeNull();
    });

    it.each([
      ['another account', {}, (id: string) => storage.pending.forgetLogin(id, NOW + 1)],
      ['an organisation', {}, (id: string) => storage.pending.chooseOrg(id, 'user-1', 'org-1')],
      [
        'another one',
        { chosenBy: 'user-1', chosenOrgId: 'org-2' },
        (id) => storage.pending.chooseOrg(id, 'user-1', 'org-1'),
      ],
      [
        'one of another user',
        { chosenBy: 'user-2', chosenOrgId: 'org-1' },
        (id) => storage.pending.chooseOrg(id, 'user-1', 'org-1'),
      ],
      ['another account again', { accountAskedAt: NOW }, (id) => storage.pending.forgetLogin(id, NOW + 1)],
    ] as const satisfies readonly Asked[])(
      'CON-12 STO-03 decides nothing as it was before its person asked for %s',
      async (_what, change, ask) => {
        const before = await storage.pending.insert(newPending(change));
        expect(await ask(before.id)).toBe(true);
        const decide = (row: PendingAuthorizationEntity) =>
          storage.transactions.run((tx) => storage.pending.decide(row, NOW + 2, tx));
        expect(await decide(before)).toBe(false);
        const now = await read(before.handleHash);
        expect(now.decidedAt).toBeNull();
        expect(await decide(now)).toBe(true);
      },
    );

    it('CON-12 STO-03 decides or begins anew, whichever of twenty races comes first', async () => {
      for (let round = 0; round < 20; round++) {
        const row = await insert();
        const ready = barrier(2);
        const [decided, begun] = await Promise.all([
          ready().then(() => storage.transactions.run((tx) => storage.pending.decide(row, NOW, tx))),
          ready().then(() => storage.pending.forgetLogin(row.id, NOW)),
        ]);
        expect([decided, begun].filter(Boolean)).toHaveLength(1);
      }
    });
  });

  it('CON-12 records the choice of an organisation until the request is decided', async () => {
    const [{ id, handleHash }, other] = [await insert(), await insert()];
    expect(await storage.pending.chooseOrg(id, 'user-1', 'org-1')).toBe(true);
    expect(await storage.pending.chooseOrg(id, 'user-1', 'org-1')).toBe(true);
    expect(await storage.pending.chooseOrg(id, 'user-2', 'org-2')).toBe(true);
    const row = await read(handleHash);
    await storage.transactions.run((tx) => storage.pending.decide(row, NOW, tx));
    expect(await storage.pending.chooseOrg(id, 'user-1', 'org-1')).toBe(false);
    expect(await read(handleHash)).toMatchObject({ chosenBy: 'user-2', chosenOrgId: 'org-2' });
    expect(await read(other.handleHash)).toEqual(other);
  });

  it('AUT-36 forgets who signed in, and takes one login more, until the request is decided', async () => {
    const [{ id, handleHash, createdAt, expiresAt }, other] = [await insert(), await insert()];
    await storage.pending.countBounce(id);
    await storage.pending.completeLogin(id, login);
    await storage.pending.confirmLogin(id, SECRET, NOW);
    await storage.pending.chooseOrg(id, 'user-1', 'org-1');
    expect(await storage.pending.forgetLogin(id, NOW)).toBe(true);
    expect(await read(handleHash)).toMatchObject({
      loginBounces: 0,
      userId: null,
      orgId: null,
      authTime: null,
      loginSecretHash: null,
      loginConfirmedAt: null,
      accountAskedAt: NOW,
      chosenBy: null,
      chosenOrgId: null,
      createdAt,
      expiresAt,
      decidedAt: null,
    });
    expect(await storage.pending.completeLogin(id, { ...login, userId: 'user-2' })).toBe(true);
    expect(await storage.pending.completeLogin(id, login)).toBe(false);
    const row = await read(handleHash);
    await storage.transactions.run((tx) => storage.pending.decide(row, NOW, tx));
    expect(await storage.pending.forgetLogin(id, NOW + 1)).toBe(false);
    expect(await read(handleHash)).toMatchObject({ userId: 'user-2', accountAskedAt: NOW });
    expect(await read(other.handleHash)).toEqual(other);
  });

  describe('deleteExpired', () => {
    it('OPS-04 deletes what expired, oldest first, not more than asked, and nothing that lives', async () => {
      await storage.pending.deleteExpired(NOW * 2, 1_000);
      const rows: PendingAuthorizationEntity[] = [];
      for (const expiresAt of [NOW - 1, NOW - 3, NOW, NOW + 1]) {
        rows.push(await storage.pending.insert(newPending({ expiresAt })));
      }
      const left = async () =>
        Promise.all(rows.map(async (row) => Boolean(await storage.pending.findByHandle(row.handleHash))));
      expect(await storage.pending.deleteExpired(NOW, 2)).toBe(2);
      expect(await left()).toEqual([false, false, true, true]);
      expect(await storage.pending.deleteExpired(NOW, 2)).toBe(1);
      expect(await storage.pending.deleteExpired(NOW, 2)).toBe(0);
      expect(await left()).toEqual([false, false, false, true]);
    });
  });

  it('STO-07 deletes the requests of one user, not more than asked at a time, and nobody else’s', async () => {
    const [nobody, other] = [await insert(), await storage.pending.insert(newPending({ userId: 'stayer' }))];
    for (let count = 0; count < 3; count++) await storage.pending.insert(newPending({ userId: 'leaver' }));
    for (let count = 0; count < 3; count++) await storage.pending.insert(newPending({ chosenBy: 'leaver' }));
    expect(await storage.pending.deleteOfUser('leaver', 2)).toBe(4);
    expect(await storage.pending.deleteOfUser('leaver', 2)).toBe(2);
    expect(await storage.pending.deleteOfUser('leaver', 2)).toBe(0);
    for (const row of [nobody, other]) expect(await storage.pending.findByHandle(row.handleHash)).toEqual(row);
  });

  it('CON-12 never takes the hash of a browser, nor a missing one, for a request that nobody came for', async () => {
    for (const browserHash of [newHash(), hashToken(''), '']) {
      const { id, handleHash } = await storage.pending.insert(newPending({ browserHash }));
      expect(await storage.pending.claim(id, newHash())).toBe(false);
      expect((await read(handleHash)).browserHash).toBe(browserHash);
    }
  });

  it('STO-03 gives an unclaimed request to exactly one of twenty browsers, and a claimed one to nobody', async () => {
    const { id, handleHash } = await storage.pending.insert(newPending({ browserHash: UNCLAIMED }));
    const browsers = Array.from({ length: 20 }, () => newHash());
    let next = 0;
    expect(await winnersOf(() => storage.pending.claim(id, browsers[next++] ?? ''))).toBe(1);
    const owner = (await storage.pending.findByHandle(handleHash))?.browserHash ?? '';
    expect(browsers).toContain(owner);
    expect(await storage.pending.claim(id, newHash())).toBe(false);
    expect((await storage.pending.findByHandle(handleHash))?.browserHash).toBe(owner);
  });
});
