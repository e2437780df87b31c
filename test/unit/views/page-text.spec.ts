import { describe, expect, it } from 'vitest';
import { resolveLanguages } from '../../../lib/config/language-checks.js';
import { ENGLISH } from '../../../lib/config/texts/english.js';
import { textAt, type TextKey } from '../../../lib/config/texts/page-texts.js';
import { compileDocument } from '../../../lib/views/page-shell.js';
import { plainText } from '../../../lib/views/page-text.js';
import { ViewRenderer } from '../../../lib/views/view-renderer.js';
import { consentView, READ, tags, visibleText, WRITE } from './consent-fixture.js';

const heading = '{resourceName} <- "{clientName}" & {clientName}';
const [, own] = resolveLanguages({ 'ar-EG': { texts: { consent: { heading, title: heading } } } }, []);
const language = own!;
const render = (source: string, context = {}) =>
  compileDocument<object>(source)(context, { brandName: undefined, links: [], style: '', language });

describe('the text helpers', () => {
  const values = { clientName: '<b>$&{resourceName}', resourceName: 'R' };

  it('CON-11 escapes text and values, and keeps the direction of a value to itself', () => {
    expect(render('{{text "consent.heading" clientName=clientName resourceName=resourceName}}', values)).toBe(
      '<bdi>R</bdi> &lt;- &quot;<bdi>&lt;b&gt;$&amp;{resourceName}</bdi>&quot; &amp; <bdi>&lt;b&gt;$&amp;{resourceName}</bdi>',
    );
  });

  it('CON-11 has the same without markup for attributes and titles, escaped once', () => {
    const expected = 'R &lt;- &quot;&lt;b&gt;$&amp;{resourceName}&quot; &amp; &lt;b&gt;$&amp;{resourceName}';
    expect(render('{{plainText "consent.heading" clientName=clientName resourceName=resourceName}}', values)).toBe(
      expected,
    );
    expect(plainText(language.texts, 'consent.heading', values)).toBe(
      'R <- "<b>$&{resourceName}" & <b>$&{resourceName}',
    );
  });

  it('S16 speak the language in every block and partial', () => {
    const html = render('{{#> page}}{{#each list}}{{#with this}}{{text "consent.allow"}}{{/with}}{{/each}}{{/page}}', {
      list: [{}],
    });
    expect(html).toContain('<html lang="ar-EG" dir="rtl">');
    expect(html).toContain('Allow');
  });

  it.each([
    ['{{text "consent.alow"}}', 'there is no text "consent.alow" (line 1)'],
    ['\n{{text "consent"}}', 'there is no text "consent" (line 2)'],
    ['{{text "constructor.name"}}', 'there is no text "constructor.name"'],
    ['{{text "consent.allow.length"}}', 'there is no text'],
    ['{{text ""}}', 'there is no text ""'],
    ['{{text}}', 'text needs one key in quotation marks'],
    ['{{text key}}', 'text needs one key in quotation marks'],
    ['{{text 1}}', 'text needs one key'],
    ['{{text "consent.allow" "consent.deny"}}', 'text needs one key'],
    ['{{plainText key}}', 'plainText needs one key in quotation marks'],
    ['{{text "consent.allow" name=1}}', 'the text "consent.allow" takes no values'],
    ['{{text "consent.identifiedBy"}}', 'the text "consent.identifiedBy" takes host'],
    ['{{text "consent.identifiedBy" hots=1}}', 'takes host'],
    ['{{#if x}}{{else}}{{#each y}}{{text "a.b"}}{{/each}}{{/if}}', 'there is no text "a.b"'],
    ['{{#if (plainText "a.b")}}{{/if}}', 'there is no text "a.b"'],
  ])('S16 are checked before anybody needs the page: %s', (source, message) => {
    expect(() => compileDocument(source)).toThrow(TypeError);
    expect(() => compileDocument(source)).toThrow(message);
  });

  it('S16 are checked in the template of a host too', () => {
    expect(() => new ViewRenderer({ consentTemplate: '{{text "a.b"}}' })).toThrow(
      /^The consent template cannot be used: there is no text "a\.b" \(line 1\)$/,
    );
  });
});

describe('the catalogue', () => {
  /** Marks every English text, so that a word which does not come from there shows. */
  function marked(group: object): object {
    return Object.fromEntries(
      Object.entries(group).map(([key, value]) => [key, typeof value === 'string' ? `¡${value}!` : marked(value)]),
    );
  }
  const [, pseudo] = resolveLanguages({ 'en-XA': { texts: marked(ENGLISH) } }, []);
  const views = new ViewRenderer();
  const cautious = {
    verified: false,
    clientUri: 'https://x.example/',
    requestedScopes: [
      { ...READ, given: true },
      { ...WRITE, given: false },
    ],
  };
  const pages: readonly (readonly [string, string])[] = [
    ['consent', views.consent(consentView(), pseudo)],
    ['consent of a stranger', views.consent(consentView(cautious), pseudo)],
    ['consent at this computer', views.consent(consentView({ redirectTarget: { kind: 'loopback' } }), pseudo)],
    [
      'consent of an app',
      views.consent(consentView({ redirectTarget: { kind: 'private-use', scheme: 'cursor' } }), pseudo),
    ],
    ['consent to nothing', views.consent(consentView({ requestedScopes: [] }), pseudo)],
    ['error', views.error({ name: 'requestGone', correlationId: 'id-1' }, pseudo)],
    ['redirect', views.redirect({ url: 'https://c.example/', target: { kind: 'web', host: 'c.example' } }, pseudo)],
  ];
  const VALUES =
    /Claude|Notes|notes\.example\/mcp|claude\.ai|x\.example|c\.example|cursor:\/\/|ada@example\.com|analytical|https:\S+|id-1|client-1|(Read your|Write|See the) notes[^.¡]*\.?|Create and change notes in your name\.|Administer/g;

  it.each(pages)('S16 has every word of the page: %s', (_name, html) => {
    const words = visibleText(html)
      .replace(/¡[^¡!]*!/g, '')
      .replace(VALUES, '')
      .replace(/[\s•CNEA]/g, '');
    expect(words).toBe('');
    expect(/<title>¡[^<]*!<\/title>/.test(html)).toBe(true);
    expect(tags(html, 'html')).toEqual(['<html lang="en-XA" dir="ltr">']);
  });

  it('S16 writes durations as the language does', () => {
    const [, german] = resolveLanguages({ de: { texts: {} } }, []);
    expect(visibleText(views.consent(consentView({ lifetime: { longest: 86_400, idle: 86_400 } }), german))).toContain(
      '1 Tag',
    );
  });

  it('S16 finds a text by its path, and nothing else', () => {
    expect(textAt(ENGLISH, 'errors.loginLoop.title' satisfies TextKey)).toBe('Signing in did not work');
    for (const key of ['', 'errors', '__proto__', 'errors.__proto__', 'consent.allow.0'])
      expect(textAt(ENGLISH, key)).toBeUndefined();
  });
});
