import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { resolveAccent } from '../../../lib/config/brand-checks.js';
import { CARD, contrast } from '../../../lib/config/colours.js';
import { resolveLanguages } from '../../../lib/config/language-checks.js';
import { pageStyle } from '../../../lib/views/page-style.js';
import { ViewRenderer } from '../../../lib/views/view-renderer.js';
import { consentView, tags } from './consent-fixture.js';

const accent = { light: '#0b6e4f', dark: '#7bdfb0' };
const links = [
  { label: 'Privacy & terms', url: '/privacy?a=1&b=2', labels: { de: 'Datenschutz' } },
  { label: 'Support', url: 'https://help.example/' },
];
const views = new ViewRenderer({ branding: { name: 'Brand', accent }, links });
const [, german] = resolveLanguages({ de: { texts: {} } }, []);
const pages = (language = german): readonly (readonly [string, string, Readonly<Record<string, string>>])[] => [
  ['consent', views.consent(consentView(), language), views.consentHeaders],
  ['error', views.error({ name: 'loginLoop', correlationId: 'id-1' }, language), views.headers],
  ['redirect', views.redirect({ url: 'app:x', target: { kind: 'loopback' } }, language), views.headers],
];

/** The last value of a variable in the light or dark part of a style sheet, as the cascade has it. */
function colours(style: string, name: string): { light: string; dark: string } {
  const found = [...style.matchAll(new RegExp(`--${name}: (#[0-9a-f]+);`, 'g'))].map(([, value = '']) => value);
  const [light = '', dark = ''] = found.slice(-2);
  return { light, dark };
}

describe('the look of a brand', () => {
  it.each(pages())('CON-09 S16 is in the one style that the policy of the page allows: %s', (_name, html, headers) => {
    const style = /<style>([\s\S]*?)<\/style>/.exec(html)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    expect(headers['content-security-policy']).toContain(`style-src 'sha256-${hash}';`);
    expect(colours(style, 'accent')).toEqual(accent);
  });

  it('CON-09 S16 comes with the style sheet for a template of the host too', () => {
    const template = `<style>{{> style}}</style>{{formAction}}<form>{{request}}{{csrfToken}}<b name="approved"></b></form>`;
    const own = new ViewRenderer({ branding: { accent }, consentTemplate: template });
    expect(own.consent(consentView())).toContain(`<style>${pageStyle(accent)}</style>`);
    expect(own.consentHeaders).toEqual(own.headers);
  });

  it.each(['#000000', '#0b6e4f', '#2a45c9', '#c2185b', '#767676', '#d00000', '#006b8f'])(
    'S16 keeps every text readable with %s',
    (accentColor) => {
      const style = pageStyle(resolveAccent({ accentColor }));
      for (const scheme of ['light', 'dark'] as const) {
        const colour = (name: string) => colours(style, name)[scheme];
        const pairs = [
          [colour('accent'), CARD[scheme]],
          [colour('accent-over'), CARD[scheme]],
          [colour('on-accent'), colour('accent')],
          [colour('on-accent'), colour('accent-over')],
          [colour('on-tile'), colour('tile')],
        ] as const;
        for (const [text, ground] of pairs) expect(contrast(text, ground), `${text} on ${ground}`).toBeGreaterThan(4.5);
      }
    },
  );

  it.each(pages())('S16 has its links below the page, in its language: %s', (_name, html) => {
    expect(html).toContain(
      '<li><a href="/privacy?a&#x3D;1&amp;b&#x3D;2" rel="noreferrer noopener">Datenschutz</a></li>\n' +
        '<li><a href="https://help.example/" rel="noreferrer noopener">Support</a></li>',
    );
    expect(html.indexOf('<footer')).toBeGreaterThan(html.indexOf('</main>'));
  });

  it('S16 escapes labels, and falls back to the one that is always there', () => {
    expect(views.error({ name: 'loginLoop', correlationId: 'id-1' })).toContain('>Privacy &amp; terms</a>');
  });

  it('S16 has no footer without links', () => {
    expect(tags(new ViewRenderer().consent(consentView()), 'footer')).toEqual([]);
  });
});
