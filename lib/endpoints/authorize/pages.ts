import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { ClientDocumentError, ClientDocumentRefusedError } from '../../clients/documents/client-document-error.js';
import { McpAuthConfigurationError } from '../../config/mcp-auth-configuration-error.js';
import { PublicUrls } from '../../config/public-urls.js';
import { RESOLVED_OPTIONS } from '../../config/injection-tokens.js';
import type { ResolvedMcpAuthOptions } from '../../config/resolved-options.js';
import { type Headers, type HttpResponse, page, redirect } from '../../http/http-response.js';
import { AuthorizationError } from '../../protocol/authorization-error.js';
import { authorizationResponseUrl } from '../../protocol/authorization-response.js';
import { type RedirectTarget, redirectTarget } from '../../protocol/redirect-uri.js';
import { type ConsentView, PAGE_HEADERS, ViewRenderer } from '../../views/view-renderer.js';
import { logPage, secondsToWait, toOAuthError } from '../http/error-response.js';
import { PageError } from './page-error.js';

export type Answer = { readonly code: string } | { readonly error: string; readonly error_description?: string };
type ReturnAddress = { readonly redirectUri: string; readonly state?: string };

/** Everything a browser gets to see at the authorization endpoint. */
@Injectable()
export class Pages {
  private readonly views: ViewRenderer;

  constructor(
    private readonly urls: PublicUrls,
    @Inject(RESOLVED_OPTIONS) options: ResolvedMcpAuthOptions,
  ) {
    const { brandName = options.resourceName, consent } = options.views;
    try {
      this.views = new ViewRenderer({ branding: { name: brandName }, consentTemplate: consent });
    } catch (cause) {
      throw new McpAuthConfigurationError(`views.consent: ${cause instanceof Error ? cause.message : 'unusable'}`, {
        cause,
      });
    }
  }

  consent(view: ConsentView, setCookie: readonly string[]): HttpResponse {
    return page(200, this.views.consent(view), { ...this.views.consentHeaders, ...cookies(setCookie) });
  }

  /** The answer to the client after a GET: a plain redirect. */
  redirectToClient(to: ReturnAddress, answer: Answer, setCookie: readonly string[] = []): HttpResponse {
    return redirect(302, this.answerUrl(to, answer), cookies(setCookie));
  }

  /** The answer to the client after a form, ours or that of a login page: a page that moves on, because CSP `form-action` follows redirects (decision H6). */
  moveOnToClient(to: ReturnAddress, answer: Answer): HttpResponse {
    const url = this.answerUrl(to, answer);
    return page(200, this.views.redirect({ url, targetLabel: labelOf(redirectTarget(to.redirectUri)) }), PAGE_HEADERS);
  }

  /** Any failure as a page with a correlation id that is in the log, next to the private reason. */
  failure(where: string, error: unknown): HttpResponse {
    const correlationId = randomUUID();
    const shown = toPageError(error);
    logPage(where, shown, correlationId, error);
    const { status, title, message, hint, retryAfter } = shown;
    const headers = retryAfter === undefined ? PAGE_HEADERS : { ...PAGE_HEADERS, 'Retry-After': retryAfter };
    return page(status, this.views.error({ title, message, hint, correlationId }), headers);
  }

  private answerUrl({ redirectUri, state }: ReturnAddress, answer: Answer): string {
    return authorizationResponseUrl(redirectUri, answer, {
      iss: this.urls.issuer,
      ...(state === undefined ? {} : { state }),
    });
  }
}

function labelOf(target: RedirectTarget): string {
  switch (target.kind) {
    case 'web':
      return target.host;
    case 'loopback':
      return 'the app on this computer';
    case 'private-use':
      return 'the app';
  }
}

function cookies(setCookie: readonly string[]): Headers {
  return setCookie.length === 0 ? {} : { 'Set-Cookie': setCookie };
}

function toPageError(error: unknown): PageError {
  if (error instanceof PageError) return error;
  if (error instanceof ClientDocumentError) return documentPage(error);
  const failure = error instanceof AuthorizationError ? error.error : toOAuthError(error);
  if (failure.status === 429) {
    return new PageError(
      429,
      'Too many requests',
      'More requests came from your network than this server answers at a time.',
      failure.reason,
      'Nothing was lost; wait a minute, then reload this page.',
      secondsToWait(failure),
    );
  }
  if (failure.status === 503) {
    return new PageError(
      503,
      'Please try again in a moment',
      'The server cannot answer right now.',
      failure.reason,
      'Nothing was lost; reload this page.',
      secondsToWait(failure),
    );
  }
  if (failure.status >= 500)
    return new PageError(500, 'Something went wrong', 'The server met an unexpected condition.', failure.reason);
  return new PageError(failure.status, 'This request cannot be accepted', `${failure.message}.`, failure.reason);
}

/** Whose fault it is cannot be known from here, and what stands at an address is not for strangers to learn (CMD-13). */
function documentPage(error: ClientDocumentError): PageError {
  if (error instanceof ClientDocumentRefusedError) {
    return new PageError(
      403,
      'This app is not allowed here',
      'Whoever runs this server has not opened it to apps from this address.',
      error.reason,
      'Ask them if you need it. You can close this page.',
    );
  }
  return new PageError(
    400,
    'This app could not be identified',
    'The description that it publishes about itself cannot be fetched, or cannot be used.',
    error.reason,
    'Go back to the app and try again in a few minutes. If that does not help, ask whoever makes it.',
  );
}
