import { Inject, Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { ClientApproval } from '../../clients/client-approval.js';
import type { RegisteredClient } from '../../clients/registered-client.js';
import { Clock } from '../../config/clock.js';
import { RESOLVED_OPTIONS } from '../../config/injection-tokens.js';
import type { ResolvedMcpAuthOptions } from '../../config/resolved-options.js';
import type { AuthorizationRequest } from '../../protocol/authorization-request.js';
import { hashToken, newOpaqueToken } from '../../protocol/opaque-token.js';
import { ScopeRegistry } from '../../scopes/scope-registry.js';
import { AuthorizationCodeRepository } from '../../storage/repositories/authorization-code.repository.js';
import { GrantRepository } from '../../storage/repositories/grant.repository.js';
import { PendingAuthorizationRepository } from '../../storage/repositories/pending-authorization.repository.js';
import { type Transaction, TransactionRunner } from '../../storage/transaction-runner.js';
import type { SignedInUser } from '../../users/user-directory.js';
import { PageError } from '../authorize/page-error.js';
import type { HeldRequest, PendingAuthorization } from '../authorize/pending-authorization.js';
import type { Given } from './given-consents.js';
import { ConsentQuestion } from './consent-question.js';
import { deviceLabel } from './device-label.js';

const DENIED = { error: 'access_denied', error_description: 'The user refused' } as const;

/** Turns a decision into a grant with a code, or into a refusal; either ends the pending request, once. */
@Injectable()
export class Approval {
  constructor(
    private readonly question: ConsentQuestion,
    private readonly scopes: ScopeRegistry,
    private readonly pending: PendingAuthorizationRepository,
    private readonly grants: GrantRepository,
    private readonly codes: AuthorizationCodeRepository,
    private readonly approvals: ClientApproval,
    private readonly transactions: TransactionRunner,
    private readonly clock: Clock,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedMcpAuthOptions,
  ) {}

  async deny(pending: PendingAuthorization): Promise<typeof DENIED> {
    if (!(await this.transactions.run((tx) => this.pending.decide(pending.row, this.clock.now(), tx))))
      throw PageError.requestGone('request_decided');
    return DENIED;
  }

  /**
   * @param ticked names from the form; they can only take away from what was requested, shown and may be granted (CON-05)
   * @param shown names on the page
   */
  async approve(
    pending: PendingAuthorization,
    held: HeldRequest,
    user: SignedInUser,
    ticked: readonly string[],
    shown: readonly string[],
  ): Promise<{ code: string } | typeof DENIED> {
    const { client, grantable } = await this.question.of(held, user, shown);
    const scopes = grantable.filter((name) => this.scopes.isRequired(name) || ticked.includes(name));
    if (scopes.length === 0) return this.deny(pending);
    const code = await this.grant(pending, { request: held.request, user, client, scopes });
    if (!code) throw PageError.requestGone('request_decided');
    return code;
  }

  /**
   * What was approved just now or, with `given`, needs no approval because it was given before. Undefined: that was taken back meanwhile, and
   * nothing is decided.
   */
  async grant(pending: PendingAuthorization, approved: Approved): Promise<{ code: string } | undefined> {
    const { client, given } = approved;
    const code = newOpaqueToken();
    const device = deviceLabel(pending.userAgent);
    await this.approvals.prepare(client, this.clock.now());
    const outcome = await this.transactions.run(async (tx) => {
      const now = this.clock.now();
      if (given && !(await this.grants.areAlive(given.grants, now, tx))) return 'consent_gone';
      if (!(await this.approvals.note(client, now, tx))) return 'client_gone';
      // Everything was checked before; of two answers exactly one gets here with `true`.
      if (!(await this.pending.decide(pending.row, now, tx))) return 'request_decided';
      await this.store(approved, { code, now, device }, tx);
      return 'stored';
    });
    if (outcome === 'consent_gone') return undefined;
    if (outcome !== 'stored') throw PageError.requestGone(outcome);
    return { code };
  }

  private async store(
    { request, user, client, scopes, given }: Approved,
    { code, now, device }: { readonly code: string; readonly now: number; readonly device: string | undefined },
    tx: Transaction,
  ): Promise<void> {
    const grantId = uuidv7();
    const expiresAt = now + this.options.authorizationCodeLifetime * 1000;
    const { clientId, redirectUri, resource, codeChallenge, nonce } = request;
    await this.grants.insert(
      {
        id: grantId,
        userId: user.userId,
        orgId: user.orgId,
        clientId,
        resource,
        scopes,
        redirectUri,
        deviceLabel: device,
        authTime: user.authTime,
        // What rests on an earlier yes is no younger than that.
        createdAt: given?.since ?? now,
        lastUsedAt: now,
        // Until the code is redeemed, the grant lives as long as the code.
        expiresAt,
        clientSnapshot: client.metadata,
      },
      tx,
    );
    await this.codes.insert(
      {
        codeHash: hashToken(code),
        grantId,
        clientId,
        redirectUri,
        codeChallenge,
        resource,
        nonce,
        createdAt: now,
        expiresAt,
      },
      tx,
    );
  }
}

export interface Approved {
  readonly request: AuthorizationRequest;
  readonly user: SignedInUser;
  readonly client: RegisteredClient;
  readonly scopes: readonly string[];
  /** By which it needs no approval. */
  readonly given?: Given;
}
