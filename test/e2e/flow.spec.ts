import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OAuthWalk, REDIRECT_URI } from '../support/oauth-walk.js';
import { ADAPTERS, startTestApp, type TestApp } from '../support/test-app.js';

describe.each(ADAPTERS)('the whole flow on %s', (adapter) => {
  let host: TestApp;
  beforeAll(async () => {
    host = await startTestApp({ adapter });
  });
  afterAll(() => host.close());

  it('goes from the 401 challenge to a refreshed token that opens the MCP path', async () => {
    const anonymous = await fetch(`${host.origin}/mcp`);
    expect(anonymous.status).toBe(401);
    expect(anonymous.headers.get('www-authenticate')).toBe(
      `Bearer resource_metadata="${host.origin}/.well-known/oauth-protected-resource/mcp", scope="mcp:read mcp:write mcp:admin"`,
    );

    const walk = new OAuthWalk(host.origin);
    const client = await walk.register();
    const page = await walk.openConsent(client.client_id);
    expect(page.status).toBe(200);
    const decided = await walk.decide(page);
    expect(decided.status).toBe(200);
    const target = walk.target(decided);
    expect(target.origin + target.pathname).toBe(REDIRECT_URI);
    expect(target.searchParams.get('state')).toBe(walk.state);
    expect(target.searchParams.get('iss')).toBe(host.origin);

    const redeemed = await walk.redeem(client.client_id, target.searchParams.get('code') ?? '');
    expect(redeemed.status).toBe(200);
    const first = JSON.parse(redeemed.text) as { access_token: string; refresh_token: string };
    const refreshed = await walk.refresh(client.client_id, first.refresh_token);
    expect(refreshed.status).toBe(200);
    const second = JSON.parse(refreshed.text) as { access_token: string };

    for (const token of [first.access_token, second.access_token]) {
      const opened = await fetch(`${host.origin}/mcp`, { headers: { authorization: `Bearer ${token}` } });
      expect(opened.status).toBe(200);
      expect(await opened.json()).toMatchObject({
        reached: 'mcp',
        auth: {
          clientId: client.client_id,
          scopes: ['mcp:read', 'mcp:write', 'mcp:admin'],
          extra: { userId: 'ada', orgId: 'analytical' },
        },
      });
    }
  });
});
