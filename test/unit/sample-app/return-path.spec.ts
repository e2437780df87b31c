import { describe, expect, it } from 'vitest';
import { safeReturnPath } from '../../../sample-app/users/return-path.js';

const OWN = 'https://notes.example';

describe('the place to go to after signing in', () => {
  it.each([
    ['/'],
    ['/oauth/authorize/resume?request=abc_DEF-123'],
    ['/oauth/authorize/resume?request=abc&next=https%3A%2F%2Fevil.example'],
    ['/notes/%C3%A9t%C3%A9'],
    ['/a?b=//evil.example'],
    ['/a#//evil.example'],
  ])('keeps %s', (path) => {
    expect(safeReturnPath(path)).toBe(path);
    expect(new URL(path, OWN).origin).toBe(OWN);
  });

  it.each([
    ['scheme-relative', '//evil.example'],
    ['scheme-relative with three slashes', '///evil.example'],
    ['backslash', '/\\evil.example'],
    ['two backslashes', '\\\\evil.example'],
    ['slash, backslash, slash', '/\\/evil.example'],
    ['tab between the slashes', '/\t/evil.example'],
    ['newline between the slashes', '/\n/evil.example'],
    ['encoded tab between the slashes', '/%09/evil.example'],
    ['encoded slash', '/%2f/evil.example'],
    ['encoded slash, upper case', '/%2Fevil.example'],
    ['encoded backslash', '/%5cevil.example'],
    ['twice encoded slash', '/%252f/evil.example'],
    ['twice encoded backslash', '/%255cevil.example'],
    ['dots before an empty segment', '/.//evil.example'],
    ['parent before an empty segment', '/..//evil.example'],
    ['CR LF, for a header of its own', '/ok\r\nSet-Cookie: a=b'],
    ['encoded CR LF', '/ok%0d%0aSet-Cookie:%20a=b'],
    ['twice encoded CR LF', '/ok%250d%250aSet-Cookie'],
    ['absolute https URL', 'https://evil.example/'],
    ['absolute URL of the own host', 'https://notes.example/'],
    ['absolute URL with userinfo', 'https://notes.example@evil.example/'],
    ['userinfo without a scheme', '//notes.example@evil.example/'],
    ['scheme without slashes', 'https:evil.example'],
    ['javascript', 'javascript:alert(1)'],
    ['data', 'data:text/html,<script>alert(1)</script>'],
    ['leading blank', ' //evil.example'],
    ['relative path', 'evil.example'],
    ['nothing', ''],
    ['NUL', '/\u0000/evil.example'],
    ['encoded NUL', '/%00/evil.example'],
    ['broken percent encoding', '/%zz'],
    ['full-width solidus', '/\uff0fevil.example'],
    ['over-long path', `/${'a'.repeat(2048)}`],
    ['list', ['/a', '//evil.example']],
    ['object', { toString: () => '//evil.example' }],
    ['number', 1],
    ['undefined', undefined],
  ])('refuses this: %s', (_case, value) => {
    expect(safeReturnPath(value)).toBe('/');
  });
});
