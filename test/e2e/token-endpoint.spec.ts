import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../support/browser.js';
import { OAuthWalk, REDIRECT_URI } from '../support/oauth-walk.js';
import { ADAPTERS, startTestApp, type TestApp } from '../support/test-app.js';

interface Tokens {
  readonly access_token: string;
  readonly refresh_token?: string;
  readonly token_type: string;
  readonly expires_in: number;
  readonly scope: string;
}

const tokensOf = (answer: Answer): Tokens => {
  expect(answer.text).toContain('access_token');
  expect(answer.status).toBe(200);
  return JSON.parse(answer.text) as Tokens;
};

/** The exact RFC shape of a refusal, and nothing else in it. */
function expectError(answer: Answer, status: number, error: string): void {
  const body = JSON.parse(answer.text) as Record<string, unknown>;
  expect({ status: answer.status, ...body }).toEqual({ status, error, error_description: expect.any(String) });
  expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(answer.headers.get('www-authenticate')).toBe(status === 401 ? 'Basic realm="OAuth"' : null);
}

const basic = (id: string, secret: string) => ({ authorization: `Basic ${btoa(`${id}:${secret}`)}` });
const decode = (jwt: string, part: 0 | 1): Record<string, unknown> =>
  JSON.parse(Buffer.from(jwt.split('.')[part] ?? '', 'base64url').toString()) as Record<string, unknown>;

describe.each(ADAPTERS)('the token endpoint on %s', (adapter) => {
  let host: TestApp;
  let walk: OAuthWalk;
  beforeAll(async () => {
    host = await startTestApp({ adapter });
    walk = new OAuthWalk(host.origin);
  });
  afterAll(() => host.close());

  describe('success', () => {
    it('TOK-07 TRN-03 ATK-01 ATK-02 OPS-02 answers with an RFC 9068 access token for the granted resource', async () => {
      const client = await walk.register();
      const answer = await walk.redeem(client.client_id, await walk.code(client.client_id));
      const tokens = tokensOf(answer);
      expect(Object.keys(tokens).sort()).toEqual([
        'access_token',
        'expires_in',
        'refresh_token',
        'scope',
        'token_type',
      ]);
      expect(tokens).toMatchObject({ token_type: 'Bearer', expires_in: 3600, scope: 'mcp:read mcp:write mcp:admin' });
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(decode(tokens.access_token, 0)).toEqual({ alg: 'HS256', typ: 'at+jwt' });
      const claims = decode(tokens.access_token, 1);
      expect(claims).toEqual({
        iss: host.origin,
        aud: `${host.origin}/mcp`,
        sub: 'ada',
        client_id: client.client_id,
        scope: 'mcp:read mcp:write mcp:admin',
        iat: expect.any(Number),
        exp: Number(claims['iat']) + 3600,
        jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
        grant_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        org_id: 'analytical',
      });
    });

    it('ATK-04 puts neither e-mail nor API key into the token', async () => {
      const { access_token } = await walk.tokens();
      expect(Buffer.from(access_token, 'base64url').toString('latin1')).not.toMatch(/example\.com|secret-of/);
      expect(access_token.length).toBeLessThan(1024);
    });

    it('ACG-10 does not read scope when a code is redeemed', async () => {
      const client = await walk.register();
      const code = await walk.code(client.client_id, 'ada', { scope: 'mcp:read' });
      const tokens = tokensOf(await walk.redeem(client.client_id, code, { scope: 'mcp:read mcp:admin' }));
      expect(tokens.scope).toBe('mcp:read');
    });

    it('ACG-09 gives a refresh token only to a client that registered the grant', async () => {
      const client = await walk.register({ grant_types: ['authorization_code'] });
      const tokens = tokensOf(await walk.redeem(client.client_id, await walk.code(client.client_id)));
      expect(tokens.refresh_token).toBeUndefined();
    });

    it('ACG-04 RFC 6749 tolerates redirect_uri absent, and takes the one of the authorization request', async () => {
      const client = await walk.register();
      tokensOf(await walk.redeem(client.client_id, await walk.code(client.client_id), { redirect_uri: REDIRECT_URI }));
    });

    it('TOK-05 treats an empty parameter as absent and ignores unknown ones', async () => {
      const client = await walk.register();
      const code = await walk.code(client.client_id);
      tokensOf(await walk.redeem(client.client_id, code, { client_secret: '', resource: '', foo: 'bar', 'a[b]': 'c' }));
    });

    it('TOK-02 accepts a charset parameter on the content type', async () => {
      const client = await walk.register();
      const form = {
        grant_type: 'authorization_code',
        client_id: client.client_id,
        code: await walk.code(client.client_id),
        code_verifier: walk.verifier,
      };
      tokensOf(await walk.token(form, { 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8' }));
    });

    it('TOK-09 accepts the granted resource, written with upper-case scheme and host too', async () => {
      const client = await walk.register();
      const resource = `${host.origin.replace('http', 'HTTP')}/mcp`;
      tokensOf(await walk.redeem(client.client_id, await walk.code(client.client_id), { resource }));
    });
  });

  describe('refused for any grant', () => {
    it.each(['GET', 'PUT', 'DELETE', 'PATCH'])('TOK-01 answers 405 with Allow: POST to %s', async (method) => {
      const response = await fetch(`${host.origin}/oauth/token`, { method });
      expect(response.status).toBe(405);
      expect(response.headers.get('allow')).toBe('POST');
      expect(await response.json()).toEqual({ error: 'invalid_request', error_description: 'Method not allowed' });
    });

    it.each([
      ['JSON', { 'content-type': 'application/json' }],
      ['text', { 'content-type': 'text/plain' }],
      ['multipart', { 'content-type': 'multipart/form-data; boundary=x' }],
      ['another charset', { 'content-type': 'application/x-www-form-urlencoded; charset=utf-16' }],
      ['a compressed body', { 'content-encoding': 'gzip' }],
    ])('TOK-02 refuses %s', async (_what, headers) => {
      expectError(await walk.token({ grant_type: 'authorization_code' }, headers), 400, 'invalid_request');
    });

    it('TOK-03 does not read the query, and refuses a secret in it', async () => {
      const client = await walk.register();
      const query = `grant_type=authorization_code&client_id=${client.client_id}`;
      const post = async (search: string) => {
        const response = await fetch(`${host.origin}/oauth/token?${search}`, {
          method: 'POST',
          body: new URLSearchParams(),
        });
        return { status: response.status, headers: response.headers, text: await response.text() };
      };
      expectError(await post(query), 401, 'invalid_client');
      expectError(await post('client_secret=x'), 400, 'invalid_request');
    });

    it('TOK-06 tells missing, unknown and unregistered grant types apart', async () => {
      const client = await walk.register({ grant_types: ['authorization_code'] });
      const send = (grant_type: string | undefined) => walk.token({ client_id: client.client_id, grant_type });
      expectError(await send(undefined), 400, 'invalid_request');
      for (const type of [
        'password',
        'client_credentials',
        'implicit',
        '__proto__',
        'urn:ietf:params:oauth:grant-type:jwt-bearer',
      ]) {
        expectError(await send(type), 400, 'unsupported_grant_type');
      }
      expectError(await send('refresh_token'), 400, 'unauthorized_client');
    });

    it('TOK-12 answers 503 with Retry-After when the host cannot say who the user is, and keeps the code', async () => {
      const client = await walk.register();
      const code = await walk.code(client.client_id);
      host.users.faults.set('fetchUserData', () => {
        throw new Error('directory down');
      });
      const answer = await walk.redeem(client.client_id, code);
      host.users.faults.clear();
      expectError(answer, 503, 'temporarily_unavailable');
      expect(answer.headers.get('retry-after')).toBe('5');
      tokensOf(await walk.redeem(client.client_id, code));
    });
  });

  describe('client authentication', () => {
    it.each(['client_secret_basic', 'client_secret_post'] as const)(
      'CAU-01 CAU-02 CAU-03 takes %s where it was registered',
      async (method) => {
        const client = await walk.register({ token_endpoint_auth_method: method });
        const secret = client.client_secret ?? '';
        const code = await walk.code(client.client_id);
        const [form, headers] =
          method === 'client_secret_basic'
            ? [{ client_id: undefined }, basic(encodeURIComponent(client.client_id), encodeURIComponent(secret))]
            : [{ client_id: client.client_id, client_secret: secret }, {}];
        tokensOf(
          await walk.token({ grant_type: 'authorization_code', code, code_verifier: walk.verifier, ...form }, headers),
        );
      },
    );

    it('CAU-01 CAU-04 refuses a confidential client without, with a wrong and with a misplaced secret, and keeps the code', async () => {
      const client = await walk.register({ token_endpoint_auth_method: 'client_secret_basic' });
      const { client_id, client_secret = '' } = client;
      const form = { grant_type: 'authorization_code', code: await walk.code(client_id), code_verifier: walk.verifier };
      const bodies = [
        await walk.token({ ...form, client_id }),
        await walk.token({ ...form, client_id, client_secret }),
        await walk.token(form, basic(client_id, `${client_secret}x`)),
        await walk.token(form, basic(client_id, '')),
        await walk.token(form, basic('unknown', client_secret)),
        await walk.token(form, basic('', client_secret)),
        await walk.token(form, { authorization: 'Basic !!!' }),
        await walk.token(form, { authorization: `Basic ${btoa('no-colon')}` }),
        await walk.token(form, { authorization: `Basic ${btoa('%zz:x')}` }),
        await walk.token(form, { authorization: 'Bearer abc' }),
      ];
      for (const answer of bodies) expectError(answer, 401, 'invalid_client');
      expect(new Set(bodies.map(({ text }) => text)).size).toBe(1);
      tokensOf(await walk.token(form, basic(client_id, client_secret)));
    });

    it('CAU-05 refuses two mechanisms at once', async () => {
      const { client_id, client_secret = '' } = await walk.register({
        token_endpoint_auth_method: 'client_secret_post',
      });
      const answer = await walk.token(
        { grant_type: 'refresh_token', client_id, client_secret },
        basic(client_id, client_secret),
      );
      expectError(answer, 400, 'invalid_request');
    });

    it('CAU-06 refuses a client_id that differs from the authenticated one', async () => {
      const { client_id, client_secret = '' } = await walk.register({
        token_endpoint_auth_method: 'client_secret_basic',
      });
      const answer = await walk.token(
        { grant_type: 'refresh_token', client_id: 'other' },
        basic(client_id, client_secret),
      );
      expectError(answer, 400, 'invalid_request');
    });

    it('CAU-07 refuses a request without client_id, and a secret from a client that has none', async () => {
      const client = await walk.register();
      expectError(await walk.token({ grant_type: 'authorization_code', code: 'x' }), 401, 'invalid_client');
      expectError(
        await walk.token({ grant_type: 'refresh_token', client_id: client.client_id, client_secret: 'x' }),
        401,
        'invalid_client',
      );
      expectError(await walk.token({ grant_type: 'refresh_token', client_id: 'unknown' }), 401, 'invalid_client');
      expectError(
        await walk.token({ grant_type: 'refresh_token', client_id: client.client_id, client_assertion: 'x' }),
        401,
        'invalid_client',
      );
    });
  });

  describe('authorization_code', () => {
    it('ACG-01 ACG-02 ACG-04 ACG-08 STO-01 refuses every wrong redemption and consumes nothing', async () => {
      const client = await walk.register();
      const other = await walk.register();
      const code = await walk.code(client.client_id);
      const wrong = async (change: Record<string, string | undefined>, error: string) =>
        expectError(await walk.redeem(client.client_id, code, change), 400, error);
      await wrong({ code: undefined }, 'invalid_request');
      await wrong({ code: `${code}x` }, 'invalid_grant');
      await wrong({ client_id: other.client_id }, 'invalid_grant');
      await wrong({ code_verifier: undefined }, 'invalid_request');
      await wrong({ code_verifier: 'short' }, 'invalid_request');
      await wrong({ code_verifier: walk.challenge }, 'invalid_grant');
      await wrong({ redirect_uri: `${REDIRECT_URI}/` }, 'invalid_grant');
      await wrong({ resource: 'https://elsewhere.example/mcp' }, 'invalid_target');
      await wrong({ resource: 'not a uri' }, 'invalid_target');
      const stored = JSON.stringify(await host.dataSource.query('SELECT * FROM mcp_auth_authorization_codes'));
      expect(stored).not.toContain(code);
      tokensOf(await walk.redeem(client.client_id, code));
    });

    it('ACG-06 refuses the second redemption of a code', async () => {
      const client = await walk.register();
      const code = await walk.code(client.client_id);
      tokensOf(await walk.redeem(client.client_id, code));
      expectError(await walk.redeem(client.client_id, code), 400, 'invalid_grant');
      expect(host.log.reasons().at(-1)).toBe('code_used');
    });

    it('AUT-33 ACG-01 refuses a code after its lifetime', async () => {
      const client = await walk.register();
      const code = await walk.code(client.client_id);
      host.clock.advance(1800);
      expectError(await walk.redeem(client.client_id, code), 400, 'invalid_grant');
      expect(host.log.reasons().at(-1)).toBe('code_expired');
    });

    it('ACG-05 STO-03 gives tokens to exactly one of 100 parallel redemptions', async () => {
      const client = await walk.register();
      const code = await walk.code(client.client_id);
      const answers = await Promise.all(Array.from({ length: 100 }, () => walk.redeem(client.client_id, code)));
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      for (const answer of answers.filter(({ status }) => status !== 200)) expectError(answer, 400, 'invalid_grant');
    });
  });

  describe('refresh_token', () => {
    it('RFT-01 RFT-02 RFT-10 rotates on every use and refuses what is not a live refresh token of this client', async () => {
      const { client, refresh_token, access_token } = await walk.tokens();
      const other = await walk.register();
      const refused = async (change: Record<string, string | undefined>, error: string) =>
        expectError(await walk.refresh(client.client_id, refresh_token, change), 400, error);
      await refused({ refresh_token: undefined }, 'invalid_request');
      await refused({ refresh_token: `${refresh_token}x` }, 'invalid_grant');
      await refused({ refresh_token: access_token }, 'invalid_grant');
      await refused({ client_id: other.client_id }, 'invalid_grant');
      const next = tokensOf(await walk.refresh(client.client_id, refresh_token));
      expect(next.refresh_token).not.toBe(refresh_token);
      await refused({ scope: 'mcp:read' }, 'invalid_grant');
      tokensOf(await walk.refresh(client.client_id, next.refresh_token ?? ''));
    });

    it('RFT-06 narrows the access token only, and refuses more than the grant', async () => {
      const { client, refresh_token } = await walk.tokens('ada', { scope: 'mcp:read mcp:write' });
      expectError(
        await walk.refresh(client.client_id, refresh_token, { scope: 'mcp:read mcp:admin' }),
        400,
        'invalid_scope',
      );
      expectError(await walk.refresh(client.client_id, refresh_token, { scope: 'mcp:"read' }), 400, 'invalid_scope');
      const narrow = tokensOf(
        await walk.refresh(client.client_id, refresh_token, { scope: 'mcp:read offline_access' }),
      );
      expect(narrow.scope).toBe('mcp:read');
      expect(tokensOf(await walk.refresh(client.client_id, narrow.refresh_token ?? '')).scope).toBe(
        'mcp:read mcp:write',
      );
    });

    it('RFT-07 TOK-09 keeps the resource, and refuses another one without using the token up', async () => {
      const { client, refresh_token } = await walk.tokens();
      expectError(
        await walk.refresh(client.client_id, refresh_token, { resource: 'https://elsewhere.example/mcp' }),
        400,
        'invalid_target',
      );
      const next = tokensOf(await walk.refresh(client.client_id, refresh_token));
      expect(decode(next.access_token, 1)['aud']).toBe(`${host.origin}/mcp`);
    });

    it('RFT-08 STO-07 refuses a grant whose user is gone, and gives a demoted user fewer scopes', async () => {
      const { client, refresh_token } = await walk.tokens('grace');
      host.users.refused.add('grace mcp:admin');
      const demoted = tokensOf(await walk.refresh(client.client_id, refresh_token));
      expect(demoted.scope).toBe('mcp:read mcp:write');
      host.users.known.delete('grace');
      expectError(await walk.refresh(client.client_id, demoted.refresh_token ?? ''), 400, 'invalid_grant');
      host.users.known.add('grace');
      host.users.refused.clear();
    });

    it('RFT-08 PRE-03 refuses a disabled client and the tokens of a revoked grant', async () => {
      const { client, refresh_token, access_token } = await walk.tokens();
      await host.dataSource.query(
        `UPDATE mcp_auth_grants SET revoked_at = 1 WHERE id = '${String(decode(access_token, 1)['grant_id'])}'`,
      );
      expectError(await walk.refresh(client.client_id, refresh_token), 400, 'invalid_grant');
      await host.dataSource.query(
        `UPDATE mcp_auth_clients SET disabled_at = 1 WHERE client_id = '${client.client_id}'`,
      );
      expectError(await walk.refresh(client.client_id, refresh_token), 401, 'invalid_client');
      const page = await walk.browser.get(walk.authorizeUrl(client.client_id));
      expect([page.status, page.headers.get('location')]).toEqual([400, null]);
    });

    it('RFT-09 refuses a refresh token that was not used for its lifetime', async () => {
      const { client, refresh_token } = await walk.tokens();
      host.clock.advance(2_592_000);
      expectError(await walk.refresh(client.client_id, refresh_token), 400, 'invalid_grant');
      expect(host.log.reasons().at(-1)).toBe('refresh_token_expired');
    });

    it('RFT-05 STO-03 leaves one successor of 20 parallel refreshes', async () => {
      const { client, refresh_token } = await walk.tokens();
      const before = await host.dataSource.query<unknown[]>('SELECT id FROM mcp_auth_refresh_tokens');
      await Promise.all(Array.from({ length: 20 }, () => walk.refresh(client.client_id, refresh_token)));
      const after = await host.dataSource.query<unknown[]>('SELECT id FROM mcp_auth_refresh_tokens');
      expect(after).toHaveLength(before.length + 1);
    });
  });

  it('STO-04 writes no code, token, verifier or secret to the log', async () => {
    const { refresh_token, access_token, client } = await walk.tokens();
    await walk.refresh(client.client_id, `${refresh_token}x`);
    const log = host.log.lines.join('\n');
    expect(log).toContain('reason=refresh_token_unknown');
    for (const secret of [refresh_token, access_token, walk.verifier, host.secret]) expect(log).not.toContain(secret);
  });
});
