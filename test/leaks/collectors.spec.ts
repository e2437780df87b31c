import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Logger } from '@nestjs/common';
import { McpLoginService } from 'nestjs-mcp-auth';
import { mintAccessToken } from 'nestjs-mcp-auth/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SecretKind } from '../support/leak-channels.mjs';
import { readConsentForm } from '../support/browser.js';
import { OAuthWalk } from '../support/oauth-walk.js';
import { startServerProcess } from '../support/server-processes.js';
import { ADAPTERS, startTestApp, type TestApp } from '../support/test-app.js';
import { readHarvest, readSecrets } from './harvest.js';
import { linesIn, shortfalls } from './shortfalls.js';

const SETUP = fileURLToPath(new URL('../support/leak-setup.mjs', import.meta.url));
const PRINT = 'console.log(process.argv[1])';
const run = promisify(execFile);
const given = process.env['TEST_LEAKS_DIR'];

let directory: string;
beforeAll(async () => {
  // A run of its own, small and full of leaks: that of the whole suite stays as it is.
  directory = await mkdtemp(join(tmpdir(), 'mcp-auth-leaks-'));
  process.env['TEST_LEAKS_DIR'] = directory;
  await import(SETUP);
});
afterAll(async () => {
  if (given === undefined) delete process.env['TEST_LEAKS_DIR'];
  else process.env['TEST_LEAKS_DIR'] = given;
  await rm(directory, { recursive: true, force: true });
});

it('has no verdict on an empty run', async () => {
  const missing = shortfalls(await readHarvest(join(directory, 'nothing')));
  expect(missing).toContain('0 secrets of kind access_token, not 300');
});

describe.each(ADAPTERS)('a process that collects, on %s', (adapter) => {
  let host: TestApp;
  const secrets: [SecretKind, string][] = [];
  beforeAll(async () => {
    host = await startTestApp({ adapter });
    secrets.push(['oauth_secret', host.secret], ['api_key', 'secret-of-ada']);
    secrets.push(...(await everySecret(host)));
    const { accessToken } = await mintAccessToken(host.app, { userId: 'ada', scope: 'mcp:read' });
    secrets.push(['access_token', accessToken]);
  });
  afterAll(() => host?.close());

  it('keeps every secret, whether an answer or a test has it', async () => {
    const kept = await readSecrets(directory);
    expect(secrets.length).toBeGreaterThanOrEqual(13);
    for (const [kind, value] of secrets) expect(kept.get(value), kind).toBe(kind);
  });

  it('keeps nothing that clients send to nobody in particular, or that is public', async () => {
    const walk = new OAuthWalk(host.origin);
    const forged = `eyJhbGciOiJFUzI1NiJ9.e30.${'A'.repeat(86)}`;
    await walk.redeem('nobody', 'none', { code_verifier: walk.challenge });
    await walk.redeem('nobody', 'none', { code_verifier: 'a'.repeat(43) });
    await walk.redeem('nobody', 'none', { client_assertion: forged });
    await walk.redeem('nobody', 'none', { client_secret: 'too-short-to-be-one-of-ours' });
    const kept = await readSecrets(directory);
    const publicValues = [walk.challenge, forged, 'a'.repeat(43), 'too-short-to-be-one-of-ours', walk.state];
    expect(publicValues.filter((value) => kept.has(value))).toEqual([]);
  });

  it('has let none of them out so far', async () => {
    const { lines, leaks } = await readHarvest(directory);
    for (const name of ['log-', 'statements-']) expect(linesIn(lines, name), name).toBeGreaterThan(10);
    expect(leaks).toEqual([]);
  });
});

it('collects in the servers that it starts in processes of their own', async () => {
  const child = await startServerProcess({ adapter: 'fastify' });
  const secrets = await tokensOf(new OAuthWalk(child.origin));
  await child.stop();
  const kept = await readSecrets(directory);
  for (const [kind, value] of secrets) expect(kept.get(value), kind).toBe(kind);
  const { lines, leaks } = await readHarvest(directory);
  for (const name of ['log-server-process', 'statements-server-process']) {
    expect(linesIn(lines, name), name).toBeGreaterThan(10);
  }
  expect(leaks).toEqual([]);
}, 300_000);

describe('a leak planted where this process writes', () => {
  let host: TestApp;
  let walk: OAuthWalk;
  beforeAll(async () => {
    host = await startTestApp({ adapter: 'express' });
    walk = new OAuthWalk(host.origin);
  });
  afterAll(() => host?.close());

  const leaksIn = async (channel: string) => {
    const leaks = (await readHarvest(directory)).leaks.filter(({ file }) => file.startsWith(`${channel}-`));
    return { text: JSON.stringify(leaks), times: leaks.reduce((sum, { times }) => sum + times, 0) };
  };

  const query = (statement: string, ...parameters: unknown[]) => host.dataSource.query(statement, parameters);
  const plants: readonly (readonly [string, string, (secret: string) => unknown])[] = [
    ['an entry on the lowest level', 'log', (secret) => new Logger('Planted').verbose(`token ${secret}`)],
    ['an object in an entry', 'log', (secret) => new Logger('Planted').error({ deep: { inside: [secret] } })],
    ['an error with a cause', 'log', (secret) => Logger.warn(new Error('no', { cause: new Error(secret) }))],
    ['a parameter', 'statements', (secret) => query('SELECT ? AS x', secret)],
    ['bytes', 'statements', (secret) => query('SELECT ? AS x', Buffer.from(secret))],
    ['a statement', 'statements', (secret) => query(`SELECT '${secret}' AS x`)],
    ['a failure', 'statements', (secret) => query('NONSENSE', secret).catch(() => {})],
    ['a change of a schema', 'statements', (secret) => host.dataSource.logger.logSchemaBuild(secret)],
    ['a child that a test listens to', 'printed', (secret) => run(process.execPath, ['-e', PRINT, secret])],
    ['the run', 'run', (secret) => writeFile(join(directory, 'output/run-x.log'), `stdout | ${secret}\n`)],
  ];

  it.each(plants)('in %s, is found', async (_case, channel, plant) => {
    const before = await leaksIn(channel);
    const { refresh_token } = await walk.tokens();
    expect(await leaksIn(channel)).toEqual(before);
    await Promise.resolve(plant(refresh_token));
    const { times, text } = await leaksIn(channel);
    expect(times).toBeGreaterThan(before.times);
    expect(text).toContain('"refresh_token"');
    expect(text).not.toContain(refresh_token.slice(0, 8));
  });
});

/** Walks past everything that makes a secret. */
async function everySecret(host: TestApp): Promise<[SecretKind, string][]> {
  const walk = new OAuthWalk(host.origin);
  const { client_id, client_secret = '' } = await walk.register({ token_endpoint_auth_method: 'client_secret_post' });
  const page = await walk.openConsent(client_id);
  const { fields } = readConsentForm(page.text);
  const code = walk.target(await walk.decide(page)).searchParams.get('code') ?? '';
  const [posted, basic] = [randomBytes(32).toString('base64url'), randomBytes(32).toString('base64url')];
  const assertion = `eyJhbGciOiJFUzI1NiJ9.e30.${randomBytes(64).toString('base64url')}`;
  await walk.redeem(client_id, code, { client_secret: posted });
  await walk.redeem(client_id, code, { client_assertion: assertion });
  await walk.token(
    { grant_type: 'refresh_token' },
    { authorization: `Basic ${Buffer.from(`${client_id}:${basic}`).toString('base64')}` },
  );
  const wrong = await walk.redeem('somebody else', code);
  expect(wrong.status).not.toBe(200);
  host.users.handleLogin = true;
  const other = new OAuthWalk(host.origin);
  await other.browser.get(other.authorizeUrl(client_id));
  const handle = host.users.loginUrls.at(-1)?.handle ?? '';
  const { resumeUrl } = await host.app.get(McpLoginService, { strict: false }).complete(handle, { id: 'ada' });
  const login = new URL(resumeUrl).searchParams.get('login') ?? '';
  await other.browser.get(resumeUrl);
  host.users.handleLogin = false;
  return [
    ['client_secret', client_secret],
    ['client_secret', posted],
    ['client_secret', basic],
    ['client_assertion', assertion],
    ['handle', fields['request'] ?? ''],
    ['handle', handle],
    ['login', login],
    ['csrf_token', fields['csrf_token'] ?? ''],
    ['cookie', walk.browser.cookies.get('mcp_auth') ?? ''],
    ['code', code],
    ['code_verifier', walk.verifier],
    ...(await tokensOf(new OAuthWalk(host.origin))),
  ];
}

async function tokensOf(walk: OAuthWalk): Promise<[SecretKind, string][]> {
  const { access_token, refresh_token } = await walk.tokens();
  return [
    ['access_token', access_token],
    ['refresh_token', refresh_token],
  ];
}
