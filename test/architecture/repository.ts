import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder that holds `package.json`. */
export const repositoryRoot = fileURLToPath(new URL('../..', import.meta.url));

/** Every TypeScript file below a folder of the repository, as path → text; empty when the folder does not exist. */
export function readSources(folder: string): Map<string, string> {
  const root = join(repositoryRoot, folder);
  if (!existsSync(root)) return new Map();
  const files = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !file.includes(`${sep}node_modules${sep}`))
    .sort();
  return new Map(
    files.map((file) => [relative(repositoryRoot, file).split(sep).join('/'), readFileSync(file, 'utf8')] as const),
  );
}

export interface Manifest {
  readonly name: string;
  readonly main: string;
  readonly types: string;
  readonly exports: Readonly<Record<string, unknown>>;
  readonly typesVersions?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

export function readManifest(path = 'package.json'): Manifest {
  return JSON.parse(readRepositoryFile(path)) as Manifest;
}

export function readRepositoryFile(path: string): string {
  return readFileSync(join(repositoryRoot, path), 'utf8');
}
