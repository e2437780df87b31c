import type { PageTexts, SomePageTexts } from './texts/page-texts.js';

/** One more language of the pages. What it leaves out is shown in English. */
export interface PageLanguage {
  /** Words of the pages by group and key, as in `PageTexts`. A text keeps the `{placeholders}` of the English one. */
  readonly texts: SomePageTexts;
  /**
   * Names and descriptions of scopes, by scope name.
   * @default those of `scopes`
   */
  readonly scopes?: Readonly<Record<string, { readonly name?: string; readonly description?: string }>>;
  /**
   * Direction of the script.
   * @default by the script of the language
   */
  readonly direction?: 'ltr' | 'rtl';
}

/** What the consent and error pages look like. */
export interface ViewOptions {
  /** Handlebars source that replaces the consent page. Variables: `docs/consent-view.md`. */
  readonly consent?: string;
  /**
   * Product name shown on the pages.
   * @default the value of `resourceName`
   */
  readonly brandName?: string;
  /**
   * Languages besides English, by language tag (BCP 47): `{ de: { texts: { consent: { allow: 'Erlauben' } } } }`. `ui_locales` of the
   * authorization request chooses, or else `Accept-Language`. An entry `en` changes the English words.
   * @default English alone
   */
  readonly languages?: Readonly<Record<string, PageLanguage>>;
  /**
   * Colour of buttons, links and marks, as `#rrggbb`. Text has to be readable in it on white, at 4.5 : 1 or more.
   * @default '#2a45c9'
   */
  readonly accentColor?: string;
  /**
   * The same in dark mode, readable on `#171a21`.
   * @default `accentColor`, with as much white in it as that needs
   */
  readonly accentColorDark?: string;
  /**
   * Links below every page: privacy, terms, support.
   * @default none
   */
  readonly links?: readonly PageLink[];
}

/** A link below the pages. */
export interface PageLink {
  /** At most 60 characters. */
  readonly label: string;
  /** An https URL, or a path of this origin. */
  readonly url: string;
  /**
   * The label in other languages, by the tags of `languages`.
   * @default label
   */
  readonly labels?: Readonly<Record<string, string>>;
}

/** A language as the pages read it: complete. */
export interface ResolvedPageLanguage {
  /** Canonical language tag. */
  readonly tag: string;
  readonly direction: 'ltr' | 'rtl';
  readonly texts: PageTexts;
  readonly scopes: NonNullable<PageLanguage['scopes']>;
}

/** The accent in both schemes, as `#rrggbb`. */
export interface ResolvedAccent {
  readonly light: string;
  readonly dark: string;
}

/** Options of the pages, checked. English is always among the languages. */
export interface ResolvedViewOptions extends Pick<ViewOptions, 'consent' | 'brandName'> {
  readonly languages: readonly ResolvedPageLanguage[];
  readonly accent: ResolvedAccent | undefined;
  readonly links: readonly PageLink[];
}
