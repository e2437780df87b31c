import type { DataSourceOptions } from 'typeorm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isOutage } from '../../lib/storage/outage.js';
import { describeDatabases, type TestDatabase } from '../support/databases.js';
import type { Answer } from '../support/browser.js';
import { OAuthWalk } from '../support/oauth-walk.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

/** How each database is told to refuse writes, and what its driver says then: the real thing, on the one connection of the pool. */
const READ_ONLY = {
  'better-sqlite3': { on: 'PRAGMA query_only = ON', off: 'PRAGMA query_only = OFF', code: 'SQLITE_READONLY' },
  postgres: {
    on: 'SET default_transaction_read_only = on',
    off: 'SET default_transaction_read_only = off',
    code: '25006',
  },
  mariadb: {
    on: 'SET SESSION TRANSACTION READ ONLY',
    off: 'SET SESSION TRANSACTION READ WRITE',
    code: 'ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION',
  },
} as const;

describeDatabases('a database that can be read and not written, as a standby after a failover', (kind) => {
  const { on, off, code } = READ_ONLY[kind.name === 'mysql' ? 'mariadb' : kind.name];
  let database: TestDatabase;
  let host: TestApp;
  let walk: OAuthWalk;
  beforeAll(async () => {
    database = await kind.create();
    const oneConnection = { ...database.options, poolSize: 1 } as DataSourceOptions;
    host = await startTestApp({ adapter: 'express', database: oneConnection });
    walk = new OAuthWalk(host.origin);
  });
  afterAll(async () => {
    await host?.close();
    await database?.drop();
  });

  const set = (statement: string) => host.dataSource.query(statement);
  /** While the database refuses writes, and after that. */
  const twice = async (ask: () => Promise<Answer>) => {
    await set(on);
    const during = await ask().finally(() => set(off));
    return { during, after: await ask() };
  };
  const expectOutage = ({ status, headers, text }: Answer) => {
    expect([status, headers.get('retry-after'), headers.get('cache-control')]).toEqual([503, '5', 'no-store']);
    expect(JSON.parse(text)).toEqual({ error: 'temporarily_unavailable', error_description: expect.any(String) });
  };

  it('STO-04 is an outage by what the driver says', async () => {
    await set(on);
    const failure = await set('DELETE FROM mcp_auth_clients').catch((error: unknown) => error);
    await set(off);
    expect(failure).toMatchObject({ driverError: { code } });
    expect(isOutage(failure)).toBe(true);
  });

  it('TOK-12 costs no refresh token: 503 now, tokens once it can be written again', async () => {
    const { client, refresh_token } = await walk.tokens();
    const { during, after } = await twice(() => walk.refresh(client.client_id, refresh_token));
    expectOutage(during);
    expect(after.status).toBe(200);
  });

  it('TOK-12 costs no code: 503 now, tokens once it can be written again', async () => {
    const { client_id } = await walk.register();
    const code = await walk.code(client_id);
    const { during, after } = await twice(() => walk.redeem(client_id, code));
    expectOutage(during);
    expect(after.status).toBe(200);
  });

  it('TOK-12 keeps a revocation waiting, and ends nothing meanwhile: access tokens that are valid stay so', async () => {
    const { client, refresh_token, access_token } = await walk.tokens();
    const form = { client_id: client.client_id, token: refresh_token };
    const bearer = { authorization: `Bearer ${access_token}` };
    const call = async () => (await walk.browser.get('/mcp', bearer)).status;
    const statuses: number[] = [];
    const { during, after } = await twice(async () => {
      statuses.push(await call());
      return walk.browser.post('/oauth/revoke', form);
    });
    expectOutage(during);
    expect([after.status, ...statuses, await call()]).toEqual([200, 200, 200, 401]);
  });

  it('STO-04 is in the log as an outage, and as nothing else', () => {
    expect(host.log.reasons()).toEqual(['outage', 'outage', 'outage', 'token_revoked']);
  });
});
