import { describe, expect, it } from 'vitest';
import { message, type MessageParts, response } from '../http/exchange.js';
import { bearer, ORIGIN, resourceServer, verified, wrapped } from './fixture.js';

const GOOD = bearer('good');
const NOTES = `resource_metadata="${ORIGIN}/.well-known/oauth-protected-resource/mcp", scope="mcp:write"`;
const DEFAULTS = `resource_metadata="${ORIGIN}/.well-known/oauth-protected-resource/mcp", scope="mcp:read mcp:write"`;

/** A request that has passed the gate, or not. */
async function passed(parts: MessageParts, needed: readonly string[] = []) {
  const server = resourceServer();
  const request = wrapped(message(parts), {});
  const sent = response(request.raw);
  const admitted = await server.gate.authenticate(request, sent.res, needed);
  return { server, request, sent, admitted };
}

describe('the scopes of a request at McpGate', () => {
  it('RSG-07 permits what the token covers, and sends nothing', async () => {
    for (const needed of [[], ['mcp:read']]) {
      const { server, request, sent } = await passed({ headers: [GOOD] });
      expect(verified().scopes).toEqual(['mcp:read']);
      expect([await server.gate.permits(request, needed, sent.res), sent.ended()]).toEqual([true, 0]);
    }
  });

  it('RSG-07 RSG-08 refuses what it does not cover by 403, naming every scope of the operation', async () => {
    const { server, request, sent } = await passed({ headers: [GOOD] });
    expect(await server.gate.permits(request, ['mcp:write'], sent.res)).toBe(false);
    expect([sent.ended(), sent.status()]).toEqual([1, 403]);
    expect(sent.headers()['www-authenticate']).toBe(
      `Bearer error="insufficient_scope", error_description="The access token lacks a scope", ${NOTES}`,
    );
  });

  it('RSG-07 permits a request without a principal nothing that needs a scope', async () => {
    const { gate } = resourceServer();
    const request = message({});
    const sent = response(request);
    expect([await gate.permits(request, ['mcp:read'], sent.res), sent.status()]).toEqual([false, 403]);
  });

  it('RSG-02 names the scopes of the handler that matched, or the default ones, in the guard’s 401', async () => {
    expect((await passed({}, ['mcp:write'])).sent.headers()['www-authenticate']).toBe(`Bearer ${NOTES}`);
    expect((await passed({}, [])).sent.headers()['www-authenticate']).toBe(`Bearer ${DEFAULTS}`);
  });

  it('RSG-02 names the scopes of the route that a request seems to be for, in the edge’s 401', async () => {
    const server = resourceServer();
    server.needed.set('POST /mcp/write', ['mcp:write']);
    const challenge = async (parts: MessageParts) => {
      const request = message(parts);
      const sent = response(request);
      await server.gate.admit(request, sent.res);
      return sent.headers()['www-authenticate'];
    };
    expect(await challenge({ method: 'POST', url: '/mcp/write?x=1' })).toBe(`Bearer ${NOTES}`);
    expect(await challenge({ method: 'GET', url: '/mcp/write' })).toBe(`Bearer ${DEFAULTS}`);
  });

  it('RSG-03 watches the response to a token, so that it can end with it, and none without', async () => {
    const withToken = await passed({ headers: [GOOD] });
    expect(withToken.server.watched).toEqual([withToken.sent.res]);
    expect((await passed({})).server.watched).toEqual([]);
  });
});

const call = (name: string) => ({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name } });

/** A gate before two tools with scopes and one without, and a request that a parser has read. */
function calling(body: unknown, parts: MessageParts = {}) {
  const server = resourceServer();
  server.toolScopes.declare({ search: ['mcp:read'], save: ['mcp:write'], free: [] });
  const request = Object.assign(message({ method: 'POST', ...parts }), { body });
  return { server, request, sent: response(request) };
}

describe('the scopes of tools at McpGate', () => {
  it('RSG-07 RSG-08 refuses a call whose tool needs more, and names the scopes of tool and handler', async () => {
    const { server, request, sent } = calling(call('save'), { headers: [GOOD] });
    expect(await server.gate.authenticate(request, sent.res, ['mcp:read'])).toBe(true);
    expect(await server.gate.permits(request, ['mcp:read'], sent.res)).toBe(false);
    expect([sent.ended(), sent.status()]).toEqual([1, 403]);
    expect(sent.headers()['www-authenticate']).toBe(
      `Bearer error="insufficient_scope", error_description="The access token lacks a scope", ${DEFAULTS}`,
    );
  });

  it.each<readonly [string, unknown, MessageParts, number, string]>([
    ['a call without a token', call('save'), {}, 401, `Bearer ${NOTES}`],
    ['a call with a token that is not valid', call('save'), { headers: [bearer('bad')] }, 401, 'error="invalid_token"'],
    ['a call with a token that lacks the scope', call('save'), { headers: [GOOD] }, 403, 'error="insufficient_scope"'],
  ])('RSG-01 RSG-07 refuses %s, where nothing else asks for one', async (_what, body, parts, status, challenge) => {
    const { server, request, sent } = calling(body, parts);
    expect(await server.gate.permitsCalls(request, sent.res, 'refused')).toBe(false);
    expect([sent.ended(), sent.status()]).toEqual([1, status]);
    expect(sent.headers()['www-authenticate']).toContain(challenge);
  });

  it('RSG-01 refuses a body that nobody can read any more, where nothing else asks for a token', async () => {
    const headers = [['Content-Type', 'application/json'] as const, ['Content-Length', '2'] as const];
    const { server, request, sent } = calling(undefined, { headers, body: '{}' });
    request.read();
    expect(await server.gate.permitsCalls(request, sent.res, 'refused')).toBe(false);
    expect([sent.ended(), sent.status()]).toEqual([1, 503]);
  });

  it('RSG-07 permits a call that the token covers, and asks nobody for a token who calls nothing with scopes', async () => {
    const covered = calling(call('search'), { headers: [GOOD] });
    expect([
      await covered.server.gate.permitsCalls(covered.request, covered.sent.res, 'refused'),
      covered.sent.ended(),
    ]).toEqual([true, 0]);
    const free = calling(call('free'));
    expect([await free.server.gate.permitsCalls(free.request, free.sent.res, 'refused'), free.sent.ended()]).toEqual([
      true,
      0,
    ]);
    expect(free.server.verifier.asked).toEqual([]);
  });
});
