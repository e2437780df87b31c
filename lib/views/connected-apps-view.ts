import type { RedirectTarget } from '../protocol/redirect-uri.js';
import { clientText, hostText, httpsLink, monogram } from './client-text.js';
import { namesOf } from './client-name.js';
import type { PageContext, PageFrame } from './page-shell.js';
import { relativeTime } from './relative-time.js';

/** What the page says of the command that led to it. */
export type AppNotice = 'disconnected' | 'disconnected_all' | 'reduced' | 'unchanged' | 'ended' | 'fixed' | 'unknown';

/** What the page of connected apps is about, as the endpoint knows it. */
export interface ConnectedAppsView {
  readonly apps: readonly ConnectedAppView[];
  /** There are more connections than are shown. */
  readonly more: boolean;
  readonly accountName: string;
  readonly resourceName: string;
  readonly formAction: string;
  /** Handle of the visit, where the host keeps no session. */
  readonly request: string | undefined;
  readonly csrfToken: string;
  readonly notice: AppNotice | undefined;
  readonly now: Date;
}

/** One connection. */
export interface ConnectedAppView {
  readonly id: string;
  readonly clientId: string;
  readonly clientName: string;
  readonly clientUri: string | undefined;
  readonly verified: boolean;
  readonly redirectTarget: RedirectTarget;
  readonly device: string | undefined;
  readonly organisationName: string | undefined;
  readonly resource: string;
  readonly scopes: readonly ConnectedScope[];
  readonly connectedAt: Date;
  readonly lastUsedAt: Date;
  readonly expiresAt: Date;
}

/** A permission of a connection. */
export interface ConnectedScope {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** It can be taken away while the connection stays. */
  readonly removable: boolean;
}

const NOTICES = {
  disconnected: 'doneDisconnected',
  disconnected_all: 'doneDisconnectedAll',
  reduced: 'doneReduced',
  unchanged: 'doneUnchanged',
  ended: 'doneEnded',
  fixed: 'doneFixed',
  unknown: 'doneUnknown',
} as const satisfies Record<AppNotice, string>;

/** The notice of that name, if there is one. */
export function noticeOf(name: string | undefined): AppNotice | undefined {
  return Object.keys(NOTICES).find((known): known is AppNotice => known === name);
}

/** The variables of the template. */
export type ConnectedAppsContext = PageContext & ReturnType<typeof connectedAppsContext>;

/** Cleans everything that a client could have written, and works out what a template cannot. */
export function connectedAppsContext(view: ConnectedAppsView, frame: PageFrame) {
  const { texts } = frame.language;
  return {
    title: texts.connectedApps.title,
    apps: view.apps.map((app) => appContext(app, view.now, frame)),
    more: view.more,
    count: new Intl.NumberFormat([frame.language.tag, 'en']).format(view.apps.length),
    accountName: clientText(view.accountName, 200),
    resourceName: clientText(view.resourceName, 80),
    formAction: view.formAction,
    request: view.request ?? '',
    csrfToken: view.csrfToken,
    notice: view.notice === undefined ? '' : texts.connectedApps[NOTICES[view.notice]],
  };
}

function appContext(app: ConnectedAppView, now: Date, { language }: PageFrame) {
  const { texts, tag } = language;
  const { clientName, claimedName } = namesOf(app, texts);
  const link = httpsLink(app.clientUri);
  const time = (at: Date) => ({ at: at.toISOString(), text: relativeTime(at, now, tag) });
  const target = app.redirectTarget;
  return {
    id: app.id,
    clientName,
    claimedName,
    clientMonogram: monogram(clientName),
    verified: app.verified,
    clientIdHost: httpsLink(app.clientId)?.host ?? '',
    clientUri: link?.href ?? '',
    clientUriHost: link?.host ?? '',
    redirectHost: target.kind === 'web' ? hostText(target.host) : '',
    redirectLink: target.kind === 'private-use' ? `${clientText(target.scheme, 80)}://` : '',
    device: clientText(app.device ?? '', 80),
    organisationName: clientText(app.organisationName ?? '', 200),
    resource: clientText(app.resource.replace(/^https:\/\//i, ''), 2048),
    scopes: app.scopes,
    removable: app.scopes.some(({ removable }) => removable),
    connected: time(app.connectedAt),
    used: time(app.lastUsedAt),
    ends: time(app.expiresAt),
  };
}
