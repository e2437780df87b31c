import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { McpAuthConfigurationError } from '../../../../lib/config/mcp-auth-configuration-error.js';
import { McpToolScopes } from '../../../../lib/resource-server/tools/mcp-tool-scopes.js';
import { ToolCalls } from '../../../../lib/resource-server/tools/tool-calls.js';
import { ScopeRegistry } from '../../../../lib/scopes/scope-registry.js';
import { message } from '../../http/exchange.js';
import { resolved, wrapped } from '../fixture.js';

const call = (name: string) => ({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name } });

function calls(tools: Readonly<Record<string, readonly string[]>> = { search: ['mcp:read'], save: ['mcp:write'] }) {
  const scopes = new McpToolScopes(new ScopeRegistry(resolved()));
  scopes.declare(tools);
  return new ToolCalls(scopes);
}

const parsedAs = (body: unknown) => Object.assign(message({ method: 'POST' }), { body });

describe('ToolCalls in a body that a parser has read', () => {
  it.each<readonly [string, unknown, readonly string[]]>([
    ['a call', call('save'), ['mcp:write']],
    ['a batch, each scope once', [call('save'), call('search'), call('save')], ['mcp:write', 'mcp:read']],
    ['text that was left as it came', JSON.stringify(call('save')), ['mcp:write']],
    ['bytes that were left as they came', Buffer.from(JSON.stringify(call('save'))), ['mcp:write']],
    ['text behind a byte order mark', `\uFEFF${JSON.stringify(call('save'))}`, ['mcp:write']],
    ['a tool without an entry', call('other'), []],
    ['another method', { ...call('save'), method: 'tools/list' }, []],
    ['text that is no JSON', 'save', []],
    ['a byte order mark inside the text', `"\uFEFF"${JSON.stringify(call('save'))}`, []],
    ['nothing', undefined, []],
  ])('RSG-07 sees %s', async (_what, body, scopes) => {
    expect(await calls().scopesOf(parsedAs(body), 'refused')).toEqual(scopes);
  });

  it('RSG-07 RSG-08 looks at the request of the adapter and at the one of Node', async () => {
    const request = wrapped(parsedAs(call('search')), { body: call('save') });
    expect(await calls().scopesOf(request, 'refused')).toEqual(['mcp:write', 'mcp:read']);
  });
});

/** A request whose body somebody has read. */
function consumed(headers: readonly (readonly [string, string])[], change: Partial<IncomingMessage> = {}) {
  const request = Object.assign(message({ method: 'POST', headers, body: '{}' }), change);
  expect(request.read()).not.toBeNull();
  expect(request.readableDidRead).toBe(true);
  return request;
}

const JSON_TYPE = ['Content-Type', 'application/json'] as const;
const LENGTH = ['Content-Length', '2'] as const;
const CHUNKED = ['Transfer-Encoding', 'chunked'] as const;

describe('ToolCalls in a body that was read and kept elsewhere', () => {
  it.each([
    ['a length', consumed([JSON_TYPE, LENGTH])],
    ['chunks', consumed([JSON_TYPE, CHUNKED])],
    ['neither, over HTTP/2', consumed([JSON_TYPE], { httpVersionMajor: 2 })],
    ['a type in capitals', consumed([['Content-Type', 'Application/JSON; charset=utf-8'], LENGTH])],
    ['a type that names JSON at its end', consumed([['Content-Type', 'text/plain; x=application/json'], LENGTH])],
  ])('RSG-01 cannot tell with %s, and says so', async (_what, request) => {
    const refused = calls().scopesOf(request, 'refused');
    await expect(refused).rejects.toThrow(McpAuthConfigurationError);
    await expect(refused).rejects.toThrow(
      'The body of a request for the MCP server has been read and is not in request.body: which tool it calls cannot be told. Leave the parsed body there, or the body unread',
    );
  });

  it.each([
    ['has no length', consumed([JSON_TYPE], { httpVersionMajor: 1 })],
    ['is empty', consumed([JSON_TYPE, ['Content-Length', '0']])],
    ['is empty, over HTTP/2', consumed([JSON_TYPE, ['Content-Length', '0']], { httpVersionMajor: 2 })],
    ['is no JSON', consumed([['Content-Type', 'application/xml'], LENGTH])],
    ['has no type', consumed([LENGTH])],
  ])('RSG-07 asks for nothing when it %s', async (_what, request) => {
    expect(await calls().scopesOf(request, 'refused')).toEqual([]);
  });

  it('RSG-07 is content with a parsed body at either request', async () => {
    const read = () => consumed([JSON_TYPE, LENGTH]);
    expect(await calls().scopesOf(Object.assign(read(), { body: call('save') }), 'refused')).toEqual(['mcp:write']);
    expect(await calls().scopesOf(wrapped(read(), { body: call('save') }), 'refused')).toEqual(['mcp:write']);
  });

  it('RSG-07 does not look where no tool needs a scope', async () => {
    expect(await calls({}).scopesOf(consumed([JSON_TYPE, LENGTH]), 'refused')).toEqual([]);
    expect(await calls({ search: [] }).scopesOf(consumed([JSON_TYPE, LENGTH]), 'refused')).toEqual([]);
    await expect(
      calls({ search: [], save: ['mcp:write'] }).scopesOf(consumed([JSON_TYPE, LENGTH]), 'refused'),
    ).rejects.toThrow();
  });
});
