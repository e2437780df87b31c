import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { PAGE_HEADERS, renderPage } from '../../../sample-app/pages/page.js';
import { forwardPage, loginPage } from '../../../sample-app/users/login.pages.js';
import { pageLanguage } from '../../../sample-app/texts/page-language.js';
import { safeReturnPath } from '../../../sample-app/users/return-path.js';

const policy = PAGE_HEADERS['content-security-policy'] ?? '';

describe('the pages of the sample app', () => {
  it('CON-08 CON-09 load nothing, run nothing, cannot be framed, and post to their own origin only', () => {
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("form-action 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/script-src|unsafe/);
    expect(PAGE_HEADERS).toMatchObject({ 'x-frame-options': 'DENY', 'cache-control': 'no-store' });
  });

  it('CON-09 carry exactly the style sheet that the policy names', () => {
    const style = /<style>(.*?)<\/style>/s.exec(renderPage(loginPage({ returnTo: '/' })))?.[1] ?? '';
    expect(policy).toContain(`'sha256-${createHash('sha256').update(style).digest('base64')}'`);
  });

  it('need no script, and post e-mail address and password as such', () => {
    const page = renderPage(loginPage({ returnTo: '/x' }));
    expect(page).not.toContain('<script');
    expect(page).toMatch(/<form method="post" action="\/login">/);
    for (const name of ['email', 'password', 'return_to']) expect(page).toContain(`name="${name}"`);
  });

  it('CON-11 escape what was typed and where to return to', () => {
    const page = renderPage(loginPage({ returnTo: '/a?b="><script>', email: `"'><img src=x>`, problem: 'wrong' }));
    expect(page).not.toMatch(/<script|<img|<b>/);
    expect(page).toContain('value="&quot;&#39;&gt;&lt;img src=x&gt;"');
  });

  it('go on by meta refresh and a link after a post', () => {
    const page = renderPage(forwardPage('signedIn', safeReturnPath('/oauth/authorize/resume?request=a&b="c')));
    expect(page).toContain(
      '<meta http-equiv="refresh" content="0;url=/oauth/authorize/resume?request=a&amp;b=&quot;c" />',
    );
    expect(page).toContain('href="/oauth/authorize/resume?request=a&amp;b=&quot;c"');
  });

  it.each([
    ['de-AT, en;q=0.5', 'de', 'Anmelden'],
    ['en-GB, de;q=0.9', 'en', 'Sign in'],
    ['nl', 'en', 'Sign in'],
    ['*', 'en', 'Sign in'],
    [undefined, 'en', 'Sign in'],
  ])('S16 are in the language of the browser: %s', (header, language, title) => {
    const page = renderPage(loginPage({ returnTo: '/' }, pageLanguage({ 'accept-language': header })));
    expect(page).toContain(`<html lang="${language}">`);
    expect(page).toContain(`<h1>${title}</h1>`);
  });

  it('never show a password again', () => {
    expect(renderPage(loginPage({ returnTo: '/', email: 'ada@example.com', problem: 'wrong' }))).not.toMatch(
      /type="password"[^>]*value=/,
    );
  });
});
