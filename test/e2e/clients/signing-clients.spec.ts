import * as mcpClient from '@modelcontextprotocol/client';
import * as mcpSdkAuth from '@modelcontextprotocol/sdk/client/auth.js';
import { createPrivateKeyJwtAuth } from '@modelcontextprotocol/sdk/client/auth-extensions.js';
import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ClientSigner } from '../../support/client-signer.js';
import { ExchangeRecorder } from '../../support/exchange-recorder.js';
import { type SampleApp, startSampleApp } from '../../support/sample-app-process.js';
import { SamplePerson } from '../../support/sample-person.js';
import { ADAPTERS } from '../../support/test-app.js';
import { toolCall, toolResult } from './drivers/tool-call.js';

const REDIRECT_URI = 'http://127.0.0.1:47126/callback';

describe.each(ADAPTERS)('official clients that sign, and the sample app on %s', (adapter) => {
  let app: SampleApp;
  let ada: SamplePerson;
  beforeAll(async () => {
    app = await startSampleApp({ adapter });
    ada = new SamplePerson(app.origin);
  });
  afterAll(() => app.close());

  /** What a client registers, and nothing that it would have to keep secret. */
  const metadataOf = (jwk: object, algorithm: string) => ({
    redirect_uris: [REDIRECT_URI],
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_signing_alg: algorithm,
    jwks: { keys: [jwk] },
  });
  const webKey = async (algorithm: string) => {
    const { privateKey, publicKey } = await oauth.generateKeyPair(algorithm);
    const jwk = { ...(await crypto.subtle.exportKey('jwk', publicKey)), kid: 'the one' };
    return { key: { key: privateKey, kid: 'the one' }, metadata: metadataOf(jwk, algorithm) };
  };
  /** What they sent to the token endpoint: an assertion each time, and no secret. */
  const expectSigned = (recorder: ExchangeRecorder, requests: number) => {
    const sent = recorder.exchanges.filter(({ path }) => ['/oauth/token', '/oauth/revoke'].includes(path));
    expect(sent.map(({ status }) => status)).toEqual(Array.from({ length: requests }, () => 200));
    const register = recorder.last('POST', '/oauth/register').json as Record<string, unknown>;
    expect(Object.keys(register).filter((name) => name.startsWith('client_secret'))).toEqual([]);
  };
  const call = async (accessToken: string) => {
    const { headers, body } = toolCall('whoami');
    return fetch(app.mcpUrl, { method: 'POST', headers: { ...headers, authorization: `Bearer ${accessToken}` }, body });
  };
  const expectConnected = async (accessToken: string) =>
    expect(await toolResult(await call(accessToken))).toMatchObject({ userId: 'user-ada' });

  it.each(['RS256', 'PS256', 'ES256', 'Ed25519'])(
    'CAU-08 CAU-09 CAU-10 oauth4webapi redeems, refreshes, introspects and revokes with %s',
    async (algorithm) => {
      const recorder = new ExchangeRecorder();
      const insecure = { [oauth.allowInsecureRequests]: true, [oauth.customFetch]: recorder.fetch };
      const issuer = new URL(app.origin);
      const discovery = await oauth.discoveryRequest(issuer, { ...insecure, algorithm: 'oauth2' });
      const as = await oauth.processDiscoveryResponse(issuer, discovery);
      const { key, metadata } = await webKey(algorithm);
      const registration = await oauth.dynamicClientRegistrationRequest(as, metadata, insecure);
      const client = await oauth.processDynamicClientRegistrationResponse(registration);
      const authentication = oauth.PrivateKeyJwt(key);
      const [verifier, state] = [oauth.generateRandomCodeVerifier(), oauth.generateRandomState()];
      const url = new URL(as.authorization_endpoint ?? '');
      url.search = new URLSearchParams({
        response_type: 'code',
        client_id: client.client_id,
        redirect_uri: REDIRECT_URI,
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state,
      }).toString();
      const callback = oauth.validateAuthResponse(as, client, await ada.authorize(url), state);
      const first = await oauth.processAuthorizationCodeResponse(
        as,
        client,
        await oauth.authorizationCodeGrantRequest(
          as,
          client,
          authentication,
          callback,
          REDIRECT_URI,
          verifier,
          insecure,
        ),
      );
      const second = await oauth.processRefreshTokenResponse(
        as,
        client,
        await oauth.refreshTokenGrantRequest(as, client, authentication, first.refresh_token ?? '', insecure),
      );
      await expectConnected(second.access_token);
      const introspection = await oauth.introspectionRequest(as, client, authentication, second.access_token, insecure);
      expect(await oauth.processIntrospectionResponse(as, client, introspection)).toMatchObject({ active: true });
      await oauth.processRevocationResponse(
        await oauth.revocationRequest(as, client, authentication, second.refresh_token ?? '', insecure),
      );
      expect((await call(second.access_token)).status).toBe(401);
      expectSigned(recorder, 3);
    },
  );

  it('CAU-08 CAU-09 CAU-10 openid-client redeems, refreshes and revokes', async () => {
    const recorder = new ExchangeRecorder();
    const { key, metadata } = await webKey('ES256');
    const config = await openid.dynamicClientRegistration(new URL(app.origin), metadata, openid.PrivateKeyJwt(key), {
      algorithm: 'oauth2',
      execute: [openid.allowInsecureRequests],
      [openid.customFetch]: recorder.fetch,
    });
    const [pkceCodeVerifier, expectedState] = [openid.randomPKCECodeVerifier(), openid.randomState()];
    const url = openid.buildAuthorizationUrl(config, {
      redirect_uri: REDIRECT_URI,
      code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
      state: expectedState,
    });
    const callback = await ada.authorize(url);
    const first = await openid.authorizationCodeGrant(config, callback, { pkceCodeVerifier, expectedState });
    const second = await openid.refreshTokenGrant(config, first.refresh_token ?? '');
    await expectConnected(second.access_token);
    await openid.tokenRevocation(config, second.refresh_token ?? '');
    expect((await call(second.access_token)).status).toBe(401);
    expectSigned(recorder, 3);
  });

  it('CAU-09 openid-client is refused when it signs for the token endpoint, and for several', async () => {
    const { key, metadata } = await webKey('ES256');
    const registered = await openid.dynamicClientRegistration(
      new URL(app.origin),
      metadata,
      openid.PrivateKeyJwt(key),
      { algorithm: 'oauth2', execute: [openid.allowInsecureRequests] },
    );
    for (const aud of [`${app.origin}/oauth/token`, [app.origin, `${app.origin}/oauth/token`]]) {
      const impostor = new openid.Configuration(
        registered.serverMetadata(),
        registered.clientMetadata().client_id,
        undefined,
        openid.PrivateKeyJwt(key, { [openid.modifyAssertion]: (_header, payload) => void (payload['aud'] = aud) }),
      );
      openid.allowInsecureRequests(impostor);
      await expect(openid.refreshTokenGrant(impostor, 'any')).rejects.toMatchObject({ status: 401 });
      expect(app.log.reasons().at(-1)).toBe('client_assertion_audience');
    }
  });

  it.each([
    ['@modelcontextprotocol/sdk', mcpSdkAuth, createPrivateKeyJwtAuth],
    ['@modelcontextprotocol/client', mcpClient, mcpClient.createPrivateKeyJwtAuth],
  ] as const)('CAU-08 CAU-09 CAU-10 %s redeems and refreshes by its helper', async (_name, sdk, createAuth) => {
    const recorder = new ExchangeRecorder();
    const fetchFn = recorder.fetch;
    const signer = new ClientSigner('ES256');
    const metadata = await sdk.discoverAuthorizationServerMetadata(app.origin, { fetchFn });
    if (!metadata) throw new Error('no metadata');
    const clientMetadata = metadataOf(signer.jwk, 'ES256');
    const clientInformation = await sdk.registerClient(app.origin, { metadata, clientMetadata, fetchFn });
    const { client_id: clientId } = clientInformation;
    const privateKey = { ...signer.privateKey.export({ format: 'jwk' }), kid: signer.kid };
    const addClientAuthentication = createAuth({ issuer: clientId, subject: clientId, privateKey, alg: 'ES256' });
    const common = { metadata, clientInformation, addClientAuthentication, fetchFn, resource: app.mcpUrl };
    const { authorizationUrl, codeVerifier } = await sdk.startAuthorization(app.origin, {
      metadata,
      clientInformation,
      redirectUrl: REDIRECT_URI,
      resource: app.mcpUrl,
    });
    const { searchParams } = await ada.authorize(authorizationUrl);
    const first = await sdk.exchangeAuthorization(app.origin, {
      ...common,
      authorizationCode: searchParams.get('code') ?? '',
      iss: searchParams.get('iss') ?? '',
      codeVerifier,
      redirectUri: REDIRECT_URI,
    });
    const second = await sdk.refreshAuthorization(app.origin, {
      ...common,
      refreshToken: first.refresh_token ?? '',
    });
    await expectConnected(second.access_token);
    expectSigned(recorder, 2);
  });
});
