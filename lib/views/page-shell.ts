import Handlebars from 'handlebars';
import type { PageLink, ResolvedPageLanguage } from '../config/view-options.js';
import { inspectTexts, TEXT_HELPERS } from './page-text.js';

/** What a page is shown in, whatever it is about. */
export interface PageFrame {
  readonly brandName: string | undefined;
  readonly links: readonly PageLink[];
  /** The style sheet. */
  readonly style: string;
  readonly language: ResolvedPageLanguage;
}

/** The variables that every template has from its frame. */
export interface FrameVariables {
  /** Name above the card. */
  readonly brandName: string | undefined;
  /** Below the card, with their labels in the language of the page. */
  readonly links: readonly { readonly label: string; readonly url: string }[];
  readonly language: Pick<ResolvedPageLanguage, 'tag' | 'direction'>;
}

/** What the shell itself reads; a page's own template reads its own variables beside these. */
export interface PageContext {
  /** Text of the `<title>`. */
  readonly title: string;
  /** Where the browser goes by itself, at once. Check it with `assertRefreshUrl` first. */
  readonly refreshUrl?: string;
}

/**
 * The document around every page. `style` stands on a line with its tags, so that what the browser hashes is
 * exactly the style sheet.
 */
const PAGE = `<!DOCTYPE html>
<html lang="{{language.tag}}" dir="{{language.direction}}">
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
{{#if links}}
<footer class="links">
<ul>
{{#each links}}
<li><a href="{{url}}" rel="noreferrer noopener">{{label}}</a></li>
{{/each}}
</ul>
</footer>
{{/if}}
</body>
</html>
`;

/** Partials that a template may include: a page in the library's look, or only its style sheet. */
export const PARTIALS: readonly string[] = ['page', 'style'];

/** Finds an unknown helper while compiling, whichever branch it stands in. */
const COMPILE_OPTIONS = { knownHelpersOnly: true, knownHelpers: { text: true, plainText: true } };

const engine = Handlebars.create();
engine.registerHelper(TEXT_HELPERS);
// Another one for every brand, so it comes with the data of a rendering.
engine.registerPartial('style', engine.compile('{{@style}}', COMPILE_OPTIONS));
engine.registerPartial('page', engine.compile<PageContext & FrameVariables>(PAGE, COMPILE_OPTIONS));

/**
 * Compiles a whole document, at its first rendering; its texts are checked at once. The engine is the library's own: helpers and partials of the
 * host do not reach it.
 */
export function compileDocument<T extends object>(source: string): (context: T, frame: PageFrame) => string {
  inspectTexts(source);
  const template = engine.compile<T & FrameVariables>(source, COMPILE_OPTIONS);
  return (context, frame) => {
    const data = { texts: frame.language.texts, style: new Handlebars.SafeString(frame.style) };
    return template({ ...context, ...variablesOf(frame) }, { data });
  };
}

function variablesOf({ brandName, links, language: { tag, direction } }: PageFrame): FrameVariables {
  return {
    brandName,
    links: links.map(({ label, labels, url }) => ({ label: labels?.[tag] ?? label, url })),
    language: { tag, direction },
  };
}

/** Compiles what stands inside `<main>` and puts the shell around it: the one look of all pages of the library. */
export function compilePage<T extends PageContext>(body: string): (context: T, frame: PageFrame) => string {
  return compileDocument<T>(`{{#> page}}\n${body}{{/page}}\n`);
}
