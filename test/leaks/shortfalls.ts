import type { SecretKind } from '../support/leak-channels.mjs';
import type { Harvest } from './harvest.js';

/** Different secrets that `npm test` hands out at least, on SQLite alone: fewer, and a collector is broken. */
const FEWEST_SECRETS: Readonly<Record<SecretKind, number>> = {
  access_token: 1,
  refresh_token: 1,
  client_secret: 1,
  client_assertion: 1,
  code: 1,
  code_verifier: 1,
  handle: 1,
  login: 1,
  csrf_token: 1,
  cookie: 1,
  oauth_secret: 1,
  api_key: 1,
  // Looked for, and not issued so far.
  registration_access_token: 0,
  id_token: 0,
};

/** Lines in the files that begin like this: of the tests' own processes, of their servers, and what the run printed. */
const FEWEST_LINES: Readonly<Record<string, number>> = {
  'log-': 1,
  'log-server-process': 1,
  'statements-': 1,
  'statements-server-process': 1,
  'statements-migrating-process': 1,
  'run-': 1,
};

/** What is missing for a verdict; a scan that has nothing to go through finds nothing. */
export function shortfalls({ secrets, lines }: Pick<Harvest, 'secrets' | 'lines'>): readonly string[] {
  const fewSecrets = Object.entries(FEWEST_SECRETS).flatMap(([kind, fewest]) => {
    const count = secrets.get(kind as SecretKind) ?? 0;
    return count < fewest ? [`${count} secrets of kind ${kind}, not ${fewest}`] : [];
  });
  const fewLines = Object.entries(FEWEST_LINES).flatMap(([name, fewest]) => {
    const count = linesIn(lines, name);
    return count < fewest ? [`${count} lines in ${name}*, not ${fewest}`] : [];
  });
  return [...fewSecrets, ...fewLines];
}

/** Lines in all files whose name begins like this. */
export function linesIn(lines: Harvest['lines'], name: string): number {
  return [...lines].reduce((sum, [file, count]) => sum + (file.startsWith(name) ? count : 0), 0);
}
