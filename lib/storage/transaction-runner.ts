import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { databaseFamily } from './database-family.js';
import { isConflict } from './database-error.js';
import { MCP_AUTH_DATA_SOURCE } from './storage-tokens.js';
import { inTurn } from './write-queue.js';

/** An open transaction. Floors above pass it on and never look inside. */
export type Transaction = EntityManager;

const ATTEMPTS = 3;
const LONGEST_PAUSE_MS = 25;

/**
 * The only door to a write. Hosts that share their SQLite connection with the library write through it too,
 * because a write beside it joins the transaction that happens to be open.
 */
@Injectable()
export class TransactionRunner {
  constructor(@Inject(MCP_AUTH_DATA_SOURCE) private readonly dataSource: DataSource) {}

  /**
   * Runs the work in one transaction: committed when it resolves, rolled back when it rejects.
   * It may run up to three times when the database gives it up to a rival, so it must change nothing but the database;
   * it must be short and await nothing but the database, because on SQLite everybody else waits for it.
   */
  run<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    // Racers have to see what the winner has just committed; PostgreSQL gives them up at the stricter levels that a host may have set.
    if (databaseFamily(this.dataSource) !== 'postgres') return this.attempt(() => this.dataSource.transaction(work));
    return this.attempt(() => this.dataSource.transaction('READ COMMITTED', work));
  }

  /** Runs a single statement, which needs no transaction of its own but has to wait its turn like one. */
  runStatement<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.attempt(() => work(this.dataSource.manager));
  }

  private async attempt<T>(unit: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await inTurn(this.dataSource, unit);
      } catch (error) {
        if (attempt === ATTEMPTS || !isConflict(error)) throw error;
        // Rivals that wait equally long meet again.
        await delay(Math.random() * LONGEST_PAUSE_MS * attempt);
      }
    }
  }
}
