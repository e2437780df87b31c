import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { InvalidRequestError } from '../../../../lib/protocol/oauth-errors.js';
import { McpToolScopes } from '../../../../lib/resource-server/tools/mcp-tool-scopes.js';
import { ToolCalls } from '../../../../lib/resource-server/tools/tool-calls.js';
import { ScopeRegistry } from '../../../../lib/scopes/scope-registry.js';
import { resolved } from '../fixture.js';

const SAVE = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'save' } });

let server: Server;
afterEach(() => server.close());

/** What a handler makes of a request that Node received and nobody has read. */
async function handled<T>(
  body: string | undefined,
  handle: (calls: ToolCalls, request: IncomingMessage) => Promise<T>,
  type = 'application/json',
): Promise<T> {
  const scopes = new McpToolScopes(new ScopeRegistry(resolved()));
  scopes.declare({ save: ['mcp:write'] });
  const calls = new ToolCalls(scopes);
  const made = new Promise<T>((resolve, reject) => {
    server = createServer((request, response) => {
      void handle(calls, request)
        .then(resolve, reject)
        .finally(() => response.end());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
  const headers = { 'content-type': type, connection: 'close' };
  const [result] = await Promise.all([
    made,
    fetch(url, { method: 'POST', headers, ...(body === undefined ? {} : { body }) }),
  ]);
  return result;
}

const scopesOf = (calls: ToolCalls, request: IncomingMessage) => calls.scopesOf(request, 'refused');

async function refusal(body: string, type?: string): Promise<unknown> {
  return handled(
    body,
    async (calls, request) => calls.scopesOf(request, 'refused').catch((error: unknown) => error),
    type,
  );
}

describe('ToolCalls in a body that nobody has read', () => {
  it('RSG-07 sees the call, as often as it is asked, and leaves the body to the handler', async () => {
    const seen = await handled(SAVE, async (calls, request) => [
      await calls.scopesOf(request, 'refused'),
      await calls.scopesOf(request, 'refused'),
      await text(request),
      await calls.scopesOf(request, 'refused'),
    ]);
    expect(seen).toEqual([['mcp:write'], ['mcp:write'], SAVE, ['mcp:write']]);
  });

  it('RSG-07 sees it behind a byte order mark, and where another body was put on the request', async () => {
    expect(await handled(`\uFEFF${SAVE}`, scopesOf)).toEqual(['mcp:write']);
    const seen = handled(SAVE, (calls, request) => calls.scopesOf(Object.assign(request, { body: {} }), 'refused'));
    expect(await seen).toEqual(['mcp:write']);
  });

  it('RSG-07 leaves bodies of other types to others', async () => {
    expect(await handled('save', scopesOf, 'text/plain')).toEqual([]);
  });

  it('RSG-07 asks for nothing where nothing was sent', async () => {
    expect(await handled(undefined, scopesOf)).toEqual([]);
    expect(await handled('', scopesOf)).toEqual([]);
    expect(await handled('"save"', scopesOf)).toEqual([]);
  });

  it.each([
    ['malformed JSON', SAVE.slice(1), undefined, 'json_malformed'],
    ['another charset', SAVE, 'application/json; charset=utf-16le', 'body_charset_unsupported'],
  ])('RSG-01 refuses %s', async (_what, body, type, reason) => {
    const error = await refusal(body, type);
    expect(error).toBeInstanceOf(InvalidRequestError);
    expect(error).toMatchObject({ message: 'The body cannot be read', reason });
  });
});
