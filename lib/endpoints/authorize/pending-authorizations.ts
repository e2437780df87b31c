import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../config/clock.js';
import { RESOLVED_OPTIONS } from '../../config/injection-tokens.js';
import type { ResolvedMcpAuthOptions } from '../../config/resolved-options.js';
import type { HttpRequest } from '../../http/http-request.js';
import { constantTimeEqual } from '../../protocol/constant-time.js';
import { hashToken, newOpaqueToken } from '../../protocol/opaque-token.js';
import type { PendingAuthorizationEntity } from '../../storage/entities/pending-authorization.entity.js';
import {
  PendingAuthorizationRepository,
  UNCLAIMED,
} from '../../storage/repositories/pending-authorization.repository.js';
import { BrowserCookie } from './browser-cookie.js';
import { PageError } from './page-error.js';
import { type Held, type PendingAuthorization, type PendingVisit, uiLocalesOf } from './pending-authorization.js';
import { RequestLanguages } from './request-languages.js';

const HANDLE = /^[A-Za-z0-9_-]{43}$/;

/** A request in the hands of its browser, with the header that names the browser where it had no name. */
export interface BrowserPending {
  readonly pending: PendingAuthorization;
  readonly setCookie: readonly string[];
}

/** Stores authorization requests while their user signs in and decides (AUT-36), and gives them back to their own browser only. */
@Injectable()
export class PendingAuthorizations {
  constructor(
    private readonly repository: PendingAuthorizationRepository,
    private readonly cookie: BrowserCookie,
    private readonly languages: RequestLanguages,
    private readonly clock: Clock,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedMcpAuthOptions,
  ) {}

  /** Stores a request for the browser that sent it. */
  async begin(request: HttpRequest, clientId: string, held: Held): Promise<BrowserPending> {
    const { browser, setCookie } = this.cookie.identify(request);
    const { row, handle } = await this.store(clientId, held, hashToken(browser));
    return { pending: { row, held, handle, browser, ...this.manners(request), loginConfirmed: false }, setCookie };
  }

  /**
   * Stores a request of a form on another site, and gives its handle. The browser held its cookie back, so it is not known which one it is:
   * a new cookie would take the place of the old one, and orphan every request that is open under that.
   */
  async beginUnclaimed(clientId: string, held: Held): Promise<string> {
    return (await this.store(clientId, held, UNCLAIMED)).handle;
  }

  /** The stored request, if it is open and this browser began it or is the first to come for it. Throws `PageError`. */
  async claim(request: HttpRequest, handle: string | undefined): Promise<BrowserPending> {
    const row = await this.find(handle);
    if (row.browserHash !== UNCLAIMED) return { pending: await this.resume(request, handle), setCookie: [] };
    this.assertOpen(row);
    const { browser, setCookie } = this.cookie.identify(request);
    if (!(await this.repository.claim(row.id, hashToken(browser)))) throw PageError.otherBrowser();
    return { pending: await this.resume(request, handle, browser), setCookie };
  }

  /** The stored request, if it is open and this browser began it. Throws `PageError`. */
  async resume(
    request: HttpRequest,
    handle: string | undefined,
    browser = this.cookie.read(request),
  ): Promise<PendingAuthorization> {
    const row = await this.find(handle);
    if (browser === undefined || !constantTimeEqual(hashToken(browser), row.browserHash)) {
      throw PageError.otherBrowser();
    }
    const held = row.request as Held;
    this.languages.note(request, uiLocalesOf(held));
    this.assertOpen(row);
    const loginConfirmed = row.loginConfirmedAt !== null;
    return { row, held, handle: handle ?? '', browser, ...this.manners(request), loginConfirmed };
  }

  /** Stores a visit to the connected apps by somebody who has to sign in first. */
  async beginVisit(request: HttpRequest): Promise<{ visit: PendingVisit; setCookie: readonly string[] }> {
    const { browser, setCookie } = this.cookie.identify(request);
    const { row, handle } = await this.store(null, null, hashToken(browser));
    return { visit: { row, handle, browser, ...this.manners(request), loginConfirmed: false }, setCookie };
  }

  /** The visit that this browser began, if it is open. */
  async visit(request: HttpRequest, handle: string | undefined): Promise<PendingVisit | undefined> {
    const browser = this.cookie.read(request);
    if (handle === undefined || !HANDLE.test(handle) || browser === undefined) return undefined;
    const row = await this.repository.findByHandle(hashToken(handle));
    if (row?.clientId !== null || !constantTimeEqual(hashToken(browser), row.browserHash)) return undefined;
    if (row.expiresAt <= this.clock.now()) return undefined;
    return { row, handle, browser, ...this.manners(request), loginConfirmed: row.loginConfirmedAt !== null };
  }

  /** What the browser says of itself and of its reader. */
  private manners(request: HttpRequest): Pick<PendingVisit, 'userAgent' | 'language'> {
    return { userAgent: request.header('user-agent'), language: this.languages.of(request) };
  }

  private async store(clientId: string | null, held: Held | null, browserHash: string) {
    const handle = newOpaqueToken();
    const now = this.clock.now();
    const row = await this.repository.insert({
      handleHash: hashToken(handle),
      browserHash,
      clientId,
      request: held,
      createdAt: now,
      expiresAt: now + this.options.authorizationRequestLifetime * 1000,
    });
    return { row, handle };
  }

  private async find(handle: string | undefined): Promise<PendingAuthorizationEntity> {
    if (handle === undefined || !HANDLE.test(handle)) throw PageError.requestGone('handle_malformed');
    const row = await this.repository.findByHandle(hashToken(handle));
    if (!row || row.clientId === null) throw PageError.requestGone('handle_unknown');
    return row;
  }

  private assertOpen({ decidedAt, expiresAt }: PendingAuthorizationEntity): void {
    if (decidedAt !== null) throw PageError.requestGone('request_decided');
    if (expiresAt <= this.clock.now()) throw PageError.requestGone('request_expired');
  }
}
