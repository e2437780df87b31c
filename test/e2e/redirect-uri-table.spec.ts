import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refreshTarget } from '../support/browser.js';
import { OAuthWalk, REDIRECT_URI } from '../support/oauth-walk.js';
import { expectPage } from '../support/pages.js';
import { ALLOWED_PAIRS, REFUSED_PAIRS, REGISTRABLE, UNREGISTRABLE } from '../support/redirect-uri-table.js';
import { ADAPTERS, startTestApp, type TestApp } from '../support/test-app.js';

/** Characters that no parameter may hold have a reason of their own; neither leads anywhere. */
function reasonFor(uri: string): string {
  if (uri === '') return 'redirect_uri_missing';
  return /^[\x20-\x7e]*$/.test(uri) && uri.length <= 2048 ? 'redirect_uri_mismatch' : 'redirect_uri_malformed';
}

describe.each(ADAPTERS)('the table of redirect URIs on %s', (adapter) => {
  let host: TestApp;
  let walk: OAuthWalk;
  const clients = new Map<string, string>();
  beforeAll(async () => {
    host = await startTestApp({ adapter });
    walk = new OAuthWalk(host.origin);
    walk.browser.signIn('ada');
    // A second one, so that a request without redirect_uri has none to fall back to.
    for (const uri of new Set([...ALLOWED_PAIRS, ...REFUSED_PAIRS].map(([, registered]) => registered))) {
      const { client_id } = await walk.register({ redirect_uris: [uri, 'https://second.example/'] });
      clients.set(uri, client_id);
    }
  }, 60_000);
  afterAll(() => host.close());

  const authorize = (clientId: string, redirectUri: string) =>
    walk.browser.get(walk.authorizeUrl(clientId, { redirect_uri: redirectUri }));

  it.each(ALLOWED_PAIRS)('AUT-08 AUT-09 AUT-10 answers %s there: %j, %j', async (_why, registered, requested) => {
    const page = await authorize(clients.get(registered) ?? '', requested);
    expect(page.status).toBe(200);
    const target = refreshTarget((await walk.decide(page)).text) ?? '';
    const beginning = `${requested}${requested.includes('?') ? '&' : '?'}code=`;
    expect(target.slice(0, beginning.length)).toBe(beginning);
  });

  it.each(REFUSED_PAIRS)('AUT-07 AUT-08 AUT-09 shows a page for %s: %j, %j', async (_why, registered, requested) => {
    const page = await authorize(clients.get(registered) ?? '', requested);
    expectPage(page, 400, reasonFor(requested), host);
    if (requested !== '') expect(page.text).not.toContain(requested);
  });

  it.each(REGISTRABLE)('REG-10 REG-11 registers %s: %j', async (_why, uri) => {
    expect(await walk.register({ redirect_uris: [uri] })).toMatchObject({ redirect_uris: [uri] });
  });

  it.each(UNREGISTRABLE)(
    'REG-09 REG-10 REG-11 AUT-07 registers no %s, and goes there for nobody: %j',
    async (_why, uri) => {
      const registration = fetch(`${host.origin}/oauth/register`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ redirect_uris: [REDIRECT_URI, uri], token_endpoint_auth_method: 'none' }),
      });
      expect((await registration).status).toBe(400);
      expect(await (await registration).json()).toMatchObject({ error: 'invalid_redirect_uri' });
      const page = await authorize(clients.get('https://client.example/cb') ?? '', uri);
      expectPage(page, 400, reasonFor(uri), host);
    },
  );
});
