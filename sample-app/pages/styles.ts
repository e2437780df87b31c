/** The one style sheet of the pages. No fonts, images or scripts from anywhere. */
export const STYLES = `
:root {
  color-scheme: light dark;
  --ground: #eef0f4; --card: #fff; --ink: #14171f; --soft: #545b69; --line: #dfe2e9; --field: #fff; --edge: #868d9c;
  --accent: #2a45c9; --accent-ink: #fff; --accent-hover: #1f36a6; --danger: #94210f; --danger-ground: #fdeae6;
  --shadow: 0 1px 2px rgb(20 23 31 / .05), 0 12px 32px -12px rgb(20 23 31 / .16);
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0d0f14; --card: #171a21; --ink: #eceef3; --soft: #a6adbb; --line: #2c313c; --field: #0d0f14; --edge: #717a8b;
    --accent: #a9b9ff; --accent-ink: #10183f; --accent-hover: #c3ceff; --danger: #ffb9ac; --danger-ground: #3b1a15;
    --shadow: 0 0 0 1px #232833;
  }
}
*, *::before, *::after { box-sizing: border-box; }
body {
  margin: 0; min-height: 100vh; min-height: 100dvh; padding: 1.5rem 1rem;
  display: grid; grid-template-columns: minmax(0, 1fr); place-items: center;
  background: var(--ground); color: var(--ink); font: 1rem/1.55 system-ui, sans-serif;
}
main { width: 100%; max-width: 26rem; }
main.wide { max-width: 40rem; }
.brand { display: flex; align-items: center; gap: .6rem; margin: 0 0 1rem; font-weight: 600; }
.brand svg { width: 1.75rem; height: 1.75rem; color: var(--accent); flex: none; }
.card { background: var(--card); border-radius: 1.125rem; padding: 2rem; box-shadow: var(--shadow); }
h1 { margin: 0 0 .35rem; font-size: 1.5rem; line-height: 1.25; letter-spacing: -.01em; text-wrap: balance; }
h2 { margin: 2rem 0 .5rem; font-size: 1.05rem; }
p { margin: 0 0 1rem; overflow-wrap: anywhere; }
.card > :last-child { margin-bottom: 0; }
.soft { color: var(--soft); }
.error { background: var(--danger-ground); color: var(--danger); border-radius: .5rem; padding: .65rem .85rem; margin: 1rem 0 0; }
form { margin-top: 1.25rem; }
label { display: block; font-weight: 600; font-size: .925rem; margin: 0 0 .3rem; }
input {
  width: 100%; font: inherit; color: inherit; background: var(--field); border: 1px solid var(--edge); border-radius: .75rem;
  padding: .65rem .75rem; margin: 0 0 1rem;
}
button, .button {
  display: block; width: 100%; font: inherit; font-weight: 600; text-align: center; text-decoration: none; cursor: pointer;
  color: var(--accent-ink); background: var(--accent); border: 1px solid var(--accent); border-radius: .75rem; min-height: 3rem; padding: .7rem 1rem;
}
button:hover, .button:hover { background: var(--accent-hover); border-color: var(--accent-hover); }
button.quiet { width: auto; color: var(--ink); background: transparent; border-color: var(--edge); }
button.quiet:hover { border-color: var(--ink); }
:is(a, button, input, summary):focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
a { color: var(--accent); }
dl { display: grid; grid-template-columns: auto 1fr; gap: .25rem 1rem; margin: 0 0 1rem; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
@media (forced-colors: active) {
  .card { border: 1px solid CanvasText; }
  button, .button, button:hover, .button:hover { background: ButtonFace; color: ButtonText; border-color: ButtonText; }
}
@media (max-width: 30rem) {
  .card { padding: 1.5rem 1.25rem; }
  dl { grid-template-columns: minmax(0, 1fr); gap: 0; }
  dd { margin-bottom: .5rem; }
}
code { font: .875rem/1.5 ui-monospace, monospace; }
pre { margin: 0 0 1rem; padding: .75rem .85rem; white-space: pre-wrap; overflow-wrap: anywhere; background: var(--ground); border: 1px solid var(--line); border-radius: .5rem; }
details { margin: 1.5rem 0 0; border-top: 1px solid var(--line); padding-top: 1rem; font-size: .925rem; color: var(--soft); }
summary { cursor: pointer; border-radius: .25rem; }
details ul { margin: .6rem 0 0; padding-left: 1.2rem; overflow-wrap: anywhere; }
`;
