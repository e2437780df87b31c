import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SampleApp, startSampleApp } from '../../support/sample-app-process.js';
import { SamplePerson } from '../../support/sample-person.js';
import { ADAPTERS } from '../../support/test-app.js';
import { DRIVERS } from './drivers/drivers.js';
import type { McpTestClient } from './drivers/mcp-test-client.js';

/** Sessions are a matter of the revisions before 2026-07-28. */
const WITH_SESSIONS = DRIVERS.filter(([, { revision }]) => revision === '2025-11-25');

describe.each(ADAPTERS)('MCP sessions of the sample app on %s', (adapter) => {
  let app: SampleApp;
  beforeAll(async () => {
    app = await startSampleApp({ adapter });
  });
  afterAll(() => app.close());

  describe.each(WITH_SESSIONS)('with %s', (_name, driver) => {
    let owner: McpTestClient;
    let stranger: McpTestClient;
    beforeAll(async () => {
      owner = await driver.create(app.mcpUrl).connectAs(new SamplePerson(app.origin, 'grace'));
      stranger = await driver.create(app.mcpUrl).connectAs(new SamplePerson(app.origin, 'ada'));
    });
    afterAll(async () => {
      await owner.close();
      await stranger.close();
    });

    const send = (method: string, token?: string) =>
      fetch(app.mcpUrl, {
        method,
        headers: {
          accept: 'application/json, text/event-stream',
          'mcp-session-id': owner.sessionId() ?? '',
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
      });

    it('RSG-01 answer 401 to a session id without a token, whatever the method', async () => {
      expect(owner.sessionId()).toMatch(/^[\w-]{36}$/);
      for (const method of ['GET', 'POST', 'DELETE']) {
        const answer = await send(method);
        expect(answer.status).toBe(401);
        expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer resource_metadata="/);
      }
    });

    it("RSG-01 do not exist for somebody else's token", async () => {
      for (const method of ['GET', 'DELETE']) {
        expect((await send(method, stranger.memory.tokens()?.access_token)).status).toBe(404);
      }
    });

    it('RSG-01 outlive what others tried, and end when their owner ends them', async () => {
      expect(await owner.callTool('whoami')).toMatchObject({ userId: 'user-grace' });
      await owner.endSession();
      expect(owner.recorder.last('DELETE', '/mcp').status).toBe(200);
      await owner.connect();
      expect(await owner.callTool('whoami')).toMatchObject({ userId: 'user-grace' });
    });
  });
});
