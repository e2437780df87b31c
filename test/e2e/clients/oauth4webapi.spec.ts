import * as oauth from 'oauth4webapi';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ExchangeRecorder } from '../../support/exchange-recorder.js';
import { type SampleApp, startSampleApp } from '../../support/sample-app-process.js';
import { SamplePerson } from '../../support/sample-person.js';
import { ADAPTERS } from '../../support/test-app.js';
import { toolCall, toolResult } from './drivers/tool-call.js';

const REDIRECT_URI = 'http://127.0.0.1:47125/callback';

interface Registered {
  readonly as: oauth.AuthorizationServer;
  readonly client: oauth.Client;
}

describe.each(ADAPTERS)('oauth4webapi and the sample app on %s', (adapter) => {
  let app: SampleApp;
  let ada: SamplePerson;
  let recorder: ExchangeRecorder;
  beforeAll(async () => {
    app = await startSampleApp({ adapter });
    ada = new SamplePerson(app.origin);
    recorder = new ExchangeRecorder();
  });
  afterAll(() => app.close());

  /** The one thing that is not strict: http, which is allowed on loopback. */
  const insecure = () => ({ [oauth.allowInsecureRequests]: true, [oauth.customFetch]: recorder.fetch });

  async function discover(algorithm: 'oauth2' | 'oidc' = 'oauth2'): Promise<oauth.AuthorizationServer> {
    const issuer = new URL(app.origin);
    return oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { ...insecure(), algorithm }));
  }

  async function register(metadata: Partial<oauth.Client> = {}): Promise<Registered> {
    const as = await discover();
    const wanted = { redirect_uris: [REDIRECT_URI], token_endpoint_auth_method: 'none', ...metadata };
    const response = await oauth.dynamicClientRegistrationRequest(as, wanted, insecure());
    return { as, client: await oauth.processDynamicClientRegistrationResponse(response) };
  }

  async function authorize({ as, client }: Registered, change: Record<string, string> = {}) {
    const verifier = oauth.generateRandomCodeVerifier();
    const state = oauth.generateRandomState();
    const url = new URL(as.authorization_endpoint ?? '');
    url.search = new URLSearchParams({
      response_type: 'code',
      client_id: client.client_id,
      redirect_uri: REDIRECT_URI,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
      ...change,
    }).toString();
    return { callback: await ada.authorize(url), verifier, state };
  }

  async function redeem(registered: Registered, change: Record<string, string> = {}, authentication = oauth.None()) {
    const { as, client } = registered;
    const { callback, verifier, state } = await authorize(registered, change);
    const parameters = oauth.validateAuthResponse(as, client, callback, state);
    const response = await oauth.authorizationCodeGrantRequest(
      as,
      client,
      authentication,
      parameters,
      REDIRECT_URI,
      verifier,
      insecure(),
    );
    return oauth.processAuthorizationCodeResponse(as, client, response);
  }

  function call(accessToken: string, tool: string, args?: Record<string, unknown>): Promise<Response> {
    const { headers, body } = toolCall(tool, args);
    return oauth.protectedResourceRequest(accessToken, 'POST', app.mcpUrl, new Headers(headers), body, insecure());
  }

  async function challenge(attempt: Promise<unknown>): Promise<oauth.WWWAuthenticateChallenge | undefined> {
    const error = await attempt.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!(error instanceof oauth.WWWAuthenticateChallengeError)) throw error ?? new Error('was let in');
    expect(error.cause).toHaveLength(1);
    return error.cause[0];
  }

  it('RSG-02 DSC-18 DSC-19 DSC-20 finds the authorization server from a challenge it can parse', async () => {
    const refused = await challenge(call('not.a.token', 'whoami'));
    expect(refused).toMatchObject({ scheme: 'bearer', parameters: { error: 'invalid_token' } });
    const anonymous = await fetch(app.mcpUrl);
    const metadataUrl = /resource_metadata="([^"]+)"/.exec(anonymous.headers.get('www-authenticate') ?? '')?.[1];
    expect(refused?.parameters['resource_metadata']).toBe(metadataUrl);

    const response = await oauth.resourceDiscoveryRequest(app.mcpUrl, insecure());
    expect(recorder.exchanges.at(-1)?.path).toBe(new URL(metadataUrl ?? '').pathname);
    const resource = await oauth.processResourceDiscoveryResponse(app.mcpUrl, response);
    expect(resource).toMatchObject({
      resource: app.mcpUrl.href,
      authorization_servers: [app.origin],
      bearer_methods_supported: ['header'],
      scopes_supported: ['mcp:read', 'mcp:write'],
    });
  });

  it.each(['oauth2', 'oidc'] as const)('DSC-01 DSC-02 DSC-03 accepts the %s document', async (algorithm) => {
    const as = await discover(algorithm);
    expect(as).toMatchObject({ issuer: app.origin, authorization_response_iss_parameter_supported: true });
    expect(recorder.nullMembers()).toEqual([]);
  });

  it('DSC-02 is a client that takes no document of another issuer', async () => {
    const response = await oauth.discoveryRequest(new URL(app.origin), { ...insecure(), algorithm: 'oauth2' });
    const other = new URL(app.origin.replace('127.0.0.1', 'localhost'));
    await expect(oauth.processDiscoveryResponse(other, response)).rejects.toThrow(/"issuer"/);
  });

  it('REG-01 REG-05 TOK-07 RFT-01 walks the whole way as a public client', async () => {
    const registered = await register({ client_name: 'Strict client' });
    expect(registered.client).toMatchObject({
      client_name: 'Strict client',
      redirect_uris: [REDIRECT_URI],
      token_endpoint_auth_method: 'none',
    });
    expect(registered.client).not.toHaveProperty('client_secret');
    const { as, client } = registered;
    const first = await redeem(registered, { resource: app.mcpUrl.href, scope: 'mcp:read' });
    expect(first).toMatchObject({ token_type: 'bearer', expires_in: 3600, scope: 'mcp:read' });
    const response = await oauth.refreshTokenGrantRequest(
      as,
      client,
      oauth.None(),
      first.refresh_token ?? '',
      insecure(),
    );
    const second = await oauth.processRefreshTokenResponse(as, client, response);
    expect(second.refresh_token).not.toBe(first.refresh_token);
    for (const { access_token } of [first, second]) {
      expect(await toolResult(await call(access_token, 'whoami'))).toMatchObject({
        userId: 'user-ada',
        scopes: ['mcp:read'],
      });
    }
    expect(recorder.nullMembers()).toEqual([]);
  });

  it.each([
    ['client_secret_basic', oauth.ClientSecretBasic],
    ['client_secret_post', oauth.ClientSecretPost],
  ] as const)('CAU-02 CAU-03 REG-06 walks it with %s', async (token_endpoint_auth_method, authentication) => {
    const registered = await register({ token_endpoint_auth_method });
    const { client_secret, client_secret_expires_at } = registered.client;
    expect(client_secret_expires_at).toBe(0);
    const tokens = await redeem(registered, {}, authentication(client_secret as string));
    expect(await toolResult(await call(tokens.access_token, 'whoami'))).toMatchObject({ userId: 'user-ada' });
  });

  it('RSG-07 reads from the challenge which scope a tool needs', async () => {
    const tokens = await redeem(await register());
    expect(await challenge(call(tokens.access_token, 'purge_notes'))).toMatchObject({
      scheme: 'bearer',
      parameters: { error: 'insufficient_scope', scope: 'mcp:admin' },
    });
  });

  it.each([
    ['AUT-12', 'no PKCE', { code_challenge: '' }, 'invalid_request'],
    ['AUT-13', 'plain PKCE', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['AUT-11', 'the implicit grant', { response_type: 'token' }, 'unsupported_response_type'],
    ['AUT-14', 'a scope with a quote', { scope: 'mcp:"read' }, 'invalid_scope'],
    ['AUT-17', 'a foreign resource', { resource: 'https://elsewhere.example/mcp' }, 'invalid_target'],
    ['AUT-31', 'a request object', { request: 'e30.e30.' }, 'request_not_supported'],
  ] as const)('%s AUT-21 AUT-22 answers %s with an error it can validate', async (_id, _what, change, error) => {
    const registered = await register();
    const { callback, state } = await authorize(registered, change);
    expect(() => oauth.validateAuthResponse(registered.as, registered.client, callback, state)).toThrow(
      expect.objectContaining({ name: 'AuthorizationResponseError', error }),
    );
    expect(callback.searchParams.has('code')).toBe(false);
  });

  it('DSC-10 AUT-21 is a client that would notice a missing or a foreign iss', async () => {
    const { as, client } = await register();
    const { callback, state } = await authorize({ as, client });
    const validate = (url: URL) => oauth.validateAuthResponse(as, client, url, state);
    const [missing, foreign] = [new URL(callback), new URL(callback)];
    missing.searchParams.delete('iss');
    foreign.searchParams.set('iss', 'https://elsewhere.example');
    expect(() => validate(missing)).toThrow(/"iss"/);
    expect(() => validate(foreign)).toThrow(/"iss"/);
    expect(validate(callback).get('code')).toMatch(/^[\w-]{43}$/);
  });
});
