import 'reflect-metadata';
import { Reflector } from '@nestjs/core';
import { describe, expect, it } from 'vitest';
import { McpProtected, McpPublic } from '../../../lib/resource-server/decorators/exposure.decorators.js';
import { RequireScopes } from '../../../lib/resource-server/decorators/require-scopes.decorator.js';
import { exposureOf, losesProtection } from '../../../lib/resource-server/exposure.js';
import { methodOf } from './scope-fixture.js';

class Plain {
  plain() {}
  @RequireScopes('mcp:read') scoped() {}
  @RequireScopes('mcp:read') same() {}
  @RequireScopes('mcp:read', 'mcp:write') more() {}
  @McpProtected() shut() {}
}

@RequireScopes('mcp:read')
class Scoped {
  plain() {}
  @McpPublic() open() {}
}

const reflector = new Reflector();

describe('exposureOf', () => {
  it.each([
    [Plain, 'plain', undefined],
    [Plain, 'scoped', 'protected'],
    [Plain, 'shut', 'protected'],
    [Scoped, 'plain', 'protected'],
    [Scoped, 'open', 'public'],
  ] as const)(
    'RSG-01 takes what needs scopes for protected, unless the handler itself is open: %o %s',
    (type, name, exposure) => {
      expect(exposureOf(reflector, methodOf(type, name), type)).toBe(exposure);
    },
  );
});

describe('losesProtection', () => {
  it.each([
    ['scoped', 'plain', true],
    ['scoped', 'shut', true],
    ['more', 'scoped', true],
    ['shut', 'plain', true],
    ['scoped', 'same', false],
    ['scoped', 'more', false],
    ['shut', 'scoped', false],
    ['plain', 'plain', false],
  ])('RSG-01 compares what a handler asked for with what stands in its place: %s, %s', (handler, mounted, lost) => {
    expect(losesProtection(reflector, methodOf(Plain, handler), methodOf(Plain, mounted))).toBe(lost);
  });
});
