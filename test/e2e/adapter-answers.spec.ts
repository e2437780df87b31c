import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, readOrganisationForm } from '../support/browser.js';
import { Members } from '../support/members.js';
import { OAuthWalk } from '../support/oauth-walk.js';
import { expectPage } from '../support/pages.js';
import { ADAPTERS, startTestApp, type TestApp } from '../support/test-app.js';
import { hang, WRONG_ANSWERS, type WrongAnswer } from '../support/wrong-answers.js';

type Method = keyof typeof WRONG_ANSWERS;
const METHODS = Object.entries(WRONG_ANSWERS) as [Method, readonly WrongAnswer[]][];
/** Those that are asked without a browser. */
const BEHIND: readonly Method[] = ['fetchUserData', 'validateScopeForUser', 'allowClient'];

/** Everything the host can answer that is no answer, at every place where it is asked: nothing is granted, and nothing is lost. */
describe.each(ADAPTERS)('wrong answers of the adapter, on %s', (adapter) => {
  const members = new Members();
  let host: TestApp;
  let walk: OAuthWalk;
  let clientId: string;
  beforeAll(async () => {
    host = await startTestApp({ adapter, users: members });
    ({ client_id: clientId } = await new OAuthWalk(host.origin).register());
  });
  beforeEach(() => {
    members.reset();
    walk = new OAuthWalk(host.origin);
  });
  afterAll(() => host.close());

  const rows = async () => {
    const counts: number[] = [];
    for (const table of ['grants', 'authorization_codes', 'refresh_tokens'])
      counts.push((await host.dataSource.query<unknown[]>(`SELECT id FROM mcp_auth_${table}`)).length);
    return counts;
  };

  /** The same rows after it as before: no grant, no code, no token. */
  const granting = async <T>(method: Method, fault: () => unknown, work: () => Promise<T>): Promise<T> => {
    const before = await rows();
    members.faults.set(method, fault);
    try {
      return await work();
    } finally {
      members.faults.clear();
      expect(await rows()).toEqual(before);
    }
  };

  const expectOutagePage = (answer: Answer): void => {
    expectPage(answer, 503, 'outage', host);
    expect(answer.headers.get('retry-after')).toBe('5');
    expect(answer.text).not.toMatch(/fire|users\.|adapter/i);
  };

  const expectOutageBody = (answer: Answer): void => {
    expect(answer.status, answer.text).toBe(503);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(JSON.parse(answer.text)).toMatchObject({ error: 'temporarily_unavailable' });
    expect(answer.text).not.toMatch(/fire|users\.|adapter|token"/i);
  };

  const choose = (page: Answer) => {
    const { action, fields } = readOrganisationForm(page.text);
    return walk.browser.post(action, { ...fields, organisation: 'compilers' });
  };

  describe.each(METHODS)('users.%s', (method, faults) => {
    it.each(faults)('CON-05 %s: no page, no silent answer', async (_what, fault) => {
      walk.browser.signIn('ada');
      for (const prompt of [undefined, 'consent', 'none']) {
        const url = walk.authorizeUrl(clientId, { prompt });
        expectOutagePage(await granting(method, fault, () => walk.browser.get(url)));
      }
    });

    it.each(faults)('CON-05 %s: no approval, no choice; both work afterwards', async (_what, fault) => {
      const page = await walk.openConsent(clientId);
      expectOutagePage(await granting(method, fault, () => walk.decide(page)));
      expectOutagePage(await granting(method, fault, () => choose(page)));
      const resumed = await walk.browser.get((await choose(page)).headers.get('location') ?? '');
      expectOutagePage(await granting(method, fault, () => walk.decide(resumed)));
      expect(walk.target(await walk.decide(resumed)).searchParams.get('code')).toBeTruthy();
    });

    it('CON-05 no answer at all: five seconds, and then the same', async () => {
      const other = new OAuthWalk(host.origin);
      const [page, chosen] = [await walk.openConsent(clientId), await walk.openConsent(clientId)];
      const { access_token: _access, refresh_token, client } = await other.tokens('ada');
      await granting(method, hang, async () => {
        const asked = [
          walk.browser.get(walk.authorizeUrl(clientId, { prompt: 'consent' })),
          walk.decide(page),
          choose(chosen),
        ];
        const refreshed = BEHIND.includes(method) ? [other.refresh(client.client_id, refresh_token)] : [];
        for (const answer of await Promise.all(asked)) expectOutagePage(answer);
        for (const answer of await Promise.all(refreshed)) expectOutageBody(answer);
      });
      expect((await other.refresh(client.client_id, refresh_token)).status).toBe(200);
    });
  });

  describe.each(METHODS.filter(([method]) => BEHIND.includes(method)))(
    'users.%s, without a browser,',
    (method, faults) => {
      it.each(faults)(
        'RFT-08 CON-05 %s: no tokens at refresh, and the refresh token lives on',
        async (_what, fault) => {
          const { client, refresh_token } = await walk.tokens('ada');
          expectOutageBody(await granting(method, fault, () => walk.refresh(client.client_id, refresh_token)));
          expect((await walk.refresh(client.client_id, refresh_token)).status).toBe(200);
        },
      );
    },
  );

  describe.each(METHODS.filter(([method]) => method === 'fetchUserData' || method === 'validateScopeForUser'))(
    'users.%s, at issue,',
    (method, faults) => {
      it.each(faults)('CON-05 %s: no tokens for the code, which lives on', async (_what, fault) => {
        const code = await walk.code(clientId);
        expectOutageBody(await granting(method, fault, () => walk.redeem(clientId, code)));
        expect((await walk.redeem(clientId, code)).status).toBe(200);
      });
    },
  );

  it('C3 the ids 42 and "42" are one user and one organisation, from the page to the token', async () => {
    members.known.add('42');
    const subjects: unknown[] = [];
    for (const [shown, posted] of [
      [42, '42'],
      ['42', 42],
    ] as const) {
      const { client_id } = await walk.register();
      members.memberships.set('42', [{ id: shown }]);
      members.faults.set('currentUser', () => ({ id: shown }));
      const page = await walk.browser.get(walk.authorizeUrl(client_id));
      members.memberships.set('42', [{ id: posted }]);
      members.faults.set('currentUser', () => ({ id: posted }));
      const code = walk.target(await walk.decide(page)).searchParams.get('code') ?? '';
      const { access_token } = JSON.parse((await walk.redeem(client_id, code)).text) as { access_token: string };
      const { sub, org_id } = JSON.parse(
        Buffer.from(access_token.split('.')[1] ?? '', 'base64url').toString(),
      ) as Record<string, unknown>;
      subjects.push([sub, org_id]);
      // What was given as one is remembered as the other.
      const again = await walk.browser.get(walk.authorizeUrl(client_id));
      expect(again.headers.get('location')).toContain('code=');
    }
    expect(subjects).toEqual([
      ['42', '42'],
      ['42', '42'],
    ]);
  });

  it('CON-05 every other number stays as far apart as its text', async () => {
    for (const id of [4.2, 2 ** 53, -0.5, Number.POSITIVE_INFINITY]) {
      walk.browser.signIn('ada');
      const url = walk.authorizeUrl(clientId);
      expectOutagePage(
        await granting(
          'currentUser',
          () => ({ id }),
          () => walk.browser.get(url),
        ),
      );
    }
  });

  describe('users.loginUrl', () => {
    const wrong: readonly WrongAnswer[] = [
      ...WRONG_ANSWERS.currentUser,
      ['a promise', () => Promise.resolve('/login')],
      [
        'a promise of a fault later on',
        () => new Promise((_resolve, reject) => setImmediate(reject, new Error('late'))),
      ],
      ['a script', () => 'javascript:alert(1)'],
      ['another site without scheme', () => '//evil.example'],
      ['the same, for browsers', () => '/\\evil.example'],
      ['a header', () => '/login\r\nset-cookie: a=b'],
    ];
    it.each(wrong)('TRN-07 %s: no redirect, neither to sign in nor to another account', async (_what, fault) => {
      const page = await walk.openConsent(clientId);
      const link = `/oauth/authorize/select-account?request=${readOrganisationForm(page.text).fields['request']}`;
      const original = members.loginUrl.bind(members);
      members.loginUrl = fault as () => string;
      try {
        expectOutagePage(await walk.browser.get(link));
        expectOutagePage(await new OAuthWalk(host.origin).browser.get(walk.authorizeUrl(clientId)));
      } finally {
        members.loginUrl = original;
      }
    });
  });
});
