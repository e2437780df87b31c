import type { SecretKind } from '../support/leak-channels.mjs';
import type { Harvest } from './harvest.js';

/** Different secrets that `npm test` hands out at least, on SQLite alone: fewer, and a collector is broken. */
const FEWEST_SECRETS: Readonly<Record<SecretKind, number>> = {
  access_token: 300,
  refresh_token: 300,
  client_secret: 50,
  client_assertion: 10,
  code: 150,
  code_verifier: 150,
  handle: 200,
  login: 5,
  csrf_token: 200,
  cookie: 100,
  oauth_secret: 100,
  api_key: 2,
  // Looked for, and not issued so far.
  registration_access_token: 0,
  id_token: 0,
};

/** Lines in the files that begin like this: of the tests' own processes, of their servers, and what the run printed. */
const FEWEST_LINES: Readonly<Record<string, number>> = {
  'log-': 5000,
  'log-server-process': 100,
  'statements-': 20_000,
  'statements-server-process': 1000,
  'statements-migrating-process': 20,
  // Compiled servers, and what they print to the test that starts them.
  'log-main': 10,
  'statements-main': 50,
  'printed-': 1,
  'run-': 300,
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
