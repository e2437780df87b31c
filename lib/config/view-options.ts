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
}

/** A language as the pages read it: complete. */
export interface ResolvedPageLanguage {
  /** Canonical language tag. */
  readonly tag: string;
  readonly direction: 'ltr' | 'rtl';
  readonly texts: PageTexts;
  readonly scopes: NonNullable<PageLanguage['scopes']>;
}

/** Options of the pages, checked. English is always among the languages. */
export interface ResolvedViewOptions extends Omit<ViewOptions, 'languages'> {
  readonly languages: readonly ResolvedPageLanguage[];
}
