import { Controller, Get, type INestApplication, Injectable, type OnModuleInit, UseGuards, All } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import { McpAuthGuard, McpAuthMiddleware } from 'nestjs-mcp-auth';
import { mintAccessToken } from 'nestjs-mcp-auth/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { disguises } from '../support/disguises.js';
import { rawRequest, steadyHeaders } from '../support/raw-http.js';
import { ADAPTERS, startTestApp, type TestApp, type TestAppOptions } from '../support/test-app.js';

interface RawResponse {
  send?(body: string): unknown;
  end?(body: string): unknown;
}

interface RawRequestObject {
  readonly auth?: { readonly extra?: { readonly userId?: string } };
  readonly raw?: RawRequestObject;
}

const calls: string[] = [];

/** What a host mounts past Nest: it answers whatever reaches it. */
function handler(request: RawRequestObject, response: RawResponse): void {
  const auth = request.auth ?? request.raw?.auth;
  calls.push(auth?.extra?.userId ?? 'anonymous');
  if (response.send) response.send('raw');
  else response.end?.('raw');
}

@Controller()
class BesideTheRawHandler {
  @Get('mcp/status')
  status() {
    calls.push('status');
    return 'fine';
  }

  @Get('other/endpoint')
  other() {
    return 'other';
  }
}

@Controller()
class Elsewhere {
  @Get('other/endpoint')
  other() {
    return 'other';
  }
}

@Controller()
@UseGuards(McpAuthGuard)
class GuardedByHand {
  @All(['mcp', 'mcp/:rest'])
  mcp() {
    calls.push('mcp');
    return 'reached';
  }
}

@Injectable()
class MountsLate implements OnModuleInit {
  constructor(private readonly host: HttpAdapterHost) {}

  onModuleInit(): void {
    for (const method of ['get', 'post', 'delete'] as const) this.host.httpAdapter[method]('/mcp', handler);
  }
}

const methods = ['GET', 'POST', 'DELETE'];

function onAdapter(app: INestApplication): void {
  const adapter = app.getHttpAdapter();
  for (const method of ['get', 'post', 'delete'] as const) adapter[method]('/mcp', handler);
}

async function anonymousAnswers(host: TestApp, targets: readonly string[]): Promise<readonly string[]> {
  const passed: string[] = [];
  for (const target of targets) {
    for (const method of methods) {
      const { status } = await rawRequest(host.origin, { method, target });
      if (status !== 401) passed.push(`${method} ${target} ${status}`);
    }
  }
  return passed;
}

async function withToken(host: TestApp, target = '/mcp') {
  const { authorization } = await mintAccessToken(host.app, { userId: 'ada', scope: 'mcp:read' });
  return rawRequest(host.origin, { method: 'POST', target, headers: [['Authorization', authorization]] });
}

describe.each(ADAPTERS)('a raw handler on %s', (adapter) => {
  beforeEach(() => void (calls.length = 0));

  const MOUNTS: readonly (readonly [string, Omit<TestAppOptions, 'adapter'>])[] = [
    ['on the adapter, before listening', { controllers: [Elsewhere], configure: onAdapter }],
    ['on the adapter, while modules start', { controllers: [Elsewhere], providers: [MountsLate] }],
    [
      'by app.use(), beside a Nest route',
      { controllers: [BesideTheRawHandler], configure: (app) => void app.use('/mcp', handler) },
    ],
    [
      'by app.use(), behind the middleware',
      {
        controllers: [Elsewhere],
        configure: (app) => void app.use('/mcp', [app.get(McpAuthMiddleware).use, handler]),
      },
    ],
    [
      'by app.use(), behind the middleware, without the global guard',
      {
        controllers: [Elsewhere],
        options: { guard: false },
        configure: (app) => void app.use('/mcp', [app.get(McpAuthMiddleware).use, handler]),
      },
    ],
  ];

  it.each(MOUNTS)(
    'RSG-01 is reached by nobody without a token, and knows who comes with one: %s',
    async (name, mount) => {
      const host = await startTestApp({ adapter, ...mount });
      // A middleware mounted by path sees what Express and middie take for that path; the edge sees every form.
      const targets = name.endsWith('guard') ? ['/mcp', '/mcp/', '/mcp/x', '/mcp?x=1', '/mcp/docs'] : disguises('/mcp');
      expect(await anonymousAnswers(host, targets)).toEqual([]);
      expect(calls).toEqual([]);
      expect(await withToken(host)).toMatchObject({ text: 'raw' });
      expect(calls).toEqual(['ada']);
      await host.close();
    },
  );

  it('RSG-01 is behind the middleware whatever path it is mounted on takes for its own', async () => {
    const host = await startTestApp({
      adapter,
      controllers: [Elsewhere],
      options: { guard: false },
      configure: (app) => void app.use('/mcp', [app.get(McpAuthMiddleware).use, handler]),
    });
    for (const target of disguises('/mcp')) await rawRequest(host.origin, { method: 'POST', target });
    expect(calls).toEqual([]);
    await host.close();
  });

  it('RSG-01 does not get the docs URL of a host that has no documentation', async () => {
    const host = await startTestApp({
      adapter,
      controllers: [BesideTheRawHandler],
      configure: (app) => void app.use('/mcp', handler),
    });
    for (const target of ['/mcp/docs', '/mcp/docs?x=1', '/mcp/docs/']) {
      expect((await rawRequest(host.origin, { target })).status).toBe(401);
    }
    expect(calls).toEqual([]);
    await host.close();
  });

  it('RSG-02 RSG-14 RSG-15 meets the same answers from the middleware as from the edge', async () => {
    const configure = (app: INestApplication) => void app.use('/mcp', [app.get(McpAuthMiddleware).use, handler]);
    const fixed = { baseUrl: 'http://127.0.0.1:9', allowedOrigins: ['https://one.example'] };
    const edge = await startTestApp({ adapter, controllers: [Elsewhere], options: fixed, configure });
    const alone = await startTestApp({
      adapter,
      controllers: [Elsewhere],
      options: { ...fixed, guard: false },
      configure,
    });
    const preflight = ['Access-Control-Request-Method', 'POST'] as const;
    const requests = [
      { target: '/mcp' },
      { method: 'HEAD', target: '/mcp' },
      { target: '/mcp', headers: [['Authorization', 'Bearer nonsense']] as const },
      { target: '/mcp', headers: [['Origin', 'https://evil.example']] as const },
      { method: 'OPTIONS', target: '/mcp', headers: [['Origin', 'https://one.example'] as const, preflight] },
      { method: 'OPTIONS', target: '/mcp', headers: [['Origin', 'https://evil.example'] as const, preflight] },
    ];
    const statuses: number[] = [];
    for (const request of requests) {
      const [one, two] = [await rawRequest(edge.origin, request), await rawRequest(alone.origin, request)];
      expect({ status: two.status, headers: steadyHeaders(two), text: two.text }).toEqual({
        status: one.status,
        headers: steadyHeaders(one),
        text: one.text,
      });
      statuses.push(two.status);
    }
    expect(statuses).toEqual([401, 401, 401, 403, 204, 403]);
    expect(calls).toEqual([]);
    await Promise.all([edge.close(), alone.close()]);
  });

  it('RSG-01 stops the boot when nothing but an unguarded app.use() serves the path', async () => {
    const start = startTestApp({
      adapter,
      controllers: [Elsewhere],
      configure: (app) => void app.use('/mcp', handler),
    });
    await expect(start).rejects.toThrow('Nothing serves mcpServerPath "/mcp"');
  });

  it('RSG-01 guards a controller by McpAuthGuard where the global guard is off', async () => {
    const host = await startTestApp({ adapter, controllers: [GuardedByHand, Elsewhere], options: { guard: false } });
    const bare = await rawRequest(host.origin, { method: 'POST', target: '/mcp' });
    expect(bare.status).toBe(401);
    expect(bare.header('www-authenticate')).toBe(
      `Bearer resource_metadata="${host.origin}/.well-known/oauth-protected-resource/mcp", scope="mcp:read mcp:write mcp:admin"`,
    );
    for (const target of disguises('/mcp')) await rawRequest(host.origin, { target });
    expect(calls).toEqual([]);
    expect((await rawRequest(host.origin, { target: '/other/endpoint' })).status).toBe(200);
    expect((await withToken(host)).text).toBe('reached');
    await host.close();
  });
});

describe('Fastify only', () => {
  beforeEach(() => void (calls.length = 0));

  it('RSG-01 guards what a rewritten URL leads to', async () => {
    const host = await startTestApp({
      adapter: 'fastify',
      controllers: [Elsewhere],
      configure: onAdapter,
      fastify: { rewriteUrl: ({ url = '/' }) => url.replace(/^\/ai/, '/mcp') },
    });
    for (const method of methods) {
      expect((await rawRequest(host.origin, { method, target: '/ai' })).status).toBe(401);
    }
    expect(calls).toEqual([]);
    expect((await withToken(host, '/ai')).text).toBe('raw');
    await host.close();
  });

  it('RSG-01 TRN-04 answers app.inject() like a request over the network', async () => {
    const host = await startTestApp({ adapter: 'fastify', controllers: [Elsewhere], configure: onAdapter });
    const fastify = host.app.getHttpAdapter() as unknown as FastifyAdapter;
    const ask = (method: 'GET' | 'POST' | 'OPTIONS', url: string, headers: Record<string, string> = {}) =>
      fastify.inject({ method, url, headers }) as unknown as Promise<{
        statusCode: number;
        headers: Record<string, string>;
        payload: string;
      }>;
    for (const url of ['/mcp', '/%6dcp', '/mcp/x']) {
      const answer = await ask('POST', url);
      expect(answer.statusCode).toBe(401);
      expect(answer.headers['www-authenticate']).toContain(`${host.origin}/.well-known/oauth-protected-resource/mcp`);
    }
    expect(calls).toEqual([]);
    const document = await ask('GET', '/.well-known/oauth-protected-resource/mcp');
    expect(JSON.parse(document.payload)).toMatchObject({ resource: `${host.origin}/mcp` });
    expect((await ask('GET', '/.well-known/oauth-authorization-server/other')).statusCode).toBe(404);
    expect((await ask('OPTIONS', '/oauth/token')).statusCode).toBe(204);
    expect((await ask('POST', '/oauth/token')).statusCode).toBe(401);
    const { authorization } = await mintAccessToken(host.app, { userId: 'ada', scope: 'mcp:read' });
    expect((await ask('POST', '/mcp', { authorization })).payload).toBe('raw');
    expect(calls).toEqual(['ada']);
    await host.close();
  });

  it('RSG-01 guards the second server Fastify opens for localhost', async () => {
    const host = await startTestApp({
      adapter: 'fastify',
      controllers: [Elsewhere],
      configure: onAdapter,
      listen: 'localhost',
    });
    const { port } = new URL(host.origin);
    for (const origin of [`http://127.0.0.1:${port}`, `http://[::1]:${port}`]) {
      const answer = await rawRequest(origin, { method: 'POST', target: '/mcp' }).catch(() => undefined);
      // A machine without IPv6 has no second server.
      if (!answer && origin.includes('[')) continue;
      expect(answer?.status).toBe(401);
      const preflight = [['Origin', 'http://localhost:1'] as const, ['Access-Control-Request-Method', 'POST'] as const];
      expect((await rawRequest(origin, { method: 'OPTIONS', target: '/mcp', headers: preflight })).status).toBe(204);
    }
    expect(calls).toEqual([]);
    await host.close();
  });
});
