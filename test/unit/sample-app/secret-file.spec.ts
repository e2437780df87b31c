import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readEnvironment } from '../../../sample-app/environment.js';
import { resolveHmacSecret, secretPath } from '../../../sample-app/secret-file.js';

let folder: string;
let path: string;
const environment = (more: Record<string, string> = {}) =>
  readEnvironment({ DATABASE_URL: `sqlite:${join(folder, 'deep', 'notes.sqlite')}`, ...more });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'notes-secret-'));
  path = secretPath(environment().database) ?? '';
});
afterEach(() => rm(folder, { recursive: true }));

describe('the secret of the sample app', () => {
  it('is the one from the environment, and then no file is written', async () => {
    expect(await resolveHmacSecret(environment({ MCP_HMAC_SECRET: 'x'.repeat(40) }))).toBe('x'.repeat(40));
    await expect(stat(path)).rejects.toThrow('ENOENT');
  });

  it('is otherwise random, lies beside the database with mode 0600, and stays the same', async () => {
    const secret = await resolveHmacSecret(environment());
    expect(secret.length).toBeGreaterThanOrEqual(43);
    expect(path).toBe(join(folder, 'deep', 'notes.sqlite.hmac-secret'));
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await resolveHmacSecret(environment())).toBe(secret);
  });

  it('is one secret for instances that start together', async () => {
    const secrets = await Promise.all(Array.from({ length: 20 }, () => resolveHmacSecret(environment())));
    expect(new Set(secrets).size).toBe(1);
    expect((await readFile(path, 'utf8')).trim()).toBe(secrets[0]);
  });

  it('OPS-06 must be given in production', async () => {
    await expect(resolveHmacSecret(environment({ NODE_ENV: 'production' }))).rejects.toThrow(
      'MCP_HMAC_SECRET must be set',
    );
    await expect(stat(path)).rejects.toThrow('ENOENT');
  });

  it('is refused when others can read the file', async () => {
    await resolveHmacSecret(environment());
    await chmod(path, 0o644);
    await expect(resolveHmacSecret(environment())).rejects.toThrow('can be read by others');
  });

  it('is refused when the file is cut short', async () => {
    await resolveHmacSecret(environment());
    await writeFile(path, 'short\n');
    await expect(resolveHmacSecret(environment())).rejects.toThrow('is damaged');
  });
});
