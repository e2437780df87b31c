import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { ClientDocumentError, ClientDocumentRefusedError } from '../../clients/documents/client-document-error.js';
import { McpAuthConfigurationError } from '../../config/mcp-auth-configuration-error.js';
import { PublicUrls } from '../../config/public-urls.js';
import { RESOLVED_OPTIONS } from '../../config/injection-tokens.js';
import type { ResolvedMcpAuthOptions } from '../../config/resolved-options.js';
import type { ResolvedPageLanguage } from '../../config/view-options.js';
import type { HttpRequest } from '../../http/http-request.js';
import { type Headers, type HttpResponse, page, redirect } from '../../http/http-response.js';
import { AuthorizationError } from '../../protocol/authorization-error.js';
import { authorizationResponseUrl } from '../../protocol/authorization-response.js';
import { redirectTarget } from '../../protocol/redirect-uri.js';
import {
  type ConnectedAppsView,
  type ConsentView,
  type RedirectView,
  ViewRenderer,
} from '../../views/view-renderer.js';
import { logPage, secondsToWait, toOAuthError } from '../http/error-response.js';
import { PageError } from './page-error.js';
import { RequestLanguages } from './request-languages.js';

export type Answer = { readonly code: string } | { readonly error: string; readonly error_description?: string };
type ReturnAddress = { readonly redirectUri: string; readonly state?: string };

/** Everything a browser gets to see at the authorization endpoint. */
@Injectable()
export class Pages {
  private readonly views: ViewRenderer;

  constructor(
    private readonly urls: PublicUrls,
    private readonly languages: RequestLanguages,
    @Inject(RESOLVED_OPTIONS) options: ResolvedMcpAuthOptions,
  ) {
    const { brandName = options.resourceName, accent, links, consent } = options.views;
    try {
      this.views = new ViewRenderer({
        branding: { name: brandName, accent },
        links,
        consentTemplate: consent,
        languages: options.views.languages,
      });
    } catch (cause) {
      throw new McpAuthConfigurationError(`views.consent: ${cause instanceof Error ? cause.message : 'unusable'}`, {
        cause,
      });
    }
  }

  consent(view: ConsentView, language: ResolvedPageLanguage, setCookie: readonly string[]): HttpResponse {
    const headers = { ...this.views.consentHeaders, ...inLanguage(language), ...cookies(setCookie) };
    return page(200, this.views.consent(view, language), headers);
  }

  connectedApps(view: ConnectedAppsView, request: HttpRequest, setCookie: readonly string[]): HttpResponse {
    const language = this.languages.of(request);
    const headers = { ...this.views.headers, ...inLanguage(language), ...cookies(setCookie) };
    return page(200, this.views.connectedApps(view, language), headers);
  }

  /** The answer to the client after a GET: a plain redirect. */
  redirectToClient(to: ReturnAddress, answer: Answer, setCookie: readonly string[] = []): HttpResponse {
    return redirect(302, this.answerUrl(to, answer), cookies(setCookie));
  }

  /** The answer to the client after a form, ours or that of a login page: a page that moves on, because CSP `form-action` follows redirects (decision H6). */
  moveOnToClient(to: ReturnAddress, answer: Answer, language: ResolvedPageLanguage): HttpResponse {
    return this.moveOn({ url: this.answerUrl(to, answer), target: redirectTarget(to.redirectUri) }, language);
  }

  /** To the login page after a form of ours: a plain redirect within the origin, and the page that moves on to any other one. */
  moveOnToLogin(location: string, language: ResolvedPageLanguage): HttpResponse {
    const { href: url, origin } = new URL(location, this.urls.origin);
    if (origin === this.urls.origin) return redirect(302, location);
    return this.moveOn({ url, target: { kind: 'sign-in' } }, language);
  }

  private moveOn(view: RedirectView, language: ResolvedPageLanguage): HttpResponse {
    return page(200, this.views.redirect(view, language), { ...this.views.headers, ...inLanguage(language) });
  }

  /** Any failure as a page with a correlation id that is in the log, next to the private reason. */
  failure(where: string, error: unknown, request: HttpRequest): HttpResponse {
    const language = this.languages.of(request);
    const correlationId = randomUUID();
    const shown = toPageError(error);
    logPage(where, shown, correlationId, error);
    const { description, retryAfter } = shown.more;
    const view = { name: shown.page, correlationId, ...(description === undefined ? {} : { description }) };
    const wait: Headers = retryAfter === undefined ? {} : { 'Retry-After': retryAfter };
    const headers = { ...this.views.headers, ...inLanguage(language), ...wait };
    return page(shown.status, this.views.error(view, language), headers);
  }

  private answerUrl({ redirectUri, state }: ReturnAddress, answer: Answer): string {
    return authorizationResponseUrl(redirectUri, answer, {
      iss: this.urls.issuer,
      ...(state === undefined ? {} : { state }),
    });
  }
}

/** The same address is another page to a browser with other wishes. */
function inLanguage({ tag }: ResolvedPageLanguage): Headers {
  return { 'Content-Language': tag, Vary: 'Accept-Language' };
}

function cookies(setCookie: readonly string[]): Headers {
  return setCookie.length === 0 ? {} : { 'Set-Cookie': setCookie };
}

function toPageError(error: unknown): PageError {
  if (error instanceof PageError) return error;
  if (error instanceof ClientDocumentError) return documentPage(error);
  const failure = error instanceof AuthorizationError ? error.error : toOAuthError(error);
  const retryAfter = secondsToWait(failure);
  if (failure.status === 429) return new PageError(429, 'tooManyRequests', failure.reason, { retryAfter });
  if (failure.status === 503) return new PageError(503, 'unavailable', failure.reason, { retryAfter });
  if (failure.status >= 500) return new PageError(500, 'unexpected', failure.reason);
  return new PageError(failure.status, 'requestRefused', failure.reason, { description: failure.message });
}

/** Whose fault it is cannot be known from here, and what stands at an address is not for strangers to learn (CMD-13). */
function documentPage(error: ClientDocumentError): PageError {
  return error instanceof ClientDocumentRefusedError
    ? new PageError(403, 'documentRefused', error.reason)
    : new PageError(400, 'documentUnusable', error.reason);
}
