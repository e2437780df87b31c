import {
  All,
  Controller,
  Delete,
  Get,
  type INestApplication,
  Module,
  Post,
  type Type,
  VersioningType,
} from '@nestjs/common';
import { RouterModule } from '@nestjs/core';
import {
  McpAuthenticated,
  type McpAuthOptions,
  type McpAuthStaticOptions,
  McpOptionalAuth,
  McpProtected,
  McpPublic,
  McpUserId,
} from 'nestjs-mcp-auth';
import { mintAccessToken } from 'nestjs-mcp-auth/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { AccessTokenVerifier } from '../../lib/protocol/access-token-verifier.js';
import { rawRequest } from '../support/raw-http.js';
import { ADAPTERS, startTestApp, type TestApp } from '../support/test-app.js';

const calls: string[] = [];

function called(name: string): string {
  calls.push(name);
  return name;
}

@Controller('mcp')
class McpController {
  @All()
  mcp() {
    return called('mcp');
  }

  @Get('docs')
  docs() {
    return called('docs');
  }

  @Post('docs')
  writeDocs() {
    return called('docs written');
  }

  @McpPublic()
  @Get('health')
  health() {
    return called('health');
  }

  @Delete('health')
  removeHealth() {
    return called('health removed');
  }

  @McpPublic()
  @Get('files/:name')
  file() {
    return called('file');
  }

  @McpOptionalAuth()
  @Get('hello')
  hello(@McpAuthenticated() authenticated: boolean, @McpUserId() userId: string | undefined) {
    return called(`hello ${authenticated} ${userId}`);
  }
}

@McpPublic()
@Controller('mcp/open')
class OpenController {
  @All()
  open() {
    return called('open');
  }

  @McpProtected()
  @Get('secret')
  secret() {
    return called('secret');
  }
}

@McpProtected()
@Controller('api')
class ApiController {
  @Get('data')
  data(@McpUserId() userId: string) {
    return called(`data of ${userId}`);
  }

  @McpPublic()
  @Get('status')
  status() {
    return called('status');
  }
}

@Controller()
class SiteController {
  @Get('other/endpoint')
  other(@McpAuthenticated() authenticated: boolean) {
    return called(`other ${authenticated}`);
  }

  @McpOptionalAuth()
  @Get('greeting')
  greeting(@McpAuthenticated() authenticated: boolean, @McpUserId() userId: string | undefined) {
    return called(`greeting ${authenticated} ${userId}`);
  }

  @McpProtected()
  @Get('account')
  account() {
    return called('account');
  }
}

const CONTROLLERS = [McpController, OpenController, ApiController, SiteController];

describe.each(ADAPTERS)('what is open and what is not, on %s', (adapter) => {
  let host: TestApp;
  let authorization: string;
  beforeAll(async () => {
    host = await startTestApp({ adapter, controllers: CONTROLLERS });
    ({ authorization } = await mintAccessToken(host.app, { userId: 'ada', scope: 'mcp:read' }));
  });
  afterAll(() => host.close());
  beforeEach(() => void (calls.length = 0));
  afterEach(() => void vi.restoreAllMocks());

  const ask = async (method: string, target: string, value?: string) => {
    const answer = await rawRequest(host.origin, {
      method,
      target,
      headers: value === undefined ? [] : [['Authorization', value]],
    });
    return [answer.status, answer.text];
  };

  it.each([
    ['GET', '/mcp/docs', 'docs'],
    ['GET', '/mcp/docs?page=2', 'docs'],
    ['GET', '/mcp/health', 'health'],
    ['GET', '/mcp/files/a.txt', 'file'],
    ['GET', '/mcp/open', 'open'],
    ['DELETE', '/mcp/open', 'open'],
    ['GET', '/api/status', 'status'],
    ['GET', '/other/endpoint', 'other false'],
    ['GET', '/greeting', 'greeting false undefined'],
    ['GET', '/mcp/hello', 'hello false undefined'],
  ])('opens %s %s to everybody', async (method, target, text) => {
    expect(await ask(method, target)).toEqual([200, text]);
  });

  it.each(['/mcp/docs', '/mcp/health', '/mcp/open', '/other/endpoint'])('opens HEAD %s as well', async (target) => {
    expect(await ask('HEAD', target)).toEqual([200, '']);
  });

  it.each([
    ['POST', '/mcp/docs'],
    ['DELETE', '/mcp/docs'],
    ['OPTIONS', '/mcp/docs'],
    ['GET', '/mcp/docs/'],
    ['GET', '/mcp/Docs'],
    ['GET', '/MCP/docs'],
    ['GET', '//mcp/docs'],
    ['GET', '/mcp/%64ocs'],
    ['GET', '/mcp/docs/../'],
    ['GET', '/mcp/docs;x'],
    ['GET', '/mcp/docs/more'],
    ['DELETE', '/mcp/health'],
    ['POST', '/mcp/health'],
    ['GET', '/mcp/health/'],
    ['GET', '/mcp/health/more'],
    ['GET', '/mcp/files/a/b'],
    ['GET', '/mcp/files/'],
    ['GET', '/mcp/files'],
    ['GET', '/mcp/open/secret'],
    ['GET', '/api/data'],
    ['GET', '/account'],
    ['HEAD', '/api/data'],
  ])('RSG-01 asks for a token at %s %s', async (method, target) => {
    const [status] = await ask(method, target);
    expect(status).toBe(401);
    expect(calls).toEqual([]);
  });

  it('RSG-02 challenges a marked controller elsewhere with the one challenge there is', async () => {
    const answer = await rawRequest(host.origin, { target: '/api/data' });
    expect(answer.header('www-authenticate')).toBe(
      `Bearer resource_metadata="${host.origin}/.well-known/oauth-protected-resource/mcp", scope="mcp:read mcp:write mcp:admin"`,
    );
    expect(JSON.parse(answer.text)).toEqual({ message: 'Authentication required' });
    expect(await ask('GET', '/api/data', 'Bearer nonsense')).toEqual([
      401,
      '{"error":"invalid_token","error_description":"The access token is not valid"}',
    ]);
  });

  it('lets a token through where one is asked for', async () => {
    expect(await ask('GET', '/api/data', authorization)).toEqual([200, 'data of ada']);
    expect(await ask('GET', '/account', authorization)).toEqual([200, 'account']);
    expect(await ask('GET', '/mcp/open/secret', authorization)).toEqual([200, 'secret']);
  });

  it('fills the principal where a token may be sent, inside the path and outside', async () => {
    expect(await ask('GET', '/mcp/hello', authorization)).toEqual([200, 'hello true ada']);
    expect(await ask('GET', '/greeting', authorization)).toEqual([200, 'greeting true ada']);
    // Nothing asked for it there: the token is none of its business.
    expect(await ask('GET', '/other/endpoint', authorization)).toEqual([200, 'other false']);
  });

  it.each([
    ['a token of somebody else', 'Bearer nonsense'],
    ['no token68', 'Bearer a b'],
    ['another scheme', 'Basic YTpi'],
  ])('stays open with %s where a token may be sent', async (_case, value) => {
    expect(await ask('GET', '/greeting', value)).toEqual([200, 'greeting false undefined']);
    expect(await ask('GET', '/mcp/hello', value)).toEqual([200, 'hello false undefined']);
  });

  it('RSG-13 treats an outage as an outage where a token may be sent, not as an anonymous request', async () => {
    const verifier = host.app.get(AccessTokenVerifier, { strict: false });
    vi.spyOn(verifier, 'verify').mockRejectedValue(new Error('down'));
    const [status] = await ask('GET', '/greeting', authorization);
    expect(status).toBeGreaterThanOrEqual(500);
    expect(calls).toEqual([]);
  });
});

@Controller({ path: 'mcp', version: ['1', '2'] })
class VersionedController {
  @All()
  mcp() {
    return called('mcp');
  }

  @McpPublic()
  @Get('health')
  health() {
    return called('health');
  }
}

@Controller('mcp')
class UnversionedController {
  @All()
  mcp() {
    return called('mcp');
  }

  @McpPublic()
  @Get('health')
  health() {
    return called('health');
  }
}

@Controller()
class RelativeController {
  @All()
  mcp() {
    return called('mcp');
  }

  @McpPublic()
  @Get('health')
  health() {
    return called('health');
  }
}

@Module({ controllers: [RelativeController] })
class RoutedModule {}

interface Placement {
  readonly options: Partial<McpAuthOptions & McpAuthStaticOptions>;
  readonly controllers: readonly Type[];
  readonly configure?: (app: INestApplication) => void;
  readonly routed?: string;
  readonly open: readonly string[];
  readonly shut: readonly string[];
}

const PLACEMENTS: readonly (readonly [string, Placement])[] = [
  [
    'a global prefix',
    {
      options: { mcpServerPath: '/api/mcp' },
      controllers: [UnversionedController],
      configure: (app) => void app.setGlobalPrefix('api'),
      open: ['/api/mcp/health'],
      shut: ['/api/mcp', '/api/mcp/health/', '/API/mcp/health'],
    },
  ],
  [
    'several versions',
    {
      options: { mcpServerPath: '/v2/mcp' },
      controllers: [VersionedController],
      configure: (app) => void app.enableVersioning({ type: VersioningType.URI }),
      open: ['/v1/mcp/health', '/v2/mcp/health'],
      shut: ['/v2/mcp', '/v2/mcp/healthy'],
    },
  ],
  [
    'a default version with a prefix of its own',
    {
      options: { mcpServerPath: '/api/release-3/mcp' },
      controllers: [UnversionedController],
      configure: (app) =>
        void app
          .setGlobalPrefix('api')
          .enableVersioning({ type: VersioningType.URI, defaultVersion: '3', prefix: 'release-' }),
      open: ['/api/release-3/mcp/health'],
      shut: ['/api/release-3/mcp'],
    },
  ],
  [
    'RouterModule',
    {
      options: { mcpServerPath: '/tools/mcp' },
      controllers: [],
      routed: 'tools/mcp',
      open: ['/tools/mcp/health'],
      shut: ['/tools/mcp', '/tools/mcp/healthy'],
    },
  ],
];

describe.each(ADAPTERS)('an open route on %s', (adapter) => {
  it.each(PLACEMENTS)('is found behind %s', async (_name, { open, shut, routed, ...given }) => {
    const imports = routed ? [RoutedModule, RouterModule.register([{ path: routed, module: RoutedModule }])] : [];
    const host = await startTestApp({ adapter, imports, ...given });
    calls.length = 0;
    const statusOf = async (target: string) => (await rawRequest(host.origin, { target })).status;
    for (const target of open) expect([target, await statusOf(target)]).toEqual([target, 200]);
    expect(calls).toEqual(open.map(() => 'health'));
    for (const target of shut) expect([target, await statusOf(target)]).toEqual([target, 401]);
    expect(calls).toHaveLength(open.length);
    await host.close();
  });

  it.each([
    ['another path', '/manual', '/manual'],
    ['below another prefix', '/help/mcp', '/help/mcp'],
  ])('is the docs URL at %s', async (_case, mcpDocsUrl, target) => {
    @Controller()
    class Docs {
      @Get(mcpDocsUrl)
      docs() {
        return 'docs';
      }
    }
    const host = await startTestApp({ adapter, options: { mcpDocsUrl }, controllers: [McpController, Docs] });
    expect((await rawRequest(host.origin, { target })).status).toBe(200);
    expect((await rawRequest(host.origin, { target: '/mcp/docs' })).status).toBe(401);
    await host.close();
  });
});
