import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Answer } from '../support/browser.js';
import { OAuthWalk } from '../support/oauth-walk.js';
import { expectPage, movedOnTo, redirectedTo } from '../support/pages.js';
import { ADAPTERS, startTestApp, type TestApp } from '../support/test-app.js';

describe.each(ADAPTERS)('prompt, max_age and hints on %s', (adapter) => {
  let host: TestApp;
  let clientId: string;
  let walk: OAuthWalk;
  beforeAll(async () => {
    host = await startTestApp({ adapter });
  });
  beforeEach(async () => {
    walk = new OAuthWalk(host.origin);
    ({ client_id: clientId } = await walk.register());
    host.users.authTime = undefined;
    host.users.loginUrls.length = 0;
  });
  afterAll(() => host.close());

  const ask = (change: Record<string, string | undefined>) => walk.browser.get(walk.authorizeUrl(clientId, change));

  /** Where the login page would send the browser back to. */
  const wayBack = (answer: Answer): string => {
    expect(answer.status).toBe(302);
    const login = new URL(answer.headers.get('location') ?? '', host.origin);
    expect(login.origin + login.pathname).toBe(`${host.origin}/login`);
    return login.searchParams.get('return_to') ?? '';
  };

  /** As if the person had just typed the password. */
  const signInNow = (userId = 'ada'): void => {
    walk.browser.signIn(userId);
    host.users.authTime = Math.ceil(host.clock.now() / 1000);
  };

  const secondsAgo = (seconds: number): number => Math.floor(host.clock.now() / 1000) - seconds;

  describe('prompt=none', () => {
    it('AUT-24 AUT-25 without a session is login_required, at once and with nothing shown', async () => {
      const { params } = redirectedTo(await ask({ prompt: 'none' }));
      expect(params).toMatchObject({ error: 'login_required', state: walk.state, iss: host.origin });
      expect(host.users.loginUrls).toEqual([]);
    });

    it('AUT-25 with a session is consent_required', async () => {
      walk.browser.signIn('ada');
      const { params } = redirectedTo(await ask({ prompt: 'none' }));
      expect(params).toMatchObject({ error: 'consent_required', state: walk.state, iss: host.origin });
      expect(params['code']).toBeUndefined();
    });

    it('AUT-25 AUT-27 with a session that is too old is login_required', async () => {
      walk.browser.signIn('ada');
      host.users.authTime = secondsAgo(100);
      expect(redirectedTo(await ask({ prompt: 'none', max_age: '50' })).params['error']).toBe('login_required');
    });

    it('AUT-25 shows a page, and no redirect, where the redirect URI is in doubt', async () => {
      const answer = await ask({ prompt: 'none', redirect_uri: 'https://evil.example/' });
      expectPage(answer, 400, 'redirect_uri_mismatch', host);
    });
  });

  it('AUT-25 ignores a prompt it does not know', async () => {
    walk.browser.signIn('ada');
    expect((await ask({ prompt: 'create' })).status).toBe(200);
  });

  it('AUT-26 prompt=login asks a signed-in person to sign in again, and believes a new time only', async () => {
    walk.browser.signIn('ada');
    host.users.authTime = secondsAgo(30);
    const resume = wayBack(await ask({ prompt: 'login' }));
    expect(host.users.loginUrls).toMatchObject([{ reason: 'reauthenticate' }]);
    // Straight back, without having signed in.
    const { params } = movedOnTo(await walk.browser.get(resume));
    expect(params).toMatchObject({ error: 'login_required', state: walk.state });
  });

  it('AUT-26 prompt=login goes on to the consent page after a new login', async () => {
    walk.browser.signIn('ada');
    host.users.authTime = secondsAgo(30);
    const resume = wayBack(await ask({ prompt: 'login' }));
    signInNow();
    expect((await walk.browser.get(resume)).status).toBe(200);
  });

  it('AUT-26 prompt=login of a host that reports no time of login cannot be met, and says so', async () => {
    walk.browser.signIn('ada');
    const resume = wayBack(await ask({ prompt: 'login' }));
    expect(movedOnTo(await walk.browser.get(resume)).params['error']).toBe('login_required');
  });

  it('AUT-26 prompt=login of somebody who was not signed in takes one login, not two', async () => {
    const resume = wayBack(await ask({ prompt: 'login' }));
    signInNow();
    expect((await walk.browser.get(resume)).status).toBe(200);
    expect(host.users.loginUrls).toMatchObject([{ reason: 'login' }]);
  });

  it('AUT-26 prompt=consent shows the consent page', async () => {
    await walk.code(clientId);
    expect((await ask({ prompt: 'consent' })).text).toContain('name="approved"');
  });

  it('AUT-26 prompt=select_account visits the login page once, and goes on with whoever comes back', async () => {
    walk.browser.signIn('ada');
    const resume = wayBack(await ask({ prompt: 'select_account' }));
    expect(host.users.loginUrls).toMatchObject([{ reason: 'select_account' }]);
    walk.browser.signIn('grace');
    const page = await walk.browser.get(resume);
    expect(page.text).toContain('grace@example.com');
    expect(page.text).not.toContain('ada@example.com');
  });

  describe('max_age', () => {
    it.each([
      ['AUT-27 older than allowed', 100, '99'],
      ['AUT-27 of this minute, with max_age 0', 5, '0'],
      ['AUT-27 of a time the host does not report', undefined, '1000000'],
    ])('a session %s signs in again', async (_what, age, maxAge) => {
      walk.browser.signIn('ada');
      host.users.authTime = age === undefined ? undefined : secondsAgo(age);
      wayBack(await ask({ max_age: maxAge }));
      expect(host.users.loginUrls).toMatchObject([{ reason: 'reauthenticate' }]);
    });

    it.each([
      ['AUT-27 young enough', 100, '110'],
      ['AUT-27 where the client does not care', 1_000_000, undefined],
    ])('a session %s goes on', async (_what, age, maxAge) => {
      walk.browser.signIn('ada');
      host.users.authTime = secondsAgo(age);
      expect((await ask({ max_age: maxAge })).status).toBe(200);
    });

    it('AUT-27 grows old while time passes', async () => {
      walk.browser.signIn('ada');
      host.users.authTime = secondsAgo(0);
      expect((await ask({ max_age: '300' })).status).toBe(200);
      host.clock.advance(301);
      wayBack(await ask({ max_age: '300' }));
    });

    it('AUT-27 is satisfied by a login made for this very request', async () => {
      walk.browser.signIn('ada');
      host.users.authTime = secondsAgo(100);
      const resume = wayBack(await ask({ max_age: '0' }));
      signInNow();
      expect((await walk.browser.get(resume)).status).toBe(200);
    });
  });

  it('AUT-29 passes the login hint on to the login page', async () => {
    await ask({ login_hint: 'grace@example.com' });
    await ask({});
    expect(host.users.loginUrls.map(({ loginHint }) => loginHint)).toEqual(['grace@example.com', undefined]);
  });

  it('AUT-36 gives the login page a path of this origin and nothing of the request', async () => {
    const resume = wayBack(await ask({}));
    expect(resume).toMatch(/^\/oauth\/authorize\/resume\?request=[\w-]{43}$/);
    const [context] = host.users.loginUrls;
    expect(context).toEqual({ resumeUrl: resume, handle: resume.slice(-43), reason: 'login' });
  });
});
