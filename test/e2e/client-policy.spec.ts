import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { McpClientService } from 'nestjs-mcp-auth';
import { OAuthWalk, REDIRECT_URI } from '../support/oauth-walk.js';
import { expectPage } from '../support/pages.js';
import { ADAPTERS, startTestApp, type TestApp } from '../support/test-app.js';

const answers = (verdict: unknown) => () => verdict;
const throws = () => {
  throw new Error('the policy is broken');
};

describe.each(ADAPTERS)('the policy about clients on %s', (adapter) => {
  let host: TestApp;
  let walk: OAuthWalk;
  let clientId: string;
  beforeAll(async () => {
    host = await startTestApp({ adapter });
    walk = new OAuthWalk(host.origin);
    clientId = (await walk.register()).client_id;
  });
  afterAll(() => host.close());
  afterEach(() => host.users.faults.clear());

  const rows = async (table: string) =>
    (await host.dataSource.query<unknown[]>(`SELECT id FROM mcp_auth_${table}`)).length;
  const approve = () => host.app.get(McpClientService).approve(clientId);

  it('is told who asks, for whom, and when', async () => {
    const { client, refresh_token } = await walk.tokens();
    host.users.askingClients.length = 0;
    await walk.openConsent(client.client_id);
    await walk.refresh(client.client_id, refresh_token);
    const asking = {
      clientId: client.client_id,
      source: 'dynamic',
      name: 'Test client',
      redirectUris: [REDIRECT_URI],
      userId: 'ada',
      orgId: 'analytical',
    };
    expect(host.users.askingClients).toEqual([
      { ...asking, at: 'authorize' },
      { ...asking, at: 'refresh' },
    ]);
  });

  it('shows a page instead of the question to a user whose client is refused', async () => {
    host.users.faults.set('allowClient', answers(false));
    const page = await walk.openConsent(clientId);
    expectPage(page, 403, 'client_refused', host);
    expect(page.text).not.toContain('approved');
  });

  it('gives no code when the client is refused between the page and the answer', async () => {
    const page = await walk.openConsent(clientId);
    const before = [await rows('grants'), await rows('authorization_codes')];
    host.users.faults.set('allowClient', answers(false));
    expectPage(await walk.decide(page), 403, 'client_refused', host);
    expect([await rows('grants'), await rows('authorization_codes')]).toEqual(before);
  });

  it('holds a client back until an operator has approved it, and says so', async () => {
    host.users.faults.set('allowClient', answers('pending'));
    const page = await walk.openConsent(clientId);
    expectPage(page, 403, 'client_pending', host);
    expect(page.text).toContain('has to be approved first');
    await approve();
    expect((await walk.openConsent(clientId)).status).toBe(200);
    host.users.faults.set('allowClient', answers(false));
    expectPage(await walk.openConsent(clientId), 403, 'client_refused', host);
  });

  it('RFT-08 is asked at every refresh; a refusal costs the tokens of now, not the grant', async () => {
    const { client, refresh_token } = await walk.tokens();
    for (const verdict of [false, 'pending']) {
      await host.dataSource.query('UPDATE mcp_auth_clients SET approved_fingerprint = NULL');
      host.users.faults.set('allowClient', answers(verdict));
      const refused = await walk.refresh(client.client_id, refresh_token);
      expect([refused.status, JSON.parse(refused.text)]).toMatchObject([400, { error: 'invalid_grant' }]);
      expect(host.log.reasons().at(-1)).toBe('client_refused');
    }
    host.users.faults.clear();
    expect((await walk.refresh(client.client_id, refresh_token)).status).toBe(200);
  });

  it.each([
    ['a throw', throws],
    ['undefined', answers(undefined)],
    ['null', answers(null)],
    ['text', answers('true')],
    ['a truthy object', answers({})],
    ['a number', answers(1)],
    ['a refused promise', () => Promise.reject(new Error('late'))],
  ])('takes %s for an outage, and never for a yes', async (_case, fault) => {
    const { client, refresh_token } = await walk.tokens();
    const page = await walk.openConsent(clientId);
    host.users.faults.set('allowClient', fault);
    expect((await walk.openConsent(clientId)).status).toBe(503);
    expect((await walk.decide(page)).status).toBe(503);
    const refresh = await walk.refresh(client.client_id, refresh_token);
    expect([refresh.status, JSON.parse(refresh.text)]).toMatchObject([503, { error: 'temporarily_unavailable' }]);
    host.users.faults.clear();
    expect((await walk.refresh(client.client_id, refresh_token)).status).toBe(200);
  });

  it('CMD-16 redeems no code of a client that has changed since the user approved it', async () => {
    const { client_id } = await walk.register();
    const code = await walk.code(client_id);
    const rename = (was: string, is: string) =>
      host.dataSource.query('UPDATE mcp_auth_clients SET metadata = replace(metadata, ?, ?) WHERE client_id = ?', [
        was,
        is,
        client_id,
      ]);
    await rename('Test client', 'Another name');
    const refused = await walk.redeem(client_id, code);
    expect([refused.status, JSON.parse(refused.text)]).toMatchObject([400, { error: 'invalid_grant' }]);
    expect(host.log.reasons().at(-1)).toBe('client_changed');
    await rename('Another name', 'Test client');
    expect((await walk.redeem(client_id, code)).status).toBe(200);
  });
});
