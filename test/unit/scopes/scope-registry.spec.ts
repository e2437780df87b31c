import { describe, expect, it } from 'vitest';
import type { ResolvedMcpAuthOptions } from '../../../lib/config/resolved-options.js';
import { ScopeRegistry } from '../../../lib/scopes/scope-registry.js';

const READ = { name: 'Read', description: 'Reads', required: true };
const WRITE = { name: 'Write', description: 'Writes' };

const registry = new ScopeRegistry({
  scopes: { 'mcp:read': READ, 'mcp:write': WRITE },
  defaultScopes: ['mcp:read'],
} as unknown as ResolvedMcpAuthOptions);

describe('ScopeRegistry', () => {
  it('knows the declared names, in their order, the defaults and what is required', () => {
    expect(registry.names).toEqual(['mcp:read', 'mcp:write']);
    expect(registry.defaults).toEqual(['mcp:read']);
    expect(registry.names.map((name) => registry.isRequired(name))).toEqual([true, false]);
    expect([registry.isRequired('mcp:read'), registry.isRequired('mcp:write')]).toEqual([true, false]);
  });

  it('gives the texts of a scope', () => {
    expect(registry.definition('mcp:write')).toBe(WRITE);
  });

  it.each(['mcp:admin', '', 'MCP:READ', '__proto__', 'constructor', 'toString'])(
    'ABU-05 knows nothing of %j, whatever objects inherit',
    (name) => {
      expect(() => registry.definition(name)).toThrow(TypeError);
      expect(() => registry.isRequired(name)).toThrow(TypeError);
    },
  );
});

describe('the hierarchy of scopes', () => {
  const scope = (implies?: readonly string[]) => ({ ...WRITE, ...(implies ? { implies } : {}) });
  const tree = new ScopeRegistry({
    scopes: {
      admin: scope(['write', 'audit']),
      write: scope(['read']),
      audit: scope(['read']),
      read: scope(),
      other: scope([]),
    },
    defaultScopes: ['read'],
  } as unknown as ResolvedMcpAuthOptions);

  it.each([
    [['admin'], ['admin', 'write', 'read', 'audit']],
    [
      ['read', 'admin'],
      ['read', 'admin', 'write', 'audit'],
    ],
    [['write'], ['write', 'read']],
    [['other'], ['other']],
    [
      ['gone', 'constructor', '__proto__'],
      ['gone', 'constructor', '__proto__'],
    ],
    [[], []],
  ])('RSG-09 %j includes %j', (granted, all) => expect(tree.withImplied(granted)).toEqual(all));

  it.each([
    [['admin'], ['read'], true],
    [['admin'], ['write', 'audit', 'read', 'admin'], true],
    [['write'], ['read'], true],
    [['read'], ['write'], false],
    [['write'], ['audit'], false],
    [['write', 'other'], ['read', 'audit'], false],
    [['other'], ['read'], false],
    [[], ['read'], false],
    [[], [], true],
    [['mcp'], ['read'], false],
    [['READ'], ['read'], false],
    [['gone'], ['gone'], true],
  ])('RSG-09 whoever has %j may do what needs %j: %s', (granted, needed, expected) =>
    expect(tree.satisfies(granted, needed)).toBe(expected),
  );

  it.each([
    [['admin', 'write', 'gone'], undefined, ['admin', 'write']],
    [['admin', 'write', 'read'], ['write'], ['write', 'read']],
    [['admin'], [], []],
    [['toString'], undefined, []],
  ])('names %j within the ceiling %j: %j', (names, ceiling, expected) =>
    expect(tree.declared(names, ceiling)).toEqual(expected),
  );
});
