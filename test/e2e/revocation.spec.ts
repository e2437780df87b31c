import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OAuthWalk, type Registered } from '../support/oauth-walk.js';
import { ADAPTERS, startTestApp, type TestApp } from '../support/test-app.js';

const basic = ({ client_id, client_secret = '' }: Registered) => ({
  authorization: `Basic ${btoa(`${client_id}:${client_secret}`)}`,
});

describe.each(ADAPTERS)('revocation and introspection on %s', (adapter) => {
  let host: TestApp;
  let walk: OAuthWalk;
  beforeAll(async () => {
    host = await startTestApp({ adapter });
    walk = new OAuthWalk(host.origin);
  });
  afterAll(() => host.close());

  const post = async (endpoint: string, form: Record<string, string>, headers: Record<string, string> = {}) => {
    const response = await fetch(`${host.origin}/oauth/${endpoint}`, {
      method: 'POST',
      body: new URLSearchParams(form),
      headers,
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  const revoke = (form: Record<string, string>, headers = {}) => post('revoke', form, headers);
  const open = async (token: string) =>
    (await fetch(`${host.origin}/mcp`, { headers: { authorization: `Bearer ${token}` } })).status;

  /** A confidential client with tokens. */
  const confidential = async () => {
    const client = await walk.register({ token_endpoint_auth_method: 'client_secret_basic' });
    const form = {
      grant_type: 'authorization_code',
      code: await walk.code(client.client_id),
      code_verifier: walk.verifier,
    };
    const answer = await walk.token(form, basic(client));
    return { client, ...(JSON.parse(answer.text) as { access_token: string; refresh_token: string }) };
  };

  it('REV-03 REV-05 ends the grant and its access tokens by a refresh token, at once, whatever the hint', async () => {
    const { client, refresh_token, access_token } = await walk.tokens();
    expect(await open(access_token)).toBe(200);
    const answer = await revoke({ client_id: client.client_id, token: refresh_token, token_type_hint: 'access_token' });
    expect([answer.status, answer.text, answer.headers.get('cache-control')]).toEqual([200, '', 'no-store']);
    expect(await open(access_token)).toBe(401);
    expect((await walk.refresh(client.client_id, refresh_token)).status).toBe(400);
  });

  it('REV-03 ends the grant by a refresh token that was already retired, too', async () => {
    const { client, refresh_token } = await walk.tokens();
    const next = JSON.parse((await walk.refresh(client.client_id, refresh_token)).text) as Record<string, string>;
    expect((await revoke({ client_id: client.client_id, token: refresh_token })).status).toBe(200);
    expect(await open(next['access_token'] ?? '')).toBe(401);
    expect((await walk.refresh(client.client_id, next['refresh_token'] ?? '')).status).toBe(400);
  });

  it('REV-03 ends one access token by itself, and the grant goes on', async () => {
    const { client, refresh_token, access_token } = await walk.tokens();
    expect((await revoke({ client_id: client.client_id, token: access_token })).status).toBe(200);
    expect(await open(access_token)).toBe(401);
    const next = JSON.parse((await walk.refresh(client.client_id, refresh_token)).text) as { access_token: string };
    expect(await open(next.access_token)).toBe(200);
  });

  it.each(['', 'abc', 'a.b.c', 'x'.repeat(2000)])('REV-02 answers 200 for what is no token: %s', async (token) => {
    const client = await walk.register();
    const answer = await revoke({
      client_id: client.client_id,
      token: token || 'unknown',
      token_type_hint: 'nonsense',
    });
    expect([answer.status, answer.text]).toEqual([200, '']);
  });

  it('REV-04 refuses the token of another client, and leaves it alone', async () => {
    const { access_token, refresh_token, client } = await walk.tokens();
    const other = await walk.register();
    for (const token of [access_token, refresh_token]) {
      const answer = await revoke({ client_id: other.client_id, token });
      expect([answer.status, JSON.parse(answer.text)]).toEqual([
        400,
        { error: 'invalid_grant', error_description: 'The token was issued to another client' },
      ]);
    }
    expect(await open(access_token)).toBe(200);
    expect((await walk.refresh(client.client_id, refresh_token)).status).toBe(200);
  });

  it('REV-01 INT-01 refuses other methods, a missing token, and a client that does not authenticate', async () => {
    const { client } = await confidential();
    for (const endpoint of ['revoke', 'introspect']) {
      const get = await fetch(`${host.origin}/oauth/${endpoint}?token=x&client_id=${client.client_id}`);
      expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST']);
      const missing = await post(endpoint, {}, basic(client));
      expect([missing.status, (JSON.parse(missing.text) as { error: string }).error]).toEqual([400, 'invalid_request']);
      for (const form of [
        { token: 'x' },
        { token: 'x', client_id: client.client_id },
        { token: 'x', client_id: 'y' },
      ]) {
        const answer = await post(endpoint, form);
        expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Basic realm="OAuth"']);
        expect((JSON.parse(answer.text) as { error: string }).error).toBe('invalid_client');
      }
    }
  });

  it('INT-04 INT-05 INT-06 describes a client its own living tokens', async () => {
    const { client, access_token, refresh_token } = await confidential();
    const access = await post('introspect', { token: access_token, token_type_hint: 'refresh_token' }, basic(client));
    expect(access.headers.get('cache-control')).toBe('no-store');
    const about = JSON.parse(access.text) as Record<string, unknown>;
    const common = {
      active: true,
      client_id: client.client_id,
      iss: host.origin,
      sub: 'ada',
      aud: `${host.origin}/mcp`,
    };
    const times = { iat: expect.any(Number), exp: expect.any(Number) };
    const scope = 'mcp:read mcp:write mcp:admin';
    expect(about).toEqual({ ...common, ...times, scope, token_type: 'Bearer', jti: expect.any(String) });
    expect(Number(about['exp']) - Number(about['iat'])).toBe(3600);
    const refresh = await post('introspect', { token: refresh_token }, basic(client));
    expect(JSON.parse(refresh.text)).toEqual({ ...common, ...times, scope, token_type: 'refresh_token' });
  });

  it('INT-03 INT-04 says nothing but inactive about what is foreign, used, revoked, expired or no token', async () => {
    const { client, access_token, refresh_token } = await confidential();
    const foreign = await walk.tokens();
    const inactive = async (token: string) => {
      const answer = await post('introspect', { token }, basic(client));
      expect([answer.status, answer.text], token).toEqual([200, '{"active":false}']);
    };
    for (const token of ['abc', foreign.access_token, foreign.refresh_token]) await inactive(token);
    const form = { grant_type: 'refresh_token', refresh_token };
    const next = JSON.parse((await walk.token(form, basic(client))).text) as {
      access_token: string;
      refresh_token: string;
    };
    await inactive(refresh_token);
    await revoke({ token: access_token }, basic(client));
    await inactive(access_token);
    host.clock.advance(3600);
    await inactive(next.access_token);
    host.clock.advance(2_592_000);
    await inactive(next.refresh_token);
  });

  it('INT-02 refuses a public client, which has nothing to authenticate with', async () => {
    const { client, access_token } = await walk.tokens();
    const answer = await post('introspect', { token: access_token, client_id: client.client_id });
    expect([answer.status, (JSON.parse(answer.text) as { error: string }).error]).toEqual([401, 'invalid_client']);
  });

  it('ACG-06 ACG-07 ends what a code issued when it is redeemed again, and not for a wrong verifier or client', async () => {
    const client = await walk.register();
    const other = await walk.register();
    const code = await walk.code(client.client_id);
    const tokens = JSON.parse((await walk.redeem(client.client_id, code)).text) as { access_token: string };
    expect((await walk.redeem(other.client_id, code)).status).toBe(400);
    expect((await walk.redeem(client.client_id, code, { code_verifier: walk.challenge })).status).toBe(400);
    expect(await open(tokens.access_token)).toBe(200);
    expect((await walk.redeem(client.client_id, code)).status).toBe(400);
    expect(await open(tokens.access_token)).toBe(401);
  });

  it('STO-07 ends the grant of a user who is gone at the next refresh, access tokens too', async () => {
    const { client, refresh_token, access_token } = await walk.tokens('grace');
    host.users.known.delete('grace');
    expect((await walk.refresh(client.client_id, refresh_token)).status).toBe(400);
    host.users.known.add('grace');
    expect(await open(access_token)).toBe(401);
    expect((await walk.refresh(client.client_id, refresh_token)).status).toBe(400);
  });

  it('DSC-12 DSC-07 names both endpoints in the metadata, with the methods they take', async () => {
    const confidential = ['client_secret_basic', 'client_secret_post', 'private_key_jwt'];
    const response = await fetch(`${host.origin}/.well-known/oauth-authorization-server`);
    expect(await response.json()).toMatchObject({
      revocation_endpoint: `${host.origin}/oauth/revoke`,
      revocation_endpoint_auth_methods_supported: ['none', ...confidential],
      introspection_endpoint: `${host.origin}/oauth/introspect`,
      introspection_endpoint_auth_methods_supported: confidential,
    });
  });
});
