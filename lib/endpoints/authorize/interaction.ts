import { Injectable } from '@nestjs/common';
import { Clock } from '../../config/clock.js';
import { PublicUrls } from '../../config/public-urls.js';
import type { HttpRequest } from '../../http/http-request.js';
import { type HttpResponse, redirect } from '../../http/http-response.js';
import type { AuthorizationRequest } from '../../protocol/authorization-request.js';
import { PendingAuthorizationRepository } from '../../storage/repositories/pending-authorization.repository.js';
import { TransactionRunner } from '../../storage/transaction-runner.js';
import type { LoginUrlContext } from '../../config/mcp-user-adapter.js';
import { type SignedInUser, UserDirectory } from '../../users/user-directory.js';
import { ConsentScreen } from '../consent/consent-screen.js';
import { PageError } from './page-error.js';
import { Pages } from './pages.js';
import { isSilent, type PendingAuthorization, returnAddress } from './pending-authorization.js';
import { SignedIn } from './signed-in.js';

/** Visits to the login page after which a request is given up: the host loses the session on the way. */
const MAX_BOUNCES = 2;

type LoginReason = LoginUrlContext['reason'];

/** Moves a pending request one step on: to the login page, to the consent page, or back to the client with an error. */
@Injectable()
export class Interaction {
  constructor(
    private readonly signedIn: SignedIn,
    private readonly users: UserDirectory,
    private readonly screen: ConsentScreen,
    private readonly pages: Pages,
    private readonly repository: PendingAuthorizationRepository,
    private readonly transactions: TransactionRunner,
    private readonly urls: PublicUrls,
    private readonly clock: Clock,
  ) {}

  async advance(
    pending: PendingAuthorization,
    request: HttpRequest,
    setCookie: readonly string[],
  ): Promise<HttpResponse> {
    const user = await this.signedIn.for(pending, request);
    const { held } = pending;
    const silent = isSilent(held);
    if (!user && !silent) return this.bounce(pending, 'login', setCookie);
    if (held.kind === 'error') return this.end(pending, held, setCookie);
    if (!user) return this.end(pending, LOGIN_REQUIRED, setCookie);
    const reason = this.reasonForLogin(held.request, pending, user);
    if (reason !== undefined) {
      // One visit, no more: a host that ignores the wish is told apart from a user who is still at it.
      if (silent || pending.row.loginBounces > 0) return this.end(pending, LOGIN_REQUIRED, setCookie);
      return this.bounce(pending, reason, setCookie);
    }
    // Consent is asked for every time so far, and `none` forbids to ask.
    if (silent) return this.end(pending, CONSENT_REQUIRED, setCookie);
    const page = await this.screen.show(pending, held, user, setCookie);
    return page ?? this.end(pending, NOTHING_TO_GRANT, setCookie);
  }

  /** AUT-26, AUT-27: whether this user has to sign in again, and why. */
  private reasonForLogin(
    { prompts, maxAge }: AuthorizationRequest,
    { row }: PendingAuthorization,
    user: SignedInUser,
  ): LoginReason | undefined {
    // Whoever had to sign in for this request has chosen the account by it.
    if (prompts.includes('select_account') && row.loginBounces === 0) return 'select_account';
    const since = user.authTime ?? 0;
    if ((prompts.includes('login') || maxAge === 0) && since < Math.floor(row.createdAt / 1000))
      return 'reauthenticate';
    if (maxAge !== undefined && maxAge > 0 && this.clock.now() / 1000 - since > maxAge) return 'reauthenticate';
    return undefined;
  }

  private async bounce(
    pending: PendingAuthorization,
    reason: LoginReason,
    setCookie: readonly string[],
  ): Promise<HttpResponse> {
    if ((await this.repository.countBounce(pending.row.id)) > MAX_BOUNCES) throw PageError.loginLoop();
    const { handle, held } = pending;
    const loginHint = held.kind === 'request' ? held.request.loginHint : undefined;
    const location = this.users.loginUrl({
      resumeUrl: `${this.urls.endpointPath('authorize/resume')}?request=${handle}`,
      handle,
      reason,
      ...(loginHint === undefined ? {} : { loginHint }),
    });
    return redirect(302, location, setCookie.length === 0 ? {} : { 'Set-Cookie': setCookie });
  }

  /** Ends the request with an error for the client. */
  private async end(
    pending: PendingAuthorization,
    error: ClientError,
    setCookie: readonly string[],
  ): Promise<HttpResponse> {
    const decided = await this.transactions.run((tx) => this.repository.decide(pending.row.id, this.clock.now(), tx));
    if (!decided) throw PageError.requestGone('request_decided');
    const answer = { error: error.code, error_description: error.description };
    const to = returnAddress(pending.held);
    // Whoever comes from a login page came by its form, and the policy of that page would hold against a further redirect.
    return pending.row.loginBounces > 0
      ? this.pages.moveOnToClient(to, answer)
      : this.pages.redirectToClient(to, answer, setCookie);
  }
}

/** What the client is told; the texts are ours and reflect nothing. */
interface ClientError {
  readonly code: string;
  readonly description: string;
}

const LOGIN_REQUIRED: ClientError = { code: 'login_required', description: 'The user has to sign in' };
const NOTHING_TO_GRANT: ClientError = {
  code: 'invalid_scope',
  description: 'None of the requested scopes may be granted',
};
const CONSENT_REQUIRED: ClientError = { code: 'consent_required', description: 'The user has to be asked' };
