import { Inject, Injectable } from '@nestjs/common';
import { DataSource, IsNull, Not } from 'typeorm';
import type { FindOptionsWhere } from 'typeorm';
import { PendingAuthorizationEntity } from '../entities/pending-authorization.entity.js';
import { newRowId } from '../new-row.js';
import type { NewRow } from '../new-row.js';
import { MCP_AUTH_DATA_SOURCE } from '../storage-tokens.js';
import { TransactionRunner } from '../transaction-runner.js';
import type { Transaction } from '../transaction-runner.js';
import { deleteExpired, deleteWhere } from './delete-expired.js';
import { insertRow } from './insert-row.js';
import { byId, present } from './row-key.js';

/** In the place of a browser's hash: no browser has come for the request yet. */
export const UNCLAIMED = 'unclaimed';

/** Who signed in for a pending request, as the host reported it. */
export interface CompletedLogin {
  readonly userId: string;
  readonly orgId?: string | null | undefined;
  /** Seconds since the epoch. */
  readonly authTime?: number | null | undefined;
  readonly loginSecretHash?: string | null | undefined;
}

/** What a decision is about, as it was read. */
export type DecidableRequest = Pick<PendingAuthorizationEntity, 'id' | 'accountAskedAt' | 'chosenBy' | 'chosenOrgId'>;

@Injectable()
export class PendingAuthorizationRepository {
  constructor(
    @Inject(MCP_AUTH_DATA_SOURCE) private readonly dataSource: DataSource,
    private readonly transactions: TransactionRunner,
  ) {}

  async insert(
    row: Omit<NewRow<PendingAuthorizationEntity>, 'loginBounces'> & { readonly loginBounces?: number },
  ): Promise<PendingAuthorizationEntity> {
    const pending: PendingAuthorizationEntity = {
      id: row.id ?? newRowId(),
      handleHash: row.handleHash,
      browserHash: row.browserHash,
      clientId: row.clientId ?? null,
      request: row.request ?? null,
      loginBounces: row.loginBounces ?? 0,
      userId: row.userId ?? null,
      orgId: row.orgId ?? null,
      authTime: row.authTime ?? null,
      loginSecretHash: row.loginSecretHash ?? null,
      loginConfirmedAt: row.loginConfirmedAt ?? null,
      accountAskedAt: row.accountAskedAt ?? null,
      chosenBy: row.chosenBy ?? null,
      chosenOrgId: row.chosenOrgId ?? null,
      createdAt: row.createdAt,
      expiresAt: row.expiresAt,
      decidedAt: row.decidedAt ?? null,
    };
    await this.transactions.runStatement((tx) => insertRow(tx, PendingAuthorizationEntity, pending));
    return pending;
  }

  async findByHandle(handleHash: string): Promise<PendingAuthorizationEntity | null> {
    return this.dataSource.manager.findOneBy(PendingAuthorizationEntity, { handleHash: present(handleHash) });
  }

  /** Counts one more visit to the login page and returns the new count; 0 when the request is gone. */
  async countBounce(id: string): Promise<number> {
    return this.transactions.run(async (tx) => {
      // The UPDATE locks the row, so the number read after it is this caller's own.
      await tx.increment(PendingAuthorizationEntity, byId(id), 'loginBounces', 1);
      const pending = await tx.findOneBy(PendingAuthorizationEntity, byId(id));
      return pending?.loginBounces ?? 0;
    });
  }

  /** Gives an unclaimed request to a browser, and reports whether this call did: it belongs to the first one that comes. */
  async claim(id: string, browserHash: string): Promise<boolean> {
    return this.updateOnce({ ...byId(id), browserHash: UNCLAIMED }, { browserHash: present(browserHash) });
  }

  /** Records who signed in, and reports whether this call did: a request gets its user once, and one that no browser has come for gets none. */
  async completeLogin(id: string, login: CompletedLogin): Promise<boolean> {
    return this.updateOnce(
      { ...byId(id), browserHash: Not(UNCLAIMED), userId: IsNull(), decidedAt: IsNull() },
      {
        userId: present(login.userId),
        orgId: login.orgId ?? null,
        authTime: login.authTime ?? null,
        loginSecretHash: login.loginSecretHash ?? null,
      },
    );
  }

  /** Records that the browser came back from the login that has this secret, and reports whether this call did. */
  async confirmLogin(id: string, loginSecretHash: string, now: number): Promise<boolean> {
    return this.updateOnce(
      { ...byId(id), userId: Not(IsNull()), loginSecretHash: present(loginSecretHash), loginConfirmedAt: IsNull() },
      { loginConfirmedAt: now },
    );
  }

  /** Begins anew with the login: who signed in for the request, what they chose, and how often they were sent to sign in. False: it is decided. */
  async forgetLogin(id: string, now: number): Promise<boolean> {
    return this.updateOnce(
      { ...byId(id), decidedAt: IsNull() },
      {
        loginBounces: 0,
        userId: null,
        orgId: null,
        authTime: null,
        loginSecretHash: null,
        loginConfirmedAt: null,
        accountAskedAt: now,
        chosenBy: null,
        chosenOrgId: null,
      },
    );
  }

  /** Records for which organisation a user wants to decide. False: the request is decided. */
  async chooseOrg(id: string, userId: string, orgId: string): Promise<boolean> {
    return this.updateOnce(
      { ...byId(id), decidedAt: IsNull() },
      { chosenBy: present(userId), chosenOrgId: present(orgId) },
    );
  }

  /**
   * Marks the request decided, and reports whether this call decided it: not one that was decided before, nor one whose person has asked for
   * another account or organisation since it was read. A single conditional UPDATE: of two racing answers exactly one gets `true`.
   */
  async decide(read: DecidableRequest, now: number, tx: Transaction): Promise<boolean> {
    const { accountAskedAt, chosenBy, chosenOrgId } = read;
    const { affected } = await tx.update(
      PendingAuthorizationEntity,
      {
        ...byId(read.id),
        decidedAt: IsNull(),
        accountAskedAt: accountAskedAt ?? IsNull(),
        chosenBy: chosenBy ?? IsNull(),
        chosenOrgId: chosenOrgId ?? IsNull(),
      },
      { decidedAt: now },
    );
    return affected === 1;
  }

  /** Deletes requests of which a user is known to have signed in or chosen for them, and returns how many went; at most twice `limit`. */
  async deleteOfUser(userId: string, limit: number): Promise<number> {
    const deleteBy = (column: 'userId' | 'chosenBy') =>
      deleteWhere(this.transactions, PendingAuthorizationEntity, { [column]: present(userId) }, limit);
    return (await deleteBy('userId')) + (await deleteBy('chosenBy'));
  }

  async deleteExpired(now: number, limit: number): Promise<number> {
    return deleteExpired(this.transactions, PendingAuthorizationEntity, now, limit);
  }

  private async updateOnce(
    where: FindOptionsWhere<PendingAuthorizationEntity>,
    change: Partial<Omit<PendingAuthorizationEntity, 'request'>>,
  ): Promise<boolean> {
    const { affected } = await this.transactions.runStatement((tx) =>
      tx.update(PendingAuthorizationEntity, where, change),
    );
    return affected === 1;
  }
}
