import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NOW } from '../../support/storage-rows.js';
import { type Given, HOUR, tokenParts, useFrozenStorage } from './fixture.js';

const STRICT: Given = { revocation: { mode: 'strict' } };
const MINUTE = 60_000;

describe('RevocationList', () => {
  const storage = useFrozenStorage();
  /** As another instance revokes. */
  const revoke = (targetId: string, createdAt = NOW, expiresAt = NOW + HOUR) =>
    storage.transactions.run((tx) => storage.revocations.insert({ targetId, expiresAt }, createdAt, tx));
  const watched = (given: Given = {}) => ({
    ...tokenParts(storage, given),
    listSince: vi.spyOn(storage.revocations, 'listSince'),
    listAmong: vi.spyOn(storage.revocations, 'listAmong'),
  });

  describe.each<[string, Given]>([
    ['cached', {}],
    ['strict', STRICT],
  ])('%s', (mode, given) => {
    it('REV-05 names the tokens that were revoked by themselves or with their grant, and no other', async () => {
      await revoke(`${mode} token`);
      await revoke(`${mode} grant`);
      const tokens = [
        { tokenId: `${mode} token` },
        { tokenId: 'of the grant', grantId: `${mode} grant` },
        { tokenId: 'of another grant', grantId: 'another' },
        { tokenId: 'of no grant' },
      ];
      const { list } = tokenParts(storage, given);
      expect([...(await list.among(tokens))]).toEqual([`${mode} token`, 'of the grant']);
      const verdicts: boolean[] = [];
      for (const token of tokens) verdicts.push(await list.includes(token));
      expect(verdicts).toEqual([true, true, false, false]);
    });

    it('asks the database once for any number of tokens', async () => {
      const { list, listSince, listAmong } = watched(given);
      await list.among(Array.from({ length: 50 }, (_, index) => ({ tokenId: `t${index}`, grantId: `g${index}` })));
      expect(listSince.mock.calls.length + listAmong.mock.calls.length).toBe(1);
    });
  });

  describe('cached', () => {
    it('looks once a second, however many requests come one after the other', async () => {
      const { list, clock, listSince } = watched();
      for (const advance of [0, 0.5, 0.499]) {
        clock.advance(advance);
        await list.includes({ tokenId: 't' });
      }
      expect(listSince).toHaveBeenCalledTimes(1);
      clock.advance(0.001);
      await list.includes({ tokenId: 't' });
      expect(listSince).toHaveBeenCalledTimes(2);
    });

    it('REV-05 asks for everything once, and then for what is new, with a minute of overlap', async () => {
      const { list, clock, listSince } = watched();
      for (let look = 0; look < 3; look++) {
        await list.includes({ tokenId: 't' });
        clock.advance(10);
      }
      const [first, ...later] = listSince.mock.calls;
      expect(first?.[0]).toBeLessThanOrEqual(0);
      expect(later).toEqual([
        [NOW - MINUTE, NOW + 10_000, ''],
        [NOW + 10_000 - MINUTE, NOW + 20_000, ''],
      ]);
    });

    it('REV-05 misses nothing when the clock is set back', async () => {
      const { list, clock } = tokenParts(storage);
      await list.includes({ tokenId: 't' });
      clock.advance(-3600);
      await revoke('while it was back', NOW - HOUR);
      expect(await list.includes({ tokenId: 'while it was back' })).toBe(true);
    });

    it('forgets a revocation when the tokens have expired, and not a millisecond earlier', async () => {
      const { list, clock } = tokenParts(storage);
      list.note({ targetId: 'noted', expiresAt: NOW + 10_000 });
      clock.advance(9.999);
      expect(await list.includes({ tokenId: 'noted' })).toBe(true);
      clock.advance(1);
      list.note({ targetId: 'noted', expiresAt: NOW + 10_999 });
      expect(await list.includes({ tokenId: 'noted' })).toBe(false);
    });

    it('REV-05 believes a look that began a second before the request, and none that is older', async () => {
      const { list, clock, listSince } = watched();
      for (const [ahead, looks] of [
        [1, 1],
        [1.001, 2],
      ] as const) {
        listSince.mockClear();
        const answers: (() => void)[] = [];
        listSince.mockImplementation(() => new Promise((resolve) => answers.push(() => resolve([]))));
        const early = list.includes({ tokenId: 'early' });
        clock.advance(ahead);
        const late = list.includes({ tokenId: 'late' });
        answers[0]?.();
        await early;
        await vi.waitFor(() => expect(answers).toHaveLength(looks));
        answers[1]?.();
        await late;
        clock.advance(2);
      }
    });

    it('knows nothing before the first look, and then what there was when it began', async () => {
      const { list, clock, listSince } = watched();
      expect(list.knownAt()).toBe(0);
      listSince.mockImplementationOnce(async () => {
        clock.advance(2);
        return [];
      });
      await list.includes({ tokenId: 't' });
      expect(list.knownAt()).toBe(NOW);
    });

    it('RSG-13 says what failed, and knows no more than before', async () => {
      const { list, clock, listSince } = watched();
      await list.includes({ tokenId: 't' });
      const cause = new Error('down');
      listSince.mockRejectedValue(cause);
      clock.advance(5);
      const failing = list.includes({ tokenId: 't' });
      await expect(failing).rejects.toMatchObject({
        name: 'RevocationsUnknownError',
        message: 'The revocations cannot be looked up',
        cause,
      });
      expect(list.knownAt()).toBe(NOW);
    });
  });

  describe('strict', () => {
    it('REV-05 knows with the next request what another instance revoked', async () => {
      const { list, listSince, listAmong } = watched(STRICT);
      expect(await list.includes({ tokenId: 'strict', grantId: 'g' })).toBe(false);
      await revoke('strict');
      expect(await list.includes({ tokenId: 'strict', grantId: 'g' })).toBe(true);
      expect([listAmong.mock.calls, listSince.mock.calls]).toEqual([[[['strict', 'g']], [['strict', 'g']]], []]);
    });

    it('keeps nothing in memory: it would never forget', async () => {
      const { list } = tokenParts(storage, STRICT);
      list.note({ targetId: 'noted', expiresAt: NOW + HOUR });
      expect((list as unknown as { ended: Map<string, number> }).ended.size).toBe(0);
      expect(await list.includes({ tokenId: 'noted' })).toBe(false);
    });

    it('knows everything up to now', () => {
      const { list, clock } = tokenParts(storage, STRICT);
      clock.advance(3);
      expect(list.knownAt()).toBe(NOW + 3000);
    });

    it('RSG-13 decides nothing while the database is down', async () => {
      const { list, listAmong } = watched(STRICT);
      listAmong.mockRejectedValueOnce(new Error('down'));
      await expect(list.includes({ tokenId: 't' })).rejects.toThrow('down');
    });
  });

  describe('a database that does not answer', () => {
    beforeEach(() => void vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'], now: NOW }));
    afterEach(() => void vi.useRealTimers());

    it.each<[string, Given, string]>([
      ['cached', {}, 'The revocations cannot be looked up'],
      ['strict', STRICT, 'The database did not answer in time'],
    ])('RSG-13 %s: is given up after three seconds, not earlier', async (_mode, given, message) => {
      const { list, listSince, listAmong } = watched(given);
      listSince.mockReturnValue(new Promise(() => {}));
      listAmong.mockReturnValue(new Promise(() => {}));
      const failure = vi.fn();
      const asked = list.includes({ tokenId: 't' }).catch(failure);
      await vi.advanceTimersByTimeAsync(2999);
      expect(failure).not.toHaveBeenCalled();
      await vi.advanceTimersByTimeAsync(1);
      await asked;
      expect(failure.mock.calls[0]?.[0]).toMatchObject({ name: 'RevocationsUnknownError', message });
    });

    it('is asked again by the first request of the next second once it has answered, and not while it has not', async () => {
      const { list, listSince } = watched();
      let answer: (rows: never[]) => void = () => undefined;
      listSince.mockReturnValueOnce(new Promise((resolve) => (answer = resolve))).mockResolvedValue([]);
      const asked = list.includes({ tokenId: 't' }).catch((error: Error) => error.cause);
      await vi.advanceTimersByTimeAsync(3000);
      expect(await asked).toMatchObject({ message: 'The database did not answer in time' });
      await vi.advanceTimersByTimeAsync(999);
      await expect(list.includes({ tokenId: 't' })).rejects.toThrow('cannot be looked up');
      await vi.advanceTimersByTimeAsync(1);
      // The statement of before still holds its connection of the pool.
      await expect(list.includes({ tokenId: 't' })).rejects.toThrow('cannot be looked up');
      expect(listSince).toHaveBeenCalledTimes(1);
      answer([]);
      await vi.advanceTimersByTimeAsync(1000);
      expect(await list.includes({ tokenId: 't' })).toBe(false);
      expect(listSince).toHaveBeenCalledTimes(2);
    });

    it('REV-05 is asked for everything again after the clock was set back, since nobody knows what was missed meanwhile', async () => {
      const { list, clock, listSince } = watched();
      await revoke('ended');
      clock.advance(7200);
      await list.includes({ tokenId: 't' });
      clock.advance(-7200);
      expect(await list.includes({ tokenId: 'ended' })).toBe(true);
      expect(listSince.mock.calls.map(([since]) => since > 0)).toEqual([false, false]);
    });

    it('REV-05 gives its list page by page, each in its own turn', async () => {
      const { list, listSince } = watched();
      const page = (from: number, count: number) =>
        Array.from({ length: count }, (_, index) => ({
          id: `row-${from + index}`,
          targetId: `t${from + index}`,
          expiresAt: NOW + HOUR,
        }));
      listSince.mockResolvedValueOnce(page(0, 2000)).mockResolvedValueOnce(page(2000, 1));
      expect(await list.includes({ tokenId: 't2000' })).toBe(true);
      expect(await list.includes({ tokenId: 't1999' })).toBe(true);
      expect(listSince.mock.calls.map(([, , after]) => after)).toEqual(['', 'row-1999']);
    });

    it('leaves no timer behind once it has answered', async () => {
      for (const given of [{}, STRICT]) await tokenParts(storage, given).list.includes({ tokenId: 't' });
      expect(vi.getTimerCount()).toBe(0);
    });
  });
});
