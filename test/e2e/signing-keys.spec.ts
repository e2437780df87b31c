import { All, Controller } from '@nestjs/common';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SigningOptions } from 'nestjs-mcp-auth';
import { mintAccessToken } from '../../lib/testing/index.js';
import { jwkThumbprint } from '../../lib/protocol/public-jwk.js';
import { forgedAsymmetricTokens, signedJwt } from '../support/forged-asymmetric-tokens.js';
import { ecPair, rsaPair } from '../support/key-pairs.js';
import { OAuthWalk } from '../support/oauth-walk.js';
import { ADAPTERS, startTestApp, type TestApp } from '../support/test-app.js';

type Json = Record<string, unknown>;

const [rsa, ec] = [rsaPair(), ecPair()];
const [rsaId, ecId] = [jwkThumbprint(rsa.publicKey, 'RS256'), 'ec-2'];
const decode = (token: string, part: 0 | 1) =>
  JSON.parse(Buffer.from(token.split('.')[part] ?? '', 'base64url').toString()) as Json;

let reached = 0;
@Controller()
class CountingController {
  @All('mcp')
  mcp() {
    return { reached: ++reached };
  }
}

const open = async ({ origin }: TestApp, token: string) =>
  (await fetch(`${origin}/mcp`, { headers: { authorization: `Bearer ${token}` } })).status;
const keySet = async ({ origin }: TestApp) =>
  (await (await fetch(`${origin}/.well-known/jwks.json`)).json()) as JSONWebKeySet;

describe.each(ADAPTERS)('RS256 with a second key that is published, on %s', (adapter) => {
  let host: TestApp;
  beforeAll(async () => {
    const additionalPublicKeys = [{ publicKey: ec.publicPem, keyId: ecId }];
    host = await startTestApp({
      adapter,
      controllers: [CountingController],
      options: { signing: { algorithm: 'RS256', privateKey: rsa.privatePem, additionalPublicKeys } },
    });
  });
  afterAll(() => host.close());

  it('DSC-14 ATK-07 publishes the public halves of both keys and no other member', async () => {
    const answer = await fetch(`${host.origin}/.well-known/jwks.json`);
    const { n } = rsa.publicKey.export({ format: 'jwk' });
    const { x, y } = ec.publicKey.export({ format: 'jwk' });
    expect(await answer.json()).toEqual({
      keys: [
        { e: 'AQAB', kty: 'RSA', n, use: 'sig', alg: 'RS256', kid: rsaId },
        { crv: 'P-256', kty: 'EC', x, y, use: 'sig', alg: 'ES256', kid: ecId },
      ],
    });
    expect(answer.headers.get('cache-control')).toBe('public, max-age=300');
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
  });

  it('ATK-01 ATK-03 signs access tokens that a stranger verifies by the key set, and survives refresh, introspection and revocation', async () => {
    const walk = new OAuthWalk(host.origin);
    const metadata = { token_endpoint_auth_method: 'client_secret_post' };
    const client = await walk.register(metadata);
    const secret = { client_secret: client.client_secret };
    const first = await walk.redeem(client.client_id, await walk.code(client.client_id), secret);
    const { refresh_token } = JSON.parse(first.text) as Record<string, string>;
    const second = await walk.refresh(client.client_id, refresh_token ?? '', secret);
    const { access_token: token = '' } = JSON.parse(second.text) as Record<string, string>;
    expect(decode(token, 0)).toEqual({ alg: 'RS256', typ: 'at+jwt', kid: rsaId });
    const { payload } = await jwtVerify(token, createLocalJWKSet(await keySet(host)), {
      issuer: host.origin,
      audience: `${host.origin}/mcp`,
      typ: 'at+jwt',
    });
    expect(payload.sub).toBe('ada');
    expect(await open(host, token)).toBe(200);
    const post = async (name: string) =>
      fetch(`${host.origin}/oauth/${name}`, {
        method: 'POST',
        body: new URLSearchParams({ token, client_id: client.client_id, client_secret: client.client_secret ?? '' }),
      });
    expect(await (await post('introspect')).json()).toMatchObject({ active: true, sub: 'ada' });
    expect((await post('revoke')).status).toBe(200);
    expect(await open(host, token)).toBe(401);
    expect(await (await post('introspect')).json()).toEqual({ active: false });
  });

  it('ATK-09 ATK-10 RSG-03 RSG-04 UID-03 gives the exact challenge to every forged token, and no handler runs', async () => {
    const { accessToken } = await mintAccessToken(host.app, { userId: 'ada', scope: 'mcp:read' });
    const claims = decode(accessToken, 1);
    const forged = forgedAsymmetricTokens({ rsa, rsaId, ec, ecId }, host.secret, claims);
    expect(forged.length).toBeGreaterThanOrEqual(70);
    const valid = [
      accessToken,
      signedJwt({ alg: 'RS256', typ: 'at+jwt', kid: rsaId }, claims, rsa.privateKey),
      signedJwt({ alg: 'ES256', typ: 'at+jwt', kid: ecId }, claims, ec.privateKey),
    ];
    for (const token of valid) expect(await open(host, token), 'the valid tokens they differ from').toBe(200);
    const before = reached;
    for (const { name, token } of forged) {
      const response = await fetch(`${host.origin}/mcp`, { headers: { authorization: `Bearer ${token}` } });
      const answer = [response.status, response.headers.get('www-authenticate'), await response.json()];
      expect(answer, name).toEqual([
        401,
        `Bearer error="invalid_token", error_description="The access token is not valid", resource_metadata="${host.origin}/.well-known/oauth-protected-resource/mcp", scope="mcp:read mcp:write mcp:admin"`,
        { error: 'invalid_token', error_description: 'The access token is not valid' },
      ]);
      expect(response.headers.get('cache-control'), name).toBe('no-store');
    }
    expect(reached).toBe(before);
    for (const token of valid) expect(await open(host, token), 'the same tokens after them').toBe(200);
  });
});

describe('keys that are exchanged by hand', () => {
  const baseUrl = 'http://127.0.0.1:65002';
  const oauthSecret = 'abcdefghijklmnopqrstuvwxyz012345';
  const start = async (signing?: SigningOptions) => {
    const host = await startTestApp({
      adapter: 'express',
      options: { oauthSecret, baseUrl, ...(signing ? { signing } : {}) },
    });
    const { accessToken } = await mintAccessToken(host.app, { userId: 'ada', scope: 'mcp:read' });
    return { host, accessToken };
  };

  it('ATK-08 ATK-09 accept each other’s tokens while both are listed; those of HS256 and of a key that is gone are refused', async () => {
    const hmac = await start();
    const old = await start({ algorithm: 'RS256', privateKey: rsa.privateKey, keyId: 'old' });
    const oldPublic = { publicKey: rsa.publicKey, keyId: 'old' };
    const announced = await start({
      algorithm: 'RS256',
      privateKey: rsa.privateKey,
      keyId: 'old',
      additionalPublicKeys: [{ publicKey: ec.publicKey }],
    });
    const young = await start({ algorithm: 'ES256', privateKey: ec.privatePem, additionalPublicKeys: [oldPublic] });
    const alone = await start({ algorithm: 'ES256', privateKey: ec.privatePem });
    const all = [hmac, old, announced, young, alone];
    const table = await Promise.all(
      all.map(({ host }) => Promise.all(all.map(({ accessToken }) => open(host, accessToken)))),
    );
    // Lines: who is asked. Columns: whose token, of HS256, of RS256 (twice), of ES256 (twice).
    expect(table).toEqual([
      [200, 401, 401, 401, 401],
      [401, 200, 200, 401, 401],
      [401, 200, 200, 200, 200],
      [401, 200, 200, 200, 200],
      [401, 401, 401, 200, 200],
    ]);
    expect(decode(young.accessToken, 0)).toEqual({
      alg: 'ES256',
      typ: 'at+jwt',
      kid: jwkThumbprint(ec.publicKey, 'ES256'),
    });
    expect((await keySet(young.host)).keys.map(({ alg, kid }) => [alg, kid])).toEqual([
      ['ES256', jwkThumbprint(ec.publicKey, 'ES256')],
      ['RS256', 'old'],
    ]);
    await Promise.all(all.map(({ host }) => host.close()));
  });

  it('OPS-01 stop the boot when they cannot be right', async () => {
    await expect(start({ algorithm: 'ES256', privateKey: rsa.privatePem })).rejects.toThrow(
      'signing.privateKey is a key for RS256; signing.algorithm is "ES256"',
    );
  });
});
