import Handlebars from 'handlebars';
import { PARTIALS } from './page-shell.js';

/** Finds what Handlebars itself allows in a template and this library does not. */
class TemplateInspector extends Handlebars.Visitor {
  override MustacheStatement(mustache: hbs.AST.MustacheStatement): void {
    if (!mustache.escaped) throw new TypeError(`unescaped output in line ${mustache.loc.start.line}: use two braces`);
    super.MustacheStatement(mustache);
  }

  override PartialStatement(partial: hbs.AST.PartialStatement): void {
    assertKnownPartial(partial.name, partial.loc.start.line);
    super.PartialStatement(partial);
  }

  override PartialBlockStatement(partial: hbs.AST.PartialBlockStatement): void {
    assertKnownPartial(partial.name, partial.loc.start.line);
    super.PartialBlockStatement(partial);
  }
}

function assertKnownPartial(name: hbs.AST.PathExpression | hbs.AST.SubExpression, line: number): void {
  if ('original' in name && PARTIALS.includes(name.original)) return;
  throw new TypeError(`unknown partial in line ${line}: there are ${PARTIALS.join(' and ')}`);
}

/** Refuses a template with unescaped output (a client's name could then be markup) or a partial nobody registered. */
export function inspectTemplate(source: string): void {
  new TemplateInspector().accept(Handlebars.parse(source));
}

/**
 * The texts of the `<style>` elements of a rendered page, as the browser hashes them to compare with the policy: it
 * has made one line feed of every line ending by then.
 */
export function inlineStyles(html: string): readonly string[] {
  return [...html.matchAll(/<style[^>]*>([\s\S]*?)<\/style/gi)].map((match) =>
    (match[1] ?? '').replace(/\r\n?/g, '\n'),
  );
}
