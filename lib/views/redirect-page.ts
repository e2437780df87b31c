import type { RedirectTarget } from '../protocol/redirect-uri.js';
import { hostText } from './client-text.js';
import { compilePage, type PageContext, type PageFrame } from './page-shell.js';
import { assertRefreshUrl } from './refresh-url.js';

/** A page that sends the browser on after a form was posted: back to the client, or to a login page elsewhere (decision H6). */
export interface RedirectView {
  /** Absolute URL, with a web, loopback or app scheme. */
  readonly url: string;
  /** What waits there. */
  readonly target: RedirectTarget | SignInTarget;
}

/** The login page of the host application. */
export interface SignInTarget {
  readonly kind: 'sign-in';
}

interface RedirectContext extends PageContext {
  readonly url: string;
  readonly refreshUrl: string;
  readonly host: string;
  readonly isLoopback: boolean;
  readonly opensApp: boolean;
  readonly signsIn: boolean;
}

const render = compilePage<RedirectContext>(`<div class="plain">
<div class="mark mark-forward" aria-hidden="true">
<svg viewBox="0 0 24 24" width="28" height="28"><path d="M5 12h13M13 6.5l5.5 5.5-5.5 5.5"/></svg>
</div>
<h1>{{#if host}}{{text "redirect.headingHost" host=host}}{{else if isLoopback}}{{text "redirect.headingComputer"}}{{else if signsIn}}{{text "redirect.headingSignIn"}}{{else}}{{text "redirect.headingApp"}}{{/if}}</h1>
<p class="lead">{{#if opensApp}}{{text "redirect.opensApp"}}{{else}}{{text "redirect.moment"}}{{/if}}</p>
<div class="progress" aria-hidden="true"></div>
<p class="actions"><a class="button button-primary" href="{{url}}" rel="noreferrer noopener">{{text "redirect.continue"}}</a></p>
<p class="note">{{text "redirect.note"}}</p>
</div>
`);

/** Renders the redirect page. Throws a TypeError for a URL that no browser should be sent to. */
export function renderRedirect({ url, target }: RedirectView, frame: PageFrame): string {
  assertRefreshUrl(url);
  const texts = frame.language.texts.redirect;
  const signsIn = target.kind === 'sign-in';
  const context = {
    title: texts[signsIn ? 'headingSignIn' : 'title'],
    url,
    refreshUrl: url,
    host: target.kind === 'web' ? hostText(target.host) : '',
    isLoopback: target.kind === 'loopback',
    opensApp: target.kind === 'private-use',
    signsIn,
  };
  return render(context, frame);
}
