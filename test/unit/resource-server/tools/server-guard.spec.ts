import { InMemoryTransport as InMemory1 } from '@modelcontextprotocol/sdk/inMemory.js';
import { Server as Server1 } from '@modelcontextprotocol/sdk/server/index.js';
import { McpServer as McpServer1 } from '@modelcontextprotocol/sdk/server/mcp.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import {
  InMemoryTransport as InMemory2,
  McpServer as McpServer2,
  Server as Server2,
} from '@modelcontextprotocol/server';
import { describe, expect, it, vi } from 'vitest';
import { McpAuthConfigurationError } from '../../../../lib/config/mcp-auth-configuration-error.js';
import { McpToolScopes } from '../../../../lib/resource-server/tools/mcp-tool-scopes.js';
import type { GuardableServer } from '../../../../lib/resource-server/tools/server-guard.js';
import { ScopeRegistry } from '../../../../lib/scopes/scope-registry.js';
import { resolved } from '../fixture.js';

const SCOPES = {
  r: { name: 'R', description: 'r' },
  w: { name: 'W', description: 'w', implies: ['r'] },
};
const TOOLS = { read: ['r'], write: ['w'], open: [] } as const;

const scopesOfTools = () => new McpToolScopes(new ScopeRegistry(resolved({ scopes: SCOPES })));

interface Wire {
  /** As an HTTP transport would deliver it, with what the request's token may do. */
  readonly deliver: (message: object, scopes?: readonly string[]) => void;
  /** What the server answered. */
  readonly sent: readonly Record<string, unknown>[];
  /** Waits until the server has answered all that was delivered: pings take turns with the rest. */
  readonly settle: () => Promise<void>;
}

interface AnyTransport {
  onmessage?: ((message: never, extra?: never) => void) | undefined;
  send(message: never, options?: never): Promise<void>;
}

function wire(transport: AnyTransport, sent: Record<string, unknown>[]): Wire {
  return {
    deliver: (message, scopes) =>
      transport.onmessage?.(
        { jsonrpc: '2.0', ...message } as never,
        (scopes === undefined ? undefined : { authInfo: { token: 't', clientId: 'c', scopes: [...scopes] } }) as never,
      ),
    sent,
    settle: async () => {
      for (const id of ['ping 1', 'ping 2', 'ping 3']) {
        transport.onmessage?.({ jsonrpc: '2.0', id, method: 'ping' } as never);
        await vi.waitFor(() => expect(sent.map((message) => message['id'])).toContain(id));
      }
      sent.splice(0, sent.length, ...sent.filter(({ id }) => !String(id).startsWith('ping')));
    },
  };
}

const tools = Object.keys(TOOLS).map((name) => ({ name, inputSchema: { type: 'object' as const } }));

/** A server of the lowest kind, whose list comes in pages. */
async function low1(guard: (server: GuardableServer) => unknown): Promise<Wire> {
  const server = new Server1({ name: 's', version: '1' }, { capabilities: { tools: {} } });
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools, nextCursor: 'more', _meta: { kept: true } }));
  server.setRequestHandler(CallToolRequestSchema, () => ({ content: [] }));
  const [near, far] = InMemory1.createLinkedPair();
  const sent: Record<string, unknown>[] = [];
  far.onmessage = (message) => void sent.push(message as Record<string, unknown>);
  await far.start();
  guard(server);
  await server.connect(near);
  return wire(near, sent);
}

async function low2(guard: (server: GuardableServer) => unknown): Promise<Wire> {
  const server = new Server2({ name: 's', version: '1' }, { capabilities: { tools: {} } });
  server.setRequestHandler('tools/list', () => ({ tools, nextCursor: 'more', _meta: { kept: true } }));
  server.setRequestHandler('tools/call', () => ({ content: [] }));
  const [near, far] = InMemory2.createLinkedPair();
  const sent: Record<string, unknown>[] = [];
  far.onmessage = (message) => void sent.push(message as Record<string, unknown>);
  await far.start();
  guard(server);
  await server.connect(near);
  return wire(near, sent);
}

function guarded() {
  const scopes = scopesOfTools();
  scopes.declare(TOOLS);
  return scopes;
}

const names = (message: Record<string, unknown> | undefined) =>
  (message?.['result'] as { tools: { name: string }[] } | undefined)?.tools.map(({ name }) => name);

describe.each([
  ['SDK 1.x', low1],
  ['server 2.x', low2],
])('a guarded server of %s', (_sdk, connect) => {
  const open = () => connect((server) => guarded().guard(server));

  it('RSG-07 answers a call itself that the token may not make, with what is missing', async () => {
    const { deliver, sent, settle } = await open();
    deliver({ id: 1, method: 'tools/call', params: { name: 'write' } }, ['r']);
    await settle();
    expect(sent).toEqual([
      {
        jsonrpc: '2.0',
        id: 1,
        error: {
          code: -32_600,
          message: 'The access token lacks a scope for this tool',
          data: { error: 'insufficient_scope', scope: 'w' },
        },
      },
    ]);
  });

  it.each([
    ['without a token', undefined],
    ['with a token that may do nothing', []],
  ])('RSG-01 answers a call %s like any other that it refuses', async (_case, scopes) => {
    const { deliver, sent, settle } = await open();
    deliver({ id: 1, method: 'tools/call', params: { name: 'read' } }, scopes);
    await settle();
    expect(sent).toEqual([expect.objectContaining({ error: expect.anything() })]);
  });

  it('RSG-09 lets calls through by the hierarchy, and those of tools without scopes', async () => {
    const { deliver, sent, settle } = await open();
    deliver({ id: 1, method: 'tools/call', params: { name: 'read' } }, ['w']);
    deliver({ id: 2, method: 'tools/call', params: { name: 'open' } }, []);
    await settle();
    expect(sent.map((message) => 'result' in message)).toEqual([true, true]);
  });

  it('RSG-07 says nothing to a notification', async () => {
    const { deliver, sent, settle } = await open();
    deliver({ method: 'tools/call', params: { name: 'write' } }, ['r']);
    await settle();
    expect(sent).toEqual([]);
  });

  it('leaves cursor and metadata of a list as they are', async () => {
    const { deliver, sent, settle } = await open();
    deliver({ id: 1, method: 'tools/list' }, ['r']);
    await settle();
    expect(names(sent[0])).toEqual(['read', 'open']);
    expect(sent[0]?.['result']).toMatchObject({ nextCursor: 'more', _meta: { kept: true } });
  });

  it('RSG-09 lists to each request what its own token may call', async () => {
    const { deliver, sent, settle } = await open();
    deliver({ id: 1, method: 'tools/list' }, ['w']);
    deliver({ id: 'b', method: 'tools/list' }, ['r']);
    deliver({ id: 3, method: 'tools/list' });
    await settle();
    const lists = Object.fromEntries(sent.map((message) => [String(message['id']), names(message)]));
    expect(lists).toEqual({ 1: ['read', 'write', 'open'], b: ['read', 'open'], 3: ['open'] });
  });

  it('RSG-09 shows nobody more for using the id of somebody else', async () => {
    const { deliver, sent, settle } = await open();
    deliver({ id: 1, method: 'tools/list' }, ['w']);
    deliver({ id: 1, method: 'tools/list' }, []);
    deliver({ id: 1, method: 'tools/list' }, ['w']);
    await settle();
    expect(sent.map(names)).toEqual([['open'], ['open'], ['open']]);
    deliver({ id: 1, method: 'tools/list' }, ['w']);
    await settle();
    expect(names(sent.at(-1))).toEqual(['read', 'write', 'open']);
  });

  it('RSG-09 shows little when a list was cancelled and comes all the same', async () => {
    const { deliver, sent, settle } = await open();
    deliver({ id: 1, method: 'tools/list' }, ['w']);
    deliver({ method: 'notifications/cancelled', params: { requestId: 1 } });
    await settle();
    for (const message of sent) expect(names(message)).toEqual(['open']);
  });

  it('RSG-09 has forgotten a list that was answered by an error when its id comes again', async () => {
    const { deliver, sent, settle } = await open();
    deliver({ id: 1, method: 'tools/list', params: { cursor: 5 } }, ['w']);
    await settle();
    expect(sent).toEqual([expect.objectContaining({ id: 1, error: expect.anything() })]);
    deliver({ id: 1, method: 'tools/list' }, ['w']);
    await settle();
    expect(names(sent.at(-1))).toEqual(['read', 'write', 'open']);
  });

  it('RSG-09 shows nobody more for an answer of another kind that has the same id', async () => {
    const { deliver, sent, settle } = await open();
    deliver({ id: 1, method: 'ping' }, []);
    deliver({ id: 1, method: 'tools/list' }, []);
    deliver({ id: 1, method: 'tools/list' }, ['w']);
    await settle();
    const lists = sent.filter(({ result }) => Object.hasOwn(result as object, 'tools'));
    expect(lists.map(names)).toEqual([['open'], ['open']]);
  });

  it('lists all where the host wants it', async () => {
    const { deliver, sent, settle } = await connect((server) => guarded().guard(server, { listAll: true }));
    deliver({ id: 1, method: 'tools/list' }, []);
    await settle();
    expect(names(sent[0])).toEqual(['read', 'write', 'open']);
  });
});

describe.each([
  ['SDK 1.x', () => new McpServer1({ name: 's', version: '1' }), () => InMemory1.createLinkedPair()],
  ['server 2.x', () => new McpServer2({ name: 's', version: '1' }), () => InMemory2.createLinkedPair()],
])('calls that wait for a server of %s', (_sdk, create, pair) => {
  it('RSG-07 are judged like those that come later', async () => {
    const ran: string[] = [];
    const server = create() as McpServer2;
    for (const name of ['write', 'open']) {
      server.registerTool(name, {}, () => {
        ran.push(name);
        return { content: [] };
      });
    }
    const [client, near] = pair() as ReturnType<typeof InMemory2.createLinkedPair>;
    const sent: unknown[] = [];
    client.onmessage = (message) => void sent.push(message);
    for (const [id, name] of ['write', 'open'].entries()) {
      await client.send({ jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: {} } });
    }
    await guarded().guard(server).connect(near);
    await vi.waitFor(() => expect(sent).toHaveLength(2));
    expect(sent).toContainEqual(
      expect.objectContaining({
        error: expect.objectContaining({ data: { error: 'insufficient_scope', scope: 'w' } }),
      }),
    );
    expect(ran).toEqual(['open']);
  });
});

describe('McpToolScopes', () => {
  const withTools = [
    () => {
      const server = new McpServer1({ name: 's', version: '1' });
      return { server, add: (name: string) => server.registerTool(name, {}, () => ({ content: [] })) };
    },
    () => {
      const server = new McpServer2({ name: 's', version: '1' });
      return { server, add: (name: string) => server.registerTool(name, {}, () => ({ content: [] })) };
    },
  ];

  it.each(withTools)('OPS-01 refuses a server that lacks a declared tool', (create) => {
    const declared = scopesOfTools().declare({ read: ['r'], wirte: ['w'] });
    const { server, add } = create();
    add('read');
    expect(() => declared.guard(server)).toThrow(
      'Scopes are declared for tools that the MCP server does not have: wirte. It has: read.',
    );
    add('wirte');
    add('more');
    expect(declared.guard(server)).toBe(server);
  });

  it('OPS-01 refuses a server that has no tool yet', () => {
    const declared = scopesOfTools().declare(TOOLS);
    expect(() => declared.guard(new McpServer2({ name: 's', version: '1' }))).toThrow(/It has: none.*after/);
  });

  it('OPS-01 refuses a server that is connected already', async () => {
    const [near] = InMemory2.createLinkedPair();
    const server = new McpServer2({ name: 's', version: '1' });
    await server.connect(near);
    expect(() => scopesOfTools().guard(server)).toThrow(McpAuthConfigurationError);
    expect(() => scopesOfTools().guard(server.server)).toThrow('connected already');
  });

  it('OPS-01 refuses scopes that nobody declared', () => {
    expect(() => scopesOfTools().declare({ read: ['r', 'constructor'] })).toThrow(
      'McpToolScopes.declare() names "constructor" for the tool "read", which scopes does not declare',
    );
  });

  it('OPS-01 refuses one name with two lists of scopes, and takes the same list twice', () => {
    const scopes = scopesOfTools();
    scopes.declare({ write: ['r', 'w'] });
    scopes.declare({ write: ['w', 'r', 'w'] });
    for (const other of [['w'], ['r'], []]) {
      expect(() => scopes.declare({ write: other })).toThrow('for the tool "write" than another declaration (r w)');
    }
    expect(scopes.of('write')).toEqual(['r', 'w']);
  });

  it('OPS-01 refuses declarations once requests may come', () => {
    const scopes = scopesOfTools();
    scopes.close();
    expect(() => scopes.declare({})).toThrow('declared too late');
  });

  it('needs nothing for tools that nobody declared, names of the prototype among them', () => {
    const scopes = scopesOfTools();
    for (const name of ['nope', '__proto__', 'constructor', '']) expect(scopes.of(name)).toEqual([]);
    expect(scopes.inUse).toBe(false);
    scopes.declare({ open: [] });
    expect(scopes.inUse).toBe(false);
    scopes.declare({ read: ['r'] });
    expect(scopes.inUse).toBe(true);
  });
});
