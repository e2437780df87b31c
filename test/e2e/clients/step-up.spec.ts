import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SampleApp, startSampleApp } from '../../support/sample-app-process.js';
import { SamplePerson } from '../../support/sample-person.js';
import { ADAPTERS } from '../../support/test-app.js';
import { clientFactory, DRIVERS } from './drivers/drivers.js';
import type { McpClientDriver, McpTestClient } from './drivers/mcp-test-client.js';

const READ = { scopes: [] };

/** What the last answer of the MCP server asks for. */
function challenged(client: McpTestClient): { readonly status: number; readonly challenge: string } {
  const { status, headers } = client.recorder.last('POST', '/mcp');
  return { status, challenge: headers.get('www-authenticate') ?? '' };
}

const scopesOf = (client: McpTestClient) => (client.memory.tokens()?.scope ?? '').split(' ').toSorted();

/**
 * From the 403 to the browser: by the SDK itself or, where it only refreshes, by its host, which asks for what it has and what the challenge says.
 */
async function stepUp(driver: McpClientDriver, client: McpTestClient, call: Promise<unknown>): Promise<void> {
  if (driver.stepsUp) return client.expectUnauthorized(call);
  await expect(call).rejects.toThrow();
  const wanted = /scope="([^"]*)"/.exec(challenged(client).challenge)?.[1] ?? '';
  const scope = [...scopesOf(client), ...wanted.split(' ')].join(' ');
  client.memory.invalidateCredentials('tokens');
  expect(await client.authorize(scope)).toBe('REDIRECT');
}

describe.each(ADAPTERS)('stepping up on %s', (adapter) => {
  let app: SampleApp;
  let ada: SamplePerson;
  beforeAll(async () => {
    app = await startSampleApp({ adapter });
    ada = new SamplePerson(app.origin, 'ada');
  });
  afterAll(() => app.close());

  describe.each(DRIVERS)('with %s', (_name, driver) => {
    const newClient = clientFactory(driver, () => app);

    const challenge = (scope: string) =>
      'Bearer error="insufficient_scope", error_description="The access token lacks a scope", ' +
      `resource_metadata="${app.origin}/.well-known/oauth-protected-resource/mcp", scope="${scope}"`;

    it('RSG-07 RSG-08 gets a second and a third scope, one tool after the other, and keeps the first', async () => {
      const client = await newClient().connectAs(ada, READ);
      expect(scopesOf(client)).toEqual(['mcp:read']);
      await client.callTool('whoami');

      const first = client.callTool('create_note', { title: 'Second scope' });
      await stepUp(driver, client, first);
      expect(challenged(client)).toEqual({ status: 403, challenge: challenge('mcp:write') });
      await client.openBrowser(ada);
      await client.connect();
      expect(scopesOf(client)).toEqual(['mcp:read', 'mcp:write']);
      const { note } = await client.callTool('create_note', { title: 'Second scope' });
      const { notes } = (await client.callTool('list_notes')) as { notes: readonly unknown[] };
      expect(notes[0]).toEqual(note);

      await stepUp(driver, client, client.callTool('purge_notes'));
      expect(challenged(client)).toEqual({ status: 403, challenge: challenge('mcp:admin') });
      await client.openBrowser(ada);
      await client.connect();
      expect(scopesOf(client)).toEqual(['mcp:admin', 'mcp:read', 'mcp:write']);
      await client.callTool('create_note', { title: 'Still allowed' });
      expect(await client.callTool('purge_notes')).toEqual({ deleted: notes.length + 1 });
      expect(await client.callTool('list_notes')).toEqual({ notes: [] });
    });

    it('RSG-07 CON-05 has what it had when the person says no', async () => {
      const client = await newClient().connectAs(ada, READ);
      const tokens = client.memory.tokens();
      await stepUp(driver, client, client.callTool('create_note', { title: 'Never' }));
      await expect(client.openBrowser(ada, { approved: false })).rejects.toThrow('access_denied');
      if (tokens && !driver.stepsUp) client.memory.saveTokens(tokens);
      await client.connect();
      expect(scopesOf(client)).toEqual(['mcp:read']);
      await client.callTool('whoami');
      expect(await client.callTool('list_notes')).toEqual({ notes: [] });
    });

    it('RSG-07 meets the same refusal again when the person leaves the box empty', async () => {
      const client = await newClient().connectAs(ada, READ);
      await stepUp(driver, client, client.callTool('create_note', { title: 'Never' }));
      await client.openBrowser(ada, READ);
      await client.connect();
      expect(scopesOf(client)).toEqual(['mcp:read']);
      await client.callTool('whoami');
      await expect(client.callTool('create_note', { title: 'Never' })).rejects.toThrow();
      expect(challenged(client)).toEqual({ status: 403, challenge: challenge('mcp:write') });
    });

    it('RSG-01 RSG-07 is judged by the token of each request, in a connection that a broader one opened', async () => {
      const [broad, narrow] = [await newClient().connectAs(ada), await newClient().connectAs(ada, READ)];
      await broad.callTool('create_note', { title: 'Broad' });
      broad.changeTokens({ access_token: narrow.memory.tokens()?.access_token ?? '', refresh_token: undefined });
      await broad.callTool('whoami');
      await expect(broad.callTool('create_note', { title: 'Narrow' })).rejects.toThrow();
      expect(challenged(broad)).toEqual({ status: 403, challenge: challenge('mcp:write') });
      const { notes } = await narrow.callTool('list_notes', { limit: 1 });
      expect(notes).toEqual([expect.objectContaining({ title: 'Broad' })]);
    });
  });
});
