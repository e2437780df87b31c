import { resolveAccent, resolveLinks } from './brand-checks.js';
import { resolveLanguages } from './language-checks.js';
import type { ResolvedViewOptions, ViewOptions } from './view-options.js';

/** Options of the pages with every default applied. Throws `McpAuthConfigurationError` for what could only fail on a page. */
export function resolveViews(given: ViewOptions, scopeNames: readonly string[]): ResolvedViewOptions {
  const { consent, brandName } = given;
  const languages = resolveLanguages(given.languages, scopeNames);
  return {
    ...(consent === undefined ? {} : { consent }),
    ...(brandName === undefined ? {} : { brandName }),
    languages,
    accent: resolveAccent(given),
    links: resolveLinks(
      given.links,
      languages.map(({ tag }) => tag),
    ),
  };
}
