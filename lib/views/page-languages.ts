import Negotiator from 'negotiator';
import { BUILT_IN_LANGUAGE } from '../config/language-checks.js';
import type { ResolvedPageLanguage } from '../config/view-options.js';

/** Wishes looked at, and the length of one; a person has few, and no language a longer tag. */
const MOST_WISHES = 50;
const LONGEST_TAG = 64;

/** Finds the language of a page among those that the host has; it always has English. */
export class PageLanguages {
  private readonly byTag: ReadonlyMap<string, ResolvedPageLanguage>;

  constructor(languages: readonly ResolvedPageLanguage[]) {
    this.byTag = new Map(languages.map((language) => [language.tag.toLowerCase(), language]));
  }

  /**
   * What the client asks for goes before what the browser asks for.
   * @param uiLocales tags in order of preference, separated by blanks (OpenID Connect Core §3.1.2.1)
   * @param acceptLanguage the header (RFC 9110 §12.5.4)
   */
  choose(uiLocales: string | undefined, acceptLanguage: string | undefined): ResolvedPageLanguage {
    return (
      this.first((uiLocales ?? '').split(' ')) ??
      this.first(accepted(acceptLanguage)) ??
      this.lookup('en') ??
      BUILT_IN_LANGUAGE
    );
  }

  private first(wishes: readonly string[]): ResolvedPageLanguage | undefined {
    for (const wish of wishes.slice(0, MOST_WISHES)) {
      const found =
        wish.length > LONGEST_TAG ? undefined : (this.lookup(canonical(wish)) ?? this.lookup(wish.toLowerCase()));
      if (found) return found;
    }
    return undefined;
  }

  /** RFC 4647 §3.4: `de-AT-1996`, then `de-AT`, then `de`. Beyond it, `pt` is served by a `pt-BR` where there is no other. */
  private lookup(wish: string): ResolvedPageLanguage | undefined {
    for (let range = wish; range !== ''; range = shortened(range)) {
      const found = this.byTag.get(range);
      if (found) return found;
    }
    const relative = wish === '' ? undefined : [...this.byTag.keys()].find((tag) => tag.startsWith(`${wish}-`));
    return relative === undefined ? undefined : this.byTag.get(relative);
  }
}

/** Spelt as the tags of the host are: `he` for `iw`. What is no tag stays as it is. */
function canonical(wish: string): string {
  try {
    return (Intl.getCanonicalLocales(wish)[0] ?? wish).toLowerCase();
  } catch {
    return wish.toLowerCase();
  }
}

/** A single letter is no subtag by itself, so it goes with the one behind it. */
function shortened(range: string): string {
  return range.replace(/(^|-)[^-]*$/, '').replace(/-[^-]$/, '');
}

/** Languages of the header in order of their quality, refused ones left out. */
function accepted(header: string | undefined): readonly string[] {
  return header === undefined ? [] : new Negotiator({ headers: { 'accept-language': header } }).languages();
}
