import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../config/clock.js';
import { RESOLVED_OPTIONS } from '../../config/injection-tokens.js';
import type { ResolvedMcpAuthOptions } from '../../config/resolved-options.js';
import type { HttpRequest } from '../../http/http-request.js';
import { constantTimeEqual } from '../../protocol/constant-time.js';
import { hashToken, newOpaqueToken } from '../../protocol/opaque-token.js';
import { PendingAuthorizationRepository } from '../../storage/repositories/pending-authorization.repository.js';
import { BrowserCookie } from './browser-cookie.js';
import { PageError } from './page-error.js';
import type { Held, PendingAuthorization } from './pending-authorization.js';

const HANDLE = /^[A-Za-z0-9_-]{43}$/;

/** Stores authorization requests while their user signs in and decides (AUT-36), and gives them back to their own browser only. */
@Injectable()
export class PendingAuthorizations {
  constructor(
    private readonly repository: PendingAuthorizationRepository,
    private readonly cookie: BrowserCookie,
    private readonly clock: Clock,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedMcpAuthOptions,
  ) {}

  /** Stores a request for the browser that sent it. */
  async begin(
    request: HttpRequest,
    clientId: string,
    held: Held,
  ): Promise<{ pending: PendingAuthorization; setCookie: readonly string[] }> {
    const { browser, setCookie } = this.cookie.identify(request);
    const handle = newOpaqueToken();
    const now = this.clock.now();
    const row = await this.repository.insert({
      handleHash: hashToken(handle),
      browserHash: hashToken(browser),
      clientId,
      request: held,
      createdAt: now,
      expiresAt: now + this.options.authorizationRequestLifetime * 1000,
    });
    return { pending: { row, held, handle, browser, loginConfirmed: false }, setCookie };
  }

  /** The stored request, if it is open and this browser began it. Throws `PageError`. */
  async resume(request: HttpRequest, handle: string | undefined): Promise<PendingAuthorization> {
    if (handle === undefined || !HANDLE.test(handle)) throw PageError.requestGone('handle_malformed');
    const row = await this.repository.findByHandle(hashToken(handle));
    if (!row) throw PageError.requestGone('handle_unknown');
    const browser = this.cookie.read(request);
    if (browser === undefined || !constantTimeEqual(hashToken(browser), row.browserHash))
      throw PageError.otherBrowser();
    if (row.decidedAt !== null) throw PageError.requestGone('request_decided');
    if (row.expiresAt <= this.clock.now()) throw PageError.requestGone('request_expired');
    return { row, held: row.request as Held, handle, browser, loginConfirmed: row.loginConfirmedAt !== null };
  }
}
