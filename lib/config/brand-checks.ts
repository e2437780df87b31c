import { CARD, contrast, readableOn, TEXT_CONTRAST } from './colours.js';
import { entriesByTag } from './language-checks.js';
import { McpAuthConfigurationError } from './mcp-auth-configuration-error.js';
import { show } from './option-checks.js';
import { isGroup } from './texts/page-texts.js';
import type { PageLink, ResolvedAccent, ViewOptions } from './view-options.js';

function refuse(message: string): never {
  throw new McpAuthConfigurationError(message);
}

/** The accent in both schemes. A colour that text could not be read in stops the boot. */
export function resolveAccent({ accentColor, accentColorDark }: ViewOptions): ResolvedAccent | undefined {
  if (accentColor === undefined) {
    if (accentColorDark !== undefined) refuse('views.accentColorDark goes with views.accentColor; give that too');
    return undefined;
  }
  const light = checkColour('views.accentColor', accentColor, CARD.light);
  return {
    light,
    dark:
      accentColorDark === undefined
        ? readableOn(CARD.dark, light, '#ffffff')
        : checkColour('views.accentColorDark', accentColorDark, CARD.dark),
  };
}

function checkColour(option: string, value: unknown, card: string): string {
  if (typeof value !== 'string' || !/^#[0-9a-f]{6}$/i.test(value))
    refuse(`${option} must be a colour such as "#2a45c9"; got ${show(value)}`);
  const ratio = contrast(value, card);
  if (ratio >= TEXT_CONTRAST) return value.toLowerCase();
  const way = card === CARD.light ? 'darker' : 'lighter';
  return refuse(
    `${option} ${show(value)} has a contrast of ${(Math.floor(ratio * 100) / 100).toFixed(2)} : 1 to the card it stands on (${card}); text needs ${TEXT_CONTRAST} : 1. Make it ${way}`,
  );
}

/** Links below the pages. */
export function resolveLinks(links: unknown, languages: readonly string[]): readonly PageLink[] {
  if (links === undefined) return [];
  if (!Array.isArray(links)) refuse(`views.links must be a list; got ${show(links)}`);
  return links.map((link: unknown, index) => checkLink(`views.links[${index}]`, link, languages));
}

function checkLink(option: string, link: unknown, languages: readonly string[]): PageLink {
  if (!isGroup(link)) return refuse(`${option} must be an object; got ${show(link)}`);
  const unknown = Object.keys(link).find((name) => !['label', 'url', 'labels'].includes(name));
  if (unknown !== undefined) refuse(`${option} has no ${show(unknown)}; there are label, url, labels`);
  const label = checkLabel(`${option}.label`, link['label']);
  const url = checkUrl(`${option}.url`, link['url']);
  return { label, url, labels: checkLabels(`${option}.labels`, link['labels'] ?? {}, languages) };
}

function checkLabels(option: string, labels: unknown, languages: readonly string[]): Readonly<Record<string, string>> {
  if (!isGroup(labels)) return refuse(`${option} must be an object; got ${show(labels)}`);
  const checked = entriesByTag(option, labels).map(([tag, name, label]) => {
    if (!languages.includes(tag)) refuse(`${option} names ${show(name)}; there are ${languages.join(', ')}`);
    return [tag, checkLabel(`${option}.${name}`, label)] as const;
  });
  return Object.fromEntries(checked);
}

function checkLabel(option: string, value: unknown): string {
  return typeof value === 'string' && value.trim() !== '' && value.length <= 60
    ? value
    : refuse(`${option} must be a text of 60 characters or fewer; got ${show(value)}`);
}

/** An https URL, or a path of this origin: `//host` and `/\host` lead elsewhere. */
function checkUrl(option: string, value: unknown): string {
  if (typeof value !== 'string' || !/^(https:\/\/|\/(?![/\\]))[^\s\\]*$/.test(value))
    return refuse(`${option} must be an https URL or a path such as "/privacy"; got ${show(value)}`);
  const url = URL.canParse(value, 'https://own.invalid') ? new URL(value, 'https://own.invalid') : undefined;
  if (url === undefined || url.username !== '' || url.password !== '')
    return refuse(`${option} must be an https URL without user information, or a path; got ${show(value)}`);
  return value;
}
