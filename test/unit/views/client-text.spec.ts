import { describe, expect, it } from 'vitest';
import { clientText, hostText, httpsLink, monogram } from '../../../lib/views/client-text.js';

describe('clientText', () => {
  it.each([
    ['an ordinary name', 'Claude Code', 'Claude Code'],
    ['a name with an emoji family', 'App 👩‍👩‍👧', 'App 👩‍👩‍👧'],
    ['couples with skin tones, each one character of ten code points', '👩🏽‍❤️‍💋‍👨🏿👩🏽‍❤️‍💋‍👨🏿', '👩🏽‍❤️‍💋‍👨🏿👩🏽‍❤️‍💋‍👨🏿'],
    ['Hangul', '한국어 안녕하세요', '한국어 안녕하세요'],
    ['Persian with a zero-width non-joiner', 'می‌خواهم', 'می‌خواهم'],
    ['Hindi with its vowel signs', 'हिन्दी', 'हिन्दी'],
    ['HTML, which only the template escapes', '<b>"A" & B</b>', '<b>"A" & B</b>'],
  ])('CON-11 keeps %s', (_case, value, expected) => {
    expect(clientText(value, 80)).toBe(expected);
  });

  it.each([
    ['NUL and other controls', 'Cl\u0000au\u0007de\u007f\u0085', 'Claude'],
    ['line breaks and tabs, which become one blank', 'Claude\r\n\t\u2028 Code', 'Claude Code'],
    ['a right-to-left override', 'Claude \u202eedoC', 'Claude edoC'],
    ['embeddings and isolates', '\u202aA\u202b\u202c\u202d\u2066B\u2067\u2068\u2069C', 'ABC'],
    ['bidi marks', 'A\u200eB\u200fC\u061cD', 'ABCD'],
    ['zero-width blanks and joiners of words', 'A\u200bB\u2060C\ufeffD', 'ABC D'],
    ['soft hyphens and Hangul fillers', 'A\u00adB\u3164C\uffa0D', 'ABCD'],
    ['language tags nobody can see', 'A\u{e0041}\u{e007f}B', 'AB'],
    ['a lone surrogate', 'A\ud800B', 'AB'],
    ['private-use characters', 'A\ue000B', 'AB'],
  ])('CON-11 strips %s', (_case, value, expected) => {
    expect(clientText(value, 80)).toBe(expected);
  });

  it('CON-11 leaves at most three marks on a letter, so that a name cannot paint over the warning', () => {
    expect(clientText(`A${'\u0301'.repeat(50)}B`, 80)).toBe(`A${'\u0301'.repeat(3)}B`);
  });

  it.each([
    ['Hangul consonants that run together', '\u1100'.repeat(80), '\u1100'.repeat(12)],
    ['joiners without end', `A${'\u200d'.repeat(80)}B`, `A${'\u200d'.repeat(11)}B`],
    ['an endless family', '👩\u200d'.repeat(40), '👩\u200d'.repeat(6)],
  ])('CON-11 cuts what is one character for a reader, and would leave the page: %s', (_case, value, expected) => {
    expect(clientText(value, 80)).toBe(expected);
  });

  it.each([
    ['nothing', ''],
    ['blanks', ' \u3000\u00a0 '],
    ['joiners only', '\u200d\u200c'],
    ['Braille blanks', '\u2800\u2800'],
    ['marks without a letter', '\u0301\u0301'],
  ])('CON-11 gives an empty string for %s', (_case, value) => {
    expect(clientText(value, 80)).toBe('');
  });

  it.each([
    ['exactly the limit', 'x'.repeat(80), 'x'.repeat(80)],
    ['one more', 'x'.repeat(81), `${'x'.repeat(79)}…`],
    ['a megabyte', 'x'.repeat(1_000_000), `${'x'.repeat(79)}…`],
    ['emoji, counted as one character each', '😀'.repeat(81), `${'😀'.repeat(79)}…`],
    ['a cut before a blank', `${'x'.repeat(78)} yyyy`, `${'x'.repeat(78)}…`],
  ])('CON-11 bounds the length: %s', (_case, value, expected) => {
    expect(clientText(value, 80)).toBe(expected);
  });
});

describe('hostText', () => {
  it.each([
    ['a host', 'claude.ai', 'claude.ai'],
    ['a host with its port', 'claude.ai:8443', 'claude.ai:8443'],
    ['look-alike letters, in ASCII', 'clаude.ai', 'xn--clude-5ve.ai'],
    ['what is no host, cleaned', 'a\u202eb/c@d', 'ab/c@d'],
    ['user information, which is not dropped in silence', 'claude.ai@evil.example', 'claude.ai@evil.example'],
  ])('CON-02 shows %s', (_case, host, expected) => {
    expect(hostText(host)).toBe(expected);
  });

  it('CON-02 cuts an over-long host at its beginning, because the end says whose it is', () => {
    expect(hostText(`accounts.google.com.${'a.'.repeat(200)}evil.example`, 20)).toBe('….a.a.a.evil.example');
  });
});

describe('httpsLink', () => {
  it('CON-11 gives the address and the host of an https link', () => {
    expect(httpsLink('https://Claude.ai/about')).toEqual({ href: 'https://claude.ai/about', host: 'claude.ai' });
  });

  it.each([
    ['nothing', undefined],
    ['http', 'http://claude.ai/'],
    ['javascript', 'javascript:alert(1)'],
    ['javascript behind a control character', '\u0001javascript:alert(1)'],
    ['data', 'data:text/html,x'],
    ['a relative address', '/about'],
    ['user information', 'https://claude.ai@evil.example/'],
    ['a password without a user', 'https://:claude.ai@evil.example/'],
    ['an over-long one', `https://claude.ai/${'x'.repeat(2048)}`],
  ])('CON-11 offers no link for %s', (_case, value) => {
    expect(httpsLink(value)).toBeUndefined();
  });
});

describe('monogram', () => {
  it.each([
    ['claude', 'C'],
    ['"Émile"', 'É'],
    ['7zip', '7'],
    ['🦀 crab', 'C'],
    ['🦀', '•'],
    ['ßtraße', 'SS'],
  ])('S16 stands for %s with %s', (name, expected) => {
    expect(monogram(name)).toBe(expected);
  });
});
