import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { McpMaintenanceService } from '../../lib/index.js';
import { ASSERTION_ALGORITHMS } from '../../lib/protocol/supported.js';
import type { Answer } from '../support/browser.js';
import { ClientSigner } from '../support/client-signer.js';
import { forgedAssertions, ForgedClientKeys, type ForgeryTarget } from '../support/forged-assertions.js';
import { OAuthWalk, type Registered } from '../support/oauth-walk.js';
import { ADAPTERS, startTestApp, type TestApp } from '../support/test-app.js';

const FAILURE = '{"error":"invalid_client","error_description":"Client authentication failed"}';

describe.each(ADAPTERS)('client assertions on %s', (adapter) => {
  let host: TestApp;
  let walk: OAuthWalk;
  beforeAll(async () => {
    host = await startTestApp({ adapter });
    walk = new OAuthWalk(host.origin);
  });
  afterAll(() => host.close());

  const register = (signers: readonly ClientSigner[], metadata: object = {}): Promise<Registered> =>
    walk.register({
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: signers.map(({ jwk }) => jwk) },
      ...metadata,
    });
  const post = async (path: string, form: Record<string, string>, headers: Record<string, string> = {}) => {
    const response = await fetch(`${host.origin}/oauth/${path}`, {
      method: 'POST',
      body: new URLSearchParams(form),
      headers,
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  const redeem = async ({ client_id }: Registered, authentication: Record<string, string>): Promise<Answer> =>
    post('token', {
      grant_type: 'authorization_code',
      code: await walk.code(client_id),
      code_verifier: walk.verifier,
      ...authentication,
    });
  const usedRows = () => host.dataSource.query<unknown[]>('SELECT id FROM mcp_auth_used_assertions');

  it('REG-06 CAU-08 gives such a client no secret, and echoes its public keys', async () => {
    const signer = new ClientSigner('ES256');
    const client = await register([signer], { token_endpoint_auth_signing_alg: 'ES256' });
    expect(client).toMatchObject({
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: 'ES256',
      jwks: { keys: [signer.jwk] },
    });
    expect(Object.keys(client).filter((name) => name.startsWith('client_secret'))).toEqual([]);
  });

  it.each(ASSERTION_ALGORITHMS)(
    'CAU-01 CAU-08 CAU-10 TOK-07 RFT-01 redeems, refreshes, introspects and revokes with %s',
    async (algorithm) => {
      const signer = new ClientSigner(algorithm);
      const client = await register([signer]);
      const proof = () => signer.form(client.client_id, host.origin);
      const first = await redeem(client, proof());
      expect(first.status, first.text).toBe(200);
      const { refresh_token } = JSON.parse(first.text) as { refresh_token: string };
      const second = await post('token', { grant_type: 'refresh_token', refresh_token, ...proof() });
      expect(second.status, second.text).toBe(200);
      const { access_token: token } = JSON.parse(second.text) as { access_token: string };
      const introspected = await post('introspect', { token, ...proof() });
      expect(JSON.parse(introspected.text)).toMatchObject({ active: true, client_id: client.client_id });
      expect((await post('revoke', { token, ...proof() })).status).toBe(200);
      expect((await fetch(`${host.origin}/mcp`, { headers: { authorization: `Bearer ${token}` } })).status).toBe(401);
    },
  );

  it('CAU-08 takes client_id beside the assertion, as long as it is the same', async () => {
    const signer = new ClientSigner('ES256');
    const client = await register([signer]);
    const proof = (client_id: string) => ({ ...signer.form(client.client_id, host.origin), client_id });
    expect((await redeem(client, proof(client.client_id))).status).toBe(200);
    const answer = await redeem(client, proof('another'));
    expect([answer.status, JSON.parse(answer.text)]).toMatchObject([400, { error: 'invalid_request' }]);
  });

  it('CAU-04 CAU-08 CAU-09 CAU-10 answers every forged and misused one at every endpoint with the same 401', async () => {
    const keys = new ForgedClientKeys();
    const otherKey = new ClientSigner('ES256', { kid: 'other' });
    const [client, other] = [await register([], { jwks: keys.jwks }), await register([otherKey])];
    const used = { jti: 'used', jwt: keys.ec.assertion(client.client_id, host.origin, { claims: { jti: 'used' } }) };
    const proof = () => keys.ec.form(client.client_id, host.origin);
    const first = await redeem(client, { ...proof(), client_assertion: used.jwt });
    expect(first.status, 'the valid one they differ from').toBe(200);
    const { access_token: token, refresh_token } = JSON.parse(first.text) as Record<string, string>;
    const target: ForgeryTarget = {
      issuer: host.origin,
      clientId: client.client_id,
      keys,
      otherId: other.client_id,
      otherKey,
      publicId: (await walk.register()).client_id,
      secretId: (await walk.register({ token_endpoint_auth_method: 'client_secret_post' })).client_id,
      used,
    };
    const forged = forgedAssertions(target);
    expect(forged.length).toBeGreaterThanOrEqual(100);
    const before = await usedRows();
    for (const { name, reason, form } of forged) {
      for (const [path, subject] of [
        ['token', { grant_type: 'refresh_token', refresh_token: refresh_token ?? '' }],
        ['revoke', { token: token ?? '' }],
        ['introspect', { token: token ?? '' }],
      ] as const) {
        const { status, text, headers } = await post(path, { ...subject, ...form });
        expect([status, text, headers.get('www-authenticate')], `${name} at ${path}`).toEqual([
          401,
          FAILURE,
          'Basic realm="OAuth"',
        ]);
        expect(headers.get('cache-control'), name).toBe('no-store');
        expect(host.log.reasons().at(-1), name).toBe(reason);
      }
    }
    expect(await usedRows(), 'nothing was used up').toEqual(before);
    console.log(`${adapter}: ${forged.length} assertions, ${forged.length * 3} answers of 401`);
    const last = await post('token', { grant_type: 'refresh_token', refresh_token: refresh_token ?? '', ...proof() });
    expect(last.status, 'the valid one after all of them').toBe(200);
  });

  it('CAU-04 CAU-08 STO-04 says the same to who forges and to who guesses, and logs no assertion', async () => {
    const signer = new ClientSigner('ES256');
    const client = await register([signer]);
    const proof = signer.form(client.client_id, host.origin, { claims: { aud: 'https://elsewhere.example' } });
    const answers = [
      await post('token', { grant_type: 'refresh_token', ...proof }),
      await post('token', { grant_type: 'refresh_token', client_id: client.client_id }),
      await post('token', { grant_type: 'refresh_token', client_id: client.client_id, client_secret: 'guess' }),
      await post('token', { grant_type: 'refresh_token' }, { authorization: `Basic ${btoa(`${client.client_id}:x`)}` }),
      await post('token', { grant_type: 'refresh_token', client_id: 'nobody' }),
    ];
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`))).toEqual(new Set([`401 ${FAILURE}`]));
    const [, claims = '', signature = ''] = (proof['client_assertion'] ?? '').split('.');
    const log = host.log.lines.join('\n');
    expect(log).toContain('reason=client_assertion_audience');
    for (const part of [claims, signature, 'elsewhere.example']) expect(log).not.toContain(part);
  });

  it.each([
    ['a secret in the header', {}, { authorization: `Basic ${btoa('a:b')}` }],
    ['a secret in the form', { client_secret: 'x' }, {}],
  ])('CAU-05 refuses an assertion beside %s', async (_what, form, headers) => {
    const signer = new ClientSigner('ES256');
    const client = await register([signer]);
    const proof = signer.form(client.client_id, host.origin);
    const { status, text } = await post('token', { ...proof, ...form }, headers);
    expect([status, JSON.parse(text)]).toMatchObject([400, { error: 'invalid_request' }]);
    expect((await redeem(client, proof)).status, 'the assertion is not used up').toBe(200);
  });

  it('TOK-11 ABU-02 refuses one that is longer than any honest one, before it looks inside', async () => {
    const signer = new ClientSigner('ES256');
    const client = await register([signer]);
    const pad = (length: number) => signer.form(client.client_id, host.origin, { claims: { pad: 'x'.repeat(length) } });
    const empty = (pad(0)['client_assertion'] ?? '').length;
    expect((await redeem(client, pad(Math.floor(((4096 - empty) * 3) / 4)))).status).toBe(200);
    const { status, text } = await post('token', pad(4096));
    expect([status, JSON.parse(text)]).toMatchObject([400, { error: 'invalid_request' }]);
    expect(host.log.reasons().at(-1)).toBe('parameter_too_long');
  });

  it('CAU-08 lets nobody in with an assertion of a second life, and one winner of twenty at once', async () => {
    const signer = new ClientSigner('ES256');
    const client = await register([signer]);
    const { refresh_token } = JSON.parse(
      (await redeem(client, signer.form(client.client_id, host.origin))).text,
    ) as Record<string, string>;
    const proof = signer.form(client.client_id, host.origin);
    const form = { grant_type: 'refresh_token', refresh_token: refresh_token ?? '', ...proof };
    const statuses = await Promise.all(Array.from({ length: 20 }, async () => (await post('token', form)).status));
    expect(statuses.toSorted((a, b) => a - b)).toEqual([200, ...Array.from({ length: 19 }, () => 401)]);
  });

  it('OPS-04 CAU-08 removes what was used when it could not be used any more, and not before', async () => {
    const signer = new ClientSigner('ES256');
    const client = await register([signer]);
    const proof = signer.form(client.client_id, host.origin, { claims: { exp: Math.floor(Date.now() / 1000) + 300 } });
    expect((await redeem(client, proof)).status).toBe(200);
    const maintenance = host.app.get(McpMaintenanceService);
    await maintenance.cleanup();
    expect((await redeem(client, proof)).status).toBe(401);
    expect(host.log.reasons().at(-1)).toBe('client_assertion_used');
    host.clock.advance(600);
    const [rows, report] = [await usedRows(), await maintenance.cleanup()];
    expect(report['usedAssertions']).toBe(rows.length);
    expect(await usedRows()).toEqual([]);
    expect((await redeem(client, proof)).status).toBe(401);
    expect(host.log.reasons().at(-1)).toBe('client_assertion_expired');
    host.clock.advance(-600);
  });

  it('CMD-11 CAU-11 does not fetch keys from where no document may be fetched', async () => {
    const signer = new ClientSigner('ES256');
    for (const jwks_uri of ['https://127.0.0.1/jwks.json', 'https://169.254.169.254/keys', 'https://keys.internal/']) {
      const client = await register([], { jwks: undefined, jwks_uri });
      const answer = await redeem(client, signer.form(client.client_id, host.origin));
      expect([answer.status, answer.text]).toEqual([401, FAILURE]);
      expect(host.log.reasons().at(-1)).toBe('client_keys_unavailable');
    }
  });
});
