import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  All,
  Body,
  Controller,
  Get,
  type INestApplication,
  Injectable,
  type PipeTransform,
  Req,
  Res,
} from '@nestjs/common';
import express from 'express';
import { McpOptionalAuth, McpPublic } from 'nestjs-mcp-auth';
import { mintAccessToken } from 'nestjs-mcp-auth/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HOSTILE_CALLS } from '../support/hostile-calls.js';
import { rawRequest } from '../support/raw-http.js';
import { ADAPTERS, startTestApp, type TestApp, type TestAppOptions } from '../support/test-app.js';
import { call, notify, ToolClient } from '../support/tool-client.js';
import { GUARD_OPTIONS, mcpNest, ran, Sdk1Tools, Server2Tools, UNGUARDED_SERVERS } from '../support/tool-servers.js';

const READ = 'mcp:read';

/** Makes another name of what was sent, after the guard has seen it. */
@Injectable()
class TrimsNames implements PipeTransform {
  transform(body: { params: { name: string } }) {
    return { ...body, params: { ...body.params, name: body.params.name.trim() } };
  }
}

@Controller()
class Beside {
  @Get('mcp/status')
  status() {
    return 'fine';
  }
}

describe.each(ADAPTERS)('the two checks of tools on %s', (adapter) => {
  const hosts: TestApp[] = [];
  beforeEach(() => void (ran.length = 0));
  afterEach(async () => {
    await Promise.all(hosts.splice(0).map((host) => host.close()));
  });

  async function start(hosting: Omit<TestAppOptions, 'adapter'>): Promise<ToolClient> {
    const host = await startTestApp({ adapter, ...hosting });
    hosts.push(host);
    return new ToolClient(host).open();
  }

  describe.each(UNGUARDED_SERVERS)('before a server that refuses nobody: %s', (_name, hosting) => {
    it('RSG-07 lets no call past, however it is dressed up', async () => {
      const client = await start(hosting());
      for (const [name, body, headers] of HOSTILE_CALLS) {
        ran.length = 0;
        const { status } = await client.post(READ, body, headers);
        expect([name, ran.filter((tool) => tool !== 'ping' && tool !== 'read'), status < 500]).toEqual([
          name,
          [],
          true,
        ]);
      }
    });
  });

  describe.each([Sdk1Tools, Server2Tools])('in %o, mounted past everything that looks at bodies', (tools) => {
    const mounted = (parts: Partial<TestAppOptions> = {}): Omit<TestAppOptions, 'adapter'> => ({
      controllers: [Beside],
      providers: [tools],
      configure: (app: INestApplication) => {
        app.use('/mcp', (request: IncomingMessage, response: ServerResponse) =>
          app.get(tools).handle(request, response, undefined),
        );
      },
      ...parts,
    });

    it('RSG-07 refuses a call in the server', async () => {
      const client = await start(mounted());
      const { status, text } = await client.post(READ, call('purge'));
      expect(status).toBe(200);
      expect(text).toContain('"data":{"error":"insufficient_scope","scope":"mcp:write mcp:admin"}');
      expect((await client.post(READ, call('read'))).text).toContain('read ran');
      expect(await client.tools(READ)).toEqual(['read', 'ping']);
      expect(ran).toEqual(['read']);
    });

    it('RSG-07 runs nothing that needs more, however the call is dressed up', async () => {
      const client = await start(mounted());
      for (const [name, body, headers] of HOSTILE_CALLS) {
        ran.length = 0;
        await client.post(READ, body, headers);
        expect([name, ran.filter((tool) => tool !== 'ping' && tool !== 'read')]).toEqual([name, []]);
      }
    });

    it('RSG-07 answers the calls of a batch one by one', async () => {
      const client = await start(mounted());
      const { text } = await client.post(READ, [call('read', 1), call('write', 2), notify('write')]);
      expect(text).toContain('read ran');
      expect(text.match(/insufficient_scope/g)).toHaveLength(1);
      expect(ran).toEqual(['read']);
    });

    it('RSG-01 refuses whoever comes without a token, where no token is asked for', async () => {
      const configure = (app: INestApplication): void => {
        app.use('/elsewhere', (request: IncomingMessage, response: ServerResponse) =>
          app.get(tools).handle(request, response, undefined),
        );
      };
      const host = await startTestApp({ adapter, providers: [tools], configure });
      hosts.push(host);
      const client = new ToolClient(host, '/elsewhere');
      expect((await client.post(undefined, call('write'))).text).toContain('insufficient_scope');
      expect((await client.post(undefined, call('ping'))).text).toContain('ping ran');
      expect(ran).toEqual(['ping']);
    });

    it('lists everything where the host says so, and refuses all the same', async () => {
      const client = await start(
        mounted({ providers: [tools, { provide: GUARD_OPTIONS, useValue: { listAll: true } }] }),
      );
      expect(await client.tools(READ)).toEqual(['read', 'write', 'purge', 'ping']);
      expect((await client.post(READ, call('write'))).text).toContain('insufficient_scope');
    });
  });

  describe('of mcp-nest', () => {
    it('RSG-07 holds by decorators alone, which leave the list as it is', async () => {
      const client = await start(mcpNest({ decoratorsAlone: true }));
      expect((await client.post(READ, call('write'))).status).toBe(403);
      expect((await client.tools(READ)).toSorted()).toEqual(['ping', 'purge', 'read', 'write']);
      expect(ran).toEqual([]);
    });

    it.each([false, true])(
      'RSG-07 holds on a route that no guard of Nest sees (application guards: %s)',
      async (inheritAppConfig) => {
        const client = await start(mcpNest({ decoratorsAlone: true, selfMounted: true, inheritAppConfig }));
        const { text } = await client.post(READ, call('write'));
        expect(text).toContain('Forbidden');
        expect((await client.post(READ, call('purge'))).text).toContain('Forbidden');
        expect((await client.post('mcp:write', call('purge'))).text).toContain('Forbidden');
        expect((await client.post('mcp:write mcp:admin', call('purge'))).text).toContain('purge ran');
        expect((await client.post(READ, call('read'))).text).toContain('read ran');
        expect((await client.post(READ, call('ping'))).text).toContain('ping ran');
        expect(ran).toEqual(['purge', 'read', 'ping']);
      },
    );

    it('lists everything where the host says so', async () => {
      const client = await start(mcpNest({ listAll: true }));
      expect((await client.tools(READ)).toSorted()).toEqual(['ping', 'purge', 'read', 'write']);
    });

    it('RSG-07 judges a call by its own token in a session that a broader one opened, and the reverse', async () => {
      const client = await start(mcpNest({ statefulMode: true }));
      await client.open('mcp:read mcp:write mcp:admin');
      expect((await client.post(READ, call('write'))).status).toBe(403);
      expect((await client.tools(READ)).toSorted()).toEqual(['ping', 'read']);
      await client.open(READ);
      expect((await client.post('mcp:write', call('write'))).text).toContain('write ran');
      expect((await client.tools('mcp:write')).toSorted()).toEqual(['ping', 'write']);
    });
  });

  describe('where a handler is open', () => {
    @Controller('mcp')
    class Open {
      @All('public')
      @McpPublic()
      everybody(@Body() body: unknown) {
        ran.push('public');
        return { got: body };
      }

      @All('optional')
      @McpOptionalAuth()
      some() {
        ran.push('optional');
        return {};
      }
    }

    it.each(['public', 'optional'])('RSG-02 RSG-07 asks for a token when a tool needs one (%s)', async (path) => {
      const host = await startTestApp({ adapter, controllers: [Open], providers: [Sdk1Tools] });
      hosts.push(host);
      const client = new ToolClient(host, `/mcp/${path}`);
      const anonymous = await client.post(undefined, call('write'));
      expect([anonymous.status, anonymous.challenge]).toEqual([401, expect.stringMatching(/scope="mcp:write"$/)]);
      const invalid = await client.post(undefined, call('write'), { authorization: 'Bearer nonsense' });
      expect([invalid.status, invalid.challenge]).toEqual([401, expect.stringContaining('invalid_token')]);
      const narrow = await client.post(READ, call('write'));
      expect([narrow.status, narrow.challenge]).toEqual([403, expect.stringContaining('scope="mcp:write"')]);
      expect(ran).toEqual([]);
      expect((await client.post('mcp:write', call('write'))).status).toBeLessThan(300);
      expect((await client.post(undefined, call('ping'))).status).toBeLessThan(300);
      expect((await client.post(undefined, { hello: 'world' })).status).toBeLessThan(300);
      expect(ran).toEqual([path, path, path]);
    });
  });
});

/** A host that tidies up bodies before its handlers get them. */
@Controller()
class Tidied {
  constructor(private readonly tools: Sdk1Tools) {}

  @All('mcp')
  mcp(@Req() request: IncomingMessage, @Res() response: ServerResponse, @Body(TrimsNames) body: unknown) {
    return this.tools.handle(request, response, body);
  }
}

async function withTrimmingPipe(hosts: TestApp[]): Promise<TestApp> {
  const host = await startTestApp({ adapter: 'express', controllers: [Tidied], providers: [Sdk1Tools] });
  hosts.push(host);
  return host;
}

describe('bodies that somebody else has read', () => {
  const hosts: TestApp[] = [];
  beforeEach(() => void (ran.length = 0));
  afterEach(async () => {
    await Promise.all(hosts.splice(0).map((host) => host.close()));
  });

  @Controller()
  class Endpoint {
    @All('mcp')
    mcp(@Req() _request: unknown, @Res() response: ServerResponse) {
      ran.push('handler');
      response.end('reached');
    }
  }

  async function behind(middleware: express.RequestHandler): Promise<ToolClient> {
    const configure = (app: INestApplication): void => void app.use('/mcp', middleware);
    const parts = { controllers: [Endpoint], providers: [Sdk1Tools], nest: { bodyParser: false }, configure };
    const host = await startTestApp({ adapter: 'express', ...parts });
    hosts.push(host);
    return new ToolClient(host);
  }

  it.each([
    ['as bytes', express.raw({ type: () => true })],
    ['as text', express.text({ type: () => true })],
    ['as JSON', express.json({ type: () => true })],
  ])('RSG-07 are looked into %s', async (_how, parser) => {
    const client = await behind(parser);
    for (const type of ['application/json', 'text/plain']) {
      expect((await client.post(READ, call('write'), { 'content-type': type })).status).toBe(403);
    }
    if (_how !== 'as JSON')
      expect((await client.post(READ, `\uFEFF${JSON.stringify(call('write'))}`)).status).toBe(403);
    expect((await client.post(READ, call('ping'))).status).toBe(200);
    expect(ran).toEqual(['handler']);
  });

  it('RSG-07 are looked into when two types came and one of them is JSON', async () => {
    const { host } = await behind((_request, _response, next) => next());
    const { authorization } = await mintAccessToken(host.app, { userId: 'ada', scope: READ });
    for (const types of [
      ['text/plain', 'application/json'],
      ['application/json', 'text/plain'],
    ]) {
      const headers = types.map((type) => ['Content-Type', type] as const);
      const sent = { method: 'POST', target: '/mcp', headers: [...headers, ['Authorization', authorization] as const] };
      expect((await rawRequest(host.origin, { ...sent, body: JSON.stringify(call('write')) })).status).toBe(403);
      expect((await rawRequest(host.origin, { ...sent, body: JSON.stringify(call('ping')) })).text).toBe('reached');
    }
    expect(ran).toEqual(['handler', 'handler']);
  });

  it('RSG-13 are no reason to let a call through when they were kept elsewhere', async () => {
    const client = await behind((request, _response, next) => {
      request.resume();
      request.once('end', () => next());
    });
    expect((await client.post(READ, call('write'))).status).toBe(503);
    expect((await client.post(READ, call('ping'))).status).toBe(503);
    expect(ran).toEqual([]);
  });

  it.each(['GET', 'PUT', 'DELETE', 'OPTIONS'])(
    'RSG-07 are looked into when somebody calls the POST a %s',
    async (method) => {
      const client = await behind((request, _response, next) => {
        request.method = method;
        next();
      });
      expect((await client.post(READ, call('write'))).status).toBe(403);
      expect((await client.post(READ, call('ping'))).status).toBe(200);
      expect(ran).toEqual(['handler']);
    },
  );

  it('RSG-07 do not become another call by a pipe of the host', async () => {
    const server = new ToolClient(await withTrimmingPipe(hosts));
    expect((await server.post(READ, call(' write '))).text).toContain('insufficient_scope');
    expect((await server.post('mcp:write', call(' write '))).text).toContain('write ran');
    expect(ran).toEqual(['write']);
  });

  it('are left to the handler, where nobody has parsed them', async () => {
    const client = await behind((_request, _response, next) => next());
    for (const type of ['APPLICATION/JSON', 'text/plain; application/json']) {
      expect((await client.post(READ, call('write'), { 'content-type': type })).status).toBe(403);
    }
    expect((await client.post(READ, 'no JSON', { 'content-type': 'text/plain' })).text).toBe('reached');
    expect((await client.post(READ, 'no JSON')).status).toBe(400);
    expect((await client.post(READ, call('write'))).status).toBe(403);
    expect((await client.post(READ, call('ping'))).text).toBe('reached');
  });
});
