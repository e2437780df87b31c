import 'reflect-metadata';
import { Controller, type Type } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { McpController, Prompt, Tool } from '@rekog/mcp-nest';
import { describe, expect, it } from 'vitest';
import { McpAuthConfigurationError } from '../../../../lib/config/mcp-auth-configuration-error.js';
import { McpProtected, McpPublic } from '../../../../lib/resource-server/decorators/exposure.decorators.js';
import { RequireScopes } from '../../../../lib/resource-server/decorators/require-scopes.decorator.js';
import { host, methodOf } from '../scope-fixture.js';

async function discovered(...controllers: readonly Type[]) {
  const parts = await host(controllers);
  parts.requirements.discover();
  return parts;
}

@McpController()
@RequireScopes('mcp:read')
class Notes {
  @Tool({ name: 'search', description: 'Searches' })
  find() {}

  @Tool({ description: 'Saves' })
  @RequireScopes('mcp:write')
  save() {}

  @Prompt({ name: 'ask', description: 'Asks' })
  ask() {}
}

@McpController()
class Unscoped {
  @Tool({ name: 'free', description: 'Is free' })
  free() {}
}

const NOWHERE = 'which no HTTP route leads to';

describe('scopes that stand on tools of mcp-nest', () => {
  it('finds tools by the name that clients call, and nothing else', async () => {
    const { nestTools } = await host([Notes, Unscoped]);
    expect(nestTools.list()).toEqual([
      { tool: 'search', controller: Notes, handler: methodOf(Notes, 'find') },
      { tool: 'save', controller: Notes, handler: methodOf(Notes, 'save') },
      { tool: 'free', controller: Unscoped, handler: methodOf(Unscoped, 'free') },
    ]);
  });

  it('RSG-07 RSG-08 declares those of method and class', async () => {
    const { toolScopes } = await discovered(Notes, Unscoped);
    expect(['search', 'save', 'free', 'ask'].map((tool) => toolScopes.of(tool))).toEqual([
      ['mcp:read'],
      ['mcp:read', 'mcp:write'],
      [],
      [],
    ]);
  });

  it('RSG-07 leaves what is declared for a tool on which nothing stands', async () => {
    const { requirements, toolScopes } = await host([Unscoped]);
    toolScopes.declare({ free: ['mcp:write'] });
    requirements.discover();
    expect(toolScopes.of('free')).toEqual(['mcp:write']);
  });

  it('OPS-01 takes no declaration after it has looked', async () => {
    const { toolScopes } = await discovered(Unscoped);
    expect(() => toolScopes.declare({})).toThrow(McpAuthConfigurationError);
  });

  @McpController()
  class Misspelt {
    @Tool({ name: 'read', description: 'Reads' })
    @RequireScopes('mcp:raed')
    reads() {}
  }

  @McpController()
  class Undecided {
    @Tool({ name: 'read', description: 'Reads' })
    @McpPublic()
    @RequireScopes('mcp:read')
    read() {}
  }

  @McpController()
  @McpPublic()
  @RequireScopes('mcp:read')
  class UndecidedClass {
    @Tool({ name: 'read', description: 'Reads' })
    read() {}
  }

  @McpController()
  class Shut {
    @Tool({ name: 'read', description: 'Reads' })
    @McpProtected()
    read() {}
  }

  @McpController()
  @McpProtected()
  class ShutClass {
    @Tool({ name: 'read', description: 'Reads' })
    read() {}
  }

  @McpController()
  class OfPrompts {
    @Prompt({ name: 'ask', description: 'Asks' })
    @RequireScopes('mcp:read')
    ask() {}
  }

  @Controller()
  @RequireScopes('mcp:read')
  class OfMessages {
    @MessagePattern('notes')
    notes() {}
  }

  it.each<readonly [Type, string]>([
    [
      Misspelt,
      '@RequireScopes() of Misspelt.reads names "mcp:raed" for the tool "read", which scopes does not declare',
    ],
    [Undecided, 'Undecided.read is open by @McpPublic() or @McpOptionalAuth(), and needs scopes'],
    [UndecidedClass, 'UndecidedClass.read is open by @McpPublic() or @McpOptionalAuth(), and needs scopes'],
    [Shut, `stands on Shut.read, ${NOWHERE}`],
    [ShutClass, `stands on ShutClass, ${NOWHERE}`],
    [OfPrompts, `stands on OfPrompts.ask, ${NOWHERE}`],
    [OfMessages, `stands on OfMessages, ${NOWHERE}`],
  ])('OPS-01 refuses %o', async (controller, words) => {
    const refused = discovered(controller);
    await expect(refused).rejects.toThrow(McpAuthConfigurationError);
    await expect(refused).rejects.toThrow(words);
  });
});
