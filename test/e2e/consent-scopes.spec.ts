import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readConsentForm } from '../support/browser.js';
import { OAuthWalk } from '../support/oauth-walk.js';
import { readTarget } from '../support/pages.js';
import { ADAPTERS, startTestApp, type TestApp } from '../support/test-app.js';

describe.each(ADAPTERS)('what a consent grants on %s', (adapter) => {
  let host: TestApp;
  let walk: OAuthWalk;
  let clientId: string;
  beforeAll(async () => {
    host = await startTestApp({ adapter });
  });
  beforeEach(async () => {
    walk = new OAuthWalk(host.origin);
    ({ client_id: clientId } = await walk.register());
  });
  afterEach(() => {
    host.users.refused.clear();
  });
  afterAll(() => host.close());

  /** The scopes that an approval with these boxes ticked leads to, as the token response names them. */
  const granted = async (scope: string | undefined, ticked: readonly string[], userId = 'ada'): Promise<string[]> => {
    const decided = await walk.decide(await walk.openConsent(clientId, userId, { scope }), 'true', { scopes: ticked });
    const { params } = readTarget(walk.target(decided).href);
    const answer = await walk.redeem(clientId, params['code'] ?? '');
    expect(answer.status).toBe(200);
    return (JSON.parse(answer.text) as { scope: string }).scope.split(' ');
  };

  it.each([
    ['CON-05 only what was ticked, and what is required', undefined, ['mcp:write'], ['mcp:read', 'mcp:write']],
    ['CON-05 nothing but what is required', undefined, [], ['mcp:read']],
    ['CON-05 no scope that was added to the form', 'mcp:read', ['mcp:admin'], ['mcp:read']],
    ['CON-05 no required scope that was not asked for', 'mcp:write', ['mcp:write', 'mcp:read'], ['mcp:write']],
    ['CON-05 no invented scope', undefined, ['mcp:write', 'root', ''], ['mcp:read', 'mcp:write']],
    ['CON-05 no list in one field', undefined, ['mcp:write mcp:admin'], ['mcp:read']],
    ['CON-05 no scope by another spelling', undefined, ['MCP:ADMIN', 'mcp:admin '], ['mcp:read']],
    ['CON-05 no scope twice', undefined, ['mcp:write', 'mcp:write'], ['mcp:read', 'mcp:write']],
    ['CON-05 no inherited name', undefined, ['__proto__', 'constructor', 'mcp:write'], ['mcp:read', 'mcp:write']],
  ])('%s', async (_what, scope, ticked, expected) => {
    expect(await granted(scope, ticked)).toEqual(expected);
  });

  it('CON-05 shows the requested scopes only, and of those what this user may grant', async () => {
    host.users.refused.add('grace mcp:admin');
    const page = await walk.openConsent(clientId, 'grace', { scope: 'mcp:read mcp:admin' });
    expect(page.text).toContain('Read your notes');
    expect(page.text).not.toContain('Write your notes');
    expect(page.text).not.toContain('Delete everything');
    expect(readConsentForm(page.text).scopes).toEqual([]);
  });

  it('CON-05 gives no scope that this user may not grant, ticked by hand', async () => {
    host.users.refused.add('grace mcp:admin');
    expect(await granted(undefined, ['mcp:write', 'mcp:admin'], 'grace')).toEqual(['mcp:read', 'mcp:write']);
  });

  it('CON-05 asks the policy again when the form arrives: demoted in between', async () => {
    const page = await walk.openConsent(clientId);
    expect(readConsentForm(page.text).scopes).toEqual(['mcp:write', 'mcp:admin']);
    host.users.refused.add('ada mcp:admin');
    const { params } = readTarget(walk.target(await walk.decide(page)).href);
    // Allowed again before the code is redeemed: what counts is the moment of approval.
    host.users.refused.clear();
    const answer = await walk.redeem(clientId, params['code'] ?? '');
    expect(JSON.parse(answer.text)).toMatchObject({ scope: 'mcp:read mcp:write' });
  });

  it('CON-05 AUT-34 denies when nothing is left at approval', async () => {
    const page = await walk.openConsent(clientId);
    for (const scope of ['mcp:read', 'mcp:write', 'mcp:admin']) host.users.refused.add(scope);
    const { params } = readTarget(walk.target(await walk.decide(page)).href);
    expect(params).toMatchObject({ error: 'access_denied', state: walk.state });
  });

  it('CON-05 AUT-34 denies an approval with every box of an all-optional request cleared', async () => {
    const page = await walk.openConsent(clientId, 'ada', { scope: 'mcp:write' });
    const { params } = readTarget(walk.target(await walk.decide(page, 'true', { scopes: [] })).href);
    expect(params).toMatchObject({ error: 'access_denied' });
  });

  it('CON-05 asks with user, organisation, client and resource', async () => {
    const asked: unknown[] = [];
    const policy = host.users.validateScopeForUser.bind(host.users);
    host.users.validateScopeForUser = (question) => {
      asked.push(question);
      return policy(question);
    };
    await walk.openConsent(clientId, 'ada', { scope: 'mcp:write' });
    host.users.validateScopeForUser = policy;
    const resource = `${host.origin}/mcp`;
    expect(asked).toEqual([
      expect.objectContaining({ userId: 'ada', orgId: 'analytical', scope: 'mcp:write', clientId, resource }),
    ]);
  });

  it('CON-05 takes away what was refused by the time the code is redeemed', async () => {
    const code = await walk.code(clientId);
    host.users.refused.add('ada mcp:write');
    const answer = await walk.redeem(clientId, code);
    expect(JSON.parse(answer.text)).toMatchObject({ scope: 'mcp:read mcp:admin' });
  });
});
