import { BUILT_IN_LANGUAGE } from '../config/language-checks.js';
import type { PageLink, ResolvedAccent, ResolvedPageLanguage } from '../config/view-options.js';
import { clientText } from './client-text.js';
import { renderConnectedApps } from './connected-apps-page.js';
import type { ConnectedAppsView } from './connected-apps-view.js';
import { ConsentPage } from './consent-page.js';
import type { ConsentView } from './consent-view.js';
import type { ErrorView } from './error-page.js';
import { renderError } from './error-page.js';
import { pageHeaders } from './page-headers.js';
import type { PageFrame } from './page-shell.js';
import { pageStyle } from './page-style.js';
import type { RedirectView } from './redirect-page.js';
import { renderRedirect } from './redirect-page.js';

export { type ConnectedAppsView, noticeOf } from './connected-apps-view.js';
export type { ConsentScope, ConsentView } from './consent-view.js';
export type { ErrorView } from './error-page.js';
export type { RedirectView } from './redirect-page.js';

/** How the host wants the pages to look. */
export interface ViewOptions {
  readonly branding?: { readonly name?: string | undefined; readonly accent?: ResolvedAccent | undefined } | undefined;
  readonly links?: readonly PageLink[];
  /** Handlebars source that replaces the consent page; docs/consent-view.md has its variables. */
  readonly consentTemplate?: string | undefined;
  /** All that the pages are rendered in; the template is tried in each. English alone by default. */
  readonly languages?: readonly ResolvedPageLanguage[];
}

/** Renders the pages people see, in a language. Every page is a whole document without scripts. */
export class ViewRenderer {
  /** Headers of every page but the consent page. */
  readonly headers: Readonly<Record<string, string>>;
  readonly consentHeaders: Readonly<Record<string, string>>;
  private readonly look: Omit<PageFrame, 'language'>;
  private readonly consentPage: ConsentPage;

  /** Throws a TypeError when the consent template could not work. */
  constructor(options: ViewOptions = {}) {
    const style = pageStyle(options.branding?.accent);
    const brandName = clientText(options.branding?.name ?? '', 60) || undefined;
    this.look = { brandName, style, links: options.links ?? [] };
    this.headers = pageHeaders([style]);
    this.consentPage = new ConsentPage(options.consentTemplate, this.look, options.languages ?? [BUILT_IN_LANGUAGE]);
    this.consentHeaders = this.consentPage.headers;
  }

  /** Asks the user whether the client may connect. Send it with `consentHeaders`. */
  consent(view: ConsentView, language = BUILT_IN_LANGUAGE): string {
    return this.consentPage.render(view, this.frame(language));
  }

  /** Tells a person what went wrong. Send it with `headers`. */
  error(view: ErrorView, language = BUILT_IN_LANGUAGE): string {
    return renderError(view, this.frame(language));
  }

  /** Shows a person the apps that they have connected. Send it with `headers`. */
  connectedApps(view: ConnectedAppsView, language = BUILT_IN_LANGUAGE): string {
    return renderConnectedApps(view, this.frame(language));
  }

  /** Sends the browser on to the client. Send it with status 200 and `headers`; throws a TypeError for an unsafe URL. */
  redirect(view: RedirectView, language = BUILT_IN_LANGUAGE): string {
    return renderRedirect(view, this.frame(language));
  }

  private frame(language: ResolvedPageLanguage): PageFrame {
    return { ...this.look, language };
  }
}
