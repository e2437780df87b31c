import type { RedirectTarget } from '../protocol/redirect-uri.js';
import { namesOf } from './client-name.js';
import type { PageTexts } from '../config/texts/page-texts.js';
import { durationText } from './duration-text.js';
import { clientText, hostText, httpsLink, monogram } from './client-text.js';
import type { PageFrame } from './page-shell.js';
import { plainText } from './page-text.js';

/** What the consent page is about, as the endpoint knows it. */
export interface ConsentView {
  readonly clientName: string;
  readonly requestedScopes: readonly ConsentScope[];
  /** `client_id`, `redirect_uri`, `scope`, `resource`, `state` … of the request. */
  readonly authorizationParams: Readonly<Record<string, string>>;
  readonly redirectTarget: RedirectTarget;
  readonly clientUri?: string;
  /** Whether somebody stands behind the client: an operator who registered it, or the host that its client id names. */
  readonly verified: boolean;
  readonly resource: string;
  readonly resourceName: string;
  readonly accountName: string;
  readonly organisationName?: string;
  /** Where somebody goes who wants to decide as another user. */
  readonly otherAccountUrl?: string;
  /** Left out where there is nothing to choose. */
  readonly organisationChoice?: OrganisationChoice;
  /** Where the person can take this back. */
  readonly connectedAppsUrl?: string;
  /** How long the connection can last, in seconds: in all, and without being used. */
  readonly lifetime: { readonly longest: number; readonly idle: number };
  readonly formAction: string;
  readonly request: string;
  readonly csrfToken: string;
}

/** The organisations that the person may act for, and the form that chooses one: fields `request`, `csrf_token` and `organisation`. */
export interface OrganisationChoice {
  readonly formAction: string;
  readonly csrfToken: string;
  readonly organisations: readonly { readonly id: string; readonly name: string; readonly chosen: boolean }[];
}

/** One permission the client asks for and this user may grant. */
export interface ConsentScope {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly required: boolean;
  readonly checked: boolean;
  /** This person has given it to this client before, and not taken it back. */
  readonly given: boolean;
}

/** A permission beside others that were given before. */
export interface ShownScope extends ConsentScope {
  readonly isNew: boolean;
}

/** The variables of the consent template, documented in docs/consent-view.md. */
export interface ConsentContext extends ConsentView {
  readonly requestedScopes: readonly ShownScope[];
  readonly title: string;
  readonly clientUri: string;
  readonly clientUriHost: string;
  readonly clientIdHost: string;
  readonly clientMonogram: string;
  readonly resourceLabel: string;
  readonly resourceMonogram: string;
  readonly organisationName: string;
  readonly requiredScopes: readonly ShownScope[];
  readonly optionalScopes: readonly ShownScope[];
  readonly redirectHost: string;
  readonly redirectScheme: string;
  /** How links of the scheme begin: `cursor://`. */
  readonly redirectLink: string;
  readonly redirectIsLoopback: boolean;
  readonly redirectElsewhere: boolean;
  readonly cautious: boolean;
  /** Name that an unverified client has borrowed from a well-known vendor; `clientName` is its host then. */
  readonly claimedName: string;
  /** How long the connection can last, in words. */
  readonly duration: string;
}

/** Cleans everything that a client could have written, and works out what a template cannot. */
export function consentContext(view: ConsentView, { brandName, language }: PageFrame): ConsentContext {
  const { tag, texts } = language;
  const { clientName, claimedName } = namesOf(view, texts);
  const resourceName = clientText(view.resourceName, 80) || hostText(new URL(view.resource).host);
  const link = httpsLink(view.clientUri);
  const clientIdHost = httpsLink(view.authorizationParams['client_id'])?.host ?? '';
  const before = view.requestedScopes.some(({ given }) => given);
  const requestedScopes = view.requestedScopes.map((scope) => ({
    ...cleanScope(scope),
    isNew: before && !scope.given,
  }));
  return {
    ...view,
    ...redirectWords(view.redirectTarget),
    ...warnings(view, clientIdHost || link?.host),
    title: plainText(texts, 'consent.title', { clientName, resourceName }),
    clientName,
    claimedName,
    clientMonogram: monogram(clientName),
    clientUri: link?.href ?? '',
    clientUriHost: link?.host ?? '',
    clientIdHost,
    resource: clientText(view.resource, 2048),
    resourceLabel: clientText(view.resource.replace(/^https:\/\//i, ''), 2048),
    resourceName,
    resourceMonogram: monogram(brandName ?? resourceName),
    accountName: clientText(view.accountName, 200),
    ...organisationWords(view),
    requestedScopes,
    requiredScopes: requestedScopes.filter((scope) => scope.required),
    optionalScopes: requestedScopes.filter((scope) => !scope.required),
    authorizationParams: cleanParams(view.authorizationParams),
    duration: durationWords(view.lifetime, tag, texts),
  };
}

/** Organisations of one name are told apart by their ids. */
function organisationWords({ organisationName = '', organisationChoice }: ConsentView) {
  if (!organisationChoice) return { organisationName: clientText(organisationName, 200) };
  const named = organisationChoice.organisations.map((org) => ({ ...org, name: clientText(org.name, 200) || org.id }));
  const organisations = named.map((org) => {
    const alone = named.filter(({ name }) => name === org.name).length === 1;
    return alone ? org : { ...org, name: `${org.name} (${org.id})` };
  });
  return {
    organisationName: organisations.find(({ chosen }) => chosen)?.name ?? '',
    organisationChoice: { ...organisationChoice, organisations },
  };
}

/** The name stays as it is: the form sends it back, and the endpoint compares it. */
function cleanScope(scope: ConsentScope): ConsentScope {
  return {
    ...scope,
    title: clientText(scope.title, 120) || scope.name,
    description: clientText(scope.description, 400),
  };
}

function cleanParams(params: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, clientText(value, 2048)]));
}

function durationWords({ longest, idle }: ConsentView['lifetime'], language: string, texts: PageTexts): string {
  const most = durationText(longest, language);
  if (idle >= longest) return most;
  return plainText(texts, 'consent.durationOfUse', { idle: durationText(idle, language), longest: most });
}

function redirectWords(target: RedirectTarget) {
  const redirectScheme = target.kind === 'private-use' ? clientText(target.scheme, 80) : '';
  return {
    redirectHost: target.kind === 'web' ? hostText(target.host) : '',
    redirectScheme,
    redirectLink: redirectScheme && `${redirectScheme}://`,
    redirectIsLoopback: target.kind === 'loopback',
  };
}

/**
 * An unverified name, a listener anybody on the device could be, and an answer that goes elsewhere than to the host or website the client is
 * known by (CON-04, REG-16) each call for the question whether the user began this.
 */
function warnings(view: ConsentView, home: string | undefined) {
  const target = view.redirectTarget;
  const redirectElsewhere = target.kind === 'web' && home !== undefined && !related(home, hostText(target.host));
  return { redirectElsewhere, cautious: !view.verified || redirectElsewhere || target.kind !== 'web' };
}

/** One host is the other or lies under it; ports do not matter. */
function related(one: string, other: string): boolean {
  const [a, b] = [withoutPort(one), withoutPort(other)];
  return a === b || a.endsWith(`.${b}`) || b.endsWith(`.${a}`);
}

function withoutPort(host: string): string {
  return host.replace(/:\d+$/, '');
}
