import { EventEmitter } from 'node:events';
import { type ExecutionContext, type Type } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { describe, expect, it } from 'vitest';
import {
  McpOptionalAuth,
  McpProtected,
  McpPublic,
} from '../../../lib/resource-server/decorators/exposure.decorators.js';
import { EXPOSURE } from '../../../lib/resource-server/exposure.js';
import { McpAuthGuard, McpPathGuard } from '../../../lib/resource-server/mcp-auth.guard.js';
import { principalOf } from '../../../lib/resource-server/mcp-principal.js';
import { message, type MessageParts, response } from '../http/exchange.js';
import { bearer, type Given, resourceServer } from './fixture.js';

class Bare {
  plain() {}
  @McpPublic() open() {}
  @McpOptionalAuth() optional() {}
  @McpProtected() shut() {}
}

@McpPublic()
class Open {
  plain() {}
  @McpProtected() shut() {}
}

@McpProtected()
class Shut {
  plain() {}
  @McpPublic() open() {}
}

interface Route {
  readonly on?: readonly [type: Type, handler: string];
  readonly parts?: MessageParts;
  /** The pattern that matched, as Express or as Fastify show it. */
  readonly express?: unknown;
  readonly fastify?: unknown;
  readonly given?: Given;
  readonly docs?: boolean;
}

/** What a guard makes of a request: `true`, an answer of its own (the status), or an error. */
type GuardType = typeof McpAuthGuard | typeof McpPathGuard;

/** The guard as Nest would build it. */
function build(Guard: GuardType, server: ReturnType<typeof resourceServer>): McpAuthGuard {
  const parts = [server.gate, server.authenticator, new Reflector()] as const;
  return Guard === McpPathGuard ? new McpPathGuard(...parts, server.options) : new McpAuthGuard(...parts);
}

async function ask(Guard: GuardType, { on = [Bare, 'plain'], parts = {}, given = {}, ...route }: Route) {
  const server = resourceServer(given);
  if (route.docs) server.routes.served.add('/mcp/docs');
  const guard = build(Guard, server);
  const raw = message(parts);
  const sent = response(raw);
  const events = new EventEmitter();
  let hijacked = 0;
  const fastify = route.fastify !== undefined;
  const request = fastify
    ? { raw, method: raw.method, routeOptions: { url: route.fastify } }
    : Object.assign(raw, route.express === undefined ? {} : { route: { path: route.express } });
  const reply = { raw: sent.res, hijack: () => void hijacked++ };
  const [type, handler] = on;
  const context = {
    getType: () => 'http',
    getHandler: () => (type.prototype as Record<string, unknown>)[handler],
    getClass: () => type,
    switchToHttp: () => ({ getRequest: () => request, getResponse: () => (fastify ? reply : sent.res) }),
  } as unknown as ExecutionContext;
  const verdict = guard.canActivate(context).then((passed) => events.emit('verdict', passed));
  const answered = new Promise((resolve) => {
    events.once('verdict', resolve);
    setTimeout(() => resolve(sent.status()), 15);
  });
  return {
    outcome: await Promise.race([answered, verdict.then(() => answered)]),
    raw,
    sent,
    server,
    hijacks: () => hijacked,
  };
}

const outcome = async (Guard: GuardType, route: Route) => (await ask(Guard, route)).outcome;
const GOOD = { headers: [bearer('good')] };
const BAD = { headers: [bearer('bad')] };

describe('McpAuthGuard', () => {
  it('RSG-01 asks for a token on whatever it is put on', async () => {
    expect(await outcome(McpAuthGuard, { parts: { url: '/anywhere' } })).toBe(401);
    expect(await outcome(McpAuthGuard, { parts: { url: '/anywhere', ...BAD } })).toBe(401);
    expect(await outcome(McpAuthGuard, { parts: { url: '/anywhere', ...GOOD } })).toBe(true);
    expect(await outcome(McpAuthGuard, { on: [Bare, 'shut'] })).toBe(401);
  });

  it('honours what a handler says before what its class says', async () => {
    expect(await outcome(McpAuthGuard, { on: [Bare, 'open'] })).toBe(true);
    expect(await outcome(McpAuthGuard, { on: [Open, 'plain'] })).toBe(true);
    expect(await outcome(McpAuthGuard, { on: [Open, 'shut'] })).toBe(401);
    expect(await outcome(McpAuthGuard, { on: [Shut, 'plain'] })).toBe(401);
    expect(await outcome(McpAuthGuard, { on: [Shut, 'open'] })).toBe(true);
  });

  it('fills the principal where a token may be sent, and lets everybody in', async () => {
    const { outcome: verdict, raw } = await ask(McpAuthGuard, { on: [Bare, 'optional'], parts: GOOD });
    expect([verdict, principalOf(raw)?.userId]).toEqual([true, 'ada']);
    for (const parts of [{}, BAD, { headers: [bearer('a b')] }, { headers: [bearer('good'), bearer('good')] }]) {
      const anonymous = await ask(McpAuthGuard, { on: [Bare, 'optional'], parts });
      expect([anonymous.outcome, principalOf(anonymous.raw), anonymous.sent.ended()]).toEqual([true, undefined, 0]);
    }
  });

  it('RSG-13 throws an outage where a token may be sent', async () => {
    expect(await outcome(McpAuthGuard, { on: [Bare, 'optional'], parts: { headers: [bearer('down')] } })).toBe(503);
    expect(await outcome(McpAuthGuard, { parts: { headers: [bearer('down')] } })).toBe(503);
  });

  it('takes the answer out of Fastify’s hands once it has answered itself, and only then', async () => {
    const refused = await ask(McpAuthGuard, { fastify: '/x', parts: { url: '/x' } });
    expect([refused.outcome, refused.hijacks(), refused.sent.ended()]).toEqual([401, 1, 1]);
    const passed = await ask(McpAuthGuard, { fastify: '/x', parts: { url: '/x', ...GOOD } });
    expect([passed.outcome, passed.hijacks(), passed.sent.ended()]).toEqual([true, 0, 0]);
  });

  it('RSG-01 lets nobody through who comes without HTTP: where no token can be, a guard that was put there on purpose is shut', async () => {
    const guard = build(McpAuthGuard, resourceServer());
    for (const type of ['rpc', 'ws', 'graphql']) {
      expect(await guard.canActivate({ getType: () => type } as unknown as ExecutionContext)).toBe(false);
    }
  });
});

describe('McpPathGuard', () => {
  it.each<readonly [string, boolean, readonly [Type, string]]>([
    ['no business of its own', true, [Bare, 'plain']],
    ['no business of its own', true, [Bare, 'open']],
    ['protected by its marker', false, [Bare, 'shut']],
  ])('has messages and sockets as %s (%s)', async (_case, verdict, [type, handler]) => {
    const guard = build(McpPathGuard, resourceServer());
    for (const kind of ['rpc', 'ws', 'graphql']) {
      const context = {
        getType: () => kind,
        getClass: () => type,
        getHandler: () => (type.prototype as Record<string, unknown>)[handler],
        switchToRpc: () => ({ getContext: () => undefined }),
      } as unknown as ExecutionContext;
      expect(await guard.canActivate(context)).toBe(verdict);
    }
  });

  it('RSG-01 leaves the path to the host with guard: false, and keeps to the markers', async () => {
    const given = { guard: false };
    expect(await outcome(McpPathGuard, { given, parts: { url: '/mcp' }, express: '/mcp' })).toBe(true);
    expect(await outcome(McpPathGuard, { given, parts: { url: '/x' }, on: [Bare, 'shut'] })).toBe(401);
    expect(await outcome(McpPathGuard, { given, parts: { url: '/mcp' }, on: [Shut, 'plain'] })).toBe(401);
  });

  it.each<readonly [string, Route]>([
    ['the URL', { parts: { url: '/mcp' } }],
    ['the URL in disguise', { parts: { url: '/%6Dcp/x' } }],
    ['an absolute URL', { parts: { url: 'http://evil.example/mcp' } }],
    ['the route of Express, whatever the URL', { parts: { url: '/x' }, express: '/mcp/:rest' }],
    ['the route of Fastify, whatever the URL', { parts: { url: '/x' }, fastify: '/mcp' }],
    ['the marker, anywhere', { parts: { url: '/x' }, on: [Bare, 'shut'] }],
    ['the marker on a class', { parts: { url: '/x' }, on: [Shut, 'plain'] }],
    ['the marker inside an open class', { parts: { url: '/mcp' }, on: [Open, 'shut'] }],
    ['documentation of another route', { parts: { url: '/mcp/docs' }, express: '/mcp/:rest', docs: true }],
    ['documentation at another URL', { parts: { url: '/mcp/DOCS' }, express: '/mcp/docs', docs: true }],
    ['documentation being written', { parts: { method: 'POST', url: '/mcp/docs' }, express: '/mcp/docs', docs: true }],
  ])('RSG-01 asks for a token by %s', async (_case, route) => {
    expect(await outcome(McpPathGuard, route)).toBe(401);
    expect(await outcome(McpPathGuard, { ...route, parts: { ...route.parts, ...GOOD } })).toBe(true);
  });

  it.each<readonly [string, Route]>([
    ['routes elsewhere', { parts: { url: '/other' }, express: '/other' }],
    ['routes elsewhere on Fastify', { parts: { url: '/other' }, fastify: '/other' }],
    ['routes without a pattern', { parts: { url: '/other' } }],
    ['routes with a pattern that is no text', { parts: { url: '/other' }, express: /mcp/ }],
    ['open handlers inside the path', { parts: { url: '/mcp/x' }, on: [Bare, 'open'] }],
    ['handlers of open classes', { parts: { url: '/mcp/x' }, on: [Open, 'plain'] }],
    ['handlers where a token may be sent', { parts: { url: '/mcp/x' }, on: [Bare, 'optional'] }],
    ['documentation on its route', { parts: { url: '/mcp/docs' }, express: '/mcp/docs', docs: true }],
    ['documentation on its route of Fastify', { parts: { url: '/mcp/docs?x=1' }, fastify: '/mcp/docs', docs: true }],
  ])('asks for none on %s', async (_case, route) => {
    expect(await outcome(McpPathGuard, route)).toBe(true);
  });

  it('looks at no token it did not ask for', async () => {
    const { outcome: verdict, server, raw } = await ask(McpPathGuard, { parts: { url: '/other', ...BAD } });
    expect([verdict, server.verifier.asked, principalOf(raw)]).toEqual([true, [], undefined]);
  });

  it('stands a request without a URL', async () => {
    const server = resourceServer();
    const guard = build(McpPathGuard, server);
    const raw = message();
    delete raw.url;
    const context = {
      getType: () => 'http',
      getHandler: () => Reflect.get(Bare.prototype, 'plain') as unknown,
      getClass: () => Bare,
      switchToHttp: () => ({ getRequest: () => raw, getResponse: () => response(raw).res }),
    } as unknown as ExecutionContext;
    expect(await guard.canActivate(context)).toBe(true);
  });
});

describe('the exposure decorators', () => {
  it('leave their mark under one name', () => {
    const marks = (['open', 'optional', 'shut'] as const).map((name) =>
      Reflect.getMetadata(EXPOSURE, Bare.prototype[name]),
    );
    expect(marks).toEqual(['public', 'optional', 'protected']);
    expect([Reflect.getMetadata(EXPOSURE, Open), Reflect.getMetadata(EXPOSURE, Shut)]).toEqual(['public', 'protected']);
    expect(EXPOSURE).toBe('nestjs-mcp-auth:exposure');
  });
});
