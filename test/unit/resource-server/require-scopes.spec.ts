import 'reflect-metadata';
import { GUARDS_METADATA } from '@nestjs/common/constants';
import { describe, expect, it } from 'vitest';
import { RequireScopes } from '../../../lib/resource-server/decorators/require-scopes.decorator.js';
import { REQUIRED_SCOPES } from '../../../lib/resource-server/exposure.js';
import { ScopedMessageGuard } from '../../../lib/resource-server/tools/scoped-message.guard.js';

const read = (subject: object) => ({
  scopes: Reflect.getOwnMetadata(REQUIRED_SCOPES, subject) as unknown,
  guards: Reflect.getOwnMetadata(GUARDS_METADATA, subject) as unknown,
});
const NOTHING = { scopes: undefined, guards: undefined };

// The classes are made within the tests: what a decorator does, it does when it is applied.
describe('@RequireScopes()', () => {
  it('RSG-07 notes the scopes of a class at the class, with a guard for its messages', () => {
    @RequireScopes('mcp:read', 'mcp:write')
    class Notes {
      list(this: void): void {}
    }
    expect(read(Notes)).toEqual({ scopes: ['mcp:read', 'mcp:write'], guards: [ScopedMessageGuard] });
    expect(read(Notes.prototype.list)).toEqual(NOTHING);
  });

  it('RSG-07 notes the scopes of a method at the method, with a guard for its messages', () => {
    class Notes {
      @RequireScopes('mcp:admin')
      purge(this: void): void {}
      list(this: void): void {}
    }
    expect(read(Notes.prototype.purge)).toEqual({ scopes: ['mcp:admin'], guards: [ScopedMessageGuard] });
    for (const other of [Notes, Notes.prototype, Notes.prototype.list]) expect(read(other)).toEqual(NOTHING);
  });

  it('RSG-07 adds up on one target, each scope once, under one guard', () => {
    class Notes {
      @RequireScopes('mcp:read', 'mcp:admin')
      @RequireScopes('mcp:write', 'mcp:read')
      purge(this: void): void {}
    }
    expect(read(Notes.prototype.purge)).toEqual({
      scopes: ['mcp:write', 'mcp:read', 'mcp:admin'],
      guards: [ScopedMessageGuard],
    });
  });

  it('RSG-07 leaves the scopes of a base class to it, and adds them to those of a class that is made from it', () => {
    @RequireScopes('mcp:read')
    class Notes {}
    @RequireScopes('mcp:write')
    class MoreNotes extends Notes {}
    expect(read(Notes).scopes).toEqual(['mcp:read']);
    expect(read(MoreNotes).scopes).toEqual(['mcp:read', 'mcp:write']);
  });
});
