import { inspect } from 'node:util';
import type { Logger as DatabaseLogger } from 'typeorm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readConsentForm } from '../support/browser.js';
import { describeDatabases, type TestDatabase } from '../support/databases.js';
import { OAuthWalk } from '../support/oauth-walk.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

/** Keeps every statement and its parameters, as `logging: 'all'` would print them. */
class StatementLog implements DatabaseLogger {
  readonly lines: string[] = [];
  logQuery = (query: string, parameters?: unknown[]) => this.keep(query, parameters);
  logQueryError = (error: string | Error, query: string, parameters?: unknown[]) => this.keep(error, query, parameters);
  logQuerySlow = (time: number, query: string, parameters?: unknown[]) => this.keep(time, query, parameters);
  logSchemaBuild = (message: string) => this.keep(message);
  logMigration = (message: string) => this.keep(message);
  log = (level: string, message: unknown) => this.keep(level, message);

  private keep(...parts: unknown[]): void {
    this.lines.push(
      parts
        .map((part) => (typeof part === 'string' ? part : inspect(part, { depth: 9, maxStringLength: null })))
        .join(' '),
    );
  }
}

/** The ways in which a secret may leak: as it is, URL-encoded, or inside something base64. */
function disguisesOf(secret: string): readonly string[] {
  const base64 = [0, 1, 2].flatMap((shift) => {
    const bytes = Buffer.from('x'.repeat(shift) + secret);
    const whole = (encoding: 'base64' | 'base64url') => bytes.toString(encoding).replace(/=+$/, '').slice(4, -4);
    return [whole('base64'), whole('base64url')];
  });
  return [secret, encodeURIComponent(secret), ...base64];
}

const leaks = (haystack: string, secrets: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(secrets)
    .filter(([, secret]) => disguisesOf(secret).some((disguise) => haystack.includes(disguise)))
    .map(([name]) => name);

describeDatabases('what the application prints at its most talkative', (kind) => {
  let database: TestDatabase;
  let host: TestApp;
  const statements = new StatementLog();
  const secrets: Record<string, string> = {};
  beforeAll(async () => {
    database = await kind.create();
    host = await startTestApp({
      adapter: 'express',
      database: { ...database.options, logging: 'all', logger: statements } as typeof database.options,
    });
    Object.assign(secrets, await everythingSecret(host));
  });
  afterAll(async () => {
    await host?.close();
    await database?.drop();
  });

  it('STO-04 STO-01 holds no secret it issued: neither the log, nor the statements and their parameters', () => {
    expect(Object.keys(secrets).length).toBeGreaterThanOrEqual(14);
    expect(statements.lines.length).toBeGreaterThan(50);
    expect(host.log.lines.length).toBeGreaterThan(3);
    expect(leaks(host.log.lines.join('\n'), secrets)).toEqual([]);
    expect(leaks(statements.lines.join('\n'), secrets)).toEqual([]);
  });

  it('would find one that was planted, however it is written', () => {
    const [name = '', secret = ''] = Object.entries(secrets)[3] ?? [];
    const planted = [secret, encodeURIComponent(secret), Buffer.from(`token=${secret}&x`).toString('base64')];
    for (const line of planted) expect(leaks(`some ${line} text`, secrets)).toEqual([name]);
  });
});

/** Walks every path that makes or takes a secret, failures included, and gives the secrets by name. */
async function everythingSecret(host: TestApp): Promise<Record<string, string>> {
  const walk = new OAuthWalk(host.origin);
  const secret = await walk.register({ token_endpoint_auth_method: 'client_secret_post' });
  const { client_id, client_secret = '' } = secret;
  const authentic = { client_id, client_secret };
  const page = await walk.openConsent(client_id);
  const { fields } = readConsentForm(page.text);
  const code = walk.target(await walk.decide(page)).searchParams.get('code') ?? '';
  const wrong = await walk.token({
    grant_type: 'authorization_code',
    ...authentic,
    code,
    code_verifier: walk.challenge,
  });
  expect(wrong.status).toBe(400);
  const issue = async (form: Record<string, string>) =>
    JSON.parse((await walk.token({ ...authentic, ...form })).text) as { access_token: string; refresh_token: string };
  const first = await issue({ grant_type: 'authorization_code', code, code_verifier: walk.verifier });
  const second = await issue({ grant_type: 'refresh_token', refresh_token: first.refresh_token });
  await issue({ grant_type: 'refresh_token', refresh_token: first.refresh_token });
  await walk.token({ ...authentic, client_secret: `${client_secret}x`, grant_type: 'refresh_token' });
  host.clock.advance(31);
  await issue({ grant_type: 'refresh_token', refresh_token: first.refresh_token });
  await issue({ grant_type: 'authorization_code', code, code_verifier: walk.verifier });
  const other = await walk.tokens('grace');
  for (const token of [second.access_token, other.access_token, `${other.access_token}x`]) {
    await fetch(`${host.origin}/mcp`, { headers: { authorization: `Bearer ${token}` } });
  }
  const body = new URLSearchParams({ client_id: other.client.client_id, token: other.refresh_token });
  await fetch(`${host.origin}/oauth/revoke`, { method: 'POST', body });
  return {
    oauthSecret: host.secret,
    'client secret': client_secret,
    'consent handle': fields['request'] ?? '',
    'csrf token': fields['csrf_token'] ?? '',
    'browser cookie': walk.browser.cookies.get('mcp_auth') ?? '',
    code,
    'code verifier': walk.verifier,
    'first access token': first.access_token,
    'first refresh token': first.refresh_token,
    'second access token': second.access_token,
    'second refresh token': second.refresh_token,
    'other access token': other.access_token,
    'other refresh token': other.refresh_token,
    'API key': 'secret-of-ada',
  };
}
