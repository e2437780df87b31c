import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, readConsentForm } from '../support/browser.js';
import { OAuthWalk } from '../support/oauth-walk.js';
import { expectPage, movedOnTo, readTarget, redirectedTo } from '../support/pages.js';
import { barrier } from '../support/barrier.js';
import { ADAPTERS, startTestApp, type TestApp } from '../support/test-app.js';

describe.each(ADAPTERS)('the consent form on %s', (adapter) => {
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
  afterAll(() => host.close());

  const issuedCodes = async (): Promise<number> =>
    Number(
      (await host.dataSource.query<{ n: number }[]>('SELECT count(*) AS n FROM mcp_auth_authorization_codes'))[0]?.n,
    );

  /** Runs something after which no code may exist that did not exist before. */
  const withoutCode = async <T>(work: () => Promise<T>): Promise<T> => {
    const before = await issuedCodes();
    const result = await work();
    expect(await issuedCodes()).toBe(before);
    return result;
  };

  /** What the page posted when it was approved: to be sent again, elsewhere, or bent. */
  const formOf = (page: Answer) => {
    const { action, fields, scopes } = readConsentForm(page.text);
    expect(action).toBe('/oauth/approve');
    const { request = '', csrf_token = '', ...others } = fields;
    expect(others).toEqual({});
    return { request, csrf_token, scopes, approved: 'true' };
  };

  /** Sends this many posts, and lets none go on before all are past the check that the request is still open. */
  const together = async (posts: number, post: (index: number) => Promise<Answer>): Promise<Answer[]> => {
    const arrive = barrier(posts);
    host.users.faults.set('currentUser', async () => {
      await arrive();
      return { id: 'ada' };
    });
    try {
      return await Promise.all(Array.from({ length: posts }, (_, index) => post(index)));
    } finally {
      host.users.faults.clear();
    }
  };

  describe('a GET', () => {
    it('CON-01 gives no code for approved=true in the query: no one-click takeover', async () => {
      walk.browser.signIn('ada');
      const change = { approved: 'true', scope: 'mcp:read', scopes: 'mcp:admin' };
      const answer = await withoutCode(() => walk.browser.get(walk.authorizeUrl(clientId, change)));
      expect(answer.status).toBe(200);
      expect(answer.text).toContain('name="approved"');
      expect(answer.text).not.toContain('http-equiv="refresh"');
    });

    it('CON-01 gives no code for the whole form in the query, at any endpoint', async () => {
      const { scopes, request, ...rest } = formOf(await walk.openConsent(clientId));
      const others = new URLSearchParams({ ...rest, scopes: scopes.join(' ') }).toString();
      const fields = `${others}&request=${request}`;
      const answers = await withoutCode(async () => [
        await walk.browser.get(`/oauth/approve?${fields}`),
        await walk.browser.get(`/oauth/authorize/resume?${fields}`),
        await walk.browser.get(`${walk.authorizeUrl(clientId)}&${others}`),
        await walk.browser.get(`${walk.authorizeUrl(clientId)}&${fields}`),
      ]);
      expect(answers.map(({ status }) => status)).toEqual([405, 200, 200, 302]);
      // Here `request` is another parameter, one that we do not take.
      expect(redirectedTo(answers[3]!).params['error']).toBe('request_not_supported');
    });
  });

  describe('is refused, and gives no code,', () => {
    const refusals: readonly [string, (form: ReturnType<typeof formOf>) => object, number, string][] = [
      ['without its token', ({ csrf_token: _gone, ...form }) => form, 403, 'csrf_token_wrong'],
      ['with an empty token', (form) => ({ ...form, csrf_token: '' }), 403, 'csrf_token_wrong'],
      ['with another token', (form) => ({ ...form, csrf_token: 'A'.repeat(43) }), 403, 'csrf_token_wrong'],
      ['with two tokens', (form) => ({ ...form, csrf_token: ['a', 'b'] }), 400, 'parameter_repeated'],
      ['without its request', ({ request: _gone, ...form }) => form, 400, 'handle_malformed'],
      ['for a request nobody made', (form) => ({ ...form, request: 'A'.repeat(43) }), 400, 'handle_unknown'],
      ['with a request that is no handle', (form) => ({ ...form, request: "' OR 1=1 --" }), 400, 'handle_malformed'],
      ['saying neither yes nor no', ({ approved: _gone, ...form }) => form, 400, 'approved_missing'],
      ['saying something else', (form) => ({ ...form, approved: 'TRUE' }), 400, 'approved_missing'],
      ['saying both', (form) => ({ ...form, approved: ['false', 'true'] }), 400, 'parameter_repeated'],
      ['with a control character', (form) => ({ ...form, scopes: 'mcp:read\0' }), 400, 'parameter_control_character'],
    ];
    it.each(refusals)('CON-01 %s', async (_what, bend, status, reason) => {
      const form = formOf(await walk.openConsent(clientId));
      const answer = await withoutCode(() => walk.browser.post('/oauth/approve', bend(form) as Record<string, string>));
      expectPage(answer, status, reason, host);
      // It was no decision: the real form still works.
      expect(walk.target(await walk.browser.post('/oauth/approve', form)).searchParams.get('code')).toBeTruthy();
    });

    it('CON-12 from a browser that did not begin the request, signed in as the same user or as another', async () => {
      const form = formOf(await walk.openConsent(clientId));
      for (const userId of ['ada', 'grace']) {
        const other = new OAuthWalk(host.origin);
        // One with a cookie of its own, as every browser has that once began a request here.
        await other.openConsent(clientId, userId);
        expectPage(await withoutCode(() => other.browser.post('/oauth/approve', form)), 403, 'other_browser', host);
        other.browser.cookies.delete('mcp_auth');
        expectPage(await withoutCode(() => other.browser.post('/oauth/approve', form)), 403, 'other_browser', host);
      }
    });

    it('CON-12 by another user in the same browser', async () => {
      const form = formOf(await walk.openConsent(clientId, 'ada'));
      walk.browser.signIn('grace');
      expectPage(await withoutCode(() => walk.browser.post('/oauth/approve', form)), 403, 'csrf_token_wrong', host);
    });

    it('CON-12 by the same user, now for another organisation', async () => {
      const form = formOf(await walk.openConsent(clientId, 'ada'));
      host.users.faults.set('currentOrg', () => ({ id: 'another', name: 'Another' }));
      const answer = await withoutCode(() => walk.browser.post('/oauth/approve', form));
      host.users.faults.clear();
      expectPage(answer, 403, 'csrf_token_wrong', host);
    });

    it('CON-12 after signing out', async () => {
      const form = formOf(await walk.openConsent(clientId));
      walk.browser.cookies.delete('session');
      expectPage(await withoutCode(() => walk.browser.post('/oauth/approve', form)), 403, 'no_session', host);
    });

    it('CON-01 with the token of another request of the same browser and user', async () => {
      const first = formOf(await walk.openConsent(clientId));
      const second = formOf(await walk.openConsent(clientId));
      const mixed = { ...first, csrf_token: second.csrf_token };
      expectPage(await withoutCode(() => walk.browser.post('/oauth/approve', mixed)), 403, 'csrf_token_wrong', host);
    });

    it('CON-01 of a request that has failed', async () => {
      const form = formOf(await walk.openConsent(clientId));
      walk.browser.cookies.delete('session');
      const failing = await walk.browser.get(walk.authorizeUrl(clientId, { scope: '"' }));
      walk.browser.signIn('ada');
      const handle = /request%3D([\w-]{43})/.exec(failing.headers.get('location') ?? '')?.[1] ?? '';
      const answer = await withoutCode(() => walk.browser.post('/oauth/approve', { ...form, request: handle }));
      expectPage(answer, 403, 'csrf_token_wrong', host);
    });

    it('CON-12 a second time', async () => {
      const form = formOf(await walk.openConsent(clientId));
      await walk.browser.post('/oauth/approve', form);
      for (const approved of ['true', 'false']) {
        const again = await withoutCode(() => walk.browser.post('/oauth/approve', { ...form, approved }));
        expectPage(again, 400, 'request_decided', host);
      }
    });

    it('CON-12 after it was denied', async () => {
      const form = formOf(await walk.openConsent(clientId));
      await walk.browser.post('/oauth/approve', { ...form, approved: 'false' });
      expectPage(await withoutCode(() => walk.browser.post('/oauth/approve', form)), 400, 'request_decided', host);
    });

    it('AUT-05 PRE-03 once the client is gone, switched off, or is not what it was when the page was shown', async () => {
      const replace = (was: string, is: string) =>
        `UPDATE mcp_auth_clients SET metadata = replace(metadata, '${was}', '${is}') WHERE client_id = ?`;
      const changes = [
        ['DELETE FROM mcp_auth_clients WHERE client_id = ?', 'client_gone'],
        ['UPDATE mcp_auth_clients SET disabled_at = 1 WHERE client_id = ?', 'client_gone'],
        [replace('client.example', 'moved.example'), 'client_changed'],
        [replace('Test client', 'Your bank'), 'client_changed'],
        [replace('"none"', '"client_secret_post"'), 'client_changed'],
      ] as const;
      for (const [sql, reason] of changes) {
        const { client_id } = await walk.register();
        const page = await walk.openConsent(client_id);
        await host.dataSource.query(sql, [client_id]);
        expectPage(await withoutCode(() => walk.decide(page)), 400, reason, host);
      }
    });
  });

  it('CON-12 STO-03 gives exactly one code to twenty posts at once', async () => {
    const form = formOf(await walk.openConsent(clientId));
    const before = await issuedCodes();
    const answers = await together(20, () => walk.browser.post('/oauth/approve', form));
    expect(answers.filter(({ status }) => status === 400)).toHaveLength(19);
    expect(await issuedCodes()).toBe(before + 1);
    const winner = answers.find(({ status }) => status === 200)!;
    const code = walk.target(winner).searchParams.get('code') ?? '';
    expect((await walk.redeem(clientId, code)).status).toBe(200);
  });

  it('CON-12 STO-03 decides once when yes and no arrive together', async () => {
    for (let round = 0; round < 5; round++) {
      const form = formOf(await walk.openConsent(clientId));
      const before = await issuedCodes();
      const answers = await together(2, (index) =>
        walk.browser.post('/oauth/approve', { ...form, approved: String((index + round) % 2 === 0) }),
      );
      const [winner] = answers.filter(({ status }) => status === 200);
      expect(answers.filter(({ status }) => status === 400)).toHaveLength(1);
      const { params } = readTarget(walk.target(winner!).href);
      expect(await issuedCodes()).toBe(before + (params['code'] === undefined ? 0 : 1));
    }
  });

  it('AUT-34 CON-12 takes a no to the client, with state and iss, and leaves no grant', async () => {
    const page = await walk.openConsent(clientId);
    const denied = await withoutCode(() => walk.decide(page, 'false'));
    expect(denied.status).toBe(200);
    const { params } = readTarget(walk.target(denied).href);
    expect(params).toEqual({
      error: 'access_denied',
      error_description: 'The user refused',
      state: walk.state,
      iss: host.origin,
    });
  });

  it('AUT-20 AUT-21 AUT-22 takes a yes to the client, with code, state and iss, once each', async () => {
    const target = walk.target(await walk.decide(await walk.openConsent(clientId)));
    expect([...target.searchParams.keys()]).toEqual(['code', 'state', 'iss']);
    expect(readTarget(target.href).params).toMatchObject({ state: walk.state, iss: host.origin });
  });

  it('AUT-20 sends no state where none was sent', async () => {
    const target = walk.target(await walk.decide(await walk.openConsent(clientId, 'ada', { state: undefined })));
    expect([...target.searchParams.keys()]).toEqual(['code', 'iss']);
  });

  it('AUT-36 may be reloaded while it waits, with the same outcome', async () => {
    const first = await walk.openConsent(clientId);
    const handle = readConsentForm(first.text).fields['request'] ?? '';
    const reloaded = await walk.browser.get(`/oauth/authorize/resume?request=${handle}`);
    expect(formOf(reloaded)).toEqual(formOf(first));
    expect(walk.target(await walk.decide(first)).searchParams.get('code')).toBeTruthy();
  });

  it('STO-01 STO-04 keeps neither handle nor browser nor form token in the database or the log', async () => {
    const form = formOf(await walk.openConsent(clientId));
    const row = await host.dataSource.query('SELECT * FROM mcp_auth_pending_authorizations ORDER BY id DESC LIMIT 1');
    const secrets = [form.request, form.csrf_token, walk.browser.cookies.get('mcp_auth')];
    await walk.browser.post('/oauth/approve', { ...form, csrf_token: `${form.csrf_token}x` });
    for (const secret of secrets) {
      expect(secret).toMatch(/^[\w-]+(\.[\w-]{43})?$/);
      expect(JSON.stringify(row)).not.toContain(secret);
      expect(host.log.lines.join('\n')).not.toContain(secret);
    }
  });

  it('CON-05 AUT-15 tells the client when this user may grant none of what it asks, and is done with it', async () => {
    host.users.refused.add('grace mcp:read').add('grace mcp:write').add('grace mcp:admin');
    const answer = await walk.openConsent(clientId, 'grace');
    host.users.refused.clear();
    const { params } = movedOnTo(answer);
    expect(params).toMatchObject({ error: 'invalid_scope', state: walk.state, iss: host.origin });
  });
});
