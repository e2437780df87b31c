import { Injectable } from '@nestjs/common';
import { isDuplicate } from '../database-error.js';
import { UsedAssertionEntity } from '../entities/used-assertion.entity.js';
import { newRowId } from '../new-row.js';
import { TransactionRunner } from '../transaction-runner.js';
import { deleteExpired } from './delete-expired.js';
import { insertRow } from './insert-row.js';
import { present } from './row-key.js';

/** Remembers which client assertions were used. */
@Injectable()
export class UsedAssertionRepository {
  constructor(private readonly transactions: TransactionRunner) {}

  /**
   * Uses an assertion up, and reports whether this call is the one that did. One INSERT against a unique index: of racing requests, on
   * whatever instance, exactly one gets `true`.
   * @param expiresAt milliseconds since the epoch, until when the assertion would be valid
   */
  async use(assertionHash: string, expiresAt: number): Promise<boolean> {
    const row = { id: newRowId(), assertionHash: present(assertionHash), expiresAt };
    try {
      await this.transactions.runStatement((tx) => insertRow(tx, UsedAssertionEntity, row));
      return true;
    } catch (error) {
      if (isDuplicate(error)) return false;
      throw error;
    }
  }

  async deleteExpired(now: number, limit: number): Promise<number> {
    return deleteExpired(this.transactions, UsedAssertionEntity, now, limit);
  }
}
