import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { McpUserAdapter } from '../../../lib/config/mcp-user-adapter.js';
import { UserAdapterError } from '../../../lib/users/user-adapter-error.js';
import type { UserAdapterHost } from '../../../lib/users/user-adapter-host.js';
import { UserDirectory } from '../../../lib/users/user-directory.js';

const REQUEST = { headers: { cookie: 'session=1', authorization: 'Bearer t' } };
const QUESTION = { userId: 'ada', scope: 's', clientId: 'c', resource: 'r' };

/** A directory over an adapter of which a test gives the methods it is about. */
function directory(methods: Partial<McpUserAdapter> = {}): UserDirectory {
  const adapter = { currentUser: () => null, fetchUserData: () => null, ...methods };
  return new UserDirectory({ adapter } as unknown as UserAdapterHost);
}

const boom = (): never => {
  throw new Error('the session store is on fire');
};

const answering = (value: unknown) => () => value as never;

describe('UserDirectory', () => {
  it.each([
    ['a text', 'ada', 'ada'],
    ['a number', 42, '42'],
    ['zero', 0, '0'],
    ['a negative number', -7, '-7'],
    ['255 characters', 'x'.repeat(255), 'x'.repeat(255)],
    ['an id that only looks like a client', 'clients:1', 'clients:1'],
  ])('D9 gives an id that is %s as text', async (_what, id, userId) => {
    await expect(directory({ currentUser: () => ({ id }) }).signedIn(REQUEST)).resolves.toEqual({ userId });
  });

  it('asks for the organisation of whom it found, and of nobody else', async () => {
    const currentOrg = vi.fn(() => ({ id: 7, name: 'Seven' }));
    const user = { id: 'ada', authTime: 12.9 };
    expect(await directory({ currentUser: () => user, currentOrg }).signedIn(REQUEST)).toEqual({
      userId: 'ada',
      orgId: '7',
      orgName: 'Seven',
      authTime: 12,
    });
    expect(currentOrg).toHaveBeenCalledWith(expect.anything(), user);
    currentOrg.mockClear();
    expect(await directory({ currentOrg }).signedIn(REQUEST)).toBeNull();
    expect(currentOrg).not.toHaveBeenCalled();
  });

  it.each([
    ['no method', {}],
    ['null', { currentOrg: () => null }],
    ['a promise of null', { currentOrg: () => Promise.resolve(null) }],
  ])('takes %s for no organisation', async (_what, methods) => {
    const given = { currentUser: () => ({ id: 'ada' }), ...methods };
    await expect(directory(given).signedIn(REQUEST)).resolves.toEqual({ userId: 'ada' });
  });

  it('takes undefined for a fault of the host, not for no organisation', async () => {
    const given = { currentUser: () => ({ id: 'ada' }), currentOrg: answering(undefined) };
    await expect(directory(given).signedIn(REQUEST)).rejects.toThrow(UserAdapterError);
  });

  it('leaves out a name that is no text', async () => {
    const given = { currentUser: () => ({ id: 'ada' }), currentOrg: answering({ id: 'o', name: {} }) };
    await expect(directory(given).signedIn(REQUEST)).resolves.toEqual({ userId: 'ada', orgId: 'o' });
  });

  it('CON-12 shows no Authorization header to either question', async () => {
    const seen: unknown[] = [];
    const keep = (request: unknown) => void seen.push((request as typeof REQUEST).headers);
    await directory({
      currentUser: (request) => (keep(request), { id: 'ada' }),
      currentOrg: (request) => (keep(request), null),
    }).signedIn(REQUEST);
    expect(seen).toEqual([{ cookie: 'session=1' }, { cookie: 'session=1' }]);
  });

  it.each([
    [1e11, 'milliseconds'],
    [Number.POSITIVE_INFINITY, 'never'],
    [Number.NaN, 'nothing'],
    [-0.5, 'before time'],
    ['1700000000', 'a text'],
    [null, 'null'],
  ])('AUT-27 refuses the authTime %s (%s)', async (authTime, _what) => {
    const given = { currentUser: answering({ id: 'ada', authTime }) };
    await expect(directory(given).signedIn(REQUEST)).rejects.toThrow('authTime');
  });

  it('says which method failed, and keeps the cause', async () => {
    const cause = new Error('down');
    const given = { fetchUserData: () => Promise.reject(cause) };
    const failure = directory(given).userData({ userId: 'ada' });
    await expect(failure).rejects.toMatchObject({
      name: 'UserAdapterError',
      message: 'users.fetchUserData threw',
      cause,
    });
  });

  it('gives the members of user data it knows, and null for who is gone', async () => {
    const data = { email: 'ada@example.com', apiKeySecret: 's', passwordHash: 'x' };
    const found = await directory({ fetchUserData: () => data }).userData({ userId: 'ada' });
    expect({ ...found }).toEqual({ email: 'ada@example.com', apiKeySecret: 's' });
    await expect(directory().userData({ userId: 'ada' })).resolves.toBeNull();
  });

  it.each<[string, unknown]>([
    ['no e-mail', { name: 'Ada' }],
    ['an e-mail that is no text', { email: 1 }],
    ['emailVerified that is no yes or no', { email: 'a@b', emailVerified: 'yes' }],
    ['a name that is null', { email: 'a@b', name: null }],
    ['an API key that is a number', { email: 'a@b', apiKeyId: 7 }],
    ['a secret that is an object', { email: 'a@b', apiKeySecret: {} }],
    ['a list', [{ email: 'a@b' }]],
    ['text', 'ada@example.com'],
    ['undefined', undefined],
  ])('takes user data with %s for a fault of the host, and does not repeat it', async (_what, data) => {
    const asked = directory({ fetchUserData: () => data as never }).userData({ userId: 'ada' });
    await expect(asked).rejects.toThrow(/^users\.fetchUserData answered /);
    await expect(asked).rejects.not.toThrow(/ada|a@b/);
  });

  it.each([true, false])('gives the verdict %s', async (verdict) => {
    const given = { validateScopeForUser: () => Promise.resolve(verdict) };
    await expect(directory(given).mayGrant(QUESTION)).resolves.toBe(verdict);
  });

  it.each([1, 'true', {}, null, undefined, Number.NaN, new Boolean(true)])(
    'CON-05 takes %j for no verdict',
    async (verdict) => {
      await expect(directory({ validateScopeForUser: answering(verdict) }).mayGrant(QUESTION)).rejects.toThrow(
        'users.validateScopeForUser answered something other than true or false',
      );
    },
  );

  it('lets every scope be granted where the host has no policy', async () => {
    await expect(directory().mayGrant(QUESTION)).resolves.toBe(true);
  });

  it('sends to /login with the way back encoded where the host names no login page', () => {
    const context = { resumeUrl: '/oauth/authorize/resume?request=x&y', handle: 'x', reason: 'login' } as const;
    expect(directory().loginUrl(context)).toBe('/login?return_to=%2Foauth%2Fauthorize%2Fresume%3Frequest%3Dx%26y');
  });

  it.each(['reauthenticate', 'select_account'] as const)(
    'AUT-26 tells the default login page that it has to ask: %s',
    (reason) => {
      const context = { resumeUrl: '/oauth/authorize/resume?request=x', handle: 'x', reason };
      expect(directory().loginUrl(context)).toBe(
        `/login?return_to=%2Foauth%2Fauthorize%2Fresume%3Frequest%3Dx&reason=${reason}`,
      );
    },
  );

  describe('the organisations of a person', () => {
    const listing = (listOrgs: () => unknown, org: unknown = { id: 'a', name: 'A' }) => {
      const methods = { currentUser: () => ({ id: 'ada' }), currentOrg: answering(org), listOrgs: listOrgs as never };
      return directory(methods).signedIn(REQUEST);
    };

    it('come with the person, ids as text', async () => {
      await expect(listing(() => [{ id: 'a', name: 'A' }, { id: 7 }])).resolves.toEqual({
        userId: 'ada',
        orgId: 'a',
        orgName: 'A',
        orgs: [{ orgId: 'a', orgName: 'A' }, { orgId: '7' }],
      });
    });

    it('may be none, or a thousand, where the person acts for none', async () => {
      await expect(listing(() => [], null)).resolves.toEqual({ userId: 'ada', orgs: [] });
      const thousand = Array.from({ length: 1000 }, (_, id) => ({ id }));
      expect((await listing(() => thousand, null))?.orgs).toHaveLength(1000);
    });

    it.each<[string, () => unknown, string]>([
      ['a throw', () => boom(), 'threw'],
      ['undefined', () => undefined, 'answered something other than a list'],
      ['null', () => null, 'answered something other than a list'],
      ['an empty text', () => '', 'answered something other than a list'],
      ['an object', () => ({ length: 0 }), 'answered something other than a list'],
      ['a set', () => new Set([{ id: 'a' }]), 'answered something other than a list'],
      ['a list of ids', () => ['a'], 'answered something other than an object or null'],
      [
        'a list with a hole',
        () => Object.assign([{ id: 'a' }], { length: 2 }),
        'answered something other than an object or null',
      ],
      ['null among them', () => [{ id: 'a' }, null], 'answered something other than an object or null'],
      ['one without id', () => [{ id: 'a' }, { name: 'B' }], 'answered a wrong id'],
      ['one with an empty id', () => [{ id: 'a' }, { id: '' }], 'answered a wrong id'],
      ['one twice', () => [{ id: 'a' }, { id: 'a' }], 'named an organisation twice'],
      ['one as number and text', () => [{ id: 'a' }, { id: 42 }, { id: '42' }], 'named an organisation twice'],
      ['too many', () => Array.from({ length: 1001 }, (_, id) => ({ id })), 'answered more than 1000 organisations'],
      ['others than the current one', () => [{ id: 'b' }], 'left out the organisation of currentOrg'],
      ['the current one in capitals', () => [{ id: 'A' }], 'left out the organisation of currentOrg'],
      ['none though there is a current one', () => [], 'left out the organisation of currentOrg'],
    ])('CON-05 are not %s', async (_what, answer, fault) => {
      await expect(listing(answer)).rejects.toThrow(UserAdapterError);
      await expect(listing(answer)).rejects.toThrow(`users.listOrgs ${fault}`);
    });

    it('CON-12 are asked for without the Authorization header, and of nobody', async () => {
      const seen: unknown[] = [];
      const listOrgs = (request: unknown) => (seen.push((request as typeof REQUEST).headers), []);
      const users = directory({ currentUser: () => ({ id: 'ada' }), listOrgs });
      await users.signedIn(REQUEST);
      await users.organisationsOf(REQUEST, { userId: 'ada' });
      expect(seen).toEqual([{ cookie: 'session=1' }, { cookie: 'session=1' }]);
      await directory({ listOrgs }).signedIn(REQUEST);
      expect(seen).toHaveLength(2);
      expect(await directory().organisationsOf(REQUEST, { userId: 'ada' })).toBeUndefined();
    });
  });

  it('calls the methods on their own object', async () => {
    class Adapter {
      private readonly id = 'ada';
      currentUser() {
        return { id: this.id };
      }
      fetchUserData() {
        return null;
      }
      loginUrl() {
        return `/as/${this.id}`;
      }
    }
    const users = new UserDirectory({ adapter: new Adapter() } as unknown as UserAdapterHost);
    await expect(users.signedIn(REQUEST)).resolves.toEqual({ userId: 'ada' });
    expect(users.loginUrl({ resumeUrl: '/', handle: 'h', reason: 'login' })).toBe('/as/ada');
  });

  describe('a host that does not answer', () => {
    beforeEach(() => void vi.useFakeTimers());
    afterEach(() => void vi.useRealTimers());

    it.each<[keyof McpUserAdapter, (users: UserDirectory) => Promise<unknown>]>([
      ['currentUser', (users) => users.signedIn(REQUEST)],
      ['fetchUserData', (users) => users.userData({ userId: 'ada' })],
      ['validateScopeForUser', (users) => users.mayGrant(QUESTION)],
    ])('CON-05 users.%s is given up after five seconds, not earlier', async (method, ask) => {
      const failure = vi.fn();
      const asked = ask(directory({ [method]: () => new Promise(() => {}) })).catch(failure);
      await vi.advanceTimersByTimeAsync(4999);
      expect(failure).not.toHaveBeenCalled();
      await vi.advanceTimersByTimeAsync(1);
      await asked;
      expect(failure.mock.calls[0]?.[0]).toMatchObject({ message: `users.${method} did not answer in time` });
    });

    it('leaves no timer behind once it has an answer', async () => {
      await directory({ currentUser: () => ({ id: 'ada' }), currentOrg: () => null }).signedIn(REQUEST);
      expect(vi.getTimerCount()).toBe(0);
    });
  });
});
