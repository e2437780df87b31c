import { afterAll, beforeAll, expect, it } from 'vitest';
import { type DataSource, IsNull, Like, Not } from 'typeorm';
import { type CleanupReport, McpMaintenanceService } from '../../lib/index.js';
import { databaseFamily } from '../../lib/storage/database-family.js';
import { GrantEntity } from '../../lib/storage/entities/grant.entity.js';
import { RefreshTokenEntity } from '../../lib/storage/entities/refresh-token.entity.js';
import { mcpAuthEntities } from '../../lib/storage/entities.js';
import { type Answer, Browser } from '../support/browser.js';
import { EXPIRED_ID, type ExpiredRows, insertExpired, insertLiving, LIVING_ID } from '../support/cleanup-rows.js';
import { describeDatabases, type TestDatabase } from '../support/databases.js';
import { OAuthWalk } from '../support/oauth-walk.js';
import { type Statement, StatementListener } from '../support/statement-listener.js';
import { BlockWatch } from '../support/block-watch.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

/** `npm run test:long` asks for a million. */
const ROWS = Number(process.env['TEST_CLEANUP_ROWS'] ?? 10_000);
const LIVING = 100;
/** No statement touches more rows than this: on SQLite everybody waits for it. */
const BATCH = 100;

describeDatabases(`cleanup of ${ROWS} rows`, (kind) => {
  let database: TestDatabase;
  let host: TestApp;
  let service: McpMaintenanceService;
  let inserted: ExpiredRows;
  const listener = new StatementListener();
  beforeAll(async () => {
    database = await kind.create();
    host = await startTestApp({
      adapter: 'express',
      database: { ...database.options, logging: ['query'], logger: listener },
      options: { maintenance: { enabled: false } },
    });
    service = host.app.get(McpMaintenanceService);
    const [began, now] = [performance.now(), Date.now()];
    inserted = await insertExpired(host.dataSource, ROWS, now);
    await insertLiving(host.dataSource, LIVING, now);
    // What the insertion left to do is not to be done under the eyes of the cleanup.
    if (kind.name === 'better-sqlite3') await host.dataSource.query('PRAGMA wal_checkpoint(TRUNCATE)');
    console.log(`${kind.name}: ${ROWS} rows inserted in ${secondsSince(began)} s`);
  }, 60_000 + ROWS);
  afterAll(async () => {
    await host?.close();
    await database?.drop();
  });
  const hearing = async (heard: (statement: Statement) => void, work: () => Promise<unknown>): Promise<void> => {
    listener.heard = heard;
    await work().finally(() => (listener.heard = undefined));
  };

  it('has an index under every foreign key: a grant goes without a look at every code and token', () => {
    for (const { metadata } of mcpAuthEntities.map((entity) => ({ metadata: host.dataSource.getMetadata(entity) }))) {
      const firsts = metadata.indices.map(({ columns }) => columns[0]?.databaseName);
      for (const { columns } of metadata.foreignKeys) expect(firsts).toContain(columns[0]?.databaseName);
    }
  });

  it('counts while requests run', async () => {
    const { requests, longestBlock } = await meanwhile(host, () => service.stats());
    const [began, stats] = [performance.now(), await service.stats()];
    console.log(
      `${kind.name}: stats() of ${ROWS} rows: ${secondsSince(began)} s, longest block ${longestBlock}, ${requests} requests meanwhile`,
    );
    expect(stats.livingGrants).toBeGreaterThanOrEqual(LIVING);
  });

  it(
    'OPS-04 ABU-04 removes what expired while requests run, in small batches, and nothing that lives',
    async () => {
      const began = performance.now();
      let [report, most]: [CleanupReport, number] = [{}, 0];
      let figures: Figures | undefined;
      await hearing(
        (statement) => (most = Math.max(most, rowsTouched(statement))),
        async () => (figures = await meanwhile(host, async () => (report = await service.cleanup()))),
      );
      const rate = Math.round(ROWS / Number(secondsSince(began)));
      console.log(
        `${kind.name}: ${ROWS} rows removed in ${secondsSince(began)} s (${rate} a second), ${figures?.requests} requests meanwhile, ` +
          `longest block ${figures?.longestBlock}, slowest request ${figures?.slowest}`,
      );
      // Of the requests too, on a slow machine.
      for (const [name, rows] of Object.entries(inserted)) expect(report[name], name).toBeGreaterThanOrEqual(rows);
      expect(await rowsLeft(host.dataSource)).toBe(0);
      expect(most).toBe(BATCH);
      const [living, { manager }] = [{ id: Like(LIVING_ID) }, host.dataSource];
      expect(await manager.countBy(GrantEntity, living)).toBe(LIVING);
      expect(await manager.countBy(RefreshTokenEntity, living)).toBe(2 * LIVING);
      expect(await manager.countBy(RefreshTokenEntity, { ...living, replayAnswer: Not(IsNull()) })).toBe(0);
    },
    60_000 + 2 * ROWS,
  );

  it('OPS-04 finds every batch through an index, without sorting', async () => {
    await insertExpired(host.dataSource, 10_000, Date.now());
    if (kind.name !== 'better-sqlite3') await analyze(host.dataSource);
    const looks = new Map<string, Statement>();
    await hearing(
      (statement) => /^SELECT .*ORDER BY/s.test(statement.sql) && looks.set(statement.sql, statement),
      () => service.cleanup(),
    );
    expect(looks.size).toBe(Object.keys(inserted).length);
    await insertExpired(host.dataSource, 10_000, Date.now());
    if (kind.name !== 'better-sqlite3') await analyze(host.dataSource);
    for (const look of looks.values()) {
      const plan = await explain(host.dataSource, look);
      expect(plan, look.sql).toMatch(/mcp_auth_\w+_ix/);
      expect(plan, look.sql).not.toMatch(/sort|TEMP B-TREE|SCAN|"type":"ALL"|Seq/);
    }
  });
});

interface Figures {
  readonly requests: number;
  readonly longestBlock: string;
  readonly slowest: string;
}

/** Refreshes, calls of the MCP route and authorization requests for as long as the work takes, and a little after; each must succeed. */
async function meanwhile({ origin }: TestApp, work: () => Promise<unknown>): Promise<Figures> {
  const walk = new OAuthWalk(origin);
  const { client, ...tokens } = await walk.tokens();
  let [token, requests, working] = [tokens.refresh_token, 0, true];
  let slowest = { took: 0, what: 'none' };
  const repeat = async (what: string, status: number, send: () => Promise<Answer>) => {
    do {
      const asked = performance.now();
      const answer = await send();
      expect(answer.status, `${what}: ${answer.text}`).toBe(status);
      const took = performance.now() - asked;
      if (took > slowest.took) slowest = { took, what };
      requests++;
    } while (working);
  };
  const blocks = new BlockWatch();
  await Promise.all([
    work().finally(() => (working = false)),
    repeat('refresh', 200, async () => {
      const answer = await walk.refresh(client.client_id, token);
      token = (JSON.parse(answer.text) as { refresh_token?: string }).refresh_token ?? '';
      return answer;
    }),
    repeat('mcp', 200, () => new Browser(origin).get('/mcp', { authorization: `Bearer ${tokens.access_token}` })),
    repeat('authorize', 302, () => new Browser(origin).get(walk.authorizeUrl(client.client_id))),
  ]);
  return { requests, longestBlock: blocks.stop(), slowest: `${slowest.what}, ${slowest.took.toFixed(0)} ms` };
}

function secondsSince(began: number): string {
  return ((performance.now() - began) / 1000).toFixed(1);
}

/** Of the statements that only a cleanup sends: each has a list of ids. */
function rowsTouched({ sql }: Statement): number {
  return /^(?:DELETE|UPDATE) .* IN \(([^)]*)\)/s.exec(sql)?.[1]?.split(',').length ?? 0;
}

/** How many of the inserted rows that expired are still there. */
async function rowsLeft(dataSource: DataSource): Promise<number> {
  let left = 0;
  for (const entity of mcpAuthEntities) left += await dataSource.manager.countBy(entity, { id: Like(EXPIRED_ID) });
  return left;
}

/** Without them PostgreSQL and MariaDB guess; SQLite does so by rule. */
async function analyze(dataSource: DataSource): Promise<void> {
  for (const entity of mcpAuthEntities) {
    const table = dataSource.getMetadata(entity).tableName;
    await dataSource.query(databaseFamily(dataSource) === 'postgres' ? `ANALYZE ${table}` : `ANALYZE TABLE ${table}`);
  }
}

async function explain(dataSource: DataSource, { sql, parameters }: Statement): Promise<string> {
  const words = databaseFamily(dataSource) === 'sqlite' ? 'EXPLAIN QUERY PLAN' : 'EXPLAIN';
  return JSON.stringify(await dataSource.query(`${words} ${sql}`, [...parameters]));
}
