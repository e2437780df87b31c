import { McpAuthConfigurationError } from './mcp-auth-configuration-error.js';
import { show } from './option-checks.js';
import { ENGLISH } from './texts/english.js';
import { isGroup, PLACEHOLDER, type PageTexts, placeholdersOf, type SomePageTexts } from './texts/page-texts.js';
import type { PageLanguage, ResolvedPageLanguage } from './view-options.js';

type Group = Readonly<Record<string, unknown>>;

/** Scripts that run from right to left and are somebody's first one today (ISO 15924). */
const RIGHT_TO_LEFT = ['Adlm', 'Arab', 'Hebr', 'Mand', 'Nkoo', 'Rohg', 'Samr', 'Syrc', 'Thaa'];

export const BUILT_IN_LANGUAGE: ResolvedPageLanguage = { tag: 'en', direction: 'ltr', texts: ENGLISH, scopes: {} };

function refuse(message: string): never {
  throw new McpAuthConfigurationError(message);
}

/** The languages of the pages, English among them. Throws `McpAuthConfigurationError` for what could only fail on a page. */
export function resolveLanguages(
  languages: Readonly<Record<string, PageLanguage>> | undefined,
  scopeNames: readonly string[],
): readonly ResolvedPageLanguage[] {
  if (languages === undefined) return [BUILT_IN_LANGUAGE];
  const option = 'views.languages';
  const resolved = new Map([[BUILT_IN_LANGUAGE.tag, BUILT_IN_LANGUAGE]]);
  for (const [tag, name, language] of entriesByTag(option, group(option, languages)))
    resolved.set(tag, resolveLanguage(`${option}.${name}`, tag, language, scopeNames));
  return [...resolved.values()];
}

/** Members named by language tags: canonical tag, name as given, value. Throws `McpAuthConfigurationError` for a name that is no tag, or a second spelling. */
export function entriesByTag(option: string, members: Group): readonly (readonly [string, string, unknown])[] {
  const given = new Set<string>();
  return Object.entries(members).map(([name, value]) => {
    const tag = canonicalTag(option, name);
    if (given.has(tag)) refuse(`${option} has ${show(tag)} twice, in two spellings`);
    given.add(tag);
    return [tag, name, value] as const;
  });
}

function canonicalTag(option: string, name: string): string {
  try {
    return Intl.getCanonicalLocales(name)[0] ?? refuse(`${option}: no language tag`);
  } catch (cause) {
    throw new McpAuthConfigurationError(`${option}: ${show(name)} is not a language tag such as "de" or "pt-BR"`, {
      cause,
    });
  }
}

function resolveLanguage(
  option: string,
  tag: string,
  value: unknown,
  scopeNames: readonly string[],
): ResolvedPageLanguage {
  const language = group(option, value);
  refuseUnknown(option, language, ['texts', 'scopes', 'direction']);
  const { texts, scopes, direction } = language;
  if (direction !== undefined && direction !== 'ltr' && direction !== 'rtl')
    refuse(`${option}.direction must be "ltr" or "rtl"; got ${show(direction)}`);
  checkTexts(`${option}.texts`, group(`${option}.texts`, texts), ENGLISH);
  return {
    tag,
    direction: direction ?? directionOf(tag),
    texts: completed(ENGLISH, texts as SomePageTexts) as PageTexts,
    scopes: scopes === undefined ? {} : checkScopeTexts(`${option}.scopes`, scopes, scopeNames),
  };
}

function directionOf(tag: string): 'ltr' | 'rtl' {
  return RIGHT_TO_LEFT.includes(new Intl.Locale(tag).maximize().script ?? '') ? 'rtl' : 'ltr';
}

function checkTexts(option: string, texts: Group, english: Group): void {
  refuseUnknown(option, texts, Object.keys(english));
  for (const [name, value] of Object.entries(texts)) {
    const original = english[name];
    const key = `${option}.${name}`;
    if (typeof original === 'string') checkText(key, value, original);
    else checkTexts(key, group(key, value), original as Group);
  }
}

function checkText(key: string, value: unknown, english: string): void {
  const text = shownText(key, value);
  const [wanted, found] = [placeholdersOf(english), placeholdersOf(text)];
  const unknown = found.find((name) => !wanted.includes(name));
  if (unknown !== undefined)
    refuse(`${key} has the placeholder {${unknown}}; ${words(wanted)} in the English text ${show(english)}`);
  const missing = wanted.find((name) => !found.includes(name));
  if (missing !== undefined) refuse(`${key} lacks the placeholder {${missing}} of the English text ${show(english)}`);
  if (/[{}]/.test(text.replace(PLACEHOLDER, ''))) refuse(`${key} has a brace that is no placeholder: ${show(text)}`);
}

function words(names: readonly string[]): string {
  return names.length === 0 ? 'there is none' : `there is ${names.map((name) => `{${name}}`).join(' and ')}`;
}

function checkScopeTexts(
  option: string,
  value: unknown,
  scopeNames: readonly string[],
): ResolvedPageLanguage['scopes'] {
  const scopes = group(option, value);
  for (const [name, texts] of Object.entries(scopes)) {
    if (!scopeNames.includes(name)) refuse(`${option} names ${show(name)}, which scopes does not declare`);
    const key = `${option}.${name}`;
    refuseUnknown(key, group(key, texts), ['name', 'description']);
    for (const [member, text] of Object.entries(group(key, texts))) shownText(`${key}.${member}`, text);
  }
  return scopes as ResolvedPageLanguage['scopes'];
}

function shownText(key: string, value: unknown): string {
  return typeof value === 'string' && value.trim() !== ''
    ? value
    : refuse(`${key} must be a text; got ${show(value)}. Leave it out, and English stands in`);
}

function group(option: string, value: unknown): Group {
  return isGroup(value) ? value : refuse(`${option} must be an object; got ${show(value)}`);
}

function refuseUnknown(option: string, given: Group, known: readonly string[]): void {
  for (const name of Object.keys(given))
    if (!known.includes(name)) refuse(`${option} has no ${show(name)}; there are ${known.join(', ')}`);
}

/** Every text, in the language where it has one. */
function completed(english: Group, texts: Group): Group {
  return Object.fromEntries(
    Object.entries(english).map(([name, original]) => {
      const own = Object.hasOwn(texts, name) ? texts[name] : undefined;
      if (!isGroup(original)) return [name, own ?? original];
      return [name, isGroup(own) ? completed(original, own) : original];
    }),
  );
}
