import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { OAuthWalk } from '../support/oauth-walk.js';
import { redirectedTo } from '../support/pages.js';
import { ADAPTERS, startTestApp, type TestApp } from '../support/test-app.js';

const SCOPES = {
  'mcp:read': { name: 'Read', description: 'Read your notes' },
  'mcp:write': { name: 'Write', description: 'Write your notes', implies: ['mcp:read'] },
  'mcp:admin': { name: 'Administer', description: 'Delete everything', implies: ['mcp:write'] },
};
const ORGANISATIONS = ['analytical', 'compilers'] as const;

type Organisation = (typeof ORGANISATIONS)[number];
interface Answer {
  readonly status: number;
  readonly scope?: string;
  readonly error?: string;
  readonly access_token: string;
  readonly refresh_token: string;
}

/** No path to a token gives what the policy refuses: user, organisation, request, form, hierarchy and refresh, all with all. */
describe.each(ADAPTERS)('who gets which scope, on %s', (adapter) => {
  let host: TestApp;
  let walk: OAuthWalk;
  let clientId: string;
  beforeAll(async () => {
    host = await startTestApp({ adapter, options: { scopes: SCOPES, defaultScopes: ['mcp:read'] } });
  });
  afterAll(() => host.close());
  afterEach(() => {
    host.users.refused.clear();
    host.users.faults.clear();
  });

  const actFor = (org: Organisation) => host.users.faults.set('currentOrg', () => ({ id: org }));
  const begin = async (org: Organisation) => {
    actFor(org);
    walk = new OAuthWalk(host.origin);
    ({ client_id: clientId } = await walk.register());
  };
  const read = ({ status, text }: { status: number; text: string }) =>
    ({ ...(JSON.parse(text) as object), status }) as Answer;
  const redeem = async (code: string | null) => read(await walk.redeem(clientId, code ?? ''));
  const open = async (token: string) =>
    (await fetch(`${host.origin}/mcp`, { headers: { authorization: `Bearer ${token}` } })).status;
  /** Approves with these boxes ticked; gives the tokens, or the error that the client gets instead. */
  const approve = async (scope: string, ticked: readonly string[]): Promise<Partial<Answer>> => {
    const page = await walk.openConsent(clientId, 'ada', { scope });
    if (page.status === 302 || !page.text.includes('csrf_token')) {
      const target = walk.target(page);
      return { error: target.searchParams.get('error') ?? '' };
    }
    const target = walk.target(await walk.decide(page, 'true', { scopes: ticked }));
    const code = target.searchParams.get('code');
    return code === null ? { error: target.searchParams.get('error') ?? '' } : redeem(code);
  };

  describe.each(ORGANISATIONS)('for %s', (org) => {
    const other = ORGANISATIONS.find((one) => one !== org)!;

    it.each([
      ['what is requested', 'mcp:read mcp:write', ['mcp:read', 'mcp:write'], 'mcp:read mcp:write', 'mcp:read'],
      ['what the form adds', 'mcp:read', ['mcp:read', 'mcp:write', 'mcp:admin'], 'mcp:read', 'mcp:read'],
      ['what a broader one implies', 'mcp:read mcp:admin', ['mcp:read', 'mcp:admin'], 'mcp:read mcp:admin', 'mcp:read'],
      ['nothing but a broader one', 'mcp:admin', ['mcp:admin'], 'mcp:admin', undefined],
    ] as const)('CON-05 RSG-09 %s', async (_case, scope, ticked, whereAllowed, whereRefused) => {
      await begin(org);
      expect(await approve(scope, ticked)).toMatchObject({ scope: whereAllowed });
      for (const rule of ['mcp:write', 'ada mcp:write', `${org} mcp:write`]) {
        await begin(org);
        host.users.refused.add(rule);
        const answer = await approve(scope, ticked);
        expect(answer, rule).toMatchObject(
          whereRefused === undefined ? { error: 'invalid_scope' } : { scope: whereRefused },
        );
        host.users.refused.clear();
      }
      // The rule of another organisation, or about another user, is not this one's.
      for (const rule of [`${other} mcp:write`, 'grace mcp:write']) {
        await begin(org);
        host.users.refused.add(rule);
        expect(await approve(scope, ticked), rule).toMatchObject({ scope: whereAllowed });
        host.users.refused.clear();
      }
    });

    it.each(['mcp:read mcp:write', 'mcp:read mcp:admin'])(
      'CON-05 loses %s where the right was lost between page and answer',
      async (scope) => {
        await begin(org);
        const page = await walk.openConsent(clientId, 'ada', { scope });
        host.users.refused.add(`${org} mcp:write`);
        const code = walk.target(await walk.decide(page)).searchParams.get('code');
        expect(await redeem(code)).toMatchObject({ scope: 'mcp:read' });
      },
    );

    it.each(['mcp:read mcp:write', 'mcp:read mcp:admin'])(
      'RFT-08 loses %s at the next refresh after a demotion, and gets it back after a promotion',
      async (scope) => {
        await begin(org);
        const first = await redeem(await walk.code(clientId, 'ada', { scope }));
        expect(first).toMatchObject({ scope });
        host.users.refused.add(`${org} mcp:write`);
        const demoted = read(await walk.refresh(clientId, first.refresh_token));
        expect(demoted).toMatchObject({ scope: 'mcp:read' });
        host.users.refused.clear();
        expect(read(await walk.refresh(clientId, demoted.refresh_token))).toMatchObject({ scope });
      },
    );

    it('CON-07 was not given for the other organisation', async () => {
      await begin(org);
      await walk.code(clientId, 'ada', { scope: 'mcp:read mcp:admin' });
      actFor(other);
      expect(
        redirectedTo(await walk.browser.get(walk.authorizeUrl(clientId, { prompt: 'none', scope: 'mcp:read' }))).params,
      ).toMatchObject({
        error: 'consent_required',
      });
    });

    it('RFT-08 STO-07 ends with the membership: refresh is invalid_grant, and the access token is dead', async () => {
      await begin(org);
      const tokens = await redeem(await walk.code(clientId, 'ada', { scope: 'mcp:read' }));
      expect(await open(tokens.access_token)).toBe(200);
      host.users.faults.set('fetchUserData', () => null);
      expect(read(await walk.refresh(clientId, tokens.refresh_token))).toMatchObject({
        status: 400,
        error: 'invalid_grant',
      });
      expect(await open(tokens.access_token)).toBe(401);
    });
  });
});
