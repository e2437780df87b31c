import { describe, expect, it } from 'vitest';
import { McpAuthMiddleware } from '../../../lib/resource-server/mcp-auth.middleware.js';
import { principalOf } from '../../../lib/resource-server/mcp-principal.js';
import { message, type MessageParts, response } from '../http/exchange.js';
import { bearer, type Given, READABLE, resourceServer, wrapped } from './fixture.js';

const GOOD = bearer('good');
const ORIGIN_HEADER = ['Origin', 'https://one.example'] as const;
const EVIL = ['Origin', 'https://evil.example'] as const;
const WANTS_POST = ['Access-Control-Request-Method', 'POST'] as const;
const LISTED: Given = { allowedOrigins: ['https://one.example'] };

async function admit(
  parts: MessageParts,
  given: Given = {},
  prepare?: (server: ReturnType<typeof resourceServer>) => void,
) {
  const server = resourceServer(given);
  prepare?.(server);
  const request = message(parts);
  const sent = response(request);
  const admitted = await server.gate.admit(request, sent.res);
  return { admitted, sent, request, server };
}

describe('McpGate', () => {
  it('covers the MCP path in every reading, and nothing else', () => {
    const { gate } = resourceServer({ mcpServerPath: '/api/mcp' });
    expect(['/api/mcp', '/API/mcp/x', '//api/mcp', '/api/%6dcp'].map((path) => gate.covers(path))).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(['/mcp', '/api', '/api/mcpx'].map((path) => gate.covers(path))).toEqual([false, false, false]);
  });

  it('RSG-01 admits a valid token and sends nothing', async () => {
    const { admitted, sent, request } = await admit({ method: 'POST', headers: [GOOD] });
    expect([admitted, sent.ended()]).toEqual([true, 0]);
    expect(principalOf(request)?.userId).toBe('ada');
  });

  it('TRN-04 has its CORS headers on whatever the handler answers', async () => {
    const { sent } = await admit({ headers: [GOOD, ORIGIN_HEADER] });
    sent.res.setHeader('Access-Control-Allow-Credentials', 'true');
    sent.res.writeHead(200);
    expect(sent.headers()).toEqual(READABLE);
  });

  it.each<readonly [string, MessageParts, number]>([
    ['no token', {}, 401],
    ['an invalid one', { headers: [bearer('bad')] }, 401],
    ['two', { headers: [GOOD, GOOD] }, 400],
    ['one that cannot be looked at', { headers: [bearer('down')] }, 503],
    ['OPTIONS that is no preflight', { method: 'OPTIONS' }, 401],
    ['OPTIONS with an origin alone', { method: 'OPTIONS', headers: [ORIGIN_HEADER] }, 401],
    ['OPTIONS without an origin', { method: 'OPTIONS', headers: [WANTS_POST] }, 401],
    ['a preflight of another method', { method: 'POST', headers: [ORIGIN_HEADER, WANTS_POST] }, 401],
  ])('RSG-01 RSG-14 answers %s itself', async (_case, parts, status) => {
    const { admitted, sent } = await admit(parts);
    expect([admitted, sent.ended(), sent.status()]).toEqual([false, 1, status]);
  });

  it('RSG-14 answers a preflight without a token', async () => {
    const { admitted, sent, server } = await admit({ method: 'OPTIONS', headers: [ORIGIN_HEADER, WANTS_POST] });
    expect([admitted, sent.status()]).toEqual([false, 204]);
    expect(sent.headers()['access-control-allow-methods']).toBe('GET, POST, DELETE');
    expect(server.verifier.asked).toEqual([]);
  });

  it('RSG-15 looks at the origin before preflight and token', async () => {
    for (const parts of [{ headers: [EVIL, GOOD] }, { method: 'OPTIONS', headers: [EVIL, WANTS_POST] }]) {
      const { admitted, sent, server } = await admit(parts, LISTED);
      expect([admitted, sent.status(), server.verifier.asked]).toEqual([false, 403, []]);
    }
    expect((await admit({ headers: [ORIGIN_HEADER, GOOD] }, LISTED)).admitted).toBe(true);
  });

  it('opens what a decorator opened, to every origin, by method and path', async () => {
    const open = (server: ReturnType<typeof resourceServer>) => void server.open.add('GET /mcp/health');
    const { admitted, sent } = await admit({ url: '/mcp/health?x=1', headers: [EVIL] }, LISTED, open);
    expect([admitted, sent.ended()]).toEqual([true, 0]);
    expect((await admit({ method: 'POST', url: '/mcp/health' }, {}, open)).admitted).toBe(false);
    expect((await admit({ url: '/mcp/health/x' }, {}, open)).admitted).toBe(false);
  });

  it.each([
    ['GET', '/mcp/docs', true],
    ['HEAD', '/mcp/docs', true],
    ['GET', '/mcp/docs?page=2', true],
    ['GET', 'http://evil.example/mcp/docs', true],
    ['POST', '/mcp/docs', false],
    ['OPTIONS', '/mcp/docs', false],
    ['GET', '/mcp/docs/', false],
    ['GET', '/mcp/DOCS', false],
    ['GET', '/mcp/docs/more', false],
    ['GET', '/mcp/%64ocs', false],
  ])('opens the docs URL to %s %s: %s', async (method, url, opened) => {
    const { admitted, sent } = await admit({ method, url }, {}, ({ routes }) => void routes.served.add('/mcp/docs'));
    expect([admitted, sent.ended()]).toEqual([opened, opened ? 0 : 1]);
  });

  it('RSG-01 opens no other route for being a route', async () => {
    for (const url of ['/mcp', '/mcp/x']) {
      expect((await admit({ url }, {}, ({ routes }) => void routes.served.add(url))).admitted).toBe(false);
    }
  });

  it('RSG-01 opens no docs URL that nothing serves', async () => {
    expect((await admit({ url: '/mcp/docs' })).admitted).toBe(false);
  });

  it('stands an unfinished request', async () => {
    const server = resourceServer();
    const request = message();
    delete request.method;
    delete request.url;
    for (const question of ['admit', 'authenticate'] as const) {
      const sent = response(request);
      expect([await server.gate[question](request, sent.res, []), sent.status()]).toEqual([false, 401]);
    }
  });

  describe('for a guard', () => {
    async function authenticate(parts: MessageParts, given: Given = {}) {
      const server = resourceServer(given);
      const request = message(parts);
      const sent = response(request);
      const admitted = await server.gate.authenticate(wrapped(request, {}), sent.res, []);
      return { admitted, status: sent.status(), ended: sent.ended(), server, request };
    }

    it('RSG-15 holds the MCP path to its origins, and no other', async () => {
      expect(await authenticate({ headers: [EVIL, GOOD] }, LISTED)).toMatchObject({ admitted: false, status: 403 });
      expect(await authenticate({ headers: [ORIGIN_HEADER, GOOD] }, LISTED)).toMatchObject({
        admitted: true,
        ended: 0,
      });
      expect(await authenticate({ url: '/other', headers: [EVIL, GOOD] }, LISTED)).toMatchObject({ admitted: true });
      expect(await authenticate({ url: '/other', headers: [EVIL] }, LISTED)).toMatchObject({
        admitted: false,
        status: 401,
      });
    });

    it('does not ask twice what the edge has asked', async () => {
      const server = resourceServer(LISTED);
      const request = message({ headers: [GOOD] });
      await server.gate.admit(request, response(request).res);
      request.headers['origin'] = 'https://evil.example';
      expect(await server.gate.authenticate(request, response(request).res, [])).toBe(true);
      expect(server.verifier.asked).toHaveLength(1);
    });

    it('RSG-13 answers an outage with 503', async () => {
      expect(await authenticate({ headers: [bearer('down')] })).toMatchObject({
        admitted: false,
        status: 503,
        ended: 1,
      });
    });
  });
});

describe('McpAuthMiddleware', () => {
  function mounted(parts: MessageParts, given: Given = {}) {
    const server = resourceServer(given);
    const middleware = new McpAuthMiddleware(server.gate, server.watch);
    const request = message(parts);
    const sent = response(request);
    const passed = new Promise<unknown>((resolve) => {
      middleware.use(request, sent.res, (error) => resolve(error ?? 'passed'));
      setTimeout(() => resolve('answered'), 20);
    });
    return { passed, sent, server };
  }

  it('declares the mount as soon as it is taken', () => {
    const server = resourceServer();
    const middleware = new McpAuthMiddleware(server.gate, server.watch);
    expect(server.routes.rawMounts).toBe(0);
    expect(middleware.use).toBeTypeOf('function');
    expect(server.routes.rawMounts).toBe(1);
  });

  it('RSG-01 lets a token through and nothing else, whatever path Express has left of the URL', async () => {
    expect(await mounted({ url: '/', headers: [GOOD] }).passed).toBe('passed');
    const { passed, sent } = mounted({ url: '/' });
    expect([await passed, sent.status()]).toEqual(['answered', 401]);
  });

  it('RSG-14 RSG-15 answers preflights and foreign origins like the edge', async () => {
    const preflight = mounted({ method: 'OPTIONS', url: '/', headers: [ORIGIN_HEADER, WANTS_POST] }, LISTED);
    expect([await preflight.passed, preflight.sent.status()]).toEqual(['answered', 204]);
    const foreign = mounted({ url: '/', headers: [EVIL, GOOD] }, LISTED);
    expect([await foreign.passed, foreign.sent.status()]).toEqual(['answered', 403]);
  });

  it('RSG-01 knows no docs URL: what is mounted is the server itself', async () => {
    const server = mounted({ url: '/mcp/docs' });
    server.server.routes.served.add('/mcp/docs');
    expect(await server.passed).toBe('answered');
  });

  it('hands a failure of its own to the next, instead of leaving the request without an answer', async () => {
    const server = resourceServer();
    server.gate.enter = () => Promise.reject(new Error('broken'));
    const request = message();
    const error = await new Promise((resolve) => {
      new McpAuthMiddleware(server.gate, server.watch).use(request, response(request).res, resolve);
    });
    expect(error).toMatchObject({ message: 'broken' });
  });
});
