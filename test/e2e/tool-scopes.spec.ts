import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HOSTILE_CALLS } from '../support/hostile-calls.js';
import { ADAPTERS, startTestApp, type TestApp, TEST_SCOPES } from '../support/test-app.js';
import { call, ToolClient } from '../support/tool-client.js';
import { ran, SERVERS } from '../support/tool-servers.js';

const cases = ADAPTERS.flatMap((adapter) =>
  SERVERS.filter(([, , where]) => where === 'every adapter' || where === adapter).map(
    ([name, hosting]) => [`${name} on ${adapter}`, adapter, hosting] as const,
  ),
);

const SCOPES = {
  ...TEST_SCOPES,
  'mcp:all': { name: 'All', description: 'Everything', implies: ['mcp:read', 'mcp:write', 'mcp:admin'] },
};
const READ = 'mcp:read';
describe.each(cases)('tools of %s', (_name, adapter, hosting) => {
  let host: TestApp;
  let client: ToolClient;
  beforeAll(async () => {
    const { options, ...rest } = hosting();
    host = await startTestApp({ adapter, options: { ...options, scopes: SCOPES, defaultScopes: [READ] }, ...rest });
    client = await new ToolClient(host).open();
  });
  afterAll(() => host.close());
  beforeEach(() => void (ran.length = 0));

  const challenge = (scopes: string) =>
    'Bearer error="insufficient_scope", error_description="The access token lacks a scope", ' +
    `resource_metadata="${host.origin}/.well-known/oauth-protected-resource/mcp", scope="${scopes}"`;

  it.each([
    ['write', READ, 'mcp:write'],
    ['purge', READ, 'mcp:write mcp:admin'],
    ['purge', 'mcp:write', 'mcp:write mcp:admin'],
    ['purge', 'mcp:read mcp:admin', 'mcp:write mcp:admin'],
    ['read', 'mcp:write', 'mcp:read'],
    ['read', '', 'mcp:read'],
  ])(
    'RSG-07 RSG-08 RSG-10 refuses %s with "%s" and names all its scopes, before the server sees it',
    async (tool, has, needs) => {
      const { status, challenge: said, headers } = await client.post(has, call(tool));
      expect([status, said, headers.get('cache-control')]).toEqual([403, challenge(needs), 'no-store']);
      expect(ran).toEqual([]);
    },
  );

  it.each([
    ['read', READ],
    ['write', 'mcp:write'],
    ['purge', 'mcp:write mcp:admin'],
    ['purge', 'mcp:all'],
    ['read', 'mcp:all'],
    ['ping', READ],
    ['ping', ''],
  ])('RSG-09 runs %s with "%s"', async (tool, has) => {
    const { status, text } = await client.post(has, call(tool));
    expect([status, ran]).toEqual([200, [tool]]);
    expect(text).toContain(`${tool} ran`);
  });

  it.each([
    [READ, ['read', 'ping']],
    ['', ['ping']],
    ['mcp:write', ['write', 'ping']],
    ['mcp:read mcp:write mcp:admin', ['read', 'write', 'purge', 'ping']],
    ['mcp:all', ['read', 'write', 'purge', 'ping']],
  ])('RSG-09 lists for "%s" what it may call', async (has, tools) => {
    expect((await client.tools(has)).toSorted()).toEqual(tools.toSorted());
  });

  it('RSG-02 names in the 401 what it named before there were tools', async () => {
    for (const body of [call('purge'), call('ping')]) {
      const { status, challenge: said } = await client.post(undefined, body);
      const metadata = `${host.origin}/.well-known/oauth-protected-resource/mcp`;
      expect([status, said]).toEqual([401, `Bearer resource_metadata="${metadata}", scope="mcp:read"`]);
    }
  });

  it('RSG-08 names the scopes of all calls of a batch at once, and runs none of them', async () => {
    const { status, challenge: said } = await client.post(READ, [call('read', 1), call('purge', 2), call('write', 3)]);
    expect([status, said]).toEqual([403, challenge('mcp:read mcp:write mcp:admin')]);
    expect(ran).toEqual([]);
  });

  it('RSG-07 leaves an unknown tool to the server', async () => {
    const { status, text, challenge: said } = await client.post(READ, call('nope'));
    expect([status, said]).toEqual([200, null]);
    expect(text).toMatch(/nope/);
  });

  it.each(HOSTILE_CALLS)('RSG-07 runs nothing that needs more for %s', async (_case, body, headers) => {
    const { status } = await client.post(READ, body, headers);
    expect(ran.filter((tool) => tool !== 'ping' && tool !== 'read')).toEqual([]);
    expect(status).toBeLessThan(500);
  });

  it('RSG-07 sees a call that comes in pieces', async () => {
    const pieces = JSON.stringify(call('write')).match(/.{1,7}/g) ?? [];
    const body = new ReadableStream<Uint8Array>({
      async start(controller) {
        for (const piece of pieces) {
          controller.enqueue(new TextEncoder().encode(piece));
          await new Promise(setImmediate);
        }
        controller.close();
      },
    });
    expect((await client.stream(READ, body)).status).toBe(403);
    expect(ran).toEqual([]);
  });
});
