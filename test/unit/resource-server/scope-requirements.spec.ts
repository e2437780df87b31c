import 'reflect-metadata';
import { Controller, Get, Post, type Type } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { McpAuthConfigurationError } from '../../../lib/config/mcp-auth-configuration-error.js';
import {
  McpOptionalAuth,
  McpProtected,
  McpPublic,
} from '../../../lib/resource-server/decorators/exposure.decorators.js';
import { RequireScopes } from '../../../lib/resource-server/decorators/require-scopes.decorator.js';
import type { ScopeRequirements } from '../../../lib/resource-server/scope-requirements.js';
import { methodOf, requirements } from './scope-fixture.js';

async function discovered(...controllers: readonly Type[]): Promise<ScopeRequirements> {
  const found = await requirements(controllers);
  found.discover();
  return found;
}

async function refusal(controller: Type): Promise<string> {
  const found = await requirements([controller]);
  try {
    found.discover();
  } catch (error) {
    expect(error).toBeInstanceOf(McpAuthConfigurationError);
    return (error as Error).message;
  }
  throw new Error('nothing was refused');
}

@Controller('mcp')
class Notes {
  @Get()
  index() {}

  @Get('read')
  @RequireScopes('mcp:read')
  read() {}

  @Post('both')
  @RequireScopes('mcp:write')
  @RequireScopes('mcp:read', 'mcp:write')
  both() {}
}

@RequireScopes('mcp:write')
@Controller('admin')
class Admin {
  @Get()
  index() {}

  @Get('read')
  @RequireScopes('mcp:read', 'mcp:write')
  read() {}
}

describe('ScopeRequirements.of', () => {
  it('knows nothing before it has looked', async () => {
    expect((await requirements([Notes])).of('GET', '/mcp/read')).toBeUndefined();
  });

  it.each([
    ['GET', '/mcp/read', ['mcp:read']],
    ['HEAD', '/mcp/read', ['mcp:read']],
    ['POST', '/mcp/both', ['mcp:read', 'mcp:write']],
    ['GET', '/admin', ['mcp:write']],
    ['GET', '/admin/read', ['mcp:write', 'mcp:read']],
    ['GET', '/mcp', undefined],
    ['POST', '/mcp/read', undefined],
    ['GET', '/mcp/both', undefined],
    ['GET', '/mcp/reading', undefined],
  ] as const)(
    'RSG-07 names the scopes of %s %s, its own and those of its class, once each',
    async (method, path, scopes) => {
      expect((await discovered(Notes, Admin)).of(method, path)).toEqual(scopes);
    },
  );
});

describe('ScopeRequirements.mayBeLostOn', () => {
  const unseen = () => undefined;

  it('RSG-01 suspects a function that was not there at boot, on a controller that asks for tokens', async () => {
    const found = await discovered(Notes, Admin);
    expect(found.mayBeLostOn(unseen, Notes)).toBe(true);
    expect(found.mayBeLostOn(methodOf(Notes, 'read'), Notes)).toBe(false);
    expect(found.mayBeLostOn(methodOf(Notes, 'index'), Notes)).toBe(false);
  });

  it('RSG-01 trusts one that asks for itself, and any on a controller whose handlers ask for nothing', async () => {
    @Controller('plain')
    class Plain {
      @Get()
      index() {}
    }
    const found = await discovered(Notes, Plain);
    const asking = () => undefined;
    RequireScopes('mcp:read')(Notes.prototype, 'read', { value: asking });
    expect(found.mayBeLostOn(asking, Notes)).toBe(false);
    expect(found.mayBeLostOn(unseen, Plain)).toBe(false);
  });

  it('RSG-01 knows a function that a constructor put in its place at boot', async () => {
    @Controller('open')
    class Open {
      constructor() {
        this.index = this.index.bind(this);
      }
      @Get() index() {}
      @Get('shut')
      @McpProtected()
      shut() {}
    }
    const found = await discovered(Open);
    expect(found.mayBeLostOn(unseen, Open)).toBe(true);
    expect(found.mayBeLostOn(methodOf(Open, 'index'), Open)).toBe(false);
  });
});

describe('ScopeRequirements.discover', () => {
  it('OPS-01 refuses a scope that nobody declared', async () => {
    @Controller('mcp')
    class Misspelt {
      @Get()
      @RequireScopes('mcp:raed')
      index() {}
    }
    const message = '@RequireScopes() of Misspelt.index names "mcp:raed", which scopes does not declare';
    expect(await refusal(Misspelt)).toBe(message);
  });

  it('OPS-01 refuses a handler or a class that is open and needs scopes, and takes an open handler of a class with scopes', async () => {
    @Controller('mcp')
    class Undecided {
      @Get()
      @McpOptionalAuth()
      @RequireScopes('mcp:read')
      index() {}
    }
    @McpPublic()
    @RequireScopes('mcp:read')
    @Controller('mcp')
    class OpenAndNot {
      @Get()
      index() {}
    }
    @RequireScopes('mcp:read')
    @Controller('mcp')
    class Mixed {
      @Get()
      @McpPublic()
      index() {}
    }
    const words =
      'is open by @McpPublic() or @McpOptionalAuth(), and needs scopes by @RequireScopes() at the same place; remove one';
    expect(await refusal(Undecided)).toBe(`Undecided.index ${words}`);
    expect(await refusal(OpenAndNot)).toBe(`OpenAndNot.index ${words}`);
    await expect(discovered(Mixed)).resolves.toBeDefined();
  });

  it('RSG-01 OPS-01 refuses a handler whose replacement lacks what it asked for, scopes or a token, and no other', async () => {
    @Controller('mcp')
    class Rebound {
      constructor() {
        this.secret = this.secret.bind(this);
      }
      @Get()
      @RequireScopes('mcp:read')
      secret() {}
    }
    @Controller('mcp')
    class Reshut {
      constructor() {
        const shut = this.shut.bind(this);
        this.shut = () => shut();
      }
      @Get()
      @McpProtected()
      shut() {}
    }
    @Controller('mcp')
    class Narrowed {
      constructor() {
        const kept = this.secret.bind(this);
        RequireScopes('mcp:read')(this, 'secret', { value: kept });
        this.secret = kept;
      }
      @Get()
      @RequireScopes('mcp:read', 'mcp:write')
      secret() {}
    }
    const words =
      'is replaced in the instance, and the function there lacks its @RequireScopes() or @McpProtected(): the route would be open. ' +
      'Keep the method, or put the decorator on the class';
    expect(await refusal(Rebound)).toBe(`Rebound.secret ${words}`);
    expect(await refusal(Reshut)).toBe(`Reshut.shut ${words}`);
    expect(await refusal(Narrowed)).toBe(`Narrowed.secret ${words}`);
  });
});
