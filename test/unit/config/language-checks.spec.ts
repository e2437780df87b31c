import { describe, expect, it } from 'vitest';
import { BUILT_IN_LANGUAGE, resolveLanguages } from '../../../lib/config/language-checks.js';
import { McpAuthConfigurationError } from '../../../lib/config/mcp-auth-configuration-error.js';
import { ENGLISH } from '../../../lib/config/texts/english.js';
import type { PageLanguage } from '../../../lib/config/view-options.js';
import { thrown } from '../protocol/refusal.js';

const SCOPES = ['mcp:read'];
const resolve = (languages: unknown) => resolveLanguages(languages as Record<string, PageLanguage>, SCOPES);

function refusal(languages: unknown): string {
  const error = thrown(() => resolve(languages));
  expect(error).toBeInstanceOf(McpAuthConfigurationError);
  return (error as Error).message;
}

describe('resolveLanguages', () => {
  it('S16 has English without any option', () => {
    expect(resolve(undefined)).toEqual([BUILT_IN_LANGUAGE]);
    expect(resolve({})).toEqual([BUILT_IN_LANGUAGE]);
  });

  it('S16 takes the words that a language has, and English ones for the others', () => {
    const texts = { consent: { allow: 'Erlauben', identifiedBy: 'ausgewiesen durch {host}' } };
    const [english, german] = resolve({ de: { texts } });
    expect(english).toBe(BUILT_IN_LANGUAGE);
    expect(german).toEqual({
      tag: 'de',
      direction: 'ltr',
      texts: { ...ENGLISH, consent: { ...ENGLISH.consent, ...texts.consent } },
      scopes: {},
    });
  });

  it('S16 writes tags as they are written', () => {
    expect(resolve({ 'PT-br': { texts: {} }, 'zh-hant-tw': { texts: {} } }).map(({ tag }) => tag)).toEqual([
      'en',
      'pt-BR',
      'zh-Hant-TW',
    ]);
  });

  it('S16 lets the host change the English words', () => {
    const [english, ...others] = resolve({ en: { texts: { consent: { allow: 'Connect' } } } });
    expect(others).toEqual([]);
    expect(english?.texts.consent).toEqual({ ...ENGLISH.consent, allow: 'Connect' });
    expect(ENGLISH.consent.allow).toBe('Allow');
  });

  it.each([
    ['ar', 'rtl'],
    ['he', 'rtl'],
    ['fa-AF', 'rtl'],
    ['ur', 'rtl'],
    ['az-Arab', 'rtl'],
    ['az', 'ltr'],
    ['ja', 'ltr'],
  ])('S16 knows in which direction %s runs', (tag, direction) => {
    expect(resolve({ [tag]: { texts: {} } })[1]?.direction).toBe(direction);
  });

  it('S16 believes the host about the direction, and takes texts of scopes', () => {
    const scopes = { 'mcp:read': { name: 'Lesen' } };
    expect(resolve({ ar: { texts: {}, direction: 'ltr', scopes } })[1]).toMatchObject({ direction: 'ltr', scopes });
  });

  it.each<[string, unknown, string]>([
    ['no object', ['de'], 'views.languages must be an object; got ["de"]'],
    ['null', null, 'views.languages must be an object; got null'],
    ['a tag with an underscore', { de_AT: { texts: {} } }, 'views.languages: "de_AT" is not a language tag'],
    ['an empty tag', { '': { texts: {} } }, 'views.languages: "" is not a language tag'],
    ['a word', { 'German language': { texts: {} } }, '"German language" is not a language tag such as "de" or "pt-BR"'],
    ['one language twice', { de: { texts: {} }, DE: { texts: {} } }, 'views.languages has "de" twice'],
    ['no texts', { de: {} }, 'views.languages.de.texts must be an object; got undefined'],
    ['texts alone', { de: { consent: {} } }, 'views.languages.de has no "consent"; there are texts, scopes, direction'],
    ['an unknown group', { de: { texts: { consnet: {} } } }, 'views.languages.de.texts has no "consnet"'],
    ['an unknown key', { de: { texts: { consent: { alow: 'x' } } } }, 'views.languages.de.texts.consent has no "alow"'],
    [
      'an inherited key',
      { de: { texts: { consent: { toString: 'x' } } } },
      'views.languages.de.texts.consent has no "toString"',
    ],
    [
      'a prototype',
      JSON.parse('{ "de": { "texts": { "__proto__": { "consent": {} } } } }'),
      'views.languages.de.texts has no "__proto__"',
    ],
    ['a text for a group', { de: { texts: { consent: 'x' } } }, 'views.languages.de.texts.consent must be an object'],
    [
      'a group for a text',
      { de: { texts: { consent: { allow: {} } } } },
      'views.languages.de.texts.consent.allow must',
    ],
    ['a number', { de: { texts: { consent: { allow: 1 } } } }, 'consent.allow must be a text; got 1. Leave it out'],
    ['an empty text', { de: { texts: { consent: { allow: ' ' } } } }, 'consent.allow must be a text; got " "'],
    ['undefined', { de: { texts: { consent: { allow: undefined } } } }, 'consent.allow must be a text; got undefined'],
    [
      'an unknown placeholder',
      { de: { texts: { consent: { heading: '{clientName} {resourceName} {userName}' } } } },
      'consent.heading has the placeholder {userName}; there is {clientName} and {resourceName} in the English text',
    ],
    [
      'a placeholder where there is none',
      { de: { texts: { consent: { allow: '{clientName}' } } } },
      'consent.allow has the placeholder {clientName}; there is none in the English text "Allow"',
    ],
    [
      'a missing placeholder',
      { de: { texts: { consent: { heading: '{clientName} will herein' } } } },
      'consent.heading lacks the placeholder {resourceName} of the English text',
    ],
    ['a stray brace', { de: { texts: { consent: { allow: 'Ja {' } } } }, 'consent.allow has a brace that is no plac'],
    ['a fault deep down', { de: { texts: { errors: { loginLoop: { hint: 7 } } } } }, 'errors.loginLoop.hint must be a'],
    ['a direction', { de: { texts: {}, direction: 'up' } }, 'views.languages.de.direction must be "ltr" or "rtl"'],
    [
      'an undeclared scope',
      { de: { texts: {}, scopes: { 'mcp:write': { name: 'x' } } } },
      'views.languages.de.scopes names "mcp:write", which scopes does not declare',
    ],
    ['scopes as a list', { de: { texts: {}, scopes: [] } }, 'views.languages.de.scopes must be an object'],
    ['a scope as a text', { de: { texts: {}, scopes: { 'mcp:read': 'Lesen' } } }, 'scopes.mcp:read must be an object'],
    [
      'an unknown member of a scope',
      { de: { texts: {}, scopes: { 'mcp:read': { title: 'Lesen' } } } },
      'views.languages.de.scopes.mcp:read has no "title"; there are name, description',
    ],
    [
      'a scope name that is no text',
      { de: { texts: {}, scopes: { 'mcp:read': { name: false } } } },
      'views.languages.de.scopes.mcp:read.name must be a text; got false',
    ],
  ])('OPS-01 refuses %s', (_case, languages, message) => {
    expect(refusal(languages)).toContain(message);
  });
});
