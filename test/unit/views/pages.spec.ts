import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ENGLISH } from '../../../lib/config/texts/english.js';
import { ViewRenderer } from '../../../lib/views/view-renderer.js';
import { consentView, decoded, tags, visibleText } from './consent-fixture.js';

const views = new ViewRenderer({ branding: { name: 'Analytical Notes' } });
const error = { name: 'requestGone', correlationId: 'id-1' } as const;
const redirect = { url: 'https://claude.ai/cb?code=c&state=s', target: { kind: 'web', host: 'claude.ai' } } as const;

/** The address in the refresh element, as a browser reads it. */
function refreshTarget(html: string): string {
  const content = /<meta http-equiv="refresh" content="0;url=([^"]*)">/.exec(html)?.[1];
  return decoded(content ?? 'none');
}

describe('every page', () => {
  const pages: readonly (readonly [string, string])[] = [
    ['consent', views.consent(consentView())],
    ['error', views.error(error)],
    ['redirect', views.redirect(redirect)],
  ];

  it.each(pages)('CON-09 the %s page has no script, no handler and nothing to load', (_name, html) => {
    expect(html).not.toMatch(/<script|<img|<link|<iframe|<object|<base|\son\w+=|\sstyle=|url\(|@import|src=/i);
  });

  it.each(pages)('CON-09 the policy allows exactly the style of the %s page', (_name, html) => {
    const style = /<style>([\s\S]*?)<\/style>/.exec(html)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    expect(style.length).toBeGreaterThan(1000);
    expect(views.headers['content-security-policy']).toContain(`style-src 'sha256-${hash}';`);
  });

  it.each(pages)('S16 the %s page is one document with language, title, one main and one heading', (_name, html) => {
    expect(html.startsWith('<!DOCTYPE html>\n<html lang="en" dir="ltr">')).toBe(true);
    expect(html).toMatch(/<title>[^<]+<\/title>/);
    expect(html).toContain('<meta name="viewport" content="width=device-width, initial-scale=1">');
    expect(tags(html, 'main')).toHaveLength(1);
    expect(tags(html, 'h1')).toHaveLength(1);
    expect(html).toContain('<header class="brand"><bdi>Analytical Notes</bdi></header>');
  });

  it('S16 a page without a brand has no empty header', () => {
    expect(tags(new ViewRenderer().error(error), 'header')).toEqual([]);
    expect(tags(new ViewRenderer({ branding: { name: ' \u200b ' } }).error(error), 'header')).toEqual([]);
  });
});

describe('the headers', () => {
  it('CON-08 CON-09 TRN-03 TRN-06 are exactly these', () => {
    const { 'content-security-policy': policy, ...others } = views.headers;
    expect(others).toEqual({
      'content-type': 'text/html; charset=utf-8',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-robots-tag': 'noindex',
      'cache-control': 'no-store',
    });
    expect(policy?.replace(/'sha256-[A-Za-z0-9+/]{43}='/, 'HASH')).toBe(
      "default-src 'none'; style-src HASH; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    );
    expect(Object.isFrozen(views.headers)).toBe(true);
  });

  it('CON-09 go with the built-in consent page too', () => {
    expect(views.consentHeaders).toEqual(views.headers);
  });
});

describe('the error page', () => {
  it('AUT-07 says what happened, what to do and under which reference', () => {
    expect(visibleText(views.error(error))).toBe(
      'Analytical Notes This request is no longer open It has expired, or it was already answered. ' +
        'Go back to the app you came from and connect again. Reference id-1',
    );
  });

  it('AUT-07 tells whoever makes the app what is wrong with the request, in English', () => {
    const html = views.error({ ...error, name: 'requestRefused', description: 'redirect_uri is missing' });
    expect(html).toContain('<bdi lang="en">redirect_uri is missing.</bdi>');
    expect(views.error(error)).not.toContain('lang="en">.');
  });

  it('AUT-07 has neither link nor refresh, whatever the description holds', () => {
    const html = views.error({ ...error, description: 'https://evil.example/ <a href="https://evil.example/">x</a>' });
    expect(tags(html, 'a')).toEqual([]);
    expect(html).not.toContain('http-equiv');
  });

  it('CON-11 escapes and cleans every text', () => {
    const hostile = '</title><script>x</script>\u202e"\u0000';
    const html = views.error({ ...error, description: hostile, correlationId: hostile });
    for (const absent of ['<script', '\u202e', '\u0000']) expect(html).not.toContain(absent);
    expect(html.match(/&lt;script&gt;/g)).toHaveLength(2);
  });

  it.each(Object.entries(ENGLISH.errors))('AUT-07 says what happened and what to do: %s', (name, texts) => {
    const shown = visibleText(views.error({ ...error, name: name as keyof typeof ENGLISH.errors }));
    expect(shown).toBe(`Analytical Notes ${texts.title} ${texts.message} ${texts.hint} Reference id-1`);
  });
});

describe('the redirect page', () => {
  it('CON-09 goes on by itself and offers the same address as a link', () => {
    const html = views.redirect(redirect);
    expect(refreshTarget(html)).toBe(redirect.url);
    expect(tags(html, 'a').map(decoded)).toEqual([
      `<a class="button button-primary" href="${redirect.url}" rel="noreferrer noopener">`,
    ]);
  });

  it.each([
    ['several parameters and a semicolon', 'https://c.example/cb?a=1&b=2;c=3'],
    ['quotation marks', `https://c.example/cb?q="x"'y'\`z\``],
    ['angle brackets', 'https://c.example/cb?q=</head><script>alert(1)</script>'],
    ['a second address', "https://c.example/cb?url=;url='https://evil.example'"],
    ['what looks like a character reference', 'https://c.example/cb?a=&amp;b&#x3D;'],
    ['other scripts', 'https://c.example/cb?x=é漢'],
    ['a loopback listener', 'http://127.0.0.1:43121/callback?code=c'],
    ['an app', 'cursor://anysphere.cursor-mcp/oauth/callback?code=c'],
    ['an app with a dotted scheme', 'com.example.app:/oauth?code=c'],
  ])('CON-09 keeps an address with %s inside one attribute', (_case, url) => {
    const html = views.redirect({ ...redirect, url });
    expect(refreshTarget(html)).toBe(url);
    expect(html).not.toContain('<script');
    expect(tags(html, 'meta')).toHaveLength(4);
  });

  it.each([
    'javascript:alert(1)',
    'JavaScript:alert(1)',
    ' javascript:alert(1)',
    'java\tscript:alert(1)',
    'java\nscript:alert(1)',
    '\u0001javascript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:x',
    'blob:https://c.example/1',
    'file:///etc/passwd',
    'about:blank',
    'view-source:https://c.example/',
    '/relative',
    '//evil.example/',
    "'https://c.example/'",
    'https://c.example/cb?a=\r\nX',
    'https://c.example/cb ?a',
    'https://c.example/\u0000',
    'https://c.example/\ud800',
    '',
  ])('TRN-07 refuses to send a browser to %j', (url) => {
    expect(() => views.redirect({ ...redirect, url })).toThrow(TypeError);
  });

  it('TRN-07 does not repeat a refused address', () => {
    expect(() => views.redirect({ ...redirect, url: 'javascript:secret' })).toThrow(
      /^A redirect page does not follow javascript: URLs$/,
    );
  });

  it('S16 says that an app opens, only for an app', () => {
    const app = { url: 'cursor://x', target: { kind: 'private-use', scheme: 'cursor' } } as const;
    expect(visibleText(views.redirect(app))).toContain('may ask before it opens the app');
    expect(visibleText(views.redirect(redirect))).not.toContain('opens the app');
  });

  it.each([
    ['a host', { kind: 'web', host: 'clаude.ai' }, 'Returning to <bdi>xn--clude-5ve.ai</bdi>'],
    ['this computer', { kind: 'loopback' }, 'Returning to the app on this computer'],
    ['an app', { kind: 'private-use', scheme: 'cursor' }, 'Returning to the app'],
  ] as const)('CON-11 CON-02 says where it leads: %s', (_case, target, heading) => {
    expect(views.redirect({ ...redirect, target })).toContain(`<h1>${heading}</h1>`);
  });
});
