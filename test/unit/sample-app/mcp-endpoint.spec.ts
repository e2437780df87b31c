import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { notesOverHttp, tokenOf, type NotesOverHttp } from './support/notes-over-http.js';

const ADA = tokenOf('user-ada', 'analytical', 'mcp:read', 'mcp:write');
const ADMIN = tokenOf('user-ada', 'analytical', 'mcp:read', 'mcp:write', 'mcp:admin');
const GRACE = tokenOf('user-grace', 'compilers', 'mcp:read', 'mcp:write');

let app: NotesOverHttp;
beforeAll(async () => (app = await notesOverHttp()));
afterAll(() => app.close());

const ERAS = [
  ['2025-11-25 (sessions)', 'legacy'],
  ['2026-07-28 (stateless)', { pin: '2026-07-28' }],
] as const;

async function connect(mode: (typeof ERAS)[number][1], token: string): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode } });
  const requestInit = { headers: { authorization: `Bearer ${token}` } };
  await client.connect(new StreamableHTTPClientTransport(app.url, { requestInit }));
  return client;
}

const post = (token: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(app.url, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    },
  });

const INITIALIZE = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
};
const call = (name: string, args: Record<string, unknown> = {}) => ({
  jsonrpc: '2.0',
  id: 2,
  method: 'tools/call',
  params: { name, arguments: args },
});

async function openSession(token: string): Promise<Record<string, string>> {
  const response = await post(token, INITIALIZE);
  await response.text();
  return { 'mcp-session-id': response.headers.get('mcp-session-id') ?? '', 'mcp-protocol-version': '2025-11-25' };
}

describe.each(ERAS)('the MCP server of the sample app in protocol %s', (_name, mode) => {
  it('lists all tools, and tells who calls', async () => {
    const client = await connect(mode, ADA);
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(['whoami', 'list_notes', 'create_note', 'purge_notes']);
    const { structuredContent } = await client.callTool({ name: 'whoami' });
    expect(structuredContent).toMatchObject({
      userId: 'user-ada',
      email: 'ada@example.com',
      organisation: { id: 'analytical' },
    });
    await client.close();
  });

  it("keeps an organisation's notes to itself, and purges only those named", async () => {
    const [ada, grace] = [await connect(mode, ADMIN), await connect(mode, GRACE)];
    const create = async (title: string) => {
      const { structuredContent } = await ada.callTool({
        name: 'create_note',
        arguments: { title, body: 'line\nnext 😀' },
      });
      return (structuredContent as { note: { id: string } }).note.id;
    };
    const [first] = [await create('first'), await create('second')];
    const titles = async (client: Client) => {
      const { structuredContent } = await client.callTool({ name: 'list_notes' });
      return (structuredContent as { notes: { title: string }[] }).notes.map(({ title }) => title);
    };
    expect(await titles(ada)).toEqual(['second', 'first']);
    expect(await titles(grace)).toEqual([]);
    expect((await ada.callTool({ name: 'purge_notes', arguments: { ids: [first] } })).structuredContent).toEqual({
      deleted: 1,
    });
    expect(await titles(ada)).toEqual(['second']);
    expect((await ada.callTool({ name: 'purge_notes' })).structuredContent).toEqual({ deleted: 1 });
    await Promise.all([ada.close(), grace.close()]);
  });

  it.each([{ title: '' }, { title: '  ' }, { title: 'a\u0000b' }, { title: 'x'.repeat(201) }, { title: 1 }, {}])(
    'refuses the note %j',
    async (note) => {
      const client = await connect(mode, ADA);
      const refused = await client.callTool({ name: 'create_note', arguments: note }).then(
        ({ isError }) => isError === true,
        () => true,
      );
      expect(refused).toBe(true);
      await client.close();
    },
  );
});

describe('a tool called without its scope, when nobody looked at the request before', () => {
  const REFUSED = '"data":{"error":"insufficient_scope","scope":"mcp:admin"}';

  it('RSG-07 is refused in a session', async () => {
    const response = await post(ADA, call('purge_notes'), await openSession(ADA));
    expect(await response.text()).toContain(REFUSED);
  });

  it('RSG-07 is refused without a session', async () => {
    const meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
      'io.modelcontextprotocol/clientCapabilities': {},
    };
    const { params, ...rest } = call('purge_notes');
    const headers = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': 'purge_notes' };
    const response = await post(ADA, { ...rest, params: { ...params, _meta: meta } }, headers);
    expect(await response.text()).toContain(REFUSED);
  });

  it('RSG-07 cannot be smuggled in by a batch, and has no effect', async () => {
    await (await post(ADA, call('create_note', { title: 'stays' }), await openSession(ADA))).text();
    const batch = [call('whoami'), { ...call('purge_notes'), id: 3 }];
    expect(await (await post(ADA, batch, await openSession(ADA))).text()).toContain(REFUSED);
    const listed = await post(ADA, call('list_notes'), await openSession(ADA));
    expect(await listed.text()).toContain('stays');
  });
});

describe('a session', () => {
  it('RSG-01 answers only to its user: for anybody else, and for a made-up id, it is not found', async () => {
    const session = await openSession(ADA);
    expect((await post(ADA, call('whoami'), session)).status).toBe(200);
    expect((await post(GRACE, call('whoami'), session)).status).toBe(404);
    expect((await post(tokenOf('user-ada', 'compilers', 'mcp:read'), call('whoami'), session)).status).toBe(404);
    expect((await post(ADA, call('whoami'), { ...session, 'mcp-session-id': crypto.randomUUID() })).status).toBe(404);
    const headers = { ...session, accept: 'text/event-stream', authorization: `Bearer ${GRACE}` };
    for (const method of ['GET', 'DELETE']) expect((await fetch(app.url, { method, headers })).status).toBe(404);
    expect((await post(ADA, call('whoami'), session)).status).toBe(200);
  });

  it('acts for the token of each request, not for the one that opened it', async () => {
    const session = await openSession(ADMIN);
    expect(await (await post(ADA, call('purge_notes'), session)).text()).toContain('insufficient_scope');
    expect(await (await post(ADMIN, call('purge_notes'), session)).text()).toContain('deleted');
  });

  it('ends with DELETE', async () => {
    const session = await openSession(ADA);
    const headers = { ...session, authorization: `Bearer ${ADA}` };
    expect((await fetch(app.url, { method: 'DELETE', headers })).status).toBe(200);
    expect((await post(ADA, call('whoami'), session)).status).toBe(404);
  });

  it('is not opened by an initialize that fails', async () => {
    const before = app.sessions.size;
    expect((await post(ADA, INITIALIZE, { accept: 'text/plain' })).status).toBe(406);
    expect((await post(ADA, { ...INITIALIZE, params: {} })).status).toBeLessThan(500);
    expect(app.sessions.size).toBe(before);
  });

  it('ABU-04 closes when nobody uses it, and leaves room for others', async () => {
    const session = await openSession(ADA);
    app.sessions.closeIdle(Date.now() + 29 * 60_000);
    expect((await post(ADA, call('whoami'), session)).status).toBe(200);
    app.sessions.closeIdle(Date.now() + 31 * 60_000);
    expect((await post(ADA, call('whoami'), session)).status).toBe(404);
    expect(app.sessions.size).toBe(0);
    const first = await openSession(GRACE);
    const keeper = await openSession(ADA);
    for (let index = 0; index < 50; index++) await openSession(GRACE);
    expect(app.sessions.size).toBe(51);
    expect((await post(GRACE, call('whoami'), first)).status).toBe(404);
    expect((await post(ADA, call('whoami'), keeper)).status).toBe(200);
  });
});

describe('a request that is none', () => {
  it.each([
    ['no session', { body: call('whoami'), status: 400 }],
    ['an empty body', { body: '', status: 400 }],
    ['a list of nothing', { body: [], status: 400 }],
    ['a number', { body: 1, status: 400 }],
    ['another content type', { body: INITIALIZE, headers: { 'content-type': 'text/plain' }, status: 415 }],
    [
      'an unknown protocol version',
      { body: call('whoami'), headers: { 'mcp-protocol-version': '2099-01-01' }, status: 400 },
    ],
  ])('is refused: %s', async (_case, { body, status, ...more }) => {
    const response = await post(ADA, body, 'headers' in more ? more.headers : {});
    expect(response.status).toBe(status);
  });

  it.each([
    ['GET', 405],
    ['DELETE', 405],
  ])('is refused: %s without a session', async (method, status) => {
    const headers = { authorization: `Bearer ${ADA}`, accept: 'text/event-stream' };
    expect((await fetch(app.url, { method, headers })).status).toBe(status);
  });
});
