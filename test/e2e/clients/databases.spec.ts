import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeDatabases, type TestDatabase } from '../../support/databases.js';
import { type SampleApp, startSampleApp } from '../../support/sample-app-process.js';
import { SamplePerson } from '../../support/sample-person.js';
import type { AdapterName } from '../../support/test-app.js';
import type { McpTestClient } from './drivers/mcp-test-client.js';
import { SDK_1 } from './drivers/sdk-1.driver.js';

/** One adapter for each database: the two do not know of each other. */
const ADAPTER_OF: Readonly<Record<string, AdapterName>> = { postgres: 'fastify' };

describeDatabases('an MCP client of the sample app', (kind) => {
  let database: TestDatabase;
  let app: SampleApp;
  let client: McpTestClient;
  const secret = randomBytes(48).toString('base64url');
  const start = (port = 0) =>
    startSampleApp({ adapter: ADAPTER_OF[kind.name] ?? 'express', database: database.options, port, secret });
  beforeAll(async () => {
    database = await kind.create();
    app = await start();
  });
  afterAll(async () => {
    await client.close();
    await app.close();
    await database.drop();
  });

  it('RSG-02 REG-01 ACG-01 goes from 401 to tools', async () => {
    client = await SDK_1.create(app.mcpUrl).connectAs(new SamplePerson(app.origin, 'grace'));
    expect(client.recorder.authorization()).toEqual([
      'GET /.well-known/oauth-protected-resource/mcp 200',
      'GET /.well-known/oauth-authorization-server 200',
      'POST /oauth/register 201',
      'POST /oauth/token 200',
    ]);
    expect(await client.callTool('whoami')).toMatchObject({ userId: 'user-grace', scopes: ['mcp:read', 'mcp:write'] });
    const { note } = await client.callTool('create_note', { title: 'Ünïcode ✓ 漢字', body: '🎉' });
    expect(await client.callTool('list_notes')).toEqual({ notes: [note] });
  });

  it('RSG-07 is refused what nobody granted', async () => {
    await expect(client.callTool('purge_notes')).rejects.toThrow();
    expect(client.recorder.last('POST', '/mcp').status).toBe(403);
  });

  it('RFT-01 refreshes', async () => {
    const before = client.memory.tokens();
    expect(await client.authorize()).toBe('AUTHORIZED');
    expect(client.memory.tokens()?.refresh_token).not.toBe(before?.refresh_token);
    expect(await client.callTool('whoami')).toMatchObject({ userId: 'user-grace' });
  });

  it('OPS-04 goes on with its tokens after the server was restarted', async () => {
    await app.close();
    app = await start(Number(new URL(app.origin).port));
    const asked = client.recorder.authorization().length;
    await client.connect();
    expect(await client.callTool('whoami')).toMatchObject({ userId: 'user-grace' });
    expect(client.recorder.authorization()).toHaveLength(asked);
    expect(await client.authorize()).toBe('AUTHORIZED');
  });

  it('RFT-02 starts over with a refresh token that was retired', async () => {
    const retired = client.memory.tokens()?.refresh_token;
    expect(await client.authorize()).toBe('AUTHORIZED');
    expect(await client.authorize()).toBe('AUTHORIZED');
    client.changeTokens({ refresh_token: retired });
    expect(await client.authorize()).toBe('REDIRECT');
    expect(client.recorder.last('POST', '/oauth/token').json).toMatchObject({ error: 'invalid_grant' });
  });
});
