import { All, Controller, Get, type INestApplication, type Type, VersioningType } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { disguises, malformed } from '../support/disguises.js';
import { rawRequest } from '../support/raw-http.js';
import { type AdapterName, type FastifyOptions, startTestApp, type TestApp } from '../support/test-app.js';

const METHODS = ['GET', 'POST', 'DELETE'];
const calls: string[] = [];

function count(name: string): string {
  calls.push(name);
  return name;
}

@Controller()
class Named {
  @All(['mcp', 'mcp/:rest'])
  mcp() {
    return count('mcp');
  }

  @Get('other/endpoint')
  other() {
    return count('other');
  }
}

@Controller({ path: 'mcp', version: '1' })
class Versioned {
  @All(['', ':rest'])
  mcp() {
    return count('mcp');
  }
}

@Controller()
class Wildcard {
  @All(['mcp', 'mcp/*'])
  mcp() {
    return count('mcp');
  }

  @Get('*')
  spa() {
    return count('spa');
  }
}

interface Server {
  readonly adapter: AdapterName;
  readonly fastify?: FastifyOptions;
}

/** Not all of these are in Fastify's types; all of them are in its router. */
const GENEROUS = {
  caseSensitive: false,
  ignoreDuplicateSlashes: true,
  ignoreTrailingSlash: true,
  useSemicolonDelimiter: true,
};

const SERVERS: readonly (readonly [string, Server])[] = [
  ['Express', { adapter: 'express' }],
  ['Fastify', { adapter: 'fastify' }],
  ['Fastify without case', { adapter: 'fastify', fastify: { routerOptions: { caseSensitive: false } } }],
  [
    'Fastify at its most generous',
    {
      adapter: 'fastify',
      fastify: { routerOptions: GENEROUS },
    },
  ],
];

interface Shape {
  readonly path: string;
  readonly controller: Type;
  readonly configure?: (app: INestApplication) => void;
}

const SHAPES: readonly (readonly [string, Shape])[] = [
  ['a plain route', { path: '/mcp', controller: Named }],
  ['a global prefix', { path: '/api/mcp', controller: Named, configure: (app) => void app.setGlobalPrefix('api') }],
  [
    'a URI version',
    {
      path: '/v1/mcp',
      controller: Versioned,
      configure: (app) => void app.enableVersioning({ type: VersioningType.URI }),
    },
  ],
  [
    'a prefix and a version',
    {
      path: '/api/v1/mcp',
      controller: Versioned,
      configure: (app) => void app.setGlobalPrefix('api').enableVersioning({ type: VersioningType.URI }),
    },
  ],
  ['a wildcard route', { path: '/mcp', controller: Wildcard }],
];

describe.each(SERVERS)('the MCP path on %s', (_server, server) => {
  describe.each(SHAPES)('behind %s', (_shape, { path, controller, configure }) => {
    let host: TestApp;
    beforeAll(async () => {
      host = await startTestApp({
        ...server,
        controllers: [controller],
        options: { mcpServerPath: path },
        ...(configure ? { configure } : {}),
      });
    });
    afterAll(() => host.close());

    it('RSG-01 meets an anonymous request with the challenge, however the path is written', async () => {
      calls.length = 0;
      const passed: string[] = [];
      for (const target of disguises(path)) {
        for (const method of METHODS) {
          const { status } = await rawRequest(host.origin, { method, target });
          if (status !== 401) passed.push(`${method} ${target} ${status}`);
        }
      }
      expect(passed).toEqual([]);
      expect(calls).toEqual([]);
    });

    it('RSG-01 runs no handler for a path that is no path', async () => {
      calls.length = 0;
      const statuses = new Set<number>();
      for (const target of malformed(path)) {
        for (const method of METHODS) statuses.add((await rawRequest(host.origin, { method, target })).status);
      }
      expect(calls.filter((name) => name !== 'spa')).toEqual([]);
      for (const status of statuses) expect([200, 400, 401, 404]).toContain(status);
    });
  });
});

describe.each(SERVERS)('beside the MCP path on %s', (_name, server) => {
  let host: TestApp;
  beforeAll(async () => {
    host = await startTestApp({ ...server, controllers: [Named] });
  });
  afterAll(() => host.close());

  it.each([
    ['/other/endpoint', 200],
    ['/other/endpoint?next=/mcp', 200],
    ['http://evil.example/other/endpoint', 200],
    ['/mcpx', 404],
    ['/mcp-tools', 404],
    ['/x/mcp', 404],
  ])('asks nobody for a token at %s', async (target, status) => {
    calls.length = 0;
    expect((await rawRequest(host.origin, { target })).status).toBe(status);
  });
});
