import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { McpLoginService } from 'nestjs-mcp-auth';
import type { Answer } from '../support/browser.js';
import { OAuthWalk } from '../support/oauth-walk.js';
import { expectPage } from '../support/pages.js';
import { ADAPTERS, startTestApp, type TestApp } from '../support/test-app.js';

describe.each(ADAPTERS)('signing in for a pending request on %s', (adapter) => {
  let host: TestApp;
  let logins: McpLoginService;
  let clientId: string;
  beforeAll(async () => {
    host = await startTestApp({ adapter });
    logins = host.app.get(McpLoginService);
    ({ client_id: clientId } = await new OAuthWalk(host.origin).register());
  });
  beforeEach(() => {
    host.users.loginUrls.length = 0;
    host.users.handleLogin = false;
  });
  afterAll(() => host.close());

  const issuedCodes = async (): Promise<number> =>
    Number(
      (await host.dataSource.query<{ n: number }[]>('SELECT count(*) AS n FROM mcp_auth_authorization_codes'))[0]?.n,
    );

  /** A browser with a request that waits for a login. */
  const begin = async () => {
    const walk = new OAuthWalk(host.origin);
    const answer = await walk.browser.get(walk.authorizeUrl(clientId));
    expect(answer.status).toBe(302);
    const { handle, resumeUrl } = host.users.loginUrls.at(-1)!;
    return { walk, handle, resumeUrl };
  };

  const isConsent = (answer: Answer): boolean => answer.status === 200 && answer.text.includes('name="approved"');

  describe('with a cookie session', () => {
    it('AUT-36 comes back to the consent page', async () => {
      const { walk, resumeUrl } = await begin();
      expect(isConsent(await walk.browser.signIn('ada').get(resumeUrl))).toBe(true);
    });

    it('CON-12 AUT-36 finished in another browser gives a code to neither', async () => {
      const { walk, resumeUrl } = await begin();
      const before = await issuedCodes();
      // The victim follows the attacker's link, signs in, and is even in the middle of something here.
      const victim = new OAuthWalk(host.origin);
      expect(isConsent(await victim.openConsent(clientId, 'grace'))).toBe(true);
      expectPage(await victim.browser.get(resumeUrl), 403, 'other_browser', host);
      victim.browser.cookies.delete('mcp_auth');
      expectPage(await victim.browser.get(resumeUrl), 403, 'other_browser', host);
      // And the attacker's browser is where it was: at the login page.
      const own = await walk.browser.get(resumeUrl);
      expect(own.headers.get('location')).toMatch(/^\/login\?/);
      expect(await issuedCodes()).toBe(before);
    });

    it('CON-12 tells the person whom a stranger sent here what has happened', async () => {
      const { resumeUrl } = await begin();
      const { text } = await new OAuthWalk(host.origin).browser.signIn('ada').get(resumeUrl);
      expect(text).toContain('This request belongs to another browser');
      expect(text).toContain('somebody may have sent you this link');
    });

    it('AUT-36 ends in a page at the third visit to the login page, and stays there', async () => {
      const { walk, resumeUrl } = await begin();
      expect((await walk.browser.get(resumeUrl)).headers.get('location')).toMatch(/^\/login\?/);
      for (let visit = 3; visit <= 5; visit++) {
        const answer = await walk.browser.get(resumeUrl);
        expectPage(answer, 400, 'login_loop', host);
        expect(answer.text).toContain('Allow cookies for this site');
      }
    });

    it('AUT-36 counts the visits of each request by itself', async () => {
      const { walk } = await begin();
      for (let request = 0; request < 4; request++) {
        expect((await walk.browser.get(walk.authorizeUrl(clientId))).status).toBe(302);
      }
    });

    it.each([
      ['no handle', '/oauth/authorize/resume', 'handle_malformed'],
      ['an empty handle', '/oauth/authorize/resume?request=', 'handle_malformed'],
      ['an invented handle', `/oauth/authorize/resume?request=${'A'.repeat(43)}`, 'handle_unknown'],
      ['two handles', `/oauth/authorize/resume?request=a&request=b`, 'parameter_repeated'],
      ['a NUL', '/oauth/authorize/resume?request=%00', 'parameter_control_character'],
    ])('AUT-35 AUT-36 shows a page for %s', async (_what, path, reason) => {
      const { walk } = await begin();
      expectPage(await walk.browser.signIn('ada').get(path), 400, reason, host);
    });

    it('AUT-36 knows no other way back: nothing in the query changes where a login leads', async () => {
      const walk = new OAuthWalk(host.origin);
      const extra = '&return_to=https://evil.example&returnTo=//evil.example&next=/x&resume=y';
      await walk.browser.get(walk.authorizeUrl(clientId) + extra);
      expect(JSON.stringify(host.users.loginUrls)).not.toMatch(/evil|next/);
    });
  });

  describe('with a handle', () => {
    beforeEach(() => {
      host.users.handleLogin = true;
    });

    const path = (resumeUrl: string): string => resumeUrl.slice(host.origin.length);

    it('D10 completes no request that no browser has come for: whoever came first would be signed in as somebody else', async () => {
      const form = new URL(new OAuthWalk(host.origin).authorizeUrl(clientId), host.origin).searchParams;
      const posted = await fetch(`${host.origin}/oauth/authorize`, { method: 'POST', body: form, redirect: 'manual' });
      const location = new URL(posted.headers.get('location') ?? '', host.origin);
      const handle = location.searchParams.get('request') ?? '';
      await expect(logins.complete(handle, { id: 'grace' })).rejects.toThrow('No open request has this handle');
      const walk = new OAuthWalk(host.origin);
      await walk.browser.get(location.href);
      const { resumeUrl } = await logins.complete(handle, { id: 'grace' });
      expect(isConsent(await walk.browser.get(path(resumeUrl)))).toBe(true);
    });

    it('AUT-36 comes back to the consent page of the person who signed in, without any session of the host', async () => {
      const { walk, handle } = await begin();
      const { resumeUrl } = await logins.complete(handle, { id: 'ada' }, { id: 'analytical', name: 'x' });
      expect(resumeUrl).toMatch(
        /^http:\/\/127\.0\.0\.1:\d+\/oauth\/authorize\/resume\?request=[\w-]{43}&login=[\w-]{43}$/,
      );
      const page = await walk.browser.get(path(resumeUrl));
      expect(isConsent(page)).toBe(true);
      expect(page.text).toContain('ada@example.com');
      const target = walk.target(await walk.decide(page));
      const answer = await walk.redeem(clientId, target.searchParams.get('code') ?? '');
      const { access_token } = JSON.parse(answer.text) as { access_token: string };
      const payload: unknown = JSON.parse(Buffer.from(access_token.split('.')[1] ?? '', 'base64url').toString());
      expect(payload).toMatchObject({ sub: 'ada', org_id: 'analytical', auth_time: expect.any(Number) as number });
    });

    it('CON-12 AUT-36 completed in another browser gives a code to neither', async () => {
      const { walk, handle } = await begin();
      const before = await issuedCodes();
      const { resumeUrl } = await logins.complete(handle, { id: 'grace' });
      // The victim's browser was given the secret, but did not begin the request.
      const victim = new OAuthWalk(host.origin);
      await victim.browser.get(victim.authorizeUrl(clientId));
      expectPage(await victim.browser.get(path(resumeUrl)), 403, 'other_browser', host);
      // The attacker's browser began it, but has no secret: not guessed, not empty, not left out.
      const bare = path(resumeUrl).replace(/&login=.*/, '');
      expectPage(await walk.browser.get(`${bare}&login=${'A'.repeat(43)}`), 403, 'login_secret_wrong', host);
      for (const url of [bare, `${bare}&login=`]) {
        expect((await walk.browser.get(url)).headers.get('location') ?? 'page').not.toContain('client.example');
      }
      expectPage(await walk.browser.get(bare), 400, 'login_loop', host);
      expect(await issuedCodes()).toBe(before);
    });

    it('CON-12 a form of the request cannot be posted before the browser has shown its secret', async () => {
      const { walk, handle } = await begin();
      await logins.complete(handle, { id: 'grace' });
      const form = { request: handle, csrf_token: 'A'.repeat(43), approved: 'true', scopes: ['mcp:read'] };
      expectPage(await walk.browser.post('/oauth/approve', form), 403, 'no_session', host);
    });

    it('AUT-36 is completed once', async () => {
      const { handle } = await begin();
      await logins.complete(handle, { id: 'ada' });
      await expect(logins.complete(handle, { id: 'grace' })).rejects.toThrow('This handle was already used');
    });

    it('STO-03 AUT-36 is completed once by twenty at the same time', async () => {
      const { handle } = await begin();
      const results = await Promise.allSettled(
        Array.from({ length: 20 }, (_, index) => logins.complete(handle, { id: `user-${index}` })),
      );
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    });

    it('AUT-36 shows the secret once; a reload of the page still works', async () => {
      const { walk, handle } = await begin();
      const { resumeUrl } = await logins.complete(handle, { id: 'ada' });
      const both = await Promise.all([walk.browser.get(path(resumeUrl)), walk.browser.get(path(resumeUrl))]);
      expect(both.some(isConsent)).toBe(true);
      for (const answer of both) if (!isConsent(answer)) expectPage(answer, 400, 'login_secret_used', host);
      expect(isConsent(await walk.browser.get(path(resumeUrl)))).toBe(true);
    });

    it('AUT-36 expires with its request', async () => {
      const early = await begin();
      const late = await begin();
      const { resumeUrl } = await logins.complete(early.handle, { id: 'ada' });
      host.clock.advance(1801);
      await expect(logins.complete(late.handle, { id: 'ada' })).rejects.toThrow('No open request has this handle');
      expectPage(await early.walk.browser.get(path(resumeUrl)), 400, 'request_expired', host);
    });

    it('AUT-36 is good for no request that was answered', async () => {
      const { walk, handle, resumeUrl } = await begin();
      await walk.decide(await walk.browser.signIn('ada').get(resumeUrl));
      await expect(logins.complete(handle, { id: 'ada' })).rejects.toThrow('No open request has this handle');
    });

    it.each([
      ['an unknown handle', 'A'.repeat(43)],
      ['an empty handle', ''],
      ['something that is no text', undefined as unknown as string],
      ['an object', { $ne: '' } as unknown as string],
    ])('AUT-36 ABU-05 refuses %s', async (_what, handle) => {
      await expect(logins.complete(handle, { id: 'ada' })).rejects.toMatchObject({ name: 'McpLoginHandleError' });
    });

    it.each([
      ['no user', null],
      ['a user without id', {}],
      ['an empty id', { id: '' }],
      ['an id that is not a number', { id: Number.NaN }],
      ['the subject of a client', { id: 'client:abc' }],
      ['an id beyond ASCII', { id: 'zoë' }],
      ['a time of login in milliseconds', { id: 'ada', authTime: Date.now() }],
    ])('CON-12 refuses %s, and leaves the handle to be used', async (_what, user) => {
      const { handle } = await begin();
      await expect(logins.complete(handle, user as { id: string })).rejects.toMatchObject({ name: 'UserAdapterError' });
      await expect(logins.complete(handle, { id: 42 })).resolves.toHaveProperty('resumeUrl');
    });

    it('STO-01 STO-04 keeps handle and secret out of database and log', async () => {
      const { walk, handle } = await begin();
      const { resumeUrl } = await logins.complete(handle, { id: 'ada' });
      await walk.browser.get(`${path(resumeUrl)}x`);
      await walk.browser.get(path(resumeUrl));
      const secret = resumeUrl.slice(-43);
      const rows = JSON.stringify(await host.dataSource.query('SELECT * FROM mcp_auth_pending_authorizations'));
      for (const value of [handle, secret]) {
        expect(rows).not.toContain(value);
        expect(host.log.lines.join('\n')).not.toContain(value);
      }
    });
  });
});
