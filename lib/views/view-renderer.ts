import { BUILT_IN_LANGUAGE } from '../config/language-checks.js';
import type { ResolvedPageLanguage } from '../config/view-options.js';
import { clientText } from './client-text.js';
import { renderConnectedApps } from './connected-apps-page.js';
import type { ConnectedAppsView } from './connected-apps-view.js';
import { ConsentPage } from './consent-page.js';
import type { ConsentView } from './consent-view.js';
import type { ErrorView } from './error-page.js';
import { renderError } from './error-page.js';
import type { PageFrame } from './page-shell.js';
import type { RedirectView } from './redirect-page.js';
import { renderRedirect } from './redirect-page.js';

export { type ConnectedAppsView, noticeOf } from './connected-apps-view.js';
export type { ConsentScope, ConsentView } from './consent-view.js';
export type { ErrorView } from './error-page.js';
export { PAGE_HEADERS } from './page-headers.js';
export type { RedirectView } from './redirect-page.js';

/** How the host wants the pages to look. */
export interface ViewOptions {
  readonly branding?: { readonly name?: string | undefined } | undefined;
  /** Handlebars source that replaces the consent page; docs/consent-view.md has its variables. */
  readonly consentTemplate?: string | undefined;
}

/** Renders the pages people see, in a language. Every page is a whole document without scripts. */
export class ViewRenderer {
  /** Headers of the consent page. Those of every other page are PAGE_HEADERS. */
  readonly consentHeaders: Readonly<Record<string, string>>;
  private readonly brandName: string | undefined;
  private readonly consentPage: ConsentPage;

  /** Throws a TypeError when the consent template could not work. */
  constructor(options: ViewOptions = {}) {
    this.brandName = clientText(options.branding?.name ?? '', 60) || undefined;
    this.consentPage = new ConsentPage(options.consentTemplate, this.frame(BUILT_IN_LANGUAGE));
    this.consentHeaders = this.consentPage.headers;
  }

  /** Asks the user whether the client may connect. Send it with `consentHeaders`. */
  consent(view: ConsentView, language = BUILT_IN_LANGUAGE): string {
    return this.consentPage.render(view, this.frame(language));
  }

  /** Tells a person what went wrong. Send it with PAGE_HEADERS. */
  error(view: ErrorView, language = BUILT_IN_LANGUAGE): string {
    return renderError(view, this.frame(language));
  }

  /** Shows a person the apps that they have connected. Send it with PAGE_HEADERS. */
  connectedApps(view: ConnectedAppsView, language = BUILT_IN_LANGUAGE): string {
    return renderConnectedApps(view, this.frame(language));
  }

  /** Sends the browser on to the client. Send it with status 200 and PAGE_HEADERS; throws a TypeError for an unsafe URL. */
  redirect(view: RedirectView, language = BUILT_IN_LANGUAGE): string {
    return renderRedirect(view, this.frame(language));
  }

  private frame(language: ResolvedPageLanguage): PageFrame {
    return { brandName: this.brandName, language };
  }
}
