import { JwtService } from '@nestjs/jwt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mintAccessToken } from '../../lib/testing/index.js';
import { readConsentForm } from '../support/browser.js';
import { forgedTokens } from '../support/forged-tokens.js';
import { OAuthWalk } from '../support/oauth-walk.js';
import { ADAPTERS, startTestApp, type TestApp } from '../support/test-app.js';

describe.each(ADAPTERS)('forged and misplaced tokens on %s', (adapter) => {
  let host: TestApp;
  beforeAll(async () => {
    host = await startTestApp({ adapter });
  });
  afterAll(() => host.close());

  const call = (token: string, method = 'POST') =>
    fetch(`${host.origin}/mcp`, { method, headers: { authorization: `Bearer ${token}` } });
  const challenge = (error = '') =>
    `Bearer ${error}resource_metadata="${host.origin}/.well-known/oauth-protected-resource/mcp", scope="mcp:read mcp:write mcp:admin"`;
  const invalidToken = () => challenge('error="invalid_token", error_description="The access token is not valid", ');

  it('ATK-09 ATK-10 RSG-03 RSG-04 RSG-05 gets the exact challenge for every one, and never reaches a handler', async () => {
    const walk = new OAuthWalk(host.origin);
    const { client, refresh_token, access_token } = await walk.tokens();
    const { fields } = readConsentForm((await walk.openConsent(client.client_id)).text);
    const code = await walk.code(client.client_id);
    const claims = JSON.parse(Buffer.from(access_token.split('.')[1] ?? '', 'base64url').toString()) as Record<
      string,
      unknown
    >;
    const forged = forgedTokens(host.secret, claims, {
      refreshToken: refresh_token,
      code,
      csrfToken: fields['csrf_token'] ?? '',
    });
    expect(forged.length).toBeGreaterThanOrEqual(40);

    expect((await call(access_token)).status, 'the valid token they differ from').toBe(200);
    for (const { name, token } of forged) {
      const response = await call(token);
      const answer = {
        status: response.status,
        challenge: response.headers.get('www-authenticate'),
        body: await response.json(),
      };
      expect(answer, name).toEqual({
        status: 401,
        challenge: invalidToken(),
        body: { error: 'invalid_token', error_description: 'The access token is not valid' },
      });
      expect(response.headers.get('cache-control'), name).toBe('no-store');
    }
    expect((await call(access_token)).status, 'the valid token after all of them').toBe(200);
  });

  it('ATK-09 does not make tokens that verify under the raw oauthSecret, so a host signing with it never takes one for its own', async () => {
    const { access_token } = await new OAuthWalk(host.origin).tokens();
    const hostJwt = new JwtService({ secret: host.secret });
    expect(() => hostJwt.verify(access_token)).toThrow('invalid signature');
  });

  it('ATK-09 refuses a token the host signed with the raw oauthSecret', async () => {
    const { access_token } = await new OAuthWalk(host.origin).tokens();
    const claims = JSON.parse(Buffer.from(access_token.split('.')[1] ?? '', 'base64url').toString()) as object;
    const response = await call(
      new JwtService({ secret: host.secret }).sign(claims, { header: { alg: 'HS256', typ: 'at+jwt' } }),
    );
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, invalidToken()]);
  });

  it('RSG-03 refuses a cached token the moment it expires', async () => {
    const { accessToken } = await mintAccessToken(host.app, { userId: 'ada', scope: 'mcp:read', lifetimeSeconds: 60 });
    expect((await call(accessToken)).status).toBe(200);
    host.clock.advance(60);
    const response = await call(accessToken);
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, invalidToken()]);
  });

  it('RSG-05 refuses a token minted for another resource', async () => {
    const { accessToken } = await mintAccessToken(host.app, {
      userId: 'ada',
      scope: 'mcp:read',
      resource: `${host.origin}/other`,
    });
    expect((await call(accessToken)).status).toBe(401);
  });

  it('RSG-02 RSG-06 gets no error code for no token, another scheme, or a token in the query or the body', async () => {
    const { accessToken, authorization } = await mintAccessToken(host.app, { userId: 'ada', scope: 'mcp:read' });
    const form = { method: 'POST', body: new URLSearchParams({ access_token: accessToken }) };
    for (const [url, init] of [
      ['/mcp', {}],
      ['/mcp', { headers: { authorization: `Basic ${btoa('ada:pw')}` } }],
      ['/mcp', { headers: { authorization: `DPoP ${accessToken}` } }],
      [`/mcp?access_token=${accessToken}`, {}],
      ['/mcp', form],
      ['/mcp', { headers: { cookie: `session=ada; authorization=${accessToken}`, 'x-authorization': authorization } }],
    ] as const) {
      const response = await fetch(host.origin + url, init);
      expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, challenge()]);
    }
  });
});

describe('several secrets', () => {
  it('ATK-08 verifies tokens of an older secret, signs with the newest, and forgets one that is gone', async () => {
    const [old, young] = ['o'.repeat(8), 'y'.repeat(8)].map((seed) => seed + 'abcdefghijklmnopqrstuvwxyz012345');
    const mint = async (oauthSecret: readonly string[]) => {
      const host = await startTestApp({
        adapter: 'express',
        options: { oauthSecret, baseUrl: 'http://127.0.0.1:65001' },
      });
      const { accessToken } = await mintAccessToken(host.app, { userId: 'ada', scope: 'mcp:read' });
      const open = async (token: string) =>
        (await fetch(`${host.origin}/mcp`, { headers: { authorization: `Bearer ${token}` } })).status;
      return { host, accessToken, open };
    };
    const before = await mint([old ?? '']);
    const during = await mint([young ?? '', old ?? '']);
    const after = await mint([young ?? '']);
    expect(await during.open(before.accessToken)).toBe(200);
    expect(await after.open(during.accessToken)).toBe(200);
    expect(await after.open(before.accessToken)).toBe(401);
    expect(await before.open(during.accessToken)).toBe(401);
    await Promise.all([before, during, after].map(({ host }) => host.close()));
  });
});
