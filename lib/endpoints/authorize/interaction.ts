import { Injectable } from '@nestjs/common';
import { ClientDocumentError } from '../../clients/documents/client-document-error.js';
import { Clock } from '../../config/clock.js';
import { PublicUrls } from '../../config/public-urls.js';
import type { HttpRequest } from '../../http/http-request.js';
import { type HttpResponse, redirect } from '../../http/http-response.js';
import type { AuthorizationRequest } from '../../protocol/authorization-request.js';
import { PendingAuthorizationRepository } from '../../storage/repositories/pending-authorization.repository.js';
import { TransactionRunner } from '../../storage/transaction-runner.js';
import type { LoginUrlContext } from '../../config/mcp-user-adapter.js';
import { type SignedInUser, UserDirectory } from '../../users/user-directory.js';
import { Approval } from '../consent/approval.js';
import { ConsentQuestion, type Question } from '../consent/consent-question.js';
import { ConsentScreen } from '../consent/consent-screen.js';
import { PageError } from './page-error.js';
import { type Answer, Pages } from './pages.js';
import { type HeldRequest, isSilent, type PendingAuthorization, returnAddress } from './pending-authorization.js';
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
    private readonly question: ConsentQuestion,
    private readonly screen: ConsentScreen,
    private readonly approval: Approval,
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
      if (silent || visitsForClient(pending) > 0) return this.end(pending, LOGIN_REQUIRED, setCookie);
      return this.bounce(pending, reason, setCookie);
    }
    return silent ? this.decide(pending, held, user, setCookie) : this.ask(pending, held, user, setCookie);
  }

  /** A wish of the person, not of the client: what they, or the client, said before about who they are does not count any more. */
  async selectAccount(pending: PendingAuthorization): Promise<HttpResponse> {
    if (pending.held.kind === 'error') throw PageError.requestGone('request_failed');
    if (!(await this.repository.forgetLogin(pending.row.id, this.clock.now())))
      throw PageError.requestGone('request_decided');
    return this.bounce(pending, 'select_account', [], {});
  }

  /** The consent page, unless all of it was given before and the client does not insist (AUT-26, CON-07). */
  private async ask(
    pending: PendingAuthorization,
    held: HeldRequest,
    user: SignedInUser,
    setCookie: readonly string[],
  ): Promise<HttpResponse> {
    const question = await this.question.of(held, user);
    if (question.grantable.length === 0) return this.end(pending, NOTHING_TO_GRANT, setCookie);
    const insists = held.request.prompts.some((prompt) => prompt === 'consent' || prompt === 'select_account');
    // Whoever has just changed account or organisation sees what that makes of the page.
    const remembered =
      question.answered && !insists && !hasChosen(pending)
        ? await this.grant(pending, held, user, question, setCookie)
        : undefined;
    return remembered ?? this.screen.show(pending, held, user, question, setCookie);
  }

  /** AUT-25: the same where nothing may be shown, whatever would be. */
  private async decide(
    pending: PendingAuthorization,
    held: HeldRequest,
    user: SignedInUser,
    setCookie: readonly string[],
  ): Promise<HttpResponse> {
    const question = await this.question.of(held, user).catch((error: unknown) => {
      if (error instanceof PageError || error instanceof ClientDocumentError) return undefined;
      throw error;
    });
    if (!question) return this.end(pending, INTERACTION_REQUIRED, setCookie);
    // First, and in the same words: a client that was given nothing does not learn what this person may give.
    if (question.given.scopes.length === 0) return this.end(pending, CONSENT_REQUIRED, setCookie);
    if (question.grantable.length === 0) return this.end(pending, NOTHING_TO_GRANT, setCookie);
    const remembered = question.answered ? await this.grant(pending, held, user, question, setCookie) : undefined;
    return remembered ?? this.end(pending, CONSENT_REQUIRED, setCookie);
  }

  /** Undefined: what it rests on was taken back a moment ago. */
  private async grant(
    pending: PendingAuthorization,
    { request }: HeldRequest,
    user: SignedInUser,
    { client, given, grantable: scopes }: Question,
    setCookie: readonly string[],
  ): Promise<HttpResponse | undefined> {
    const code = await this.approval.grant(pending, { request, user, client, scopes, given });
    return code && this.answer(pending, code, setCookie);
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
    hint = hintOf(pending),
  ): Promise<HttpResponse> {
    if ((await this.repository.countBounce(pending.row.id)) > MAX_BOUNCES) throw PageError.loginLoop();
    const location = this.users.loginUrl({
      resumeUrl: `${this.urls.endpointPath('authorize/resume')}?request=${pending.handle}`,
      handle: pending.handle,
      reason,
      ...hint,
    });
    // The form on which an organisation was chosen has a policy, too.
    if (pending.row.chosenBy !== null) return this.pages.moveOnToLogin(location, pending.language);
    return redirect(302, location, setCookie.length === 0 ? {} : { 'Set-Cookie': setCookie });
  }

  /** Ends the request with an error for the client. */
  private async end(
    pending: PendingAuthorization,
    error: ClientError,
    setCookie: readonly string[],
  ): Promise<HttpResponse> {
    const decided = await this.transactions.run((tx) => this.repository.decide(pending.row, this.clock.now(), tx));
    if (!decided) throw PageError.requestGone('request_decided');
    return this.answer(pending, { error: error.code, error_description: error.description }, setCookie);
  }

  private answer(pending: PendingAuthorization, answer: Answer, setCookie: readonly string[]): HttpResponse {
    const to = returnAddress(pending.held);
    // Whoever comes from a login page or from ours came by a form, and the policy of that page would hold against a further redirect.
    return pending.row.loginBounces > 0 || hasChosen(pending)
      ? this.pages.moveOnToClient(to, answer, pending.language)
      : this.pages.redirectToClient(to, answer, setCookie);
  }
}

/** Whether the person asked for another account or organisation on the consent page. */
function hasChosen({ row }: PendingAuthorization): boolean {
  return row.accountAskedAt !== null || row.chosenBy !== null;
}

/** The account that the client has in mind, until the person wants to leave that. */
function hintOf({ held, row }: PendingAuthorization): Pick<LoginUrlContext, 'loginHint'> {
  const hint = held.kind === 'request' && row.accountAskedAt === null ? held.request.loginHint : undefined;
  return hint === undefined ? {} : { loginHint: hint };
}

/** Visits to the login page without the one that the person asked for. */
function visitsForClient({ row }: PendingAuthorization): number {
  return row.loginBounces - (row.accountAskedAt === null ? 0 : 1);
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
const INTERACTION_REQUIRED: ClientError = {
  code: 'interaction_required',
  description: 'The user has to be shown a page',
};
const CONSENT_REQUIRED: ClientError = { code: 'consent_required', description: 'The user has to be asked' };
