import { Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { describe, expect, it } from 'vitest';
import { RESOLVED_OPTIONS } from '../../../lib/config/injection-tokens.js';
import { McpAuthConfigurationError } from '../../../lib/config/mcp-auth-configuration-error.js';
import { UserAdapterHost } from '../../../lib/users/user-adapter-host.js';

@Injectable()
class Accounts {
  readonly name = 'accounts';
}

@Injectable()
class HostUsers {
  constructor(readonly accounts: Accounts) {}
  currentUser() {
    return null;
  }
  fetchUserData() {
    return null;
  }
}

@Module({ providers: [Accounts, HostUsers], exports: [HostUsers] })
class AccountsModule {}

/** Boots the host of the adapter with these `users`, in an application with these modules. */
async function boot(users: unknown, imports: (typeof AccountsModule)[] = []) {
  const module = await Test.createTestingModule({
    imports,
    providers: [UserAdapterHost, { provide: RESOLVED_OPTIONS, useValue: { users } }],
  }).compile();
  await module.init();
  return module;
}

describe('UserAdapterHost', () => {
  it('takes an object as it is', async () => {
    const users = { currentUser: () => null, fetchUserData: () => null };
    const module = await boot(users);
    expect(module.get(UserAdapterHost).adapter).toBe(users);
  });

  it('refuses a list of organisations without a current one', async () => {
    const users = { currentUser: () => null, fetchUserData: () => null, listOrgs: () => [] };
    await expect(boot(users)).rejects.toThrow(McpAuthConfigurationError);
    await expect(boot({ ...users, currentOrg: () => null })).resolves.toBeDefined();
  });

  it('takes the very instance that a module of the host provides, not exported to us', async () => {
    const module = await boot(HostUsers, [AccountsModule]);
    expect(module.get(UserAdapterHost).adapter).toBe(module.get(HostUsers, { strict: false }));
  });

  it('builds a class that no module provides, if it needs nothing', async () => {
    class Alone {
      currentUser() {
        return null;
      }
      fetchUserData() {
        return null;
      }
    }
    expect((await boot(Alone)).get(UserAdapterHost).adapter).toBeInstanceOf(Alone);
  });

  it('refuses to boot with a class that cannot be built, and says what to do', async () => {
    const failure = boot(HostUsers);
    await expect(failure).rejects.toThrow(McpAuthConfigurationError);
    await expect(failure).rejects.toThrow(/no module provides HostUsers.*add it to the providers of a module/);
  });

  it.each<[string, object]>([
    ['currentUser', { fetchUserData: () => null }],
    ['fetchUserData', { currentUser: () => null }],
    ['currentUser', { currentUser: null, fetchUserData: () => null }],
  ])('refuses to boot without the method %s', async (method, users) => {
    await expect(boot(users)).rejects.toThrow(`users has no method ${method}; see McpUserAdapter`);
  });

  it('has no adapter before the application is initialised', async () => {
    const module = await Test.createTestingModule({
      providers: [UserAdapterHost, { provide: RESOLVED_OPTIONS, useValue: { users: {} } }],
    }).compile();
    expect(() => module.get(UserAdapterHost).adapter).toThrow('not initialised');
  });
});
