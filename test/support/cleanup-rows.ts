import type { DataSource } from 'typeorm';
import { type DatabaseFamily, databaseFamily } from '../../lib/storage/database-family.js';

/** How many rows a cleanup has to name, by kind; `replayAnswers` are of retired refresh tokens, which go with their grants. */
export interface ExpiredRows {
  readonly pendingAuthorizations: number;
  readonly authorizationCodes: number;
  readonly refreshTokens: number;
  readonly replayAnswers: number;
  readonly grants: number;
  readonly revocations: number;
  readonly usedAssertions: number;
  readonly unusedClients: number;
}

/** Retired refresh tokens of a grant that somebody has used for weeks. */
const LONG_CHAIN = 500;

/** What the databases spell differently; `n` is a number or a column of numbers. */
interface Dialect {
  /** The numbers from 1 on, as a column `n`. */
  series(length: number): string;
  /** Ordered like `n`, as the ids of the library are ordered by time. */
  id(n: string, kind: string): string;
  hash(n: string): string;
}

const DIALECTS: Readonly<Record<DatabaseFamily, Dialect>> = {
  sqlite: {
    series: (length) =>
      `(WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${length}) SELECT n FROM numbers) AS series`,
    id: (n, kind) => `printf('%08x-0000-7000-8000-${kind}', ${n})`,
    hash: () => 'lower(hex(randomblob(32)))',
  },
  postgres: {
    series: (length) => `generate_series(1, ${length}) AS series(n)`,
    id: (n, kind) => `lpad(to_hex(${n}), 8, '0') || '-0000-7000-8000-${kind}'`,
    hash: (n) => `encode(sha256(CAST(CAST(${n} AS text) AS bytea)), 'hex')`,
  },
  mysql: {
    series: (length) => `(SELECT seq AS n FROM seq_1_to_${length}) AS series`,
    id: (n, kind) => `concat(lpad(hex(${n}), 8, '0'), '-0000-7000-8000-${kind}')`,
    hash: (n) => `sha2(${n}, 256)`,
  },
};

const EXPIRED = '00000000dead';
const LIVING = '0000000a11fe';
/** Of the ids of the rows, for LIKE. */
export const EXPIRED_ID = `%${EXPIRED}`;
export const LIVING_ID = `%${LIVING}`;
/** As long as an encrypted answer is. */
const ANSWER = 'a'.repeat(1200);
const DAY = 86_400_000;

/**
 * Rows that expired before `now`, made by the database itself: requests that nobody finished, grants with a code, a retired refresh token and
 * the last one, some of them with a long chain of retired ones, revocations, assertions, and clients that nobody ever approved.
 */
export async function insertExpired(dataSource: DataSource, rows: number, now: number): Promise<ExpiredRows> {
  const insert = new Inserter(dataSource, EXPIRED, now);
  const [tenth, rest] = [Math.floor(rows / 10), rows - 9 * Math.floor(rows / 10)];
  // The oldest first, and nothing that has not expired.
  const expiry = `${now} - ${rows} + n`;
  await insert.pendingAuthorizations(2 * tenth, expiry);
  await insert.grants(tenth, expiry);
  await insert.codes(tenth, expiry);
  const chains = Math.max(1, Math.floor(tenth / LONG_CHAIN));
  await insert.refreshTokens(3 * tenth, {
    grant: `CASE WHEN n > ${2 * tenth} THEN 1 + n % ${chains} ELSE 1 + n % ${tenth} END`,
    expiry,
    consumedAt: `CASE WHEN n > ${tenth} THEN 0 END`,
    replayUntil: `CASE WHEN n > ${tenth} AND n <= ${2 * tenth} THEN ${expiry} END`,
  });
  await insert.revocations(tenth, expiry);
  await insert.usedAssertions(tenth, expiry);
  await insert.clients(rest);
  return {
    pendingAuthorizations: 2 * tenth,
    authorizationCodes: tenth,
    refreshTokens: tenth,
    replayAnswers: tenth,
    grants: tenth,
    revocations: tenth,
    usedAssertions: tenth,
    unusedClients: rest,
  };
}

/** Grants that live, each with a refresh token, and a retired one whose answer nobody may get any more. */
export async function insertLiving(dataSource: DataSource, grants: number, now: number): Promise<void> {
  const [insert, expiry] = [new Inserter(dataSource, LIVING, now), `${now + DAY} + n`];
  await insert.grants(grants, expiry);
  await insert.refreshTokens(2 * grants, {
    grant: `1 + (n - 1) % ${grants}`,
    expiry,
    consumedAt: `CASE WHEN n > ${grants} THEN 0 END`,
    replayUntil: `CASE WHEN n > ${grants} THEN ${now - 1} END`,
  });
}

class Inserter {
  private readonly dialect: Dialect;
  private readonly created: string;

  constructor(
    private readonly dataSource: DataSource,
    private readonly kind: string,
    now: number,
  ) {
    this.dialect = DIALECTS[databaseFamily(dataSource)];
    this.created = String(now - 365 * DAY);
  }

  pendingAuthorizations(count: number, expiry: string): Promise<void> {
    const texts = { client_id: `'c'`, request: `'{}'`, login_bounces: '0' };
    const hashes = { handle_hash: this.hash('n'), browser_hash: this.hash('n') };
    return this.insert('pending_authorizations', count, { ...texts, ...hashes, ...this.times(expiry) });
  }

  grants(count: number, expiry: string): Promise<void> {
    const texts = { user_id: `'u'`, client_id: `'c'`, resource: `'r'`, scopes: `'[]'`, redirect_uri: `'u'` };
    const rest = { revision: '0', client_snapshot: `'{}'`, last_used_at: this.created };
    return this.insert('grants', count, { ...texts, ...rest, ...this.times(expiry) });
  }

  codes(count: number, expiry: string): Promise<void> {
    const keys = { code_hash: this.hash('n'), grant_id: this.id('n') };
    const texts = { client_id: `'c'`, redirect_uri: `'u'`, code_challenge: `'h'`, resource: `'r'` };
    return this.insert('authorization_codes', count, { ...keys, ...texts, ...this.times(expiry) });
  }

  refreshTokens(
    count: number,
    { grant, expiry, consumedAt, replayUntil }: Record<'grant' | 'expiry' | 'consumedAt' | 'replayUntil', string>,
  ): Promise<void> {
    // Rows of both kinds may meet in one table, and a hash stands there once.
    const hash = this.hash(`n + ${this.kind === LIVING ? 2_000_000_000 : 0}`);
    const keys = { token_hash: hash, grant_id: this.id(grant), access_token_id: this.id('n') };
    const answer = `CASE WHEN ${replayUntil} IS NULL THEN NULL ELSE '${ANSWER}' END`;
    const replay = { consumed_at: consumedAt, replay_answer: answer, replay_until: replayUntil };
    return this.insert('refresh_tokens', count, {
      ...keys,
      access_expires_at: expiry,
      ...replay,
      ...this.times(expiry),
    });
  }

  revocations(count: number, expiry: string): Promise<void> {
    return this.insert('revocations', count, { target_id: this.id('n'), ...this.times(expiry) });
  }

  usedAssertions(count: number, expiry: string): Promise<void> {
    return this.insert('used_assertions', count, { assertion_hash: this.hash('n'), expires_at: expiry });
  }

  clients(count: number): Promise<void> {
    const texts = { client_id: this.id('n'), source: `'dynamic'`, metadata: `'{}'` };
    return this.insert('clients', count, { ...texts, created_at: this.created });
  }

  private times(expiry: string): Record<string, string> {
    return { created_at: this.created, expires_at: expiry };
  }

  private async insert(table: string, count: number, columns: Readonly<Record<string, string>>): Promise<void> {
    const all = { id: this.id('n'), ...columns };
    const [names, values] = [Object.keys(all).join(', '), Object.values(all).join(', ')];
    const series = this.dialect.series(count);
    await this.dataSource.query(`INSERT INTO mcp_auth_${table} (${names}) SELECT ${values} FROM ${series}`);
  }

  private id(n: string): string {
    return this.dialect.id(`(${n})`, this.kind);
  }

  private hash(n: string): string {
    return this.dialect.hash(`(${n})`);
  }
}
