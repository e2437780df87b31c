import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, realpath, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SOURCES = ['lib', 'sample-app'];
const SETTINGS = ['tsconfig.json', 'tsconfig.build.json', 'nest-cli.json'];

/** The sample app as `nest build` makes it. */
export interface CompiledApp {
  /** Path of `dist/sample-app/main.js`. */
  readonly main: string;
  remove(): Promise<void>;
}

/** The compiled sample app of this very checkout, in a folder of its own: other suites and people build into `dist` meanwhile. */
export async function compileSampleApp(): Promise<CompiledApp> {
  const folder = await mkdtemp(join(await realpath(tmpdir()), 'mcp-auth-compiled-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    await cp(join(ROOT, 'package.json'), join(folder, 'package.json'));
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');
    if (!(await takeOver(folder))) await build(folder);
    return { main: join(folder, 'dist/sample-app/main.js'), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Copies `dist`, and reports whether the copy is whole and no source is newer. */
async function takeOver(folder: string): Promise<boolean> {
  try {
    await cp(join(ROOT, 'dist'), join(folder, 'dist'), { recursive: true, preserveTimestamps: true });
    for (const source of await sourceFiles()) {
      const output = source.replace(/\.ts$/, '.js');
      const [written, copied, original] = await Promise.all([
        stat(join(ROOT, source)),
        stat(join(folder, 'dist', output)),
        stat(join(ROOT, 'dist', output)),
      ]);
      if (copied.mtimeMs < written.mtimeMs || copied.size !== original.size) return false;
    }
    return true;
  } catch (error) {
    // Never built, built before this file was written, or being built right now.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}

async function build(folder: string): Promise<void> {
  await rm(join(folder, 'dist'), { recursive: true, force: true });
  for (const name of [...SOURCES, ...SETTINGS]) await cp(join(ROOT, name), join(folder, name), { recursive: true });
  const nest = join(ROOT, 'node_modules/@nestjs/cli/bin/nest.js');
  await promisify(execFile)(process.execPath, [nest, 'build'], { cwd: folder });
}

async function sourceFiles(): Promise<string[]> {
  const found = SOURCES.map(async (source) => {
    const names = await readdir(join(ROOT, source), { recursive: true });
    return names.filter((name) => name.endsWith('.ts')).map((name) => join(source, name));
  });
  return (await Promise.all(found)).flat();
}
