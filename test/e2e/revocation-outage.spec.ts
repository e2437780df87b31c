import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OAuthWalk, type Registered } from '../support/oauth-walk.js';
import { ADAPTERS, startTestApp, type TestApp } from '../support/test-app.js';

/** The order matters: the database is lost in the middle. */
describe.each(ADAPTERS)('revocation while the database is gone, on %s', (adapter) => {
  let host: TestApp;
  let client: Registered;
  let tokens: { readonly access_token: string; readonly refresh_token: string };
  beforeAll(async () => {
    host = await startTestApp({ adapter });
    const walk = new OAuthWalk(host.origin);
    const { client: registered, ...issued } = await walk.tokens();
    [client, tokens] = [registered, issued];
    expect(await open()).toBe(200);
    await host.dataSource.destroy();
  });
  afterAll(() => host.close());

  const open = async (token = tokens.access_token) =>
    (await fetch(`${host.origin}/mcp`, { headers: { authorization: `Bearer ${token}` } })).status;

  it.each(['access_token', 'refresh_token'] as const)('REV-06 answers 503 for a %s, and never 200', async (kind) => {
    const body = new URLSearchParams({ client_id: client.client_id, token: tokens[kind] });
    for (const endpoint of ['revoke', 'introspect']) {
      const answer = await fetch(`${host.origin}/oauth/${endpoint}`, { method: 'POST', body });
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
      expect(await answer.json()).toEqual({
        error: 'temporarily_unavailable',
        error_description: expect.any(String),
      });
    }
  });

  it('RSG-13 lets a token in for five seconds, then nobody, and calls no token invalid', async () => {
    // Real time goes on too, and may take its own: what is asked is the order of things.
    host.clock.advance(1);
    expect(await open()).toBe(200);
    host.clock.advance(4);
    const answer = await fetch(`${host.origin}/mcp`, { headers: { authorization: `Bearer ${tokens.access_token}` } });
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([503, null]);
  });
});
