import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { repositoryRoot } from '../architecture/repository.js';

const run = promisify(execFile);

/** A host application as small as it gets, in a folder that knows nothing of this repository. */
export interface ConsumerKind {
  readonly name: string;
  readonly type: 'module' | 'commonjs';
  /** Package versions beside the packed library. */
  readonly dependencies: Readonly<Record<string, string>>;
  readonly compilerOptions: Readonly<Record<string, unknown>>;
}

export interface Answer {
  readonly status: number;
  readonly challenge: string | null;
  readonly body: unknown;
}

export interface Seen {
  readonly origin: string;
  readonly mcp: Answer;
  readonly tools: Answer;
  readonly open: Answer;
  readonly resource: Answer;
  readonly server: Answer;
  readonly errorsAreErrors: boolean;
}

const COMMON_DEPENDENCIES = {
  '@types/node': '^20.19.0',
  'class-transformer': '^0.5.1',
  'class-validator': '^0.15.1',
  'reflect-metadata': '^0.2.2',
  rxjs: '^7.8.2',
  'sql.js': '^1.13.0',
};

const COMMON_OPTIONS = {
  target: 'ES2023',
  lib: ['ES2023'],
  types: ['node'],
  rootDir: 'src',
  outDir: 'dist',
  strict: true,
  skipLibCheck: true,
  esModuleInterop: true,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
};

/** Packs the library as npm would publish it, and answers the tarball's path. */
export async function pack(folder: string): Promise<string> {
  await execute('npm', ['pack', '--pack-destination', folder], repositoryRoot);
  const [tarball] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
  if (!tarball) throw new Error('npm pack made no tarball');
  return join(folder, tarball);
}

export function makeFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'mcp-auth-packed-'));
}

export function removeFolder(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true });
}

/** Writes, installs and compiles a consumer. */
export async function build(kind: ConsumerKind, folder: string, tarball: string): Promise<void> {
  await mkdir(join(folder, 'src'), { recursive: true });
  await copyFile(join(repositoryRoot, 'test/packaging/consumer-app.ts'), join(folder, 'src/consumer-app.ts'));
  await writeJson(join(folder, 'tsconfig.json'), {
    compilerOptions: { ...COMMON_OPTIONS, ...kind.compilerOptions },
    include: ['src'],
  });
  await writeJson(join(folder, 'package.json'), {
    name: 'consumer',
    private: true,
    type: kind.type,
    dependencies: { ...COMMON_DEPENDENCIES, ...kind.dependencies, 'nestjs-mcp-auth': `file:${tarball}` },
  });
  // Nothing a consumer needs here has to be built, and a package that would run code at install has no business in this test.
  const flags = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'];
  await execute('npm', ['install', ...flags], folder);
  await execute(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json'], folder);
}

/** Complaints of the consumer's compiler about the library's own declarations, which it passes over when it compiles the consumer. */
export async function checkDeclarations(folder: string): Promise<string[]> {
  const flags = ['-p', 'tsconfig.json', '--noEmit', '--skipLibCheck', 'false', '--pretty', 'false'];
  const output = await execute(process.execPath, ['node_modules/typescript/bin/tsc', ...flags], folder).catch(String);
  return output.split('\n').filter((line) => line.includes('node_modules/nestjs-mcp-auth/'));
}

/** Starts the compiled consumer and answers what it saw. */
export async function start(folder: string): Promise<Seen> {
  const output = await execute(process.execPath, ['dist/consumer-app.js'], folder);
  const line = output.split('\n').find((text) => text.startsWith('SEEN '));
  if (!line) throw new Error(`The consumer said nothing:\n${output}`);
  return JSON.parse(line.slice('SEEN '.length)) as Seen;
}

/** Runs a program without the variables a test runner leaves behind; a failure shows all that it printed. */
export async function execute(program: string, args: readonly string[], folder: string): Promise<string> {
  const kept = Object.entries(process.env).filter(([name]) => !/^(VITEST|NODE_ENV|NODE_OPTIONS|TEST|npm_)/.test(name));
  try {
    const options = { cwd: folder, env: Object.fromEntries(kept), timeout: 300_000, maxBuffer: 64 * 1024 * 1024 };
    const { stdout, stderr } = await run(program, args, options);
    return stdout + stderr;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${program} ${args.join(' ')} failed in ${folder}\n${stdout}\n${stderr}`, { cause: error });
  }
}

function writeJson(file: string, value: unknown): Promise<void> {
  return writeFile(file, `${JSON.stringify(value, null, 2)}\n`);
}
