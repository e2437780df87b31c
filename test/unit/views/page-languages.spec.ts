import { describe, expect, it } from 'vitest';
import { resolveLanguages } from '../../../lib/config/language-checks.js';
import { PageLanguages } from '../../../lib/views/page-languages.js';

const texts = {};
const languages = new PageLanguages(
  resolveLanguages(
    { de: { texts }, 'pt-BR': { texts }, 'zh-Hant': { texts }, fr: { texts }, iw: { texts }, hy: { texts } },
    [],
  ),
);
const chosen = (uiLocales: string | undefined, header?: string) => languages.choose(uiLocales, header).tag;

describe('the language of a page', () => {
  it.each([
    ['nothing', undefined, 'en'],
    ['an empty header', '', 'en'],
    ['anything', '*', 'en'],
    ['a language nobody has', 'nl', 'en'],
    ['the one it has', 'de', 'de'],
    ['the same in capitals', 'DE', 'de'],
    ['a country of it', 'de-AT', 'de'],
    ['a variant of a country', 'de-CH-1996', 'de'],
    ['a private part', 'de-x-pirate', 'de'],
    ['a script and a country', 'zh-Hant-TW', 'zh-Hant'],
    ['a language of which there is only a country', 'pt', 'pt-BR'],
    ['another country of it', 'pt-PT, fr', 'fr'],
    ['two, the second better', 'fr;q=0.5, de;q=0.9', 'de'],
    ['two alike', 'fr, de', 'fr'],
    ['English first', 'en-GB, de;q=0.9', 'en'],
    ['the first that there is', 'nl, fy;q=0.9, de;q=0.8', 'de'],
    ['the one it has by its old tag', 'iw', 'he'],
    ['a country of it by its old tag', 'IW-IL', 'he'],
    ['it by its new tag', 'he-IL', 'he'],
    ['a dialect that has become a language of its own', 'hy-arevmda', 'hy'],
    ['a tag that is none after one that is', 'd_, iw', 'he'],
    ['one that is refused', 'de;q=0, fr;q=0.1', 'fr'],
  ])('S16 by a header that asks for %s', (_case, header, tag) => {
    expect(chosen(undefined, header)).toBe(tag);
  });

  it.each([
    ['by an old tag', 'iw', 'de', 'he'],
    ['before the header', 'fr', 'de', 'fr'],
    ['in its own order', 'nl fr de', 'de', 'fr'],
    ['unless there is none of it', 'nl it', 'de', 'de'],
    ['with many blanks', '  fr   de ', undefined, 'fr'],
    ['which has no qualities', 'fr;q=0.1 de', undefined, 'de'],
    ['which may be empty', '', 'de', 'de'],
  ])('S16 by ui_locales, %s', (_case, uiLocales, header, tag) => {
    expect(chosen(uiLocales, header)).toBe(tag);
  });

  it.each([
    '__proto__',
    'd_',
    'de-a',
    'de-1996-1996',
    'de-u-co-u-co',
    'constructor',
    'toString',
    'en-',
    '-',
    '--',
    ';;;,,,=',
    'de;q=',
    'de;q="',
    '\u0000',
    '𓀀',
    `de${'-a'.repeat(5000)}`,
    '-'.repeat(10_000),
    'x'.repeat(10_000),
    `${'nl,'.repeat(3000)}de`,
  ])('S16 takes no harm from %j', (hostile) => {
    expect(['en', 'de']).toContain(chosen(undefined, hostile));
    expect(['en', 'de']).toContain(chosen(hostile));
  });

  it('S16 looks at fifty wishes, and at no tag that is longer than any language has', () => {
    expect(chosen(undefined, `${'nl,'.repeat(49)}de`)).toBe('de');
    expect(chosen(undefined, `${'nl,'.repeat(50)}de`)).toBe('en');
    expect(chosen(`de-${'x'.repeat(61)}`)).toBe('de');
    expect(chosen(`de-${'x'.repeat(62)}`)).toBe('en');
  });
});
