import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SecretKind } from '../support/leak-channels.mjs';
import { type Leak, Scanner } from './scanner.js';

/** What a run left behind in `TEST_LEAKS_DIR`, and what the scan of it says. */
export interface Harvest {
  /** How many different ones of each kind. */
  readonly secrets: ReadonlyMap<SecretKind, number>;
  /** How many by file: loggers and statements of each process, what their children printed, and what the runner did. */
  readonly lines: ReadonlyMap<string, number>;
  readonly leaks: readonly (Leak & { readonly file: string })[];
}

export async function readHarvest(directory: string): Promise<Harvest> {
  const found = await readSecrets(directory);
  const scanner = new Scanner([...found].map(([value, kind]) => [kind, value]));
  const secrets = new Map<SecretKind, number>();
  for (const kind of found.values()) secrets.set(kind, (secrets.get(kind) ?? 0) + 1);
  const lines = new Map<string, number>();
  const leaks: (Leak & { file: string })[] = [];
  for (const file of await filesIn(join(directory, 'output'))) {
    const scan = await scanner.scanFile(join(directory, 'output', file));
    lines.set(file, scan.lines);
    leaks.push(...scan.leaks.map((leak) => ({ file, ...leak })));
  }
  return { secrets, lines, leaks };
}

/** Clients present wrong verifiers too, even public ones: a verifier is a secret when a request came with its challenge. */
export async function readSecrets(directory: string): Promise<ReadonlyMap<string, SecretKind>> {
  const secrets = new Map<string, SecretKind>();
  const challenges = new Set<string>();
  for (const file of await filesIn(join(directory, 'secrets'))) {
    const lines = (await readFile(join(directory, 'secrets', file), 'utf8')).split('\n');
    for (const line of lines.filter((text) => text !== '')) {
      const [kind, value] = JSON.parse(line) as [SecretKind | 'code_challenge', string];
      if (kind === 'code_challenge') challenges.add(value);
      else secrets.set(value, kind);
    }
  }
  const isSecret = ([value, kind]: readonly [string, SecretKind]) =>
    kind !== 'code_verifier' || challenges.has(createHash('sha256').update(value).digest('base64url'));
  return new Map([...secrets].filter(isSecret));
}

/** Nothing was kept where the folder is missing; whoever needs something sees to that. */
async function filesIn(directory: string): Promise<readonly string[]> {
  try {
    return (await readdir(directory)).toSorted();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
