import { Controller, Get, Injectable, Post, type Provider, Req, Scope, type Type, UseGuards } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  McpAuthConfigurationError,
  McpAuthGuard,
  McpOptionalAuth,
  McpProtected,
  McpPublic,
  McpUser,
  RequireScopes,
} from 'nestjs-mcp-auth';
import { OAuthWalk } from '../support/oauth-walk.js';
import { ADAPTERS, EchoController, startTestApp, type TestApp } from '../support/test-app.js';

const SCOPES = {
  'mcp:read': { name: 'Read', description: 'Read your notes', required: true },
  'mcp:write': { name: 'Write', description: 'Write your notes', implies: ['mcp:read'] },
  'mcp:audit': { name: 'Audit', description: 'See who did what' },
  'mcp:admin': { name: 'Administer', description: 'Delete everything', implies: ['mcp:write'] },
};

@Controller('mcp')
class Plain {
  @Get()
  index() {
    return 'index';
  }

  @Get('read')
  @RequireScopes('mcp:read')
  read(@Req() request: { auth?: { scopes: string[] } }, @McpUser('scopes') scopes: string[]) {
    return { sdk: request.auth?.scopes, scopes };
  }

  @Post('write')
  @RequireScopes('mcp:write')
  write() {
    return 'written';
  }
}

@RequireScopes('mcp:write')
@Controller('mcp/:tenant/admin')
class Admin {
  @Get()
  @RequireScopes('mcp:audit', 'mcp:write')
  both() {
    return 'both';
  }

  @Get('open')
  @McpPublic()
  open() {
    return 'open';
  }

  @Get('optional')
  @McpOptionalAuth()
  optional(@McpUser('userId') userId?: string) {
    return { userId };
  }
}

@Controller('elsewhere')
class Elsewhere {
  @Get()
  @RequireScopes('mcp:admin')
  admin() {
    return 'admin';
  }

  @UseGuards(McpAuthGuard)
  @RequireScopes('mcp:write')
  @Get('by-guard')
  byGuard() {
    return 'by guard';
  }
}

@McpPublic()
@Controller('mcp/mixed')
class Mixed {
  @Get()
  @RequireScopes('mcp:admin')
  closed() {
    return 'closed';
  }

  @Get('open')
  open() {
    return 'open';
  }
}

@Controller('items')
class Items {
  @Get('mine')
  @McpProtected()
  mine() {
    return 'mine';
  }

  @Get(':id')
  @RequireScopes('mcp:admin')
  one() {
    return 'one';
  }
}

/** Nest makes one for each request: nobody can look at it at boot. */
@Controller({ path: 'fleeting', scope: Scope.REQUEST })
class Fleeting {
  constructor() {
    this.rebound = this.rebound.bind(this);
  }

  @Get('rebound')
  @RequireScopes('mcp:read')
  rebound() {
    return 'rebound';
  }

  @Get('kept')
  @RequireScopes('mcp:read')
  kept() {
    return 'kept';
  }

  @Get('plain')
  plain() {
    return 'plain';
  }
}

@Controller({ path: 'harmless', scope: Scope.REQUEST })
class Harmless {
  constructor() {
    this.index = this.index.bind(this);
  }

  @Get()
  index() {
    return 'index';
  }
}

@RequireScopes('mcp:audit')
abstract class Audited {
  @Get()
  @RequireScopes('mcp:read')
  @RequireScopes('mcp:write', 'mcp:read')
  index() {
    return 'index';
  }

  @Get('plain')
  plain() {
    return 'plain';
  }
}

@RequireScopes('mcp:write')
@Controller('stacked')
class Stacked extends Audited {}

describe.each(ADAPTERS)('@RequireScopes(), on %s', (adapter) => {
  let host: TestApp;
  const tokens = new Map<string, string>();
  beforeAll(async () => {
    const controllers = [Plain, Admin, Elsewhere, Mixed, Stacked, Items, Fleeting, Harmless];
    host = await startTestApp({ adapter, controllers, options: { scopes: SCOPES, defaultScopes: ['mcp:read'] } });
    for (const scope of ['mcp:read', 'mcp:write', 'mcp:audit', 'mcp:write mcp:audit', 'mcp:admin']) {
      const walk = new OAuthWalk(host.origin);
      const { client_id } = await walk.register();
      const code = await walk.code(client_id, 'ada', { scope });
      const answer = JSON.parse((await walk.redeem(client_id, code)).text) as { access_token: string; scope: string };
      expect(answer.scope).toBe(scope);
      tokens.set(scope, answer.access_token);
    }
  });
  afterAll(() => host.close());

  const call = async (method: 'GET' | 'POST', path: string, scope?: string) => {
    const headers = scope === undefined ? {} : { authorization: `Bearer ${tokens.get(scope)}` };
    const answer = await fetch(host.origin + path, { method, headers });
    return {
      status: answer.status,
      challenge: answer.headers.get('www-authenticate'),
      body: await answer.text(),
      headers: answer.headers,
    };
  };
  const metadata = () => `resource_metadata="${host.origin}/.well-known/oauth-protected-resource/mcp"`;

  it.each([
    ['GET', '/mcp', 'mcp:audit', 200],
    ['GET', '/mcp/read', 'mcp:read', 200],
    ['GET', '/mcp/read', 'mcp:audit', 403],
    ['POST', '/mcp/write', 'mcp:read', 403],
    ['POST', '/mcp/write', 'mcp:write', 201],
    ['GET', '/mcp/acme/admin', 'mcp:write', 403],
    ['GET', '/mcp/acme/admin', 'mcp:audit', 403],
    ['GET', '/mcp/acme/admin', 'mcp:admin', 403],
    ['GET', '/mcp/acme/admin', 'mcp:write mcp:audit', 200],
    ['GET', '/elsewhere', 'mcp:write', 403],
    ['GET', '/elsewhere', 'mcp:admin', 200],
    ['GET', '/elsewhere/by-guard', 'mcp:read', 403],
    ['GET', '/elsewhere/by-guard', 'mcp:write', 200],
    ['GET', '/mcp/mixed', 'mcp:write', 403],
    ['GET', '/mcp/mixed', 'mcp:admin', 200],
    // Decorators add up, on one target and from a base class.
    ['GET', '/stacked', 'mcp:write', 403],
    ['GET', '/stacked', 'mcp:audit', 403],
    ['GET', '/stacked', 'mcp:write mcp:audit', 200],
    ['GET', '/stacked/plain', 'mcp:write', 403],
    ['GET', '/stacked/plain', 'mcp:audit', 403],
    ['GET', '/stacked/plain', 'mcp:write mcp:audit', 200],
    // RSG-09: broader scopes do for narrower ones.
    ['GET', '/mcp/read', 'mcp:write', 200],
    ['GET', '/mcp/read', 'mcp:admin', 200],
    ['POST', '/mcp/write', 'mcp:admin', 201],
    ['GET', '/elsewhere/by-guard', 'mcp:admin', 200],
  ] as const)('RSG-07 RSG-09 %s %s with %s is %d', async (method, path, scope, status) => {
    expect((await call(method, path, scope)).status).toBe(status);
  });

  it.each([
    ['GET', '/mcp/read', 'mcp:audit', 'mcp:read'],
    ['POST', '/mcp/write', 'mcp:read', 'mcp:write'],
    ['GET', '/mcp/acme/admin', 'mcp:read', 'mcp:write mcp:audit'],
    ['GET', '/mcp/acme/admin', 'mcp:write', 'mcp:write mcp:audit'],
    ['GET', '/elsewhere', 'mcp:read', 'mcp:admin'],
    ['GET', '/stacked', 'mcp:read', 'mcp:audit mcp:write mcp:read'],
  ] as const)(
    'RSG-07 RSG-08 %s %s with %s names every scope of the operation: %s',
    async (method, path, scope, needed) => {
      const { status, challenge, body, headers } = await call(method, path, scope);
      expect(status).toBe(403);
      expect(challenge).toBe(
        `Bearer error="insufficient_scope", error_description="The access token lacks a scope", ${metadata()}, scope="${needed}"`,
      );
      expect(JSON.parse(body)).toEqual({
        error: 'insufficient_scope',
        error_description: 'The access token lacks a scope',
      });
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('access-control-expose-headers')?.toLowerCase()).toContain('www-authenticate');
      expect(host.log.reasons().at(-1)).toBe('insufficient_scope');
    },
  );

  it.each([
    ['GET', '/mcp', 'mcp:read'],
    ['GET', '/mcp/nothing-here', 'mcp:read'],
    ['POST', '/mcp/write', 'mcp:write'],
    ['GET', '/mcp/acme/admin', 'mcp:write mcp:audit'],
    ['GET', '/elsewhere', 'mcp:admin'],
    ['GET', '/mcp/mixed', 'mcp:admin'],
    ['GET', '/items/mine', 'mcp:read'],
    ['GET', '/items/7', 'mcp:admin'],
  ] as const)('RSG-02 RSG-08 %s %s without a token asks for %s', async (method, path, needed) => {
    const { status, challenge } = await call(method, path);
    expect([status, challenge]).toEqual([401, `Bearer ${metadata()}, scope="${needed}"`]);
  });

  it('RSG-03 names them beside a token that is not valid, too', async () => {
    const answer = await fetch(`${host.origin}/mcp/write`, {
      method: 'POST',
      headers: { authorization: 'Bearer x.y.z' },
    });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"');
    expect(answer.headers.get('www-authenticate')).toContain('scope="mcp:write"');
  });

  it('RSG-08 asks for the scopes of the route that matched, not of one that might have', async () => {
    const answer = await fetch(`${host.origin}/items/mine`, { headers: { authorization: 'Bearer x.y.z' } });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toContain('scope="mcp:read"');
    expect((await call('GET', '/items/mine', 'mcp:audit')).status).toBe(200);
  });

  it('RSG-01 lets nobody through to a handler that is replaced anew for each request, with what its decorators said', async () => {
    const statuses = async (path: string) => [
      (await call('GET', path)).status,
      (await call('GET', path, 'mcp:read')).status,
    ];
    expect(await statuses('/fleeting/rebound')).toEqual([503, 503]);
    expect(await statuses('/fleeting/kept')).toEqual([401, 200]);
    expect(await statuses('/fleeting/plain')).toEqual([200, 200]);
    expect(await statuses('/harmless')).toEqual([200, 200]);
  });

  it.each(['/mcp/acme/admin/open', '/mcp/mixed/open'])(
    'RSG-01 leaves %s open, whose own decorator is the nearer one',
    async (path) => expect((await call('GET', path)).status).toBe(200),
  );

  it('fills the principal of an optional handler below a controller with scopes', async () => {
    const path = '/mcp/acme/admin/optional';
    expect(JSON.parse((await call('GET', path)).body)).toEqual({});
    expect(JSON.parse((await call('GET', path, 'mcp:read')).body)).toEqual({ userId: 'ada' });
  });

  it('RSG-09 shows the SDKs what a scope implies, and handlers what was granted', async () => {
    expect(JSON.parse((await call('GET', '/mcp/read', 'mcp:admin')).body)).toEqual({
      sdk: ['mcp:admin', 'mcp:write', 'mcp:read'],
      scopes: ['mcp:admin'],
    });
  });

  it('RFT-06 RSG-09 narrows a broad grant to what it implies, for one access token', async () => {
    const walk = new OAuthWalk(host.origin);
    const { client_id } = await walk.register();
    const code = await walk.code(client_id, 'ada', { scope: 'mcp:admin' });
    const { refresh_token } = JSON.parse((await walk.redeem(client_id, code)).text) as { refresh_token: string };
    const narrow = await walk.refresh(client_id, refresh_token, { scope: 'mcp:read' });
    expect(JSON.parse(narrow.text)).toMatchObject({ scope: 'mcp:read' });
    const next = (JSON.parse(narrow.text) as { refresh_token: string }).refresh_token;
    const wide = await walk.refresh(client_id, next, { scope: 'mcp:audit' });
    expect([wide.status, JSON.parse(wide.text)]).toMatchObject([400, { error: 'invalid_scope' }]);
    expect(JSON.parse((await walk.refresh(client_id, next)).text)).toMatchObject({ scope: 'mcp:admin' });
  });

  it('CON-05 RSG-09 takes a broad scope away at the next refresh, once the user may not grant all it implies', async () => {
    const walk = new OAuthWalk(host.origin);
    const { client_id } = await walk.register();
    const code = await walk.code(client_id, 'ada', { scope: 'mcp:read mcp:admin' });
    const { refresh_token } = JSON.parse((await walk.redeem(client_id, code)).text) as { refresh_token: string };
    host.users.refused.add('mcp:write');
    const demoted = JSON.parse((await walk.refresh(client_id, refresh_token)).text) as { access_token: string };
    host.users.refused.clear();
    expect(demoted).toMatchObject({ scope: 'mcp:read' });
    const write = await fetch(`${host.origin}/mcp/write`, {
      method: 'POST',
      headers: { authorization: `Bearer ${demoted.access_token}` },
    });
    expect(write.status).toBe(403);
  });
});

describe('@RequireScopes() at boot', () => {
  @Controller('mcp')
  class Misspelt {
    @Get()
    @RequireScopes('mcp:raed')
    index() {}
  }

  @Controller('mcp')
  @McpPublic()
  @RequireScopes('mcp:read')
  class OpenAndNot {
    @Get()
    index() {}
  }

  @Controller('mcp')
  class Undecided {
    @Get()
    @McpOptionalAuth()
    @RequireScopes('mcp:read')
    index() {}
  }

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
  class Wrapped {
    constructor() {
      const shut = this.shut.bind(this);
      this.shut = () => shut();
    }

    @Get()
    @McpProtected()
    shut() {}
  }

  it.each([
    [Misspelt, '@RequireScopes() of Misspelt.index names "mcp:raed", which scopes does not declare'],
    [OpenAndNot, 'OpenAndNot.index is open by @McpPublic() or @McpOptionalAuth(), and needs scopes'],
    [Undecided, 'Undecided.index is open by @McpPublic() or @McpOptionalAuth(), and needs scopes'],
    [Rebound, 'Rebound.secret is replaced in the instance'],
    [Wrapped, 'Wrapped.shut is replaced in the instance'],
  ])('OPS-01 refuses %o', async (controller, message) => {
    const started = startTestApp({ adapter: 'express', controllers: [controller] });
    await expect(started).rejects.toThrow(McpAuthConfigurationError);
    await expect(started).rejects.toThrow(message);
  });

  it('OPS-01 refuses a decorator that names no scope, or stands on nothing that can be called', () => {
    const untyped = RequireScopes as (...scopes: string[]) => PropertyDecorator & ClassDecorator;
    expect(() => untyped()(Misspelt)).toThrow(McpAuthConfigurationError);
    expect(() => untyped('mcp:read')({}, 'field')).toThrow(McpAuthConfigurationError);
  });

  it('RSG-01 serves handlers that are replaced where nothing is lost', async () => {
    @Controller('vault')
    @RequireScopes('mcp:read')
    class ByClass {
      constructor() {
        this.index = this.index.bind(this);
      }

      @Get()
      index() {
        return 'index';
      }
    }

    @Controller('copied')
    class Copied {
      constructor() {
        const original = Reflect.get(Copied.prototype, 'index') as object;
        const bound = this.index.bind(this);
        for (const key of Reflect.getMetadataKeys(original) as string[])
          Reflect.defineMetadata(key, Reflect.getMetadata(key, original), bound);
        this.index = bound;
      }

      @Get()
      @RequireScopes('mcp:read')
      index() {
        return 'index';
      }
    }

    @Controller('open')
    class Open {
      constructor() {
        this.index = this.index.bind(this);
      }

      @Get('shut')
      @McpProtected()
      shut() {}

      @Get()
      index() {
        return 'index';
      }
    }

    const host = await startTestApp({ adapter: 'express', controllers: [ByClass, Copied, Open, EchoController] });
    const statuses = ['/vault', '/copied', '/open'].map(async (path) => (await fetch(host.origin + path)).status);
    expect(await Promise.all(statuses)).toEqual([401, 401, 200]);
    await host.close();
  });

  @Injectable()
  class Tools {
    @RequireScopes('mcp:read')
    search() {}
  }

  @Injectable({ scope: Scope.REQUEST })
  class PerRequest {
    @McpProtected()
    search() {}
  }

  @Injectable()
  @RequireScopes('mcp:read')
  class WholeProvider {
    search() {}
  }

  @McpProtected()
  abstract class ShutBase {}

  @Injectable()
  class Inheriting extends ShutBase {}

  class Undeclared {
    @McpPublic()
    @RequireScopes('mcp:read')
    search() {}
  }

  @Controller('mcp')
  class Helpers {
    @Get()
    index() {}

    @RequireScopes('mcp:read')
    helper() {}
  }

  const factory = { provide: 'TOOLS', useFactory: () => new Tools() };
  const value = { provide: 'TOOLS', useValue: new Undeclared() };

  it.each<readonly [string, readonly Type[], readonly Provider[]]>([
    ['Tools.search', [], [Tools]],
    ['Tools.search', [], [factory]],
    ['Undeclared.search', [], [value]],
    ['PerRequest.search', [], [PerRequest]],
    ['WholeProvider', [], [WholeProvider]],
    ['Inheriting', [], [Inheriting]],
    ['Helpers.helper', [Helpers], []],
  ])('OPS-01 refuses %s, which no route leads to (%#)', async (name, controllers, providers) => {
    const started = startTestApp({ adapter: 'express', controllers: [EchoController, ...controllers], providers });
    await expect(started).rejects.toThrow(McpAuthConfigurationError);
    await expect(started).rejects.toThrow(`on ${name}, which no HTTP route leads to`);
  });

  it('OPS-01 serves a controller that is a provider too, and providers that only open themselves', async () => {
    @Injectable()
    @McpPublic()
    class Opened {
      @McpOptionalAuth()
      anything() {}
    }

    const odd = [undefined, null, 7, 'text', () => 1, Tools, Object.create(null) as object];
    const values = odd.map((useValue, index) => ({ provide: `VALUE_${index}`, useValue }));
    const host = await startTestApp({
      adapter: 'express',
      controllers: [Plain, Stacked, EchoController],
      providers: [Plain, Stacked, Opened, ...values],
      options: { scopes: SCOPES },
    });
    expect((await fetch(`${host.origin}/stacked`)).status).toBe(401);
    await host.close();
  });
});
