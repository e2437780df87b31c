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
