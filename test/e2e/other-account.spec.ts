import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { McpLoginService } from 'nestjs-mcp-auth';
import { barrier } from '../support/barrier.js';
import { type Answer, readConsentForm, readOrganisationForm } from '../support/browser.js';
import { Members } from '../support/members.js';
import { OAuthWalk } from '../support/oauth-walk.js';
import { expectPage, movedOnTo } from '../support/pages.js';
import { ADAPTERS, startTestApp, type TestApp } from '../support/test-app.js';

describe.each(ADAPTERS)('"use another account" on %s', (adapter) => {
  const members = new Members();
  let host: TestApp;
  let walk: OAuthWalk;
  let clientId: string;
  beforeAll(async () => {
    host = await startTestApp({ adapter, users: members });
  });
  beforeEach(async () => {
    members.reset();
    walk = new OAuthWalk(host.origin);
    ({ client_id: clientId } = await walk.register());
  });
  afterAll(() => host.close());

  const grants = async () =>
    host.dataSource.query<{ user_id: string }[]>('SELECT user_id FROM mcp_auth_grants WHERE client_id = ?', [clientId]);

  const linkOf = ({ text }: Answer): string => {
    const href = /<a [^>]*href="([^"]*)">Use another account<\/a>/.exec(text)?.[1] ?? '';
    expect(href.replace('&#x3D;', '=')).toMatch(/^\/oauth\/authorize\/select-account\?request=[\w-]{43}$/);
    return href.replace('&#x3D;', '=');
  };

  const isConsentOf = (userId: string, { status, text }: Answer): void => {
    expect({ status, text: text.slice(0, 300) }).toMatchObject({ status: 200 });
    expect(text).toContain('name="approved"');
    expect(text).toContain(`<bdi>${userId}@example.com</bdi>`);
  };

  /** Follows the link as far as the login page. */
  const leave = async (page: Answer): Promise<string> => {
    const answer = await walk.browser.get(linkOf(page));
    expect([answer.status, answer.headers.get('location')?.startsWith('/login?')]).toEqual([302, true]);
    return members.loginUrls.at(-1)!.resumeUrl;
  };

  /** Signs in there as somebody else, and comes back. */
  const switchTo = async (page: Answer, userId: string): Promise<Answer> => {
    const resumeUrl = await leave(page);
    return walk.browser.signIn(userId).get(resumeUrl);
  };

  it('AUT-26 asks the host to let the person choose, and comes back to the same request', async () => {
    const page = await walk.openConsent(clientId);
    const handle = readConsentForm(page.text).fields['request'];
    const next = await switchTo(page, 'grace');
    expect(members.loginUrls.at(-1)).toEqual({
      reason: 'select_account',
      handle,
      resumeUrl: `/oauth/authorize/resume?request=${handle}`,
    });
    isConsentOf('grace', next);
    expect(walk.target(await walk.decide(next)).searchParams.get('state')).toBe(walk.state);
    expect(await grants()).toEqual([{ user_id: 'grace' }]);
  });

  it('AUT-36 shows the page again to who comes back as they were', async () => {
    const page = await walk.openConsent(clientId);
    isConsentOf('ada', await walk.browser.get(await leave(page)));
    expect(walk.target(await walk.decide(page)).searchParams.get('code')).toBeTruthy();
  });

  it('AUT-36 may be used again and again: an honest person meets no login loop', async () => {
    let page = await walk.openConsent(clientId);
    for (const userId of ['grace', 'ada', 'grace', 'ada', 'ada']) {
      page = await switchTo(page, userId);
      isConsentOf(userId, page);
    }
    // Also one who loses a session on the way.
    walk.browser.cookies.delete('session');
    const resumeUrl = `/oauth/authorize/resume?request=${readConsentForm(page.text).fields['request']}`;
    expect((await walk.browser.get(resumeUrl)).headers.get('location')).toMatch(/^\/login\?/);
    isConsentOf('grace', await switchTo(page, 'grace'));
  });

  it('AUT-36 a host that loses every session is stopped all the same', async () => {
    const resumeUrl = await leave(await walk.openConsent(clientId));
    walk.browser.cookies.delete('session');
    expect((await walk.browser.get(resumeUrl)).headers.get('location')).toMatch(/^\/login\?/);
    for (let visit = 3; visit <= 5; visit++) expectPage(await walk.browser.get(resumeUrl), 400, 'login_loop', host);
  });

  it('does not name the account that the client had in mind', async () => {
    walk.browser.signIn('ada');
    const page = await walk.openConsent(clientId, 'ada', { login_hint: 'ada@example.com', prompt: 'select_account' });
    expect(members.loginUrls.at(-1)).toMatchObject({ reason: 'select_account', loginHint: 'ada@example.com' });
    await leave(page);
    expect(members.loginUrls.at(-1)).not.toHaveProperty('loginHint');
  });

  it('CON-07 shows the page, whatever the other one has given before', async () => {
    await walk.code(clientId, 'grace', { scope: 'mcp:read' });
    walk.browser.signIn('ada');
    const page = await walk.browser.get(walk.authorizeUrl(clientId, { scope: 'mcp:read' }));
    const next = await switchTo(page, 'grace');
    isConsentOf('grace', next);
    expect(next.text).toContain('Already allowed');
    expect(await grants()).toHaveLength(1);
  });

  it('CON-07 CON-12 no answer that was on its way is given for the first account any more', async () => {
    const page = await walk.openConsent(clientId, 'ada', { prompt: undefined });
    const resumeUrl = `/oauth/authorize/resume?request=${readConsentForm(page.text).fields['request']}`;
    // Meanwhile, in another tab, all of it was given: the first request needs no page any more.
    await walk.code(clientId);
    const [asked, goOn] = [barrier(2), barrier(2)];
    members.faults.set('allowClient', async () => {
      await asked();
      await goOn();
      return true;
    });
    const answered = walk.browser.get(resumeUrl);
    await asked();
    members.faults.clear();
    await leave(page);
    await goOn();
    expectPage(await answered, 400, 'request_decided', host);
    expect(await grants()).toHaveLength(1);
    isConsentOf('grace', await walk.browser.signIn('grace').get(resumeUrl));
  });

  it('AUT-26 AUT-27 a session too old for the client signs in once more, and ends there if it stays so', async () => {
    const now = () => Math.floor(host.clock.now() / 1000);
    members.authTime = now() + 10;
    const page = await walk.openConsent(clientId, 'ada', { prompt: 'login' });
    isConsentOf('ada', page);
    members.authTime = now() - 1000;
    const again = await switchTo(page, 'grace');
    expect(again.headers.get('location')).toMatch(/^\/login\?/);
    expect(members.loginUrls.at(-1)?.reason).toBe('reauthenticate');
    const resumeUrl = members.loginUrls.at(-1)?.resumeUrl ?? '';
    expect(movedOnTo(await walk.browser.get(resumeUrl)).params).toMatchObject({ error: 'login_required' });
  });

  it('AUT-23 takes an error to the client by a page, as after every form', async () => {
    for (const scope of ['read', 'write', 'admin']) members.refused.add(`grace mcp:${scope}`);
    const answer = await switchTo(await walk.openConsent(clientId), 'grace');
    expect(movedOnTo(answer).params).toMatchObject({ error: 'invalid_scope', state: walk.state });
  });

  it('CON-12 drops the choice of an organisation', async () => {
    const page = await walk.openConsent(clientId);
    const { action, fields } = readOrganisationForm(page.text);
    await walk.browser.post(action, { ...fields, organisation: 'compilers' });
    const next = await switchTo(page, 'ada');
    expect(next.text).toContain('<dt>Organisation</dt><dd><bdi>Analytical Engines</bdi>');
  });

  it('CON-12 leaves the form of the first user to that user', async () => {
    const page = await walk.openConsent(clientId);
    const next = await switchTo(page, 'grace');
    expectPage(await walk.decide(page), 403, 'csrf_token_wrong', host);
    await walk.decide(next);
    expect(await grants()).toEqual([{ user_id: 'grace' }]);
  });

  describe('is refused, and changes nothing,', () => {
    it.each([
      ['without a handle', '', 'handle_malformed'],
      ['with an invented handle', `?request=${'A'.repeat(43)}`, 'handle_unknown'],
      ['with two handles', '?request=a&request=b', 'parameter_repeated'],
    ])('AUT-35 %s', async (_what, query, reason) => {
      await walk.openConsent(clientId);
      expectPage(await walk.browser.get(`/oauth/authorize/select-account${query}`), 400, reason, host);
    });

    it('CON-12 in another browser', async () => {
      const page = await walk.openConsent(clientId);
      const other = new OAuthWalk(host.origin);
      expectPage(await other.browser.signIn('ada').get(linkOf(page)), 403, 'other_browser', host);
      await other.openConsent(clientId);
      expectPage(await other.browser.get(linkOf(page)), 403, 'other_browser', host);
      expect(walk.target(await walk.decide(page)).searchParams.get('code')).toBeTruthy();
    });

    it('CON-12 for a request that was answered', async () => {
      const page = await walk.openConsent(clientId);
      await walk.decide(page);
      expectPage(await walk.browser.get(linkOf(page)), 400, 'request_decided', host);
    });

    it('CON-12 for a request that is too old', async () => {
      const page = await walk.openConsent(clientId);
      host.clock.advance(1801);
      expectPage(await walk.browser.get(linkOf(page)), 400, 'request_expired', host);
    });

    it('AUT-24 for a request that only waits with an error', async () => {
      const failing = await walk.browser.get(walk.authorizeUrl(clientId, { response_type: 'token' }));
      expect(failing.status).toBe(302);
      const { handle } = members.loginUrls.at(-1)!;
      const answer = await walk.browser.get(`/oauth/authorize/select-account?request=${handle}`);
      expectPage(answer, 400, 'request_failed', host);
    });

    it('AUT-02 by POST', async () => {
      const page = await walk.openConsent(clientId);
      expect((await walk.browser.post(linkOf(page), {})).status).toBe(405);
    });
  });

  describe('after a login by handle', () => {
    const complete = async (id: string) => {
      const { handle } = members.loginUrls.at(-1)!;
      return (await host.app.get(McpLoginService).complete(handle, { id })).resumeUrl;
    };

    const begin = async () => {
      members.handleLogin = true;
      await walk.browser.get(walk.authorizeUrl(clientId));
      const resumeUrl = await complete('ada');
      return { resumeUrl, page: await walk.browser.get(resumeUrl) };
    };

    it('AUT-36 takes another login for the same handle, once', async () => {
      const { page } = await begin();
      isConsentOf('ada', page);
      await walk.browser.get(linkOf(page));
      expect(members.loginUrls.at(-1)?.reason).toBe('select_account');
      const next = await walk.browser.get(await complete('grace'));
      isConsentOf('grace', next);
      await expect(complete('ada')).rejects.toThrow('This handle was already used');
      expectPage(await walk.decide(page), 403, 'csrf_token_wrong', host);
      await walk.decide(next);
      expect(await grants()).toEqual([{ user_id: 'grace' }]);
    });

    it('CON-12 AUT-36 forgets who was signed in, and their secret', async () => {
      const { resumeUrl, page } = await begin();
      await walk.browser.get(linkOf(page));
      expectPage(await walk.decide(page), 403, 'no_session', host);
      // Going back to the old address leads to the login page, not to an error, and not to the old user.
      expect((await walk.browser.get(resumeUrl)).headers.get('location')).toMatch(/^\/app\/sign-in\?/);
      await complete('grace');
      expectPage(await walk.browser.get(resumeUrl), 403, 'login_secret_wrong', host);
      expect(await grants()).toEqual([]);
    });
  });
});
