import { describe, expect, it } from 'vitest';
import { readForm, readRefresh } from '../../../sample-app/demo/html-form.js';
import { shorten } from '../../../sample-app/demo/shorten.js';

const RANDOM = 'Bmhq4W39nUVLWVRhzeqZwfNDWoVV7PwWRsUPAFGJrOQ';

describe('what the demo prints', () => {
  it.each([
    ['an opaque token', `refresh_token=${RANDOM}&x=1`, 'refresh_token=Bmhq4W…&x=1'],
    ['a JWT', `Bearer eyJhbGciOiJIUzI1NiJ9.${RANDOM}.${RANDOM}`, 'Bearer eyJhbG…'],
    [
      'a PKCE verifier with its odd characters',
      `code_verifier=UkzeY-1%7E%7E_Ucy.CvTA~VeitHw${RANDOM}&a=b`,
      'code_verifier=UkzeY-…&a=b',
    ],
    ['a token without a digit', `token=${RANDOM.replaceAll(/\d/g, 'x')}`, 'token=BmhqxW…'],
    ['a password', 'email=ada%40example.com&password=ada-password&x=1', 'email=ada%40example.com&password=…&x=1'],
  ])('STO-04 holds no secret: %s', (_case, text, expected) => {
    expect(shorten(text)).toBe(expected);
  });

  it.each([
    '/.well-known/oauth-protected-resource/mcp',
    'https://notes.example/oauth/authorize',
    'code_challenge_method=S256',
    'Access-Control-Allow-Origin, Content-Security-Policy-Report-Only',
  ])('leaves %s readable', (text) => {
    expect(shorten(text)).toBe(text);
  });
});

describe('the browser of the demo', () => {
  it('reads a form as a browser would send it', () => {
    const form = readForm(`<form class=x method="post" action="/a?b=1&amp;c=2">
      <input type="hidden" name="request" value="&quot;x&quot;" /><input name=email>
      <input type="checkbox" name="scopes" value="a" checked /><input type="checkbox" name="scopes" value="b" />
      <button name="approved" value="true">Allow</button></form>`);
    expect(form).toEqual({
      action: '/a?b=1&c=2',
      fields: [
        ['request', '"x"'],
        ['email', ''],
        ['scopes', 'a'],
      ],
    });
  });

  it('finds no form where none posts, and no refresh where none is', () => {
    expect(readForm('<form action="/search"><input name="q"></form>')).toBeUndefined();
    expect(readRefresh('<meta charset="utf-8"><meta name="refresh" content="0;url=/x">')).toBeUndefined();
  });

  it('follows a refreshing page', () => {
    expect(readRefresh(`<meta content='0; URL=cursor://x/cb?a=1&amp;b=2' http-equiv=Refresh>`)).toBe(
      'cursor://x/cb?a=1&b=2',
    );
  });
});
