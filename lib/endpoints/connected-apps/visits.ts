import { Injectable } from '@nestjs/common';
import { PublicUrls } from '../../config/public-urls.js';
import type { HttpRequest } from '../../http/http-request.js';
import { type HttpResponse, redirect } from '../../http/http-response.js';
import { PendingAuthorizationRepository } from '../../storage/repositories/pending-authorization.repository.js';
import { type SignedInUser, UserDirectory } from '../../users/user-directory.js';
import { BrowserCookie } from '../authorize/browser-cookie.js';
import { PageError } from '../authorize/page-error.js';
import type { PendingVisit } from '../authorize/pending-authorization.js';
import { PendingAuthorizations } from '../authorize/pending-authorizations.js';
import { SignedIn } from '../authorize/signed-in.js';

/** Visits to the login page after which a visit is given up: the host loses the session on the way. */
const MAX_BOUNCES = 2;

/** A user in front of the connected apps, and the browser they use. */
export interface Visitor {
  readonly user: SignedInUser;
  readonly browser: string;
  readonly setCookie: readonly string[];
  /** Of the visit for which they signed in, where the host keeps no session. */
  readonly handle?: string;
}

/** Who looks at their connected apps: the user of the host's session, or the one who signed in for this visit (decision C4). */
@Injectable()
export class Visits {
  constructor(
    private readonly pending: PendingAuthorizations,
    private readonly repository: PendingAuthorizationRepository,
    private readonly signedIn: SignedIn,
    private readonly users: UserDirectory,
    private readonly cookie: BrowserCookie,
    private readonly urls: PublicUrls,
  ) {}

  /** @param handle of a visit */
  async visitor(request: HttpRequest, handle?: string): Promise<Visitor | undefined> {
    const user = await this.users.signedIn(request.hostRequest);
    if (user) return { user, ...this.cookie.identify(request) };
    const visit = await this.pending.visit(request, handle);
    const handedOver = visit?.loginConfirmed ? await this.signedIn.for(visit, request) : null;
    return visit && handedOver
      ? { user: handedOver, browser: visit.browser, setCookie: [], handle: visit.handle }
      : undefined;
  }

  /** Takes the secret of the URL that `McpLoginService.complete()` made; undefined where there is nothing to take it for. */
  async confirm(request: HttpRequest, handle: string | undefined, secret: string): Promise<HttpResponse | undefined> {
    const visit = await this.pending.visit(request, handle);
    if (!visit || visit.loginConfirmed) return undefined;
    await this.signedIn.confirm(visit, secret);
    return redirect(302, this.address(visit.handle));
  }

  /** To the login page, and back here. */
  async bounce(request: HttpRequest, handle: string | undefined): Promise<HttpResponse> {
    const begun = await this.pending.visit(request, handle);
    if (begun) return this.toLogin(begun, []);
    const { visit, setCookie } = await this.pending.beginVisit(request);
    return this.toLogin(visit, setCookie);
  }

  /** The page, for this visit. */
  address(handle: string | undefined): string {
    const path = this.urls.endpointPath('connected-apps');
    return handle === undefined ? path : `${path}?request=${handle}`;
  }

  private async toLogin({ row, handle }: PendingVisit, setCookie: readonly string[]): Promise<HttpResponse> {
    if ((await this.repository.countBounce(row.id)) > MAX_BOUNCES) throw PageError.loginLoop();
    const location = this.users.loginUrl({ resumeUrl: this.address(handle), handle, reason: 'login' });
    return redirect(302, location, setCookie.length === 0 ? {} : { 'Set-Cookie': setCookie });
  }
}
