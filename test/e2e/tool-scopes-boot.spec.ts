import { Controller, Get, Injectable, type INestApplication } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { McpController, Prompt, Resource, Tool } from '@rekog/mcp-nest';
import {
  McpAuthConfigurationError,
  McpOptionalAuth,
  McpProtected,
  McpPublic,
  McpToolScopes,
  RequireScopes,
} from 'nestjs-mcp-auth';
import { describe, expect, it } from 'vitest';
import { EchoController, startTestApp, type TestAppOptions } from '../support/test-app.js';
import { Sdk1Tools } from '../support/tool-servers.js';

const NOWHERE = 'which no HTTP route leads to';

@McpController()
class Misspelt {
  @Tool({ name: 'read', description: 'Reads' })
  @RequireScopes('mcp:raed')
  read() {}
}

@McpController()
@RequireScopes('mcp:raed')
class MisspeltClass {
  @Tool({ name: 'read', description: 'Reads' })
  read() {}
}

@McpController()
class Open {
  @Tool({ name: 'read', description: 'Reads' })
  @McpPublic()
  @RequireScopes('mcp:read')
  read() {}
}

@McpController()
@McpOptionalAuth()
@RequireScopes('mcp:read')
class OpenClass {
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
class Twice {
  @Tool({ name: 'read', description: 'Reads' })
  @RequireScopes('mcp:read')
  one() {}

  @Tool({ name: 'read', description: 'Reads' })
  @RequireScopes('mcp:write')
  other() {}
}

@McpController()
class Unscoped {
  @Tool({ name: 'read', description: 'Reads' })
  read() {}
}

@McpController()
class OfPrompts {
  @Prompt({ name: 'ask', description: 'Asks' })
  @RequireScopes('mcp:read')
  ask() {}
}

@McpController()
@RequireScopes('mcp:read')
class OfPromptsAlone {
  @Prompt({ name: 'ask', description: 'Asks' })
  ask() {}
}

@McpController()
class OfResources {
  @Resource({ name: 'notes', uri: 'notes://all' })
  @RequireScopes('mcp:read')
  notes() {}

  @Tool({ name: 'read', description: 'Reads' })
  read() {}
}

@Controller()
class OfMessages {
  @MessagePattern('notes')
  @RequireScopes('mcp:read')
  notes() {}
}

@Controller()
class Helper {
  @Get('helped')
  helped() {}

  @RequireScopes('mcp:read')
  helper() {}
}

@Injectable()
class NoController {
  @Tool({ name: 'read', description: 'Reads' })
  @RequireScopes('mcp:read')
  read() {}
}

@Injectable()
class DeclaresUnknown {
  constructor(scopes: McpToolScopes) {
    scopes.declare({ read: ['mcp:raed'] });
  }
}

@Injectable()
class DeclaresOthers {
  constructor(scopes: McpToolScopes) {
    scopes.declare({ read: ['mcp:write'] });
  }
}

const boot = (parts: Partial<TestAppOptions>) =>
  startTestApp({ adapter: 'express', ...parts, controllers: [EchoController, ...(parts.controllers ?? [])] });

describe('scopes of tools at boot', () => {
  it.each<readonly [string, Partial<TestAppOptions>, string]>([
    [
      'an unknown scope on a tool',
      { controllers: [Misspelt] },
      '@RequireScopes() of Misspelt.read names "mcp:raed" for the tool "read", which scopes does not declare',
    ],
    ['an unknown scope on its class', { controllers: [MisspeltClass] }, 'names "mcp:raed" for the tool "read"'],
    ['an unknown scope in a declaration', { providers: [DeclaresUnknown] }, 'McpToolScopes.declare() names "mcp:raed"'],
    ['a tool that is open and is not', { controllers: [Open] }, 'Open.read is open by @McpPublic()'],
    ['a class that is open and is not', { controllers: [OpenClass] }, 'OpenClass.read is open by @McpPublic()'],
    ['@McpProtected() on a tool', { controllers: [Shut] }, `stands on Shut.read, ${NOWHERE}`],
    ['two tools of one name', { controllers: [Twice] }, '@RequireScopes() of Twice.other asks for other scopes'],
    [
      'a name that is declared with other scopes',
      { controllers: [Twice], providers: [DeclaresOthers] },
      '@RequireScopes() of Twice.one asks for other scopes for the tool "read" than another declaration (mcp:write)',
    ],
    ['a prompt', { controllers: [OfPrompts] }, `stands on OfPrompts.ask, ${NOWHERE}`],
    ['a class of prompts', { controllers: [OfPromptsAlone] }, `stands on OfPromptsAlone, ${NOWHERE}`],
    ['a resource beside a tool', { controllers: [OfResources] }, `stands on OfResources.notes, ${NOWHERE}`],
    ['another message handler', { controllers: [OfMessages] }, `stands on OfMessages.notes, ${NOWHERE}`],
    ['a method that nothing calls', { controllers: [Helper] }, `stands on Helper.helper, ${NOWHERE}`],
    ['a tool that is in no controller', { providers: [NoController] }, `stands on NoController.read, ${NOWHERE}`],
  ])('OPS-01 refuses %s', async (_case, parts, message) => {
    const started = boot(parts);
    await expect(started).rejects.toThrow(McpAuthConfigurationError);
    await expect(started).rejects.toThrow(message);
  });

  it('holds a tool on which nothing stands to what is declared for its name', async () => {
    const host = await boot({ controllers: [Unscoped], providers: [DeclaresOthers] });
    expect(host.app.get(McpToolScopes).of('read')).toEqual(['mcp:write']);
    await host.close();
  });

  it('serves a tool on which nothing stands', async () => {
    const host = await boot({ controllers: [Unscoped] });
    expect(host.app.get(McpToolScopes).of('read')).toEqual([]);
    await host.close();
  });

  it('adds up what stands on classes, their bases and methods', async () => {
    @RequireScopes('mcp:read')
    class Base {
      @RequireScopes('mcp:write')
      @Tool({ description: 'Inherited' })
      inherited() {}
    }

    @McpController()
    @RequireScopes('mcp:admin')
    class Derived extends Base {
      @Tool({ name: 'own', description: 'Own' })
      method() {}
    }

    const host = await boot({ controllers: [Derived] });
    const scopes = host.app.get(McpToolScopes);
    expect(scopes.of('inherited').toSorted()).toEqual(['mcp:admin', 'mcp:read', 'mcp:write']);
    expect(scopes.of('own').toSorted()).toEqual(['mcp:admin', 'mcp:read']);
    await host.close();
  });

  it('OPS-01 refuses declarations after the boot', async () => {
    const host = await boot({ providers: [Sdk1Tools] });
    expect(() => host.app.get(McpToolScopes).declare({ late: ['mcp:read'] })).toThrow('declared too late');
    await host.close();
  });

  it('is there for modules that import this one, where it is not global', async () => {
    const configure = (app: INestApplication): void => void app.get(McpToolScopes, { strict: false });
    const host = await boot({ options: { isGlobal: false }, configure });
    await host.close();
  });
});
