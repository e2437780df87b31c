import { Injectable } from '@nestjs/common';
import { Clock } from '../../config/clock.js';
import type { HttpRequest } from '../../http/http-request.js';
import { constantTimeEqual } from '../../protocol/constant-time.js';
import { hashToken } from '../../protocol/opaque-token.js';
import { PendingAuthorizationRepository } from '../../storage/repositories/pending-authorization.repository.js';
import { type SignedInUser, UserDirectory } from '../../users/user-directory.js';
import { PageError } from './page-error.js';
import type { PendingVisit } from './pending-authorization.js';

/**
 * Who finishes a pending request, and for which organisation: the user of the host's session, or the one a completed login handed over to this
 * browser; the organisation they chose on the page, or the one they came with.
 */
@Injectable()
export class SignedIn {
  constructor(
    private readonly users: UserDirectory,
    private readonly repository: PendingAuthorizationRepository,
    private readonly clock: Clock,
  ) {}

  async for(pending: PendingVisit, request: HttpRequest): Promise<SignedInUser | null> {
    const { row, loginConfirmed } = pending;
    const user = loginConfirmed ? await this.handedOver(row, request) : await this.users.signedIn(request.hostRequest);
    // What the host does not list any more was not chosen: the page shows, or the form fails by, the one they came with.
    if (!user || row.chosenBy !== user.userId || row.chosenOrgId === null) return user;
    return actingFor(user, row.chosenOrgId) ?? user;
  }

  /**
   * Takes the secret of a resume URL that `McpLoginService.complete()` made. The browser needs both: the cookie of the one that began, and
   * the secret given to the one that signed in. So a login finished elsewhere gives a code to neither (decision D10).
   */
  async confirm<Pending extends PendingVisit>(pending: Pending, secret: string): Promise<Pending> {
    const { row } = pending;
    if (row.loginSecretHash === null || !constantTimeEqual(hashToken(secret), row.loginSecretHash)) {
      throw PageError.formRefused('login_secret_wrong');
    }
    if (!(await this.repository.confirmLogin(row.id, row.loginSecretHash, this.clock.now())))
      throw PageError.requestGone('login_secret_used');
    return { ...pending, loginConfirmed: true };
  }

  /** The host named the organisation at the login, which may be half an hour ago: whoever left it since is gone. */
  private async handedOver(row: PendingVisit['row'], request: HttpRequest): Promise<SignedInUser | null> {
    const { userId, orgId, authTime } = row;
    if (userId === null) return null;
    const user = { userId, ...(authTime === null ? {} : { authTime }) };
    const orgs = await this.users.organisationsOf(request.hostRequest, user);
    if (orgId === null) return orgs ? { ...user, orgs } : user;
    if (!orgs) return { ...user, orgId };
    const acting = actingFor({ ...user, orgs }, orgId);
    if (!acting) throw PageError.userGone();
    return acting;
  }
}

/** The same person for another of their organisations; undefined for one that the host does not list. */
export function actingFor({ userId, authTime, orgs }: SignedInUser, wanted: string): SignedInUser | undefined {
  const org = orgs?.find(({ orgId }) => orgId === wanted);
  return org && orgs && { userId, ...(authTime === undefined ? {} : { authTime }), orgs, ...org };
}
