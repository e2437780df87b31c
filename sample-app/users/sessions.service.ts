import { createHash, randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import { TransactionRunner } from 'nestjs-mcp-auth';
import { LessThan, type DataSource } from 'typeorm';
import { SessionEntity } from '../database/entities/session.entity.js';

const LIFETIME_MS = 12 * 60 * 60 * 1000;

/** A browser that is signed in. */
export interface SignedIn {
  readonly userId: string;
  /** When the password was typed, in milliseconds since the epoch. */
  readonly authenticatedAt: number;
}

/** Signed-in browsers. What the cookie holds is random and stored only as a hash. */
@Injectable()
export class SessionsService {
  constructor(
    @Inject(getDataSourceToken()) private readonly dataSource: DataSource,
    private readonly transactions: TransactionRunner,
  ) {}

  /**
   * Signs a browser in and answers the new cookie value. The value it came with is thrown away, never promoted:
   * whoever planted that one (session fixation) gets nothing.
   */
  async start(userId: string, previous: string | undefined): Promise<string> {
    const now = Date.now();
    const value = randomBytes(32).toString('base64url');
    const row = { tokenHash: hash(value), userId, authenticatedAt: now, expiresAt: now + LIFETIME_MS };
    await this.transactions.run(async (tx) => {
      await tx.delete(SessionEntity, { expiresAt: LessThan(now) });
      if (previous !== undefined) await tx.delete(SessionEntity, { tokenHash: hash(previous) });
      await tx.insert(SessionEntity, row);
    });
    return value;
  }

  async find(value: string): Promise<SignedIn | undefined> {
    const row = await this.dataSource.manager.findOneBy(SessionEntity, { tokenHash: hash(value) });
    if (row === null || row.expiresAt <= Date.now()) return undefined;
    return { userId: row.userId, authenticatedAt: row.authenticatedAt };
  }

  async end(value: string): Promise<void> {
    await this.transactions.runStatement((tx) => tx.delete(SessionEntity, { tokenHash: hash(value) }));
  }
}

function hash(value: string): string {
  return createHash('sha256').update(value).digest('hex');
}
