import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';
import type { SigningOptions } from 'nestjs-mcp-auth';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ecPair, rsaPair } from '../../support/key-pairs.js';
import { OAuthWalk } from '../../support/oauth-walk.js';
import { ADAPTERS, startTestApp, type TestApp, TEST_SCOPES } from '../../support/test-app.js';

const REDIRECT_URI = 'https://client.example/callback';
const SCOPE = 'openid email mcp:read';
const [rsa, ec] = [rsaPair(), ecPair()];
const SIGNING: Readonly<Record<'RS256' | 'ES256', SigningOptions>> = {
  RS256: { algorithm: 'RS256', privateKey: rsa.privateKey, additionalPublicKeys: [{ publicKey: ec.publicKey }] },
  ES256: { algorithm: 'ES256', privateKey: ec.privateKey, additionalPublicKeys: [{ publicKey: rsa.publicKey }] },
};
const CASES = ADAPTERS.flatMap((adapter) => (['RS256', 'ES256'] as const).map((algorithm) => ({ adapter, algorithm })));

/** With `oidc`, and signatures checked by the key set, both libraries refuse whatever OpenID Connect does not allow. */
describe.each(CASES)('strict OpenID clients and $algorithm on $adapter', ({ adapter, algorithm }) => {
  let host: TestApp;
  beforeAll(async () => {
    const email = { name: 'E-mail', description: 'See your e-mail address' };
    host = await startTestApp({ adapter, options: { signing: SIGNING[algorithm], scopes: { ...TEST_SCOPES, email } } });
    host.users.authTime = Math.floor(host.clock.now() / 1000) - 60;
  });
  afterAll(() => host.close());

  /** What ada's browser does with the URL of an authorization request. */
  const approve = async (url: URL) => {
    const walk = new OAuthWalk(host.origin);
    walk.browser.signIn('ada');
    return walk.target(await walk.decide(await walk.browser.get(url.pathname + url.search)));
  };
  const metadata = {
    redirect_uris: [REDIRECT_URI],
    id_token_signed_response_alg: algorithm,
  };

  it('UID-01..04 UID-06 DSC-14 RFT-11 openid-client discovers, signs in, refreshes and asks who it is', async () => {
    const config = await openid.dynamicClientRegistration(new URL(host.origin), metadata, openid.ClientSecretBasic(), {
      execute: [openid.allowInsecureRequests, openid.enableNonRepudiationChecks],
    });
    const [pkceCodeVerifier, expectedState, expectedNonce] = [
      openid.randomPKCECodeVerifier(),
      openid.randomState(),
      openid.randomNonce(),
    ];
    const url = openid.buildAuthorizationUrl(config, {
      redirect_uri: REDIRECT_URI,
      scope: SCOPE,
      code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
      state: expectedState,
      nonce: expectedNonce,
      max_age: '3600',
    });
    const checks = { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true, maxAge: 3600 };
    const first = await openid.authorizationCodeGrant(config, await approve(url), checks);
    expect(first.claims()).toMatchObject({ sub: 'ada', nonce: expectedNonce, auth_time: host.users.authTime });
    const second = await openid.refreshTokenGrant(config, first.refresh_token ?? '');
    expect(second.claims()).toMatchObject({ sub: 'ada', auth_time: host.users.authTime });
    for (const token of [first, second]) {
      const info = await openid.fetchUserInfo(config, token.access_token, 'ada');
      expect(info).toEqual({ sub: 'ada', email: 'ada@example.com' });
    }
    await expect(openid.fetchUserInfo(config, first.access_token, 'grace')).rejects.toThrow();
  });

  it('UID-01..04 UID-06 ATK-01 ATK-03 oauth4webapi does so too, and validates the access token as a resource server', async () => {
    const insecure = { [oauth.allowInsecureRequests]: true };
    const issuer = new URL(host.origin);
    const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure));
    expect(as.id_token_signing_alg_values_supported).toEqual([algorithm]);
    const client = await oauth.processDynamicClientRegistrationResponse(
      await oauth.dynamicClientRegistrationRequest(as, metadata, insecure),
    );
    const authentication = oauth.ClientSecretBasic(client.client_secret as string);
    const [verifier, state, nonce] = [
      oauth.generateRandomCodeVerifier(),
      oauth.generateRandomState(),
      oauth.generateRandomNonce(),
    ];
    const url = new URL(as.authorization_endpoint ?? '');
    const parameters = {
      client_id: client.client_id,
      redirect_uri: REDIRECT_URI,
      response_type: 'code',
      scope: SCOPE,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
      nonce,
    };
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    const callback = oauth.validateAuthResponse(as, client, await approve(url), state);
    const response = await oauth.authorizationCodeGrantRequest(
      as,
      client,
      authentication,
      callback,
      REDIRECT_URI,
      verifier,
      insecure,
    );
    const tokens = await oauth.processAuthorizationCodeResponse(as, client, response, {
      expectedNonce: nonce,
      requireIdToken: true,
    });
    await oauth.validateApplicationLevelSignature(as, response, insecure);
    const claims = oauth.getValidatedIdTokenClaims(tokens);
    expect(claims).toMatchObject({ sub: 'ada', aud: client.client_id });
    const answer = await oauth.userInfoRequest(as, client, tokens.access_token, insecure);
    expect(await oauth.processUserInfoResponse(as, client, 'ada', answer)).toEqual({
      sub: 'ada',
      email: 'ada@example.com',
    });
    const request = (token: string) =>
      new Request(`${host.origin}/mcp`, { headers: { authorization: `Bearer ${token}` } });
    const audience = `${host.origin}/mcp`;
    const valid = await oauth.validateJwtAccessToken(as, request(tokens.access_token), audience, insecure);
    expect(valid).toMatchObject({ sub: 'ada', client_id: client.client_id, scope: 'openid email mcp:read' });
    await expect(
      oauth.validateJwtAccessToken(as, request(tokens.id_token ?? ''), audience, insecure),
      'an id token is none',
    ).rejects.toThrow();
  });
});
