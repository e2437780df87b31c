import 'reflect-metadata';
import { Controller, Get, Injectable, type Provider, type Type } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { McpAuthConfigurationError } from '../../../lib/config/mcp-auth-configuration-error.js';
import {
  McpOptionalAuth,
  McpProtected,
  McpPublic,
} from '../../../lib/resource-server/decorators/exposure.decorators.js';
import { RequireScopes } from '../../../lib/resource-server/decorators/require-scopes.decorator.js';
import { requirements } from './scope-fixture.js';

async function discover(controllers: readonly Type[], providers: readonly Provider[]): Promise<void> {
  (await requirements(controllers, providers)).discover();
}

@Injectable()
class Tools {
  @RequireScopes('mcp:read')
  search() {}
}

@Injectable()
@McpProtected()
class Shut {}

@Controller('mcp')
class Helpers {
  @Get()
  @RequireScopes('mcp:read')
  index() {}

  @McpProtected()
  helper() {}
}

@RequireScopes('mcp:read')
@Controller('mcp')
class Routed {
  @Get()
  @McpProtected()
  index() {}
}

@Injectable()
@McpPublic()
class Opened {
  @McpOptionalAuth()
  search() {}
}

describe('decorators where no route leads', () => {
  it.each<readonly [string, readonly Type[], readonly Provider[]]>([
    ['Tools.search', [], [Tools]],
    ['Tools.search', [], [{ provide: 'TOOLS', useFactory: () => new Tools() }]],
    ['Tools.search', [], [{ provide: 'TOOLS', useValue: new Tools() }]],
    ['Shut', [], [Shut]],
    ['Helpers.helper', [Helpers], []],
  ])('RSG-01 OPS-01 on %s stop the boot (%#)', async (name, controllers, providers) => {
    const refused = discover(controllers, providers);
    await expect(refused).rejects.toThrow(McpAuthConfigurationError);
    await expect(refused).rejects.toThrow(
      `@RequireScopes() or @McpProtected() stands on ${name}, which no HTTP route leads to: nothing would check it there; look at the scopes of @McpUser() instead`,
    );
  });

  it.each<readonly [string, Provider]>([
    ['only opens itself', Opened],
    ['is a text', { provide: 'TEXT', useValue: 'text' }],
    ['is nothing', { provide: 'NOTHING', useValue: null }],
    ['has no prototype', { provide: 'BARE', useValue: Object.create(null) as object }],
  ])('OPS-01 harm nobody beside a provider that %s', async (_what, provider) => {
    await expect(discover([Routed], [provider])).resolves.toBeUndefined();
  });
});

describe('@RequireScopes()', () => {
  const untyped = RequireScopes as (...scopes: string[]) => PropertyDecorator & ClassDecorator;

  it('OPS-01 refuses to name no scope', () => {
    expect(() => untyped()(class {})).toThrow(
      new McpAuthConfigurationError('@RequireScopes() needs at least one scope'),
    );
  });

  it('OPS-01 refuses to stand on what cannot be called', () => {
    const words = new McpAuthConfigurationError('@RequireScopes() can stand on a class or a method only');
    expect(() => untyped('mcp:read')({}, 'field')).toThrow(words);
    expect(() => RequireScopes('mcp:read')({}, 'field', { value: 1 })).toThrow(words);
  });
});
