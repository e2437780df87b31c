import { describe, expect, it } from 'vitest';
import { resolveAccent, resolveLinks } from '../../../lib/config/brand-checks.js';
import { CARD, contrast } from '../../../lib/config/colours.js';
import { McpAuthConfigurationError } from '../../../lib/config/mcp-auth-configuration-error.js';
import type { ViewOptions } from '../../../lib/config/view-options.js';
import { thrown } from '../protocol/refusal.js';

function refusal(work: () => unknown): string {
  const error = thrown(work);
  expect(error).toBeInstanceOf(McpAuthConfigurationError);
  return (error as Error).message;
}
const accent = (options: unknown) => resolveAccent(options as ViewOptions);

describe('resolveAccent', () => {
  it('S16 keeps the colours of the library without the option', () => {
    expect(accent({})).toBeUndefined();
  });

  it('S16 takes a colour for each scheme', () => {
    expect(accent({ accentColor: '#0B6E4F', accentColorDark: '#7BDFB0' })).toEqual({
      light: '#0b6e4f',
      dark: '#7bdfb0',
    });
  });

  it.each(['#000000', '#0b6e4f', '#2a45c9', '#c2185b', '#767676'])(
    'S16 finds a dark one that goes with %s',
    (colour) => {
      const found = accent({ accentColor: colour });
      expect(found?.light).toBe(colour);
      expect(contrast(found?.dark ?? colour, CARD.dark)).toBeGreaterThanOrEqual(4.5);
    },
  );

  it.each([
    ['a name', 'blue'],
    ['three digits', '#00f'],
    ['eight digits', '#0000ffff'],
    ['no hash', '0000ff'],
    ['a function', 'rgb(0 0 255)'],
    ['what ends the declaration', '#000000;} body{display:none'],
    ['what ends the element', '#000000</style>'],
    ['a line end', '#000000\n'],
    ['a number', 255],
    ['null', null],
    ['an object', { light: '#000000' }],
  ])('OPS-01 refuses %s as a colour', (_case, colour) => {
    const message = 'must be a colour such as "#2a45c9"';
    expect(refusal(() => accent({ accentColor: colour }))).toContain(`views.accentColor ${message}`);
    const dark = { accentColor: '#2a45c9', accentColorDark: colour };
    expect(refusal(() => accent(dark))).toContain(`views.accentColorDark ${message}`);
  });

  it.each([
    ['#ffffff', 'has a contrast of 1.00 : 1 to the card it stands on (#ffffff); text needs 4.5 : 1. Make it darker'],
    ['#ffcc00', 'Make it darker'],
    ['#777777', 'has a contrast of 4.47 : 1'],
  ])('OPS-01 refuses %s, which nobody can read on a light card', (colour, message) => {
    expect(refusal(() => accent({ accentColor: colour }))).toContain(message);
  });

  it.each([
    ['#171a21', 'has a contrast of 1.00 : 1 to the card it stands on (#171a21); text needs 4.5 : 1. Make it lighter'],
    ['#2a45c9', 'Make it lighter'],
  ])('OPS-01 refuses %s, which nobody can read on a dark card', (colour, message) => {
    expect(refusal(() => accent({ accentColor: '#2a45c9', accentColorDark: colour }))).toContain(message);
  });

  it('OPS-01 refuses a dark colour alone', () => {
    expect(refusal(() => accent({ accentColorDark: '#a9b9ff' }))).toContain('give that too');
  });
});

describe('contrast', () => {
  it.each([
    ['#000000', '#ffffff', 21],
    ['#ffffff', '#000000', 21],
    ['#777777', '#777777', 1],
    ['#767676', '#ffffff', 4.54],
    ['#ff0000', '#ffffff', 4.0],
  ])('S16 of %s and %s is that of WCAG 2.2', (one, other, ratio) => {
    expect(contrast(one, other)).toBeCloseTo(ratio, 2);
  });
});

describe('resolveLinks', () => {
  it('S16 takes https addresses and paths', () => {
    const links = [
      { label: 'Privacy', url: '/privacy', labels: { de: 'Datenschutz' } },
      { label: 'Status', url: 'https://status.example/?a=1#b' },
    ];
    expect(resolveLinks(links, ['en', 'de'])).toEqual([links[0], { ...links[1], labels: {} }]);
    expect(resolveLinks(undefined, ['en'])).toEqual([]);
  });

  it('S16 takes a label by any spelling of its language, as views.languages does', () => {
    const link = { label: 'Privacy', url: '/privacy' };
    const labels = { 'pt-br': 'Privacidade', IW: 'פרטיות' };
    expect(resolveLinks([{ ...link, labels }], ['en', 'pt-BR', 'he'])).toEqual([
      { ...link, labels: { 'pt-BR': 'Privacidade', he: 'פרטיות' } },
    ]);
  });

  it.each([
    ['http://a.example/'],
    ['javascript:alert(1)'],
    ['JAVASCRIPT:alert(1)'],
    ['data:text/html,x'],
    ['mailto:a@b.example'],
    ['//a.example/'],
    ['/\\a.example/'],
    ['/\t/a.example/'],
    ['\\\\a.example'],
    ['https:a.example'],
    ['https://'],
    ['https://a.example:99999/'],
    ['https://user@a.example/'],
    ['https://:x@a.example/'],
    ['https://a.example/ b'],
    ['privacy'],
    ['?x'],
    ['#x'],
    [''],
    [7],
    [undefined],
  ])('OPS-01 refuses a link to %j', (url) => {
    expect(refusal(() => resolveLinks([{ label: 'A', url }], ['en']))).toMatch(/^views\.links\[0\]\.url must be /);
  });

  it.each<[string, unknown, string]>([
    ['no list', {}, 'views.links must be a list; got {}'],
    ['a text', ['/privacy'], 'views.links[0] must be an object; got "/privacy"'],
    ['no label', [{ url: '/a' }], 'views.links[0].label must be a text of 60 characters or fewer; got undefined'],
    ['an empty label', [{ label: ' ', url: '/a' }], 'views.links[0].label must be'],
    ['a long label', [{ label: 'x'.repeat(61), url: '/a' }], 'views.links[0].label must be'],
    ['an unknown member', [{ label: 'A', href: '/a' }], 'views.links[0] has no "href"; there are label, url, labels'],
    ['labels as a text', [{ label: 'A', url: '/a', labels: 'B' }], 'views.links[0].labels must be an object'],
    ['a language there is not', [{ label: 'A', url: '/a', labels: { fr: 'B' } }], 'names "fr"; there are en, de'],
    [
      'a tag that is none',
      [{ label: 'A', url: '/a', labels: { d_: 'B' } }],
      'views.links[0].labels: "d_" is not a language',
    ],
    [
      'a language twice',
      [{ label: 'A', url: '/a', labels: { de: 'B', DE: 'C' } }],
      'views.links[0].labels has "de" twice',
    ],
    ['a label that is no text', [{ label: 'A', url: '/a', labels: { de: 1 } }], 'views.links[0].labels.de must be'],
  ])('OPS-01 refuses %s', (_case, links, message) => {
    expect(refusal(() => resolveLinks(links, ['en', 'de']))).toContain(message);
  });
});
