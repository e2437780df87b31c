import { Injectable } from '@nestjs/common';
import { Clock } from '../config/clock.js';
import { PublicUrls } from '../config/public-urls.js';
import { hashToken, newOpaqueToken } from '../protocol/opaque-token.js';
import { PendingAuthorizationRepository, UNCLAIMED } from '../storage/repositories/pending-authorization.repository.js';
import type { McpOrg, McpUser } from '../config/mcp-user-adapter.js';
import { OrgAnswer, readAnswer, UserAnswer } from './host-answers.js';

/** The handle of `complete()` names no open request: unknown, expired, answered, or already completed. */
export class McpLoginHandleError extends Error {
  override readonly name = 'McpLoginHandleError';
}

/** For hosts without a cookie session (single-page apps, API logins): says who signed in for a pending request. */
@Injectable()
export class McpLoginService {
  constructor(
    private readonly pending: PendingAuthorizationRepository,
    private readonly urls: PublicUrls,
    private readonly clock: Clock,
  ) {}

  /**
   * Completes the login of a pending request, or of a visit to the connected apps, once.
   * @param handle the one-time handle that `users.loginUrl()` was given
   * @param user who signed in, just now unless `authTime` (seconds) says otherwise
   * @returns the URL to send this very browser to; it works once, and only in the browser that began the request
   * @throws McpLoginHandleError when there is nothing to complete
   */
  async complete(handle: string, user: McpUser, org?: McpOrg | null): Promise<{ readonly resumeUrl: string }> {
    const now = this.clock.now();
    const { id: userId, authTime = Math.floor(now / 1000) } = readAnswer(UserAnswer, 'complete', user);
    const orgId = org ? readAnswer(OrgAnswer, 'complete', org).id : undefined;
    const row = typeof handle === 'string' ? await this.pending.findByHandle(hashToken(handle)) : null;
    // One that no browser has come for yet could be anybody's: whoever came first would be signed in as this user.
    if (!row || row.browserHash === UNCLAIMED || row.decidedAt !== null || row.expiresAt <= now)
      throw new McpLoginHandleError('No open request has this handle');
    const secret = newOpaqueToken();
    const completed = await this.pending.completeLogin(row.id, {
      userId,
      orgId,
      authTime,
      loginSecretHash: hashToken(secret),
    });
    if (!completed) throw new McpLoginHandleError('This handle was already used');
    const begun = row.clientId === null ? 'connected-apps' : 'authorize/resume';
    return { resumeUrl: `${this.urls.endpoint(begun)}?request=${handle}&login=${secret}` };
  }
}
