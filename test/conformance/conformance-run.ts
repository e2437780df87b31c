import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { visitCallback } from '../support/local-callback.js';

/** One line of the tool's `checks.json`. */
export interface Check {
  readonly id: string;
  readonly status: string;
  readonly errorMessage?: string;
}

export interface ConformanceRun {
  readonly exitCode: number;
  readonly checks: readonly Check[];
  readonly output: string;
}

export interface ConformanceOptions {
  readonly issuer: string;
  readonly clientId: string;
  /** Of the tool's own callback. */
  readonly port: number;
  readonly extra?: readonly string[];
  /** Takes the address that the tool prints through login and consent, and gives the callback. */
  readonly browse: (url: string) => Promise<URL>;
}

const SHIM = fileURLToPath(new URL('fs-globsync-shim.mjs', import.meta.url));
const TOOL = fileURLToPath(import.meta.resolve('@modelcontextprotocol/conformance/dist/index.js'));
const AUTHORIZATION_URL = /authentication process\.\s+(https?:\/\/\S+)/;

/** Runs the official tool's authorization server scenarios. What it prints is for people; its verdict is in its files. */
export async function runConformance(options: ConformanceOptions): Promise<ConformanceRun> {
  const results = await mkdtemp(join(tmpdir(), 'mcp-conformance-'));
  try {
    const { exitCode, output } = await run(options, results);
    return { exitCode, output, checks: await readChecks(results) };
  } finally {
    await rm(results, { recursive: true, force: true });
  }
}

async function run(options: ConformanceOptions, results: string): Promise<{ exitCode: number; output: string }> {
  const { issuer, clientId, port, extra = [], browse } = options;
  const flags = ['--url', issuer, '--client-id', clientId, '--port', String(port), '--output-dir', results, ...extra];
  const tool = spawn(process.execPath, ['--import', SHIM, TOOL, 'authorization', ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let walk: Promise<unknown> | undefined;
  const read = (chunk: Buffer) => {
    output += chunk.toString();
    const url = AUTHORIZATION_URL.exec(output)?.[1];
    if (url === undefined || walk !== undefined) return;
    walk = browse(url).then((callback) => visitCallback(callback));
    // Without a callback the tool would wait for minutes.
    walk.catch(() => tool.kill());
  };
  tool.stdout.on('data', read);
  tool.stderr.on('data', read);
  const [exitCode] = (await once(tool, 'close')) as [number | null];
  await walk;
  return { exitCode: exitCode ?? -1, output };
}

async function readChecks(directory: string): Promise<readonly Check[]> {
  const names = await readdir(directory, { recursive: true });
  const files = names.filter((name) => name.endsWith('checks.json'));
  const texts = await Promise.all(files.map((name) => readFile(join(directory, name), 'utf8')));
  return texts.flatMap((text) => JSON.parse(text) as Check[]);
}
