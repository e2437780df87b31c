import { describe, expect, it } from 'vitest';
import type { RegisteredClient } from '../../../lib/clients/registered-client.js';
import type { ScopeQuestion } from '../../../lib/config/mcp-user-adapter.js';
import type { ResolvedMcpAuthOptions } from '../../../lib/config/resolved-options.js';
import { ScopePolicy } from '../../../lib/scopes/scope-policy.js';
import { ScopeRegistry } from '../../../lib/scopes/scope-registry.js';
import type { ClientOrigin } from '../../../lib/storage/entities/client.entity.js';
import type { UserDirectory } from '../../../lib/users/user-directory.js';
import { newClient } from '../../support/storage-rows.js';

const SUBJECT = { userId: 'ada', orgId: 'o', resource: 'https://app.example/mcp' };
const clientOf = (source: ClientOrigin, scope?: string): RegisteredClient => {
  const { metadata, clientId } = newClient({ clientId: 'c' });
  const said = scope === undefined ? metadata : { ...metadata, scope };
  return { id: undefined, clientId, source, secretHashes: [], metadata: said, approved: false, known: false };
};
const CLIENT = clientOf('dynamic');

/** A policy over a host that answers with this rule; no scope implies another unless a test says so. */
const policy = (
  mayGrant: (question: ScopeQuestion) => Promise<boolean>,
  implied: Readonly<Record<string, readonly string[]>> = {},
) => {
  const scopes = Object.fromEntries(['a', 'b', 'c'].map((name) => [name, { implies: implied[name] }]));
  const registry = new ScopeRegistry({ scopes, defaultScopes: ['a'] } as unknown as ResolvedMcpAuthOptions);
  return new ScopePolicy({ mayGrant } as unknown as UserDirectory, registry);
};

describe('ScopePolicy', () => {
  it('CON-05 keeps what may be granted, in the order asked for', async () => {
    const allowed = policy(({ scope }) => Promise.resolve(scope !== 'b'));
    await expect(allowed.grantable(CLIENT, SUBJECT, ['c', 'b', 'a'])).resolves.toEqual(['c', 'a']);
  });

  it('grants nothing that is not declared, whatever was granted before', async () => {
    const asked: string[] = [];
    const all = policy(({ scope }) => Promise.resolve(asked.push(scope) > 0));
    await expect(all.grantable(CLIENT, SUBJECT, ['a', 'gone', 'constructor'])).resolves.toEqual(['a']);
    expect(asked).toEqual(['a']);
  });

  it('PRE-01 grants a client of the operator no more than its scope says, and asks about nothing else', async () => {
    const asked: string[] = [];
    const all = policy(({ scope }) => Promise.resolve(asked.push(scope) > 0));
    await expect(all.grantable(clientOf('pre_registered', 'c a'), SUBJECT, ['a', 'b', 'c'])).resolves.toEqual([
      'a',
      'c',
    ]);
    expect(asked).toEqual(['a', 'c']);
    await expect(all.grantable(clientOf('pre_registered'), SUBJECT, ['a', 'b'])).resolves.toEqual(['a', 'b']);
  });

  it.each(['dynamic', 'document'] as const)(
    'REG-13 takes what a %s client says of itself for no limit',
    async (source) => {
      const all = policy(() => Promise.resolve(true));
      await expect(all.grantable(clientOf(source, 'a'), SUBJECT, ['a', 'b'])).resolves.toEqual(['a', 'b']);
    },
  );

  it('CON-05 RSG-09 grants no scope that implies one which may not be granted', async () => {
    const chain = { c: ['b'], b: ['a'] };
    const without = (denied: string) => policy(({ scope }) => Promise.resolve(scope !== denied), chain);
    await expect(without('a').grantable(CLIENT, SUBJECT, ['c', 'b', 'a'])).resolves.toEqual([]);
    await expect(without('b').grantable(CLIENT, SUBJECT, ['c', 'b', 'a'])).resolves.toEqual(['a']);
    await expect(without('c').grantable(CLIENT, SUBJECT, ['c', 'b', 'a'])).resolves.toEqual(['b', 'a']);
    await expect(without('none').grantable(CLIENT, SUBJECT, ['c'])).resolves.toEqual(['c']);
  });

  it('asks once about a scope that several imply', async () => {
    const asked: string[] = [];
    const all = policy(({ scope }) => Promise.resolve(asked.push(scope) > 0), { c: ['a'], b: ['a'] });
    await all.grantable(CLIENT, SUBJECT, ['c', 'b', 'a']);
    expect(asked.toSorted()).toEqual(['a', 'b', 'c']);
  });

  it('PRE-01 RSG-09 takes a ceiling to include what it implies, and nothing above it', async () => {
    const all = policy(() => Promise.resolve(true), { c: ['b'], b: ['a'] });
    await expect(all.grantable(clientOf('pre_registered', 'b'), SUBJECT, ['c', 'b', 'a'])).resolves.toEqual(['b', 'a']);
  });

  it('keeps the order however late the answers come', async () => {
    const slow = policy(async ({ scope }) => {
      await new Promise((resolve) => setTimeout(resolve, scope === 'a' ? 20 : 1));
      return true;
    });
    await expect(slow.grantable(CLIENT, SUBJECT, ['a', 'b'])).resolves.toEqual(['a', 'b']);
  });

  it('CON-05 asks about each scope for this user, organisation, client and resource', async () => {
    const asked: ScopeQuestion[] = [];
    await policy((question) => Promise.resolve(asked.push(question) > 0)).grantable(CLIENT, SUBJECT, ['a', 'b']);
    expect(asked).toEqual([
      { ...SUBJECT, clientId: 'c', scope: 'a' },
      { ...SUBJECT, clientId: 'c', scope: 'b' },
    ]);
  });

  it('CON-05 grants nothing at all when one question fails', async () => {
    const broken = policy(({ scope }) => (scope === 'b' ? Promise.reject(new Error('down')) : Promise.resolve(true)));
    await expect(broken.grantable(CLIENT, SUBJECT, ['a', 'b'])).rejects.toThrow('down');
  });

  it('has nothing to ask about nothing', async () => {
    await expect(policy(() => Promise.reject(new Error('asked'))).grantable(CLIENT, SUBJECT, [])).resolves.toEqual([]);
  });
});
