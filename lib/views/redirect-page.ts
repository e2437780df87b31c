import { clientText } from './client-text.js';
import type { PageContext } from './page-shell.js';
import { compilePage } from './page-shell.js';
import { assertRefreshUrl } from './refresh-url.js';

/** A page that sends the browser back to the client after a form was posted (decision H6). */
export interface RedirectView {
  /** Absolute URL, with a web, loopback or app scheme. */
  readonly url: string;
  /** Who or what waits there, in words. */
  readonly targetLabel: string;
}

interface RedirectContext extends PageContext, RedirectView {
  readonly refreshUrl: string;
  readonly opensApp: boolean;
}

const render = compilePage<RedirectContext>(`<div class="plain">
<div class="mark" aria-hidden="true">
<svg viewBox="0 0 24 24" width="28" height="28"><path d="M5 12h13M13 6.5l5.5 5.5-5.5 5.5"/></svg>
</div>
<h1>Returning to <bdi>{{targetLabel}}</bdi></h1>
<p class="lead">{{#if opensApp}}Your browser may ask before it opens the app. Once it is open, you can close this page.{{else}}This takes a moment.{{/if}}</p>
<div class="progress" aria-hidden="true"></div>
<p class="actions"><a class="button button-primary" href="{{url}}" rel="noreferrer noopener">Continue</a></p>
<p class="note">Nothing happens? Use the button.</p>
</div>
`);

/** Renders the redirect page. Throws a TypeError for a URL that no browser should be sent to. */
export function renderRedirect(view: RedirectView, brandName: string | undefined): string {
  assertRefreshUrl(view.url);
  return render({
    brandName,
    title: 'Returning to the application',
    url: view.url,
    refreshUrl: view.url,
    opensApp: !/^https?:/i.test(view.url),
    targetLabel: clientText(view.targetLabel, 80) || 'the application',
  });
}
