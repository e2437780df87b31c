import { createHash } from 'node:crypto';
import { Html, html } from './html.js';
import type { LanguageTag } from '../texts/page-language.js';
import { STYLES } from './styles.js';

export interface Page {
  readonly title: string;
  readonly body: Html;
  readonly wide?: boolean;
  /** @default 'en' */
  readonly language?: LanguageTag;
  /** A path on this origin that the browser goes to by itself. */
  readonly forwardTo?: string;
}

const STYLE_HASH = createHash('sha256').update(STYLES).digest('base64');

/** No script, no frame, nothing from elsewhere, and forms that post to this origin only. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': [
    "default-src 'none'",
    `style-src 'sha256-${STYLE_HASH}'`,
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; '),
  'x-frame-options': 'DENY',
  'x-content-type-options': 'nosniff',
  // Not `no-referrer`: that makes browsers send `Origin: null` with our own forms, which then look foreign.
  'referrer-policy': 'same-origin',
  'cache-control': 'no-store',
  vary: 'Accept-Language',
};

const LOGO = html`<svg
  viewBox="0 0 24 24"
  fill="none"
  stroke="currentColor"
  stroke-width="1.8"
  stroke-linecap="round"
  stroke-linejoin="round"
  aria-hidden="true"
>
  <path d="M6 3h9l4 4v12a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2z" />
  <path d="M15 3v4h4M8 12h8M8 16h5" />
</svg>`;

/** A whole document. */
export function renderPage(page: Page): string {
  const refresh =
    page.forwardTo === undefined ? [] : [html`<meta http-equiv="refresh" content="0;url=${page.forwardTo}" />`];
  return html`<!doctype html>
<html lang="${page.language ?? 'en'}">
<head>
<meta charset="utf-8" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<title>${page.title} · Notes</title>
${refresh}<style>${new Html(STYLES)}</style>
</head>
<body>
<main${page.wide === true ? html` class="wide"` : ''}>
<p class="brand">${LOGO}Notes</p>
<div class="card">
${page.body}
</div>
</main>
</body>
</html>
`.text;
}
