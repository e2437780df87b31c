import { createHash } from 'node:crypto';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { mintAccessToken } from '../../lib/testing/index.js';
import { ecPair, rsaPair } from '../support/key-pairs.js';
import { OAuthWalk } from '../support/oauth-walk.js';
import { ADAPTERS, startTestApp, type TestApp, TEST_SCOPES } from '../support/test-app.js';

type Json = Record<string, unknown>;
interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly scope: string;
  readonly id_token?: string;
}

const [rsa, ec] = [rsaPair(), ecPair()];
const CLAIM_SCOPES = {
  profile: { name: 'Name', description: 'See your name' },
  email: { name: 'E-mail', description: 'See your e-mail address' },
};
const decode = (token: string, part: 0 | 1) =>
  JSON.parse(Buffer.from(token.split('.')[part] ?? '', 'base64url').toString()) as Json;

describe.each(ADAPTERS)('OpenID Connect on %s', (adapter) => {
  let host: TestApp;
  beforeAll(async () => {
    host = await startTestApp({
      adapter,
      options: {
        signing: {
          algorithm: 'RS256',
          privateKey: rsa.privateKey,
          additionalPublicKeys: [{ publicKey: ec.publicKey }],
        },
        scopes: { ...TEST_SCOPES, ...CLAIM_SCOPES },
        defaultScopes: Object.keys(TEST_SCOPES),
      },
    });
  });
  afterEach(() => {
    host.users.authTime = undefined;
    host.users.faults.clear();
    host.users.refused.clear();
    host.users.known.add('ada');
  });
  afterAll(() => host.close());

  const connect = async (change: Record<string, string | undefined> = {}) => {
    const walk = new OAuthWalk(host.origin);
    const { client_id } = await walk.register();
    const answer = await walk.redeem(client_id, await walk.code(client_id, 'ada', change));
    return { walk, client_id, tokens: JSON.parse(answer.text) as Tokens };
  };
  const userInfo = async (token?: string, init: RequestInit = {}) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const response = await fetch(`${host.origin}/oauth/userinfo`, { headers, ...init });
    return {
      status: response.status,
      challenge: response.headers.get('www-authenticate'),
      headers: response.headers,
      body: (await response.json()) as Json,
    };
  };
  const mcp = (token: string) => fetch(`${host.origin}/mcp`, { headers: { authorization: `Bearer ${token}` } });
  const keys = async () =>
    createLocalJWKSet((await (await fetch(`${host.origin}/.well-known/jwks.json`)).json()) as JSONWebKeySet);

  it('UID-01 UID-02 UID-03 gives an id token with the code, for the client and about the same subject', async () => {
    host.users.authTime = Math.floor(host.clock.now() / 1000) - 60;
    const nonce = 'n ünusual "nonce" ✓';
    const { client_id, tokens } = await connect({ scope: 'openid mcp:read', nonce, max_age: '3600' });
    const { id_token = '', access_token } = tokens;
    expect(tokens.scope).toBe('openid mcp:read');
    expect(decode(id_token, 0)).toEqual({ alg: 'RS256', typ: 'JWT', kid: expect.any(String) });
    expect(decode(id_token, 0)['kid']).toBe(decode(access_token, 0)['kid']);
    const { payload } = await jwtVerify(id_token, await keys(), { issuer: host.origin, audience: client_id });
    const iat = Math.floor(host.clock.now() / 1000);
    expect(Math.abs(Number(payload.iat) - iat)).toBeLessThan(60);
    const hash = createHash('sha256').update(access_token).digest();
    expect(payload).toEqual({
      iss: host.origin,
      sub: 'ada',
      aud: client_id,
      iat: payload.iat,
      exp: Number(payload.iat) + 3600,
      auth_time: host.users.authTime,
      nonce,
      at_hash: hash.subarray(0, 16).toString('base64url'),
    });
    expect(decode(access_token, 1)).toMatchObject({
      sub: 'ada',
      auth_time: host.users.authTime,
      aud: `${host.origin}/mcp`,
    });
    expect((await mcp(access_token)).status).toBe(200);
  });

  it('UID-01 UID-02 gives none without openid, and no nonce that was not sent', async () => {
    const { tokens: without } = await connect({ scope: 'mcp:read profile', nonce: 'n' });
    expect(Object.keys(without)).not.toContain('id_token');
    const { tokens } = await connect({ scope: 'openid' });
    expect(Object.keys(decode(tokens.id_token ?? '', 1)).sort()).toEqual([
      'at_hash',
      'aud',
      'exp',
      'iat',
      'iss',
      'sub',
    ]);
    const { tokens: byDefault } = await connect();
    expect([byDefault.scope, byDefault.id_token]).toEqual(['mcp:read mcp:write mcp:admin', undefined]);
  });

  it('RFT-11 gives a new one at a refresh: same identity and time of login, no nonce; none where openid is left out', async () => {
    const signedInAt = Math.floor(host.clock.now() / 1000) - 60;
    host.users.authTime = signedInAt;
    const { walk, client_id, tokens } = await connect({ scope: 'openid mcp:read', nonce: 'first' });
    host.users.authTime = signedInAt + 50;
    const again = JSON.parse((await walk.refresh(client_id, tokens.refresh_token)).text) as Tokens;
    const [first, second] = [tokens, again].map(({ id_token = '' }) => decode(id_token, 1));
    expect(second).toMatchObject({ iss: first?.['iss'], sub: 'ada', aud: client_id, auth_time: signedInAt });
    expect(Object.keys(second ?? {})).not.toContain('nonce');
    expect(second?.['at_hash']).not.toBe(first?.['at_hash']);
    const repeated = JSON.parse((await walk.refresh(client_id, tokens.refresh_token)).text) as Tokens;
    expect(repeated, 'the same answer to the same request').toEqual(again);
    const narrowed = await walk.refresh(client_id, again.refresh_token, { scope: 'mcp:read' });
    expect(Object.keys(JSON.parse(narrowed.text) as Tokens)).not.toContain('id_token');
  });

  it('UID-08 ignores offline_access without an error', async () => {
    const { tokens } = await connect({ scope: 'openid offline_access mcp:read' });
    expect(tokens.scope).toBe('openid mcp:read');
    expect(tokens.refresh_token).toEqual(expect.any(String));
  });

  it('AUT-06 shows a page for an OpenID request without redirect URI', async () => {
    const walk = new OAuthWalk(host.origin);
    const { client_id } = await walk.register();
    const page = await walk.openConsent(client_id, 'ada', { scope: 'openid', redirect_uri: undefined });
    expect(page.status).toBe(400);
  });

  it('CON-03 names openid on the consent page, as part of every grant', async () => {
    const walk = new OAuthWalk(host.origin);
    const { client_id } = await walk.register();
    const page = await walk.openConsent(client_id, 'ada', { scope: 'openid email mcp:write' });
    expect(page.text).toContain('Know who you are');
    const target = walk.target(await walk.decide(page, 'true', { scopes: ['mcp:write'] }));
    const answer = await walk.redeem(client_id, target.searchParams.get('code') ?? '');
    expect((JSON.parse(answer.text) as Tokens).scope).toBe('openid mcp:write');
  });

  it.each(['GET', 'POST'])('UID-04 UID-06 answers %s with the claims of the scopes and no others', async (method) => {
    for (const [scope, claims] of [
      ['openid mcp:read', { sub: 'ada' }],
      ['openid profile', { sub: 'ada', name: 'ada' }],
      ['openid email', { sub: 'ada', email: 'ada@example.com' }],
      ['openid profile email', { sub: 'ada', name: 'ada', email: 'ada@example.com' }],
    ] as const) {
      const { accessToken } = await mintAccessToken(host.app, { userId: 'ada', scope });
      const { status, body, headers } = await userInfo(accessToken, {
        method,
        headers: { authorization: `Bearer ${accessToken}` },
      });
      expect([status, body], scope).toEqual([200, claims]);
      expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('access-control-allow-origin')).toBe('*');
    }
  });

  it('UID-06 calls an address verified exactly when the host does', async () => {
    const { accessToken } = await mintAccessToken(host.app, { userId: 'ada', scope: 'openid email' });
    for (const emailVerified of [true, false]) {
      host.users.faults.set('fetchUserData', () => ({ email: 'ada@example.com', emailVerified }));
      expect((await userInfo(accessToken)).body).toEqual({
        sub: 'ada',
        email: 'ada@example.com',
        email_verified: emailVerified,
      });
    }
  });

  it('UID-05 challenges without error, refuses bad tokens and those without the scope, and leaves an outage an outage', async () => {
    const none = await userInfo();
    expect([none.status, none.challenge]).toEqual([401, 'Bearer scope="openid"']);
    const { accessToken } = await mintAccessToken(host.app, { userId: 'ada', scope: 'openid email' });
    const { accessToken: unscoped } = await mintAccessToken(host.app, {
      userId: 'ada',
      scope: 'mcp:read profile email',
    });
    const { accessToken: elsewhere } = await mintAccessToken(host.app, {
      userId: 'ada',
      scope: 'openid',
      resource: 'https://elsewhere.example/mcp',
    });
    const invalid = 'Bearer error="invalid_token", error_description="The access token is not valid", scope="openid"';
    for (const token of ['abc', elsewhere, `${accessToken}x`, 'a b']) {
      const { status, challenge, body } = await userInfo(token);
      expect([status, challenge, body['error']], token).toEqual([401, invalid, 'invalid_token']);
    }
    const lacking = await userInfo(unscoped);
    expect([lacking.status, lacking.challenge]).toEqual([
      403,
      'Bearer error="insufficient_scope", error_description="The access token does not open UserInfo", scope="openid"',
    ]);
    const body = new URLSearchParams({ access_token: accessToken });
    expect((await userInfo(undefined, { method: 'POST', body })).status, 'in the body').toBe(401);
    expect((await fetch(`${host.origin}/oauth/userinfo?access_token=${accessToken}`)).status, 'in the URL').toBe(401);
    expect((await userInfo(accessToken, { method: 'DELETE' })).status).toBe(405);
    host.users.known.delete('ada');
    const gone = await userInfo(accessToken);
    expect([gone.status, gone.challenge], 'a user who is gone').toEqual([401, invalid]);
    host.users.faults.set('fetchUserData', () => {
      throw new Error('the directory is down');
    });
    const outage = await userInfo(accessToken);
    expect([outage.status, outage.challenge, outage.body['error']]).toEqual([503, null, 'temporarily_unavailable']);
  });

  it('UID-07 ATK-02 REV-05 takes a token of the MCP server by openid; one for identity alone never opens the MCP server, and can be ended', async () => {
    const { walk, client_id, tokens } = await connect({ scope: 'openid email' });
    const { access_token, refresh_token } = tokens;
    expect(decode(access_token, 1)['aud']).toBe(`${host.origin}/oauth/userinfo`);
    expect((await userInfo(access_token)).status).toBe(200);
    const refused = await mcp(access_token);
    expect([refused.status, (await refused.json()) as Json]).toEqual([
      401,
      expect.objectContaining({ error: 'invalid_token' }),
    ]);
    const { access_token: next } = JSON.parse((await walk.refresh(client_id, refresh_token)).text) as Tokens;
    expect([(await userInfo(next)).status, (await mcp(next)).status]).toEqual([200, 401]);
    const body = new URLSearchParams({ token: next, client_id });
    expect((await fetch(`${host.origin}/oauth/revoke`, { method: 'POST', body })).status).toBe(200);
    expect((await userInfo(next)).status).toBe(401);
  });

  it('ATK-10 UID-03 never takes an id token for an access token, a refresh token or a code', async () => {
    const { walk, client_id, tokens } = await connect({ scope: 'openid mcp:read' });
    const { id_token = '' } = tokens;
    expect((await mcp(id_token)).status).toBe(401);
    expect((await userInfo(id_token)).status).toBe(401);
    expect((await walk.refresh(client_id, id_token)).status).toBe(400);
    expect((await walk.redeem(client_id, id_token)).status).toBe(400);
    const body = new URLSearchParams({ token: id_token, client_id });
    expect((await fetch(`${host.origin}/oauth/revoke`, { method: 'POST', body })).status).toBe(200);
    expect((await mcp(tokens.access_token)).status, 'nothing was revoked by it').toBe(200);
  });

  it('DSC-12 DSC-13 DSC-14 says in both documents what is there', async () => {
    const [server, openid] = await Promise.all(
      ['oauth-authorization-server', 'openid-configuration'].map(
        async (name) => (await (await fetch(`${host.origin}/.well-known/${name}`)).json()) as Json,
      ),
    );
    expect(server).toMatchObject({
      userinfo_endpoint: `${host.origin}/oauth/userinfo`,
      jwks_uri: `${host.origin}/.well-known/jwks.json`,
      scopes_supported: ['mcp:read', 'mcp:write', 'mcp:admin', 'profile', 'email', 'openid'],
    });
    expect(openid).toEqual({
      ...server,
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      claims_supported: 'sub iss aud exp iat auth_time nonce at_hash name email email_verified'.split(' '),
      claims_parameter_supported: false,
      request_parameter_supported: false,
      request_uri_parameter_supported: false,
    });
    const resource = await fetch(`${host.origin}/.well-known/oauth-protected-resource`);
    expect(((await resource.json()) as Json)['scopes_supported']).toEqual(Object.keys(TEST_SCOPES));
  });

  it('CON-05 gives no id token where the host’s policy refuses openid', async () => {
    host.users.refused.add('openid');
    const { tokens } = await connect({ scope: 'openid mcp:read' });
    expect([tokens.scope, tokens.id_token]).toEqual(['mcp:read', undefined]);
  });
});

describe.each(ADAPTERS)('without an asymmetric key on %s', (adapter) => {
  it('UID-01 UID-04 UID-05 knows no openid and gives no id token; UserInfo answers where profile or email are declared', async () => {
    const host = await startTestApp({
      adapter,
      options: { scopes: { ...TEST_SCOPES, email: CLAIM_SCOPES.email } },
    });
    const walk = new OAuthWalk(host.origin);
    const { client_id } = await walk.register();
    const code = await walk.code(client_id, 'ada', { scope: 'openid email', nonce: 'n' });
    const tokens = JSON.parse((await walk.redeem(client_id, code)).text) as Tokens;
    expect([tokens.scope, tokens.id_token]).toEqual(['email', undefined]);
    const ask = (token: string) =>
      fetch(`${host.origin}/oauth/userinfo`, { headers: { authorization: `Bearer ${token}` } });
    expect(await (await ask(tokens.access_token)).json()).toEqual({ sub: 'ada', email: 'ada@example.com' });
    const { accessToken } = await mintAccessToken(host.app, { userId: 'ada', scope: 'mcp:read' });
    const lacking = await ask(accessToken);
    expect([lacking.status, lacking.headers.get('www-authenticate')]).toEqual([
      403,
      'Bearer error="insufficient_scope", error_description="The access token does not open UserInfo", scope="email"',
    ]);
    const document = (await (await fetch(`${host.origin}/.well-known/openid-configuration`)).json()) as Json;
    expect(document).toMatchObject({
      userinfo_endpoint: `${host.origin}/oauth/userinfo`,
      id_token_signing_alg_values_supported: ['HS256'],
    });
    expect(Object.keys(document)).not.toContain('claims_supported');
    await host.close();
  });
});
