import Handlebars from 'handlebars';
import { PAGE_STYLE } from './page-style.js';

/** What the shell itself reads; a page's own template reads its own variables beside these. */
export interface PageContext {
  /** Text of the `<title>`. */
  readonly title: string;
  /** Name above the card. */
  readonly brandName?: string | undefined;
  /** Where the browser goes by itself, at once. Check it with `assertRefreshUrl` first. */
  readonly refreshUrl?: string;
}

/**
 * The document around every page. `style` stands on a line with its tags, so that what the browser hashes is
 * exactly PAGE_STYLE.
 */
const PAGE = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
{{#if refreshUrl}}
<meta http-equiv="refresh" content="0;url={{refreshUrl}}">
{{/if}}
<title>{{title}}</title>
<style>{{> style}}</style>
</head>
<body>
{{#if brandName}}
<header class="brand"><bdi>{{brandName}}</bdi></header>
{{/if}}
<main class="card">
{{> @partial-block}}
</main>
</body>
</html>
`;

/** Partials that a template may include: a page in the library's look, or only its style sheet. */
export const PARTIALS: readonly string[] = ['page', 'style'];

/** Finds an unknown helper while compiling, whichever branch it stands in. */
const COMPILE_OPTIONS = { knownHelpersOnly: true } as const;

const engine = Handlebars.create();
engine.registerPartial('style', PAGE_STYLE);
engine.registerPartial('page', engine.compile<PageContext>(PAGE, COMPILE_OPTIONS));

/**
 * Compiles a whole document, at its first rendering. The engine is the library's own: helpers and partials of the
 * host do not reach it.
 */
export function compileDocument<T>(source: string): (context: T) => string {
  return engine.compile<T>(source, COMPILE_OPTIONS);
}

/** Compiles what stands inside `<main>` and puts the shell around it: the one look of all pages of the library. */
export function compilePage<T extends PageContext>(body: string): (context: T) => string {
  return compileDocument<T>(`{{#> page}}\n${body}{{/page}}\n`);
}
