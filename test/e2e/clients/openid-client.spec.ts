import * as client from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ExchangeRecorder } from '../../support/exchange-recorder.js';
import { type SampleApp, startSampleApp } from '../../support/sample-app-process.js';
import { type Decision, SamplePerson } from '../../support/sample-person.js';
import { ADAPTERS } from '../../support/test-app.js';
import { toolCall, toolResult } from './drivers/tool-call.js';

const REDIRECT_URI = 'http://127.0.0.1:47124/callback';

type Algorithm = 'oauth2' | 'oidc';

describe.each(ADAPTERS)('openid-client and the sample app on %s', (adapter) => {
  let app: SampleApp;
  let ada: SamplePerson;
  beforeAll(async () => {
    app = await startSampleApp({ adapter });
    ada = new SamplePerson(app.origin);
  });
  afterAll(() => app.close());

  /** Discovers and registers; strict in all but that loopback http is allowed. */
  async function register(
    metadata: Partial<client.ClientMetadata> = {},
    authentication: client.ClientAuth = client.None(),
    algorithm: Algorithm = 'oauth2',
  ) {
    const recorder = new ExchangeRecorder();
    const config = await client.dynamicClientRegistration(
      new URL(app.origin),
      { redirect_uris: [REDIRECT_URI], token_endpoint_auth_method: 'none', ...metadata },
      authentication,
      {
        algorithm,
        execute: [client.allowInsecureRequests],
        [client.customFetch]: recorder.fetch,
      },
    );
    return { config, recorder };
  }

  /** Sends the person off and gives what the client needs to go on. */
  async function authorize(config: client.Configuration, parameters: Record<string, string> = {}, decision?: Decision) {
    const pkceCodeVerifier = client.randomPKCECodeVerifier();
    const expectedState = client.randomState();
    const url = client.buildAuthorizationUrl(config, {
      redirect_uri: REDIRECT_URI,
      code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
      state: expectedState,
      ...parameters,
    });
    return { callback: await ada.authorize(url, decision), checks: { pkceCodeVerifier, expectedState } };
  }

  async function tokens(config: client.Configuration, parameters?: Record<string, string>) {
    const { callback, checks } = await authorize(config, parameters);
    return client.authorizationCodeGrant(config, callback, checks);
  }

  async function call(config: client.Configuration, accessToken: string, tool: string, args?: Record<string, unknown>) {
    const { headers, body } = toolCall(tool, args);
    return client.fetchProtectedResource(config, accessToken, app.mcpUrl, 'POST', body, new Headers(headers));
  }

  it.each([
    ['oauth2', '/.well-known/oauth-authorization-server'],
    ['oidc', '/.well-known/openid-configuration'],
  ] as const)('DSC-01 DSC-03 REG-01 TOK-07 RFT-01 walks the whole way by %s discovery', async (algorithm, path) => {
    const { config, recorder } = await register({}, client.None(), algorithm);
    expect(config.serverMetadata().issuer).toBe(app.origin);
    const first = await tokens(config, { resource: app.mcpUrl.href, scope: 'mcp:read mcp:write' });
    expect(first).toMatchObject({ token_type: 'bearer', expires_in: 3600, scope: 'mcp:read mcp:write' });
    const second = await client.refreshTokenGrant(config, first.refresh_token ?? '');
    expect(second.refresh_token).not.toBe(first.refresh_token);
    for (const { access_token } of [first, second]) {
      expect(await toolResult(await call(config, access_token, 'whoami'))).toMatchObject({
        userId: 'user-ada',
        clientId: config.clientMetadata().client_id,
      });
    }
    const created = await toolResult(await call(config, second.access_token, 'create_note', { title: 'Strict' }));
    expect(await toolResult(await call(config, second.access_token, 'list_notes', { limit: 1 }))).toEqual({
      notes: [(created as { readonly note: unknown }).note],
    });
    expect(recorder.authorization()).toEqual([
      `GET ${path} 200`,
      'POST /oauth/register 201',
      'POST /oauth/token 200',
      'POST /oauth/token 200',
    ]);
    expect(recorder.nullMembers()).toEqual([]);
  });

  it.each([
    ['client_secret_basic', client.ClientSecretBasic()],
    ['client_secret_post', client.ClientSecretPost()],
  ] as const)('CAU-02 CAU-03 REG-06 authenticates with %s', async (token_endpoint_auth_method, authentication) => {
    const { config, recorder } = await register({ token_endpoint_auth_method }, authentication);
    const { access_token, refresh_token } = await tokens(config);
    expect(await toolResult(await call(config, access_token, 'whoami'))).toMatchObject({ userId: 'user-ada' });
    await client.refreshTokenGrant(config, refresh_token ?? '');
    expect(recorder.last('POST', '/oauth/register').json).toMatchObject({
      client_secret: expect.any(String),
      client_secret_expires_at: 0,
    });
  });

  it('AUT-16 AUT-19 REG-07 needs neither scope nor resource, and registers with redirect URIs alone', async () => {
    const config = await client.dynamicClientRegistration(
      new URL(app.origin),
      { redirect_uris: [REDIRECT_URI] },
      client.ClientSecretBasic(),
      { algorithm: 'oauth2', execute: [client.allowInsecureRequests] },
    );
    expect(config.clientMetadata()).toMatchObject({
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
    });
    const { access_token, scope } = await tokens(config);
    expect(scope).toBe('mcp:read mcp:write');
    expect((await call(config, access_token, 'whoami')).status).toBe(200);
  });

  it('AUT-34 AUT-21 hands a refusal to the client as access_denied, with iss', async () => {
    const { config } = await register();
    const { callback, checks } = await authorize(config, {}, { approved: false });
    await expect(client.authorizationCodeGrant(config, callback, checks)).rejects.toMatchObject({
      name: 'AuthorizationResponseError',
      error: 'access_denied',
    });
  });

  it('DSC-10 AUT-21 is a client that would notice a missing or a foreign iss', async () => {
    const { config } = await register();
    const { callback, checks } = await authorize(config);
    const changed = [new URL(callback), new URL(callback)] as const;
    changed[0].searchParams.delete('iss');
    changed[1].searchParams.set('iss', `${app.origin}/`);
    const aboutIss = expect.objectContaining({ message: expect.stringContaining('"iss"') });
    for (const url of changed) {
      await expect(client.authorizationCodeGrant(config, url, checks)).rejects.toHaveProperty('cause', aboutIss);
    }
    expect(await client.authorizationCodeGrant(config, callback, checks)).toHaveProperty('access_token');
  });

  it('ACG-01 ACG-02 ACG-06 refuses a wrong verifier and a second redemption as invalid_grant', async () => {
    const { config } = await register();
    const { callback, checks } = await authorize(config);
    const wrong = { ...checks, pkceCodeVerifier: client.randomPKCECodeVerifier() };
    const refusal = { name: 'ResponseBodyError', status: 400, error: 'invalid_grant' };
    await expect(client.authorizationCodeGrant(config, callback, wrong)).rejects.toMatchObject(refusal);
    await client.authorizationCodeGrant(config, callback, checks);
    await expect(client.authorizationCodeGrant(config, callback, checks)).rejects.toMatchObject(refusal);
  });

  it('RFT-02 RFT-06 RFT-07 refuses unknown refresh tokens, more scope and another resource', async () => {
    const { config } = await register();
    const { refresh_token = '' } = await tokens(config);
    const refused = (token: string, parameters: Record<string, string>) =>
      client.refreshTokenGrant(config, token, parameters).then(
        () => 'granted',
        (error: unknown) => (error as { error?: string }).error,
      );
    expect(await refused('unknown', {})).toBe('invalid_grant');
    expect(await refused(refresh_token, { scope: 'mcp:read mcp:admin' })).toBe('invalid_scope');
    expect(await refused(refresh_token, { resource: `${app.origin}/elsewhere` })).toBe('invalid_target');
    const narrowed = await client.refreshTokenGrant(config, refresh_token, { scope: 'mcp:read' });
    expect(narrowed.scope).toBe('mcp:read');
    await expect(call(config, narrowed.access_token, 'create_note', { title: 'No' })).rejects.toMatchObject({
      name: 'WWWAuthenticateChallengeError',
      status: 403,
    });
    expect((await client.refreshTokenGrant(config, narrowed.refresh_token ?? '')).scope).toBe('mcp:read mcp:write');
  });

  it('CAU-01 refuses a wrong secret as invalid_client', async () => {
    const { config } = await register(
      { token_endpoint_auth_method: 'client_secret_basic' },
      client.ClientSecretBasic(),
    );
    const { callback, checks } = await authorize(config);
    const impostor = new client.Configuration(
      config.serverMetadata(),
      config.clientMetadata().client_id,
      undefined,
      client.ClientSecretBasic('not-the-secret'),
    );
    client.allowInsecureRequests(impostor);
    await expect(client.authorizationCodeGrant(impostor, callback, checks)).rejects.toMatchObject({
      name: 'WWWAuthenticateChallengeError',
      status: 401,
    });
    expect(await client.authorizationCodeGrant(config, callback, checks)).toHaveProperty('access_token');
  });
});
