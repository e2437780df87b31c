import { Injectable } from '@nestjs/common';
import { Clock } from '../../config/clock.js';
import type { HttpRequest } from '../../http/http-request.js';
import { constantTimeEqual } from '../../protocol/constant-time.js';
import { hashToken } from '../../protocol/opaque-token.js';
import { PendingAuthorizationRepository } from '../../storage/repositories/pending-authorization.repository.js';
import { type SignedInUser, UserDirectory } from '../../users/user-directory.js';
import { PageError } from './page-error.js';
import type { PendingVisit } from './pending-authorization.js';

/** Who finishes a pending request: the user of the host's session, or the one a completed login handed over to this browser. */
@Injectable()
export class SignedIn {
  constructor(
    private readonly users: UserDirectory,
    private readonly repository: PendingAuthorizationRepository,
    private readonly clock: Clock,
  ) {}

  async for(pending: PendingVisit, request: HttpRequest): Promise<SignedInUser | null> {
    if (!pending.loginConfirmed) return this.users.signedIn(request.hostRequest);
    return handedOver(pending.row);
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
    if (!(await this.repository.confirmLogin(row.id, this.clock.now())))
      throw PageError.requestGone('login_secret_used');
    return { ...pending, loginConfirmed: true };
  }
}

function handedOver({ userId, orgId, authTime }: PendingVisit['row']): SignedInUser | null {
  if (userId === null) return null;
  return { userId, ...(orgId === null ? {} : { orgId }), ...(authTime === null ? {} : { authTime }) };
}
