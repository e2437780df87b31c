import { type AbstractHttpAdapter, HttpAdapterHost } from '@nestjs/core';
import { describe, expect, it } from 'vitest';
import { McpAuthConfigurationError } from '../../../lib/config/mcp-auth-configuration-error.js';
import { RouteWatch } from '../../../lib/resource-server/route-watch.js';
import { type Given, resolved } from './fixture.js';

interface Watched {
  readonly watch: RouteWatch;
  readonly add: (path: unknown) => void;
}

function onExpress(given: Given = {}, instance?: object): Watched {
  const stack: object[] = [{ name: 'jsonParser' }];
  const host = new HttpAdapterHost();
  host.httpAdapter = {
    getType: () => 'express',
    getInstance: () => instance ?? { router: { stack } },
  } as unknown as AbstractHttpAdapter;
  return { watch: new RouteWatch(host, resolved(given)), add: (path) => void stack.push({ route: { path } }) };
}

function onFastify(given: Given = {}): Watched {
  const hooks: { name: string; hook: (route: { url: unknown }) => void }[] = [];
  const host = new HttpAdapterHost();
  const watch = new RouteWatch(host, resolved(given));
  host.httpAdapter = {
    getType: () => 'fastify',
    getInstance: () => ({
      addHook: (name: string, hook: (route: { url: unknown }) => void) => void hooks.push({ name, hook }),
    }),
  } as unknown as AbstractHttpAdapter;
  expect(hooks.map(({ name }) => name)).toEqual(['onRoute']);
  return { watch, add: (path) => hooks.forEach(({ hook }) => hook({ url: path })) };
}

const refusal = ({ watch }: Watched): string | undefined => {
  try {
    watch.assertServed();
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(McpAuthConfigurationError);
    return (error as Error).message;
  }
};

describe.each([
  ['Express', onExpress],
  ['Fastify', onFastify],
])('RouteWatch on %s', (_name, start) => {
  it('OPS-01 RSG-05 refuses a path that nothing serves, in these words', () => {
    const words = (path: string, routes: string) =>
      `Nothing serves mcpServerPath "${path}": no route of the application is at or below it. Give the full public path, global ` +
      'prefix and version included, or mount a raw handler with app.use(path, [app.get(McpAuthMiddleware).use, handler]). ' +
      `Routes: ${routes}`;
    expect(refusal(start())).toBe(words('/mcp', 'none'));
    const other = start({ mcpServerPath: '/ai' });
    other.add('/mcp');
    other.add('/a/:id');
    expect(refusal(other)).toBe(words('/ai', '/mcp, /a/:id'));
  });

  it.each(['/mcp', '/mcp/', '/MCP', '/mcp/:rest', '/mcp/*', 'mcp'])('is content with a route at %s', (path) => {
    const watched = start();
    watched.add('/other');
    watched.add(path);
    expect(refusal(watched)).toBeUndefined();
  });

  it.each(['/mcpx', '/x/mcp', '/', '*', '/:any', '/mcp/docs'])('OPS-01 is not content with one at %s', (path) => {
    const watched = start();
    watched.add(path);
    expect(refusal(watched)).toContain(`Routes: ${path}`);
  });

  it('asks for no route where a raw mount is declared', () => {
    const watched = start();
    watched.watch.declareRawMount();
    expect(refusal(watched)).toBeUndefined();
  });

  it('knows what is registered at exactly a path', () => {
    const watched = start();
    expect(watched.watch.has('/mcp/docs')).toBe(false);
    watched.add('/mcp/docs');
    expect(['/mcp/docs', '/mcp/Docs', '/mcp', '/mcp/docs/'].map((path) => watched.watch.has(path))).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});

describe('RouteWatch on Express alone', () => {
  it('reads lists of paths, and passes over what is no text', () => {
    const watched = onExpress();
    watched.add(['/a', '/mcp']);
    watched.add(/mcp/);
    watched.add(undefined);
    expect(['/a', '/mcp'].map((path) => watched.watch.has(path))).toEqual([true, true]);
    expect(refusal(watched)).toBeUndefined();
    const odd = onExpress();
    odd.add(/mcp/);
    expect(refusal(odd)).toContain('Routes: none');
  });

  it('stands an application that has no router yet', () => {
    expect(onExpress({}, {}).watch.has('/mcp')).toBe(false);
    expect(onExpress({}, { router: {} }).watch.has('/mcp')).toBe(false);
  });
});
