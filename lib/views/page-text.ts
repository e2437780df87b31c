import Handlebars from 'handlebars';
import { ENGLISH } from '../config/texts/english.js';
import {
  type PageTexts,
  PLACEHOLDER,
  placeholdersOf,
  textAt,
  type TextKey,
  type TextValues,
} from '../config/texts/page-texts.js';

type Values = Readonly<Record<string, unknown>>;

/** A text with its values, for a `<title>` or an attribute: without markup, and not escaped yet. */
export function plainText<K extends TextKey>(texts: PageTexts, key: K, values: TextValues<K>): string {
  return fill(find(texts, key), values, String);
}

/** Helpers of the templates. The texts come with the data of a rendering, so every partial and block has them. */
export const TEXT_HELPERS = {
  /** The text escaped, each value in an element that keeps its direction to itself: `{{text "consent.heading" clientName=clientName}}`. */
  text: (key: string, { hash, data }: Handlebars.HelperOptions) => {
    const escaped = Handlebars.escapeExpression(find(textsOf(data), key));
    const isolated = (value: unknown) => `<bdi>${Handlebars.escapeExpression(String(value))}</bdi>`;
    return new Handlebars.SafeString(fill(escaped, hash, isolated));
  },
  /** The same without markup, for an attribute or a `<title>`; the template escapes it. */
  plainText: (key: string, { hash, data }: Handlebars.HelperOptions) => fill(find(textsOf(data), key), hash, String),
} as const;

/** Finds a text that is not there, or not given what it takes, before anybody needs the page. */
class TextInspector extends Handlebars.Visitor {
  override MustacheStatement(mustache: hbs.AST.MustacheStatement): void {
    assertText(mustache);
    super.MustacheStatement(mustache);
  }

  override SubExpression(expression: hbs.AST.SubExpression): void {
    assertText(expression);
    super.SubExpression(expression);
  }
}

/** Refuses a template in which a text helper could fail, or print less than it should. Throws a TypeError. */
export function inspectTexts(source: string): void {
  new TextInspector().accept(Handlebars.parse(source));
}

function assertText(call: hbs.AST.MustacheStatement | hbs.AST.SubExpression): void {
  const fault = faultOf(call);
  if (fault !== undefined) throw new TypeError(`${fault} (line ${call.loc.start.line})`);
}

function faultOf({ path, params, hash }: hbs.AST.MustacheStatement | hbs.AST.SubExpression): string | undefined {
  if (!('original' in path) || !Object.hasOwn(TEXT_HELPERS, String(path.original))) return undefined;
  const [key, ...others] = params;
  if (key?.type !== 'StringLiteral' || others.length > 0)
    return `${String(path.original)} needs one key in quotation marks`;
  const { value } = key as hbs.AST.StringLiteral;
  const english = textAt(ENGLISH, value);
  if (english === undefined) return `there is no text "${value}"`;
  const given = (hash?.pairs ?? []).map((pair) => pair.key).sort();
  const wanted = placeholdersOf(english);
  return given.join() === wanted.join() ? undefined : `the text "${value}" takes ${wanted.join(', ') || 'no values'}`;
}

function textsOf(data: { readonly texts: PageTexts }): PageTexts {
  return data.texts;
}

function find(texts: PageTexts, key: string): string {
  const found = textAt(texts, key);
  if (found === undefined) throw new TypeError(`There is no text "${key}"`);
  return found;
}

function fill(text: string, values: Values, shown: (value: unknown) => string): string {
  return text.replace(PLACEHOLDER, (_placeholder, name: string) => shown(values[name]));
}
