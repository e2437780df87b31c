import { CARD, mixed, readableOn } from '../config/colours.js';
import type { ResolvedAccent } from '../config/view-options.js';

const [BLACK, WHITE] = ['#000000', '#ffffff'];

/**
 * The style sheet of every page. It loads nothing; its hash is the only style the pages' policy allows.
 * Text and its ground differ by at least 4.5 : 1, frames of controls by 3 : 1, in both schemes.
 */
export function pageStyle(accent?: ResolvedAccent): string {
  return accent === undefined ? STYLE : `${STYLE}${accentStyle(accent)}`;
}

/** An accent is readable on the card of its scheme; so is white in it on a light card, and black in it on a dark one. */
function accentStyle({ light, dark }: ResolvedAccent): string {
  return `:root { ${accentColours(light, WHITE, BLACK)} }
@media (prefers-color-scheme: dark) {
  :root { ${accentColours(dark, BLACK, WHITE)} }
}
`;
}

/** @param towards white or black, whichever is farther from the card */
function accentColours(accent: string, onAccent: string, towards: string): string {
  const tile = mixed(accent, onAccent === WHITE ? CARD.light : CARD.dark, 0.85);
  return [
    `--accent: ${accent};`,
    `--accent-over: ${mixed(accent, towards, 0.2)};`,
    `--on-accent: ${onAccent};`,
    `--tile: ${tile};`,
    `--on-tile: ${readableOn(tile, accent, towards)};`,
  ].join(' ');
}

const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #eef0f4; --card: ${CARD.light}; --inset: #f5f6f9; --line: #dfe2e9; --edge: #868d9c;
  --text: #14171f; --quiet: #545b69; --accent: #2a45c9; --accent-over: #1f36a6; --on-accent: #fff;
  --tile: #e3e8fb; --on-tile: #2338a0;
  --good: #e2f4e9; --on-good: #17603a; --warn: #fff5dc; --warn-line: #ecce85; --on-warn: #6a4200;
  --shadow: 0 1px 2px rgb(20 23 31 / .05), 0 12px 32px -12px rgb(20 23 31 / .16);
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0d0f14; --card: ${CARD.dark}; --inset: #1e222b; --line: #2c313c; --edge: #717a8b;
    --text: #eceef3; --quiet: #a6adbb; --accent: #a9b9ff; --accent-over: #c3ceff; --on-accent: #10183f;
    --tile: #262e52; --on-tile: #c3ceff;
    --good: #16301f; --on-good: #8fdcae; --warn: #2c2410; --warn-line: #5d4a17; --on-warn: #f3d58c;
    --shadow: 0 0 0 1px #232833;
  }
}
*, ::before, ::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0; min-height: 100vh; min-height: 100svh; padding: 1.75rem 1rem;
  display: flex; flex-direction: column; align-items: center; justify-content: safe center; gap: 1rem;
  background: var(--ground); color: var(--text);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", sans-serif;
  overflow-wrap: anywhere;
}
h1, h2, p, dl, dd, ul, fieldset { margin: 0; padding: 0; }
h1 { font-size: 1.375rem; line-height: 1.3; font-weight: 650; letter-spacing: -.01em; text-wrap: balance; }
h2, legend { font-size: .875rem; line-height: 1.4; font-weight: 600; padding: 0; }
a { color: var(--accent); text-underline-offset: .15em; }
a:hover { color: var(--accent-over); }
code { font: .8125rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.brand { font-weight: 600; font-size: .9375rem; color: var(--quiet); text-align: center; max-width: 31rem; }
.links { color: var(--quiet); font-size: .875rem; max-width: 31rem; }
.links ul { list-style: none; display: flex; flex-wrap: wrap; justify-content: center; gap: .25rem 1.25rem; }
.links a { color: inherit; display: inline-block; padding: .25rem 0; }
.links a:hover { color: var(--text); }
.card {
  width: 100%; max-width: 31rem; padding: 2rem; display: grid; grid-template-columns: minmax(0, 1fr); gap: 1.25rem;
  background: var(--card); border-radius: 1.125rem; box-shadow: var(--shadow);
}
.intro { display: grid; gap: .625rem; justify-items: center; text-align: center; }
.intro h1 { font-weight: 450; }
.intro h1 bdi { font-weight: 700; }
.pair { display: flex; align-items: center; margin-bottom: .375rem; }
.tile {
  width: 3.25rem; height: 3.25rem; border-radius: .9375rem; display: grid; place-items: center; overflow: hidden;
  font-size: 1.375rem; line-height: 1; font-weight: 650; background: var(--tile); color: var(--on-tile);
}
.tile-client { background: var(--inset); color: var(--text); box-shadow: inset 0 0 0 1px var(--line); }
.wire { width: 2.25rem; margin: 0 .5rem; border-top: .1875rem dotted var(--edge); }
.identity {
  display: flex; flex-wrap: wrap; align-items: center; justify-content: center; gap: .25rem .5rem;
  color: var(--quiet); font-size: .9375rem; text-wrap: balance;
}
.badge { border-radius: 1rem; padding: .0625rem .5625rem; font-size: .8125rem; font-weight: 600; }
.badge-good { background: var(--good); color: var(--on-good); }
.badge-plain { background: var(--inset); color: var(--quiet); }
.badge-warn { background: var(--warn); color: var(--on-warn); }
.caution {
  display: grid; gap: .375rem; padding: .875rem 1rem; border: 1px solid var(--warn-line); border-radius: .75rem;
  background: var(--warn); color: var(--on-warn); font-size: .9375rem; line-height: 1.45;
}
.caution ul { display: grid; gap: .25rem; padding-inline-start: 1.125rem; }
.caution li:only-child { list-style: none; margin-inline-start: -1.125rem; }
.facts { border: 1px solid var(--line); border-radius: .75rem; }
.facts div { display: grid; grid-template-columns: 8.25rem minmax(0, 1fr); gap: 0 1rem; padding: .625rem 1rem; }
.facts div + div { border-top: 1px solid var(--line); }
.facts dt { color: var(--quiet); font-size: .875rem; line-height: 1.5rem; }
.facts dd { font-weight: 500; font-size: .9375rem; line-height: 1.5rem; text-wrap: pretty; }
form:not([hidden]) { display: grid; grid-template-columns: minmax(0, 1fr); gap: 1.25rem; }
fieldset { border: 0; min-width: 0; display: grid; grid-template-columns: minmax(0, 1fr); gap: 1rem; }
fieldset > div { display: grid; gap: .375rem; }
legend { font-size: 1rem; margin-bottom: .5rem; }
.group { color: var(--quiet); font-size: .875rem; }
.scopes { list-style: none; border: 1px solid var(--line); border-radius: .75rem; overflow: hidden; }
.scopes li + li { border-top: 1px solid var(--line); }
.scope { display: grid; grid-template-columns: 1.375rem minmax(0, 1fr); gap: 0 .75rem; padding: .75rem 1rem; }
.scope b { font-weight: 550; }
.scope small { display: block; color: var(--quiet); font-size: .875rem; line-height: 1.45; }
label.scope { cursor: pointer; }
label.scope:hover { background: var(--inset); }
.scope input { width: 1.25rem; height: 1.25rem; margin: .125rem 0 0; accent-color: var(--accent); cursor: inherit; }
.tick { width: 1.25rem; height: 1.25rem; margin-top: .125rem; color: var(--on-good); }
svg { fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; display: block; }
.actions { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: .75rem; }
.button {
  min-height: 3rem; padding: .625rem 1rem; border: 1px solid var(--edge); border-radius: .75rem; cursor: pointer;
  display: grid; place-items: center; text-align: center; text-decoration: none;
  background: var(--card); color: var(--text); font: inherit; font-weight: 600;
}
.button:hover { background: var(--inset); }
.button-primary { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
.button-primary:hover { background: var(--accent-over); border-color: var(--accent-over); color: var(--on-accent); }
/* Of the connected apps. */
.app { border: 1px solid var(--line); border-radius: .875rem; padding: 1.125rem; display: grid; grid-template-columns: minmax(0, 1fr); gap: 1rem; }
.app-head { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 0 .875rem; align-items: center; }
.app-head h2 { font-size: 1.0625rem; }
.app-head .identity { justify-content: flex-start; font-size: .875rem; }
.button-danger { border-color: var(--on-warn); color: var(--on-warn); }
.note { color: var(--quiet); font-size: .875rem; text-align: center; }
details { border-top: 1px solid var(--line); padding-top: .75rem; font-size: .875rem; }
summary { cursor: pointer; color: var(--quiet); width: fit-content; padding: .25rem 0; }
details dl { margin-top: .75rem; display: grid; gap: .625rem; }
details dt { color: var(--quiet); }
.aside { font-size: .875rem; font-weight: 400; display: inline-block; }
.others { border-top: 0; padding-top: 0; font-weight: 400; }
.others summary { color: var(--accent); text-decoration: underline; text-underline-offset: .15em; }
.choices { display: grid; gap: .375rem; max-height: 17rem; overflow-y: auto; padding: .25rem; margin: .25rem -.25rem 0; }
.others .button { min-height: 2.5rem; padding: .375rem .75rem; place-items: center start; text-align: start; font-weight: 500; }
.plain { display: grid; grid-template-columns: minmax(0, 1fr); gap: 1.25rem; justify-items: center; text-align: center; }
.plain .actions { grid-template-columns: minmax(0, 1fr); width: 100%; }
.mark {
  width: 3.25rem; height: 3.25rem; border-radius: 50%; display: grid; place-items: center;
  background: var(--tile); color: var(--on-tile);
}
[dir=rtl] .mark-forward svg { transform: scaleX(-1); }
/* A text that is in another script, because nobody translated it, keeps its full stop at its own end. */
[dir=rtl] body { text-align: right; }
[dir=rtl] :is(h1, h2, p, .identity span, li, dt, dd, b, small, legend, summary, .button, .badge) { unicode-bidi: plaintext; }
.mark-error { background: var(--warn); color: var(--on-warn); }
.lead { color: var(--quiet); margin-top: -.75rem; }
.lead, .hint, .note, .reference { text-wrap: balance; }
.reference { color: var(--quiet); font-size: .875rem; display: grid; gap: .5rem; }
.reference code { display: block; }
.hint { width: 100%; padding: .875rem 1rem; border-radius: .75rem; background: var(--inset); font-size: .9375rem; }
.progress { width: 100%; height: .25rem; border-radius: .25rem; overflow: hidden; background: var(--line); }
.progress::before {
  content: ""; display: block; width: 40%; height: 100%; border-radius: inherit; background: var(--accent);
  animation: pass 1.2s ease-in-out infinite;
}
/* A click that was meant for what stood here a moment ago, or the second of a double click, approves nothing. */
.button-approve { animation: arm .8s step-end; }
@keyframes arm { from { pointer-events: none; opacity: .6; } }
@keyframes pass { from { transform: translateX(-100%); } to { transform: translateX(250%); } }
@media (prefers-reduced-motion: no-preference) {
  .button, label.scope { transition: background-color .12s ease; }
}
@media (prefers-reduced-motion: reduce) {
  .progress::before { animation: none; width: 100%; }
}
@media (max-width: 30rem) {
  body { padding: 1.25rem .75rem; }
  .facts div { grid-template-columns: 6.75rem minmax(0, 1fr); }
  /* A box within a box: side by side, no URL would fit on its line. */
  .app .facts div { grid-template-columns: minmax(0, 1fr); }
  .app .facts dt { line-height: 1.3; }
  .card { padding: 1.5rem 1.125rem; border-radius: 1rem; }
  h1 { font-size: 1.25rem; }
}
@media (max-width: 24rem) {
  .facts div { grid-template-columns: minmax(0, 1fr); }
  .facts dt { line-height: 1.3; }
}
@media (forced-colors: active) {
  .card, .badge, .tile, .mark, .hint { border: 1px solid CanvasText; }
  .button, .button:hover { background: ButtonFace; color: ButtonText; border-color: ButtonText; }
  .button-primary { border-width: 3px; }
  .tick, .mark { color: CanvasText; }
  .progress::before { background: Highlight; }
}
`;
