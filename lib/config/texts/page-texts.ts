import { ENGLISH } from './english.js';

type Texts<T> = { readonly [K in keyof T]: T[K] extends string ? string : Texts<T[K]> };
type Some<T> = { readonly [K in keyof T]?: T[K] extends string ? string : Some<T[K]> };
type KeyOf<T> = { [K in keyof T & string]: T[K] extends string ? K : `${K}.${KeyOf<T[K]>}` }[keyof T & string];
type TextAt<T, K> = K extends `${infer Group}.${infer Rest}`
  ? Group extends keyof T
    ? TextAt<T[Group], Rest>
    : never
  : K extends keyof T
    ? T[K]
    : never;
type PlaceholderOf<S> = S extends `${string}{${infer Name}}${infer Rest}` ? Name | PlaceholderOf<Rest> : never;

/** Every text of the pages, by group and key. */
export type PageTexts = Texts<typeof ENGLISH>;

/** Some of them, as a language has them: English stands in for the others. */
export type SomePageTexts = Some<typeof ENGLISH>;

/** A text by its path: `consent.heading`. */
export type TextKey = KeyOf<typeof ENGLISH>;

/** What a text needs filled in: by name, each placeholder of the English text. */
export type TextValues<K extends TextKey> = Readonly<Record<PlaceholderOf<TextAt<typeof ENGLISH, K>>, string>>;

/** A page for a failure, by the name of its texts. */
export type ErrorName = keyof PageTexts['errors'];

/** `{name}`, where a value goes. */
export const PLACEHOLDER = /\{([A-Za-z]+)\}/g;

/** The names of the placeholders in a text, each once and in order of the alphabet. */
export function placeholdersOf(text: string): readonly string[] {
  return [...new Set([...text.matchAll(PLACEHOLDER)].map(([, name = '']) => name))].sort();
}

/** The text of a path, or undefined where no text is. */
export function textAt(texts: PageTexts, key: string): string | undefined {
  const found = key
    .split('.')
    .reduce<unknown>((group, name) => (isGroup(group) && Object.hasOwn(group, name) ? group[name] : undefined), texts);
  return typeof found === 'string' ? found : undefined;
}

/** Whether a value is an object that texts can be in. */
export function isGroup(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
