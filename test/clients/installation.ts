import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const MODULES = new URL('node_modules/', import.meta.url);

/**
 * A file of a client in this folder's own `node_modules`.
 *
 * @throws when the clients are not installed; no test of theirs is ever skipped
 */
export function clientFile(path: string): string {
  const file = fileURLToPath(new URL(path, MODULES));
  if (!existsSync(file)) {
    throw new Error(`The real clients are not installed (no ${path}): run \`npm ci --prefix test/clients\` first`);
  }
  return file;
}
