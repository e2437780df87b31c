import 'reflect-metadata';
import {
  All,
  Controller,
  Delete,
  Get,
  Head,
  Module,
  Post,
  Scope,
  type Type,
  type VersioningOptions,
  VersioningType,
  VERSION_NEUTRAL,
  Version,
} from '@nestjs/common';
import { DiscoveryModule, MetadataScanner, RouterModule } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { describe, expect, it } from 'vitest';
import {
  McpOptionalAuth,
  McpProtected,
  McpPublic,
} from '../../../lib/resource-server/decorators/exposure.decorators.js';
import { HandlerRoutes } from '../../../lib/resource-server/handler-routes.js';
import { PublicRoutes } from '../../../lib/resource-server/public-routes.js';

@Controller('mcp')
class Mixed {
  @McpPublic()
  @Get('open')
  open() {}

  @McpOptionalAuth()
  @Post('maybe')
  maybe() {}

  @McpProtected()
  @Get('shut')
  shut() {}

  @Get('plain')
  plain() {}

  @McpPublic()
  notARoute() {}

  @McpPublic()
  @All('any')
  any() {}

  @McpPublic()
  @Get(['one', 'two/'])
  several() {}

  @McpPublic()
  @Get('items/:id/parts/:part')
  item() {}

  @McpPublic()
  @Get('files/*path')
  files() {}

  @McpPublic()
  @Get('a.b+c')
  dotted() {}

  @McpPublic()
  @Head('ping')
  ping() {}
}

@McpPublic()
@Controller(['x', 'y'])
class OpenClass {
  @Get()
  index() {}

  @Delete('z')
  remove() {}

  @McpProtected()
  @Get('shut')
  shut() {}
}

@Controller({ path: 'mcp', version: ['1', '2', VERSION_NEUTRAL] })
class Versioned {
  @McpPublic()
  @Get('open')
  open() {}

  @McpPublic()
  @Version('9')
  @Get('newer')
  newer() {}
}

@McpPublic()
@Controller({ path: 'mcp/scoped', scope: Scope.REQUEST })
class RequestScoped {
  @Get()
  index() {}
}

interface Setting {
  readonly prefix?: string;
  readonly versioning?: VersioningOptions;
  readonly routed?: string;
}

async function discover(
  controllers: readonly Type[],
  { prefix, versioning, routed }: Setting = {},
): Promise<PublicRoutes> {
  @Module({ controllers: [...controllers] })
  class Feature {}
  const imports = routed === undefined ? [] : [RouterModule.register([{ path: routed, module: Feature }])];
  const module = await Test.createTestingModule({
    imports: [DiscoveryModule, Feature, ...imports],
    providers: [MetadataScanner, HandlerRoutes, PublicRoutes],
  }).compile();
  const app = module.createNestApplication({ logger: false });
  if (prefix !== undefined) app.setGlobalPrefix(prefix);
  if (versioning) app.enableVersioning(versioning);
  const routes = app.get(PublicRoutes);
  routes.discover();
  return routes;
}

async function included(routes: Promise<PublicRoutes>, ...requests: string[]): Promise<readonly string[]> {
  const known = await routes;
  return requests.filter((request) => {
    const [method = '', path = ''] = request.split(' ');
    return known.include(method, path);
  });
}

describe('PublicRoutes', () => {
  it('knows nothing before it has looked', async () => {
    const module = await Test.createTestingModule({
      imports: [DiscoveryModule],
      controllers: [Mixed],
      providers: [MetadataScanner, HandlerRoutes, PublicRoutes],
    }).compile();
    expect(module.get(PublicRoutes).include('GET', '/mcp/open')).toBe(false);
  });

  it('opens what is public or optional, by its method', async () => {
    const open = [
      'GET /mcp/open',
      'HEAD /mcp/open',
      'POST /mcp/maybe',
      'GET /mcp/any',
      'DELETE /mcp/any',
      'QUERY /mcp/any',
      'GET /mcp/one',
      'GET /mcp/two',
    ];
    expect(await included(discover([Mixed]), ...open)).toEqual(open);
  });

  it('RSG-01 opens nothing else', async () => {
    const shut = [
      'POST /mcp/open',
      'OPTIONS /mcp/open',
      'GET /mcp/maybe',
      'HEAD /mcp/maybe',
      'GET /mcp/shut',
      'GET /mcp/plain',
      'GET /mcp/notARoute',
      'GET /mcp',
      'GET /mcp/',
      'GET /open',
      'GET /mcp/open/',
      'GET /mcp/open/x',
      'GET /mcp//open',
      'GET /MCP/open',
      'GET /mcp/Open',
      'GET /mcp/opener',
      'GET /x/mcp/open',
      'GET mcp/open',
      'GET /mcp/open\n',
    ];
    expect(await included(discover([Mixed]), ...shut)).toEqual([]);
  });

  it('reads parameters as one segment, wildcards as the rest, and everything else to the letter', async () => {
    const requests = [
      'GET /mcp/items/1/parts/2',
      'GET /mcp/items//parts/2',
      'GET /mcp/items/1/2/parts/3',
      'GET /mcp/items/1/parts/',
      'GET /mcp/files/a',
      'GET /mcp/files/a/b/c',
      'GET /mcp/files/',
      'GET /mcp/files',
      'GET /mcp/a.b+c',
      'GET /mcp/aXb+c',
      'GET /mcp/a.bbc',
    ];
    expect(await included(discover([Mixed]), ...requests)).toEqual([
      'GET /mcp/items/1/parts/2',
      'GET /mcp/files/a',
      'GET /mcp/files/a/b/c',
      'GET /mcp/a.b+c',
    ]);
  });

  it('opens whole classes, at each of their paths', async () => {
    const requests = [
      'GET /x',
      'GET /y',
      'DELETE /x/z',
      'DELETE /y/z',
      'GET /x/shut',
      'GET /y/shut',
      'POST /x',
      'GET /',
    ];
    expect(await included(discover([OpenClass]), ...requests)).toEqual([
      'GET /x',
      'GET /y',
      'DELETE /x/z',
      'DELETE /y/z',
    ]);
  });

  it('knows request-scoped controllers', async () => {
    expect(await included(discover([RequestScoped]), 'GET /mcp/scoped')).toEqual(['GET /mcp/scoped']);
  });

  it('takes a global prefix into account, and routes excluded from it', async () => {
    const requests = ['GET /api/v/mcp/open', 'GET /mcp/open', 'GET /api/mcp/open', 'GET /other/mcp/open'];
    expect(await included(discover([Mixed], { prefix: 'api/v' }), ...requests)).toEqual([
      'GET /api/v/mcp/open',
      'GET /mcp/open',
    ]);
  });

  it.each<readonly [string, Setting, Type, readonly string[]]>([
    [
      'declared versions',
      { versioning: { type: VersioningType.URI } },
      Versioned,
      ['GET /v1/mcp/open', 'GET /v2/mcp/open', 'GET /mcp/open', 'GET /v9/mcp/newer'],
    ],
    [
      'a prefix of versions',
      { versioning: { type: VersioningType.URI, prefix: 'r' } },
      Versioned,
      ['GET /r1/mcp/open', 'GET /mcp/open'],
    ],
    [
      'no prefix of versions',
      { versioning: { type: VersioningType.URI, prefix: false } },
      Versioned,
      ['GET /1/mcp/open', 'GET /mcp/open'],
    ],
    [
      'a default version',
      { versioning: { type: VersioningType.URI, defaultVersion: ['3', VERSION_NEUTRAL] } },
      Mixed,
      ['GET /v3/mcp/open', 'GET /mcp/open'],
    ],
    ['no version at all', { versioning: { type: VersioningType.URI } }, Mixed, ['GET /mcp/open']],
    [
      'versions in a header',
      { versioning: { type: VersioningType.HEADER, header: 'v' } },
      Versioned,
      ['GET /mcp/open', 'GET /mcp/newer'],
    ],
    [
      'a prefix and a version',
      { prefix: 'api', versioning: { type: VersioningType.URI, defaultVersion: '3' } },
      Mixed,
      ['GET /v3/mcp/open', 'GET /api/v3/mcp/open'],
    ],
    ['RouterModule', { routed: 'tools/' }, Mixed, ['GET /tools/mcp/open']],
  ])('finds routes under %s', async (_case, setting, controller, open) => {
    const all = ['/', '/v1/', '/v2/', '/v3/', '/v9/', '/r1/', '/1/', '/api/', '/api/v3/', '/tools/'];
    const requests = all.flatMap((base) => [`GET ${base}mcp/open`, `GET ${base}mcp/newer`]);
    const found = await included(discover([controller], setting), ...requests);
    expect(found.toSorted()).toEqual(open.toSorted());
  });
});
