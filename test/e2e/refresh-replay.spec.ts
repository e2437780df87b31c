import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ReplayCipher } from '../../lib/keys/replay-cipher.js';
import { hashToken } from '../../lib/protocol/opaque-token.js';
import { OAuthWalk } from '../support/oauth-walk.js';
import { ADAPTERS, startTestApp, type TestApp } from '../support/test-app.js';

interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
}

describe.each(ADAPTERS)('a refresh token presented again on %s', (adapter) => {
  let host: TestApp;
  let walk: OAuthWalk;
  beforeAll(async () => {
    host = await startTestApp({ adapter });
    walk = new OAuthWalk(host.origin);
  });
  afterAll(() => host.close());

  const open = async (token: string) =>
    (await fetch(`${host.origin}/mcp`, { headers: { authorization: `Bearer ${token}` } })).status;
  const rotate = async (clientId: string, token: string): Promise<Tokens> => {
    const answer = await walk.refresh(clientId, token);
    expect(answer.status, answer.text).toBe(200);
    return JSON.parse(answer.text) as Tokens;
  };
  const refuse = async (clientId: string, token: string, reason: string, change: Record<string, string> = {}) => {
    const answer = await walk.refresh(clientId, token, change);
    expect([answer.status, JSON.parse(answer.text)]).toEqual([
      400,
      { error: 'invalid_grant', error_description: 'The refresh token is not valid' },
    ]);
    expect(host.log.reasons().at(-1)).toBe(reason);
  };

  it('RFT-04 gives the same answer to the same request within 30 seconds, and its tokens work', async () => {
    const { client, refresh_token } = await walk.tokens();
    const first = await walk.refresh(client.client_id, refresh_token);
    host.clock.advance(29);
    const again = await walk.refresh(client.client_id, refresh_token);
    expect([again.status, again.text]).toEqual([200, first.text]);
    expect(await open((JSON.parse(again.text) as Tokens).access_token)).toBe(200);
    await rotate(client.client_id, (JSON.parse(again.text) as Tokens).refresh_token);
  });

  it('RFT-04 RFT-05 gives every one of 20 parallel refreshes the one answer', async () => {
    const { client, refresh_token } = await walk.tokens();
    const answers = await Promise.all(Array.from({ length: 20 }, () => walk.refresh(client.client_id, refresh_token)));
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    await rotate(client.client_id, (JSON.parse(answers[0]?.text ?? '') as Tokens).refresh_token);
  });

  it('RFT-04 never extends the window by a replay, and RFT-03 ends the family after it', async () => {
    const { client, refresh_token, access_token } = await walk.tokens();
    const other = await walk.redeem(client.client_id, await walk.code(client.client_id));
    const device = JSON.parse(other.text) as Tokens;
    const next = await rotate(client.client_id, refresh_token);
    host.clock.advance(29);
    expect((await walk.refresh(client.client_id, refresh_token)).status).toBe(200);
    host.clock.advance(1);
    await refuse(client.client_id, refresh_token, 'refresh_token_reused');
    await refuse(client.client_id, next.refresh_token, 'grant_revoked');
    expect([await open(access_token), await open(next.access_token)]).toEqual([401, 401]);
    expect(await open(device.access_token), 'another device of the same user and client').toBe(200);
    await rotate(client.client_id, device.refresh_token);
  });

  it('RFT-04 gives nothing for another scope or resource, and leaves the family alone', async () => {
    const { client, refresh_token } = await walk.tokens();
    const next = await rotate(client.client_id, refresh_token);
    await refuse(client.client_id, refresh_token, 'refresh_token_replay_differs', { scope: 'mcp:read' });
    await refuse(client.client_id, refresh_token, 'refresh_token_replay_differs', { resource: `${host.origin}/mcp` });
    await rotate(client.client_id, next.refresh_token);
  });

  it('RFT-04 gives nothing once the successor was used', async () => {
    const { client, refresh_token } = await walk.tokens();
    const next = await rotate(client.client_id, refresh_token);
    const third = await rotate(client.client_id, next.refresh_token);
    await refuse(client.client_id, refresh_token, 'refresh_token_successor_used');
    await rotate(client.client_id, third.refresh_token);
  });

  it('RFT-04 RFT-02 gives nothing to another client, and ends nothing', async () => {
    const { client, refresh_token } = await walk.tokens();
    const other = await walk.register();
    const next = await rotate(client.client_id, refresh_token);
    host.clock.advance(31);
    await refuse(other.client_id, refresh_token, 'refresh_token_of_another_client');
    await rotate(client.client_id, next.refresh_token);
  });

  it('RFT-03 ends the family however late a retired token comes back', async () => {
    const { client, refresh_token } = await walk.tokens();
    let next = await rotate(client.client_id, refresh_token);
    host.clock.advance(20 * 86_400);
    next = await rotate(client.client_id, next.refresh_token);
    host.clock.advance(20 * 86_400);
    await refuse(client.client_id, refresh_token, 'refresh_token_reused');
    await refuse(client.client_id, next.refresh_token, 'grant_revoked');
  });

  it('RFT-03 sees the reuse behind a wrong scope or resource, too', async () => {
    for (const change of [{ scope: 'mcp:unknown' }, { resource: 'https://elsewhere.example/mcp' }]) {
      const { client, refresh_token } = await walk.tokens();
      const next = await rotate(client.client_id, refresh_token);
      host.clock.advance(31);
      await refuse(client.client_id, refresh_token, 'refresh_token_reused', change);
      await refuse(client.client_id, next.refresh_token, 'grant_revoked');
    }
  });

  it('RFT-04 gives nothing once the access token of the answer was revoked', async () => {
    const { client, refresh_token } = await walk.tokens();
    const next = await rotate(client.client_id, refresh_token);
    const form = new URLSearchParams({ client_id: client.client_id, token: next.access_token });
    await fetch(`${host.origin}/oauth/revoke`, { method: 'POST', body: form });
    await refuse(client.client_id, refresh_token, 'refresh_token_replay_revoked');
    await rotate(client.client_id, next.refresh_token);
  });

  it('STO-01 STO-06 keeps the answer where neither the database nor the secret, nor both, can read it', async () => {
    const { client, refresh_token } = await walk.tokens();
    const next = await rotate(client.client_id, refresh_token);
    const [row] = await host.dataSource.query<{ id: string; replay_answer: string }[]>(
      `SELECT id, replay_answer FROM mcp_auth_refresh_tokens WHERE token_hash = '${hashToken(refresh_token)}'`,
    );
    const dump = JSON.stringify(await host.dataSource.query('SELECT * FROM mcp_auth_refresh_tokens'));
    for (const secret of [refresh_token, next.refresh_token, next.access_token]) expect(dump).not.toContain(secret);
    const cipher = new ReplayCipher({ oauthSecrets: [host.secret] } as never);
    const { id = '', replay_answer = '' } = row ?? {};
    const attempt = (token: string, clientId = client.client_id, rowId = id) =>
      cipher.decrypt(replay_answer, { token, clientId, rowId });
    expect(attempt(refresh_token)).toContain(next.refresh_token);
    expect(attempt(hashToken(refresh_token))).toBeUndefined();
    expect(attempt('')).toBeUndefined();
    expect(attempt(refresh_token, 'another client')).toBeUndefined();
    expect(attempt(refresh_token, client.client_id, 'another row')).toBeUndefined();
  });

  it('RFT-09 refuses a grant older than its absolute lifetime, however often it was used', async () => {
    const { client, refresh_token } = await walk.tokens();
    let token = refresh_token;
    for (let month = 0; month < 14; month++) {
      host.clock.advance(28 * 86_400);
      const answer = await walk.refresh(client.client_id, token);
      if (answer.status !== 200) {
        expect([month, host.log.reasons().at(-1)]).toEqual([13, 'refresh_token_expired']);
        return;
      }
      token = (JSON.parse(answer.text) as Tokens).refresh_token;
    }
    expect.unreachable('a grant lived for 14 months');
  });
});

describe('without a replay window', () => {
  it('RFT-03 ends the family at the second use', async () => {
    const host = await startTestApp({ adapter: 'express', options: { refresh: { replayWindowSeconds: 0 } } });
    const walk = new OAuthWalk(host.origin);
    const { client, refresh_token } = await walk.tokens();
    const next = JSON.parse((await walk.refresh(client.client_id, refresh_token)).text) as Tokens;
    expect((await walk.refresh(client.client_id, refresh_token)).status).toBe(400);
    expect((await walk.refresh(client.client_id, next.refresh_token)).status).toBe(400);
    expect(host.log.reasons().slice(-2)).toEqual(['refresh_token_reused', 'grant_revoked']);
    await host.close();
  });
});
