import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { EnvironmentError, type DatabaseTarget, type Environment } from './environment.js';

/**
 * The secret from which the library derives its keys: `MCP_HMAC_SECRET`, or for development a random one that is kept
 * beside the database, so that tokens survive a restart and instances on one database agree.
 */
export async function resolveHmacSecret(environment: Environment): Promise<string> {
  if (environment.hmacSecret !== undefined) return environment.hmacSecret;
  if (environment.production) {
    throw new EnvironmentError([
      'MCP_HMAC_SECRET must be set when NODE_ENV is "production" (create one with: openssl rand -base64 48)',
    ]);
  }
  const path = secretPath(environment.database);
  return path === undefined ? newSecret() : await readOrCreate(path);
}

/** Where the secret of this database lives; a database in memory has none that outlives the process. */
export function secretPath(database: DatabaseTarget): string | undefined {
  if (database.kind !== 'sqlite') return resolve('data', 'hmac-secret');
  if (database.path === ':memory:') return undefined;
  return join(dirname(database.path), `${basename(database.path)}.hmac-secret`);
}

async function readOrCreate(path: string): Promise<string> {
  const existing = await readSecret(path);
  if (existing !== undefined) return existing;
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  await writeFile(draft, `${newSecret()}\n`, { mode: 0o600, flag: 'wx' });
  try {
    // A hard link appears whole or not at all, and only once: of two instances that start together, both read the winner's.
    await link(draft, path);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  } finally {
    await rm(draft, { force: true });
  }
  const created = await readSecret(path);
  if (created === undefined) throw new EnvironmentError([`the secret file ${path} vanished while starting`]);
  return created;
}

async function readSecret(path: string): Promise<string | undefined> {
  let text: string;
  try {
    text = (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
  const { mode } = await stat(path);
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw new EnvironmentError([`the secret file ${path} can be read by others; run: chmod 600 ${path}`]);
  }
  if (text.length < 43) throw new EnvironmentError([`the secret file ${path} is damaged; delete it to get a new one`]);
  return text;
}

function newSecret(): string {
  return randomBytes(48).toString('base64url');
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
