import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { TestDatabase } from './databases.js';
import { leaksDirectory } from './leak-channels.mjs';

const CRASH_POINTS = fileURLToPath(new URL('./crash-points.mjs', import.meta.url));
const LEAK_SETUP = fileURLToPath(new URL('./leak-setup.mjs', import.meta.url));

export const CRASH_PHASES = ['before-commit', 'after-commit', 'while-answering'] as const;
export type CrashPhase = (typeof CRASH_PHASES)[number];

/** The compiled sample app in a process of its own, which dies where it is told to and comes back at the same address. */
export class CrashServer {
  private child: ChildProcess | undefined;
  private starts = 0;

  private constructor(
    private readonly main: string,
    readonly origin: string,
    private readonly environment: Readonly<Record<string, string>>,
  ) {}

  /** Nothing is started yet. @param main the compiled `main.js` */
  static async at(main: string, database: TestDatabase): Promise<CrashServer> {
    const port = String(await quietPort());
    const origin = `http://127.0.0.1:${port}`;
    return new CrashServer(main, origin, {
      HOST: '127.0.0.1',
      PORT: port,
      MCP_BASE_URL: origin,
      MCP_HMAC_SECRET: randomBytes(48).toString('base64url'),
      DATABASE_URL: databaseUrl(database),
      MCP_RATE_LIMIT: 'off',
    });
  }

  /** Express and Fastify in turn. @param windowSeconds the replay window; the longest one keeps a busy machine inside of it */
  async start(windowSeconds = 60): Promise<void> {
    const environment = {
      ...this.environment,
      HTTP_ADAPTER: this.starts++ % 2 === 0 ? 'express' : 'fastify',
      MCP_REFRESH_REUSE_WINDOW: String(windowSeconds),
    };
    const directory = leaksDirectory();
    const child = spawn(process.execPath, ['--import', LEAK_SETUP, '--import', CRASH_POINTS, this.main], {
      env: { ...environment, ...(directory === undefined ? {} : { TEST_LEAKS_DIR: directory }) },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.child = child;
    await listening(child);
  }

  /** The next token request is the last one of this process. @param share how much of the body gets out, where any does */
  async arm(phase: CrashPhase, share: number): Promise<void> {
    if (!(await this.isAlive({ phase, share }))) throw new Error('The server died before it was told to');
  }

  /** Resolves once the process is dead. */
  async crashed(): Promise<void> {
    if (await this.isAlive()) throw new Error('The request is over, and the server has survived it');
    const { exitCode, signalCode } = this.running();
    if (signalCode !== 'SIGKILL') throw new Error(`The server ended with ${signalCode ?? exitCode}, not by SIGKILL`);
  }

  async stop(): Promise<void> {
    const { child } = this;
    if (!child || hasEnded(child)) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  }

  private running(): ChildProcess {
    if (!this.child) throw new Error('The server was not started');
    return this.child;
  }

  /** Asks it, instead of waiting for a while: a process answers or ends. */
  private async isAlive(order?: { readonly phase: CrashPhase; readonly share: number }): Promise<boolean> {
    const child = this.running();
    if (hasEnded(child)) return false;
    const given = new AbortController();
    const { signal } = given;
    const verdicts = [
      once(child, 'message', { signal }).then(() => true),
      once(child, 'exit', { signal }).then(() => false),
    ];
    // A dead process cannot be told anything: its exit is the answer.
    child.send({ order }, () => {});
    try {
      return await Promise.race(verdicts);
    } finally {
      given.abort();
      await Promise.allSettled(verdicts);
    }
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

/** What an operator writes into `DATABASE_URL`: the address of the server under test, with another database. */
function databaseUrl({ options }: TestDatabase): string {
  const database = String(options.database);
  if (options.type === 'better-sqlite3') return `sqlite:${database}`;
  const url = new URL(process.env[options.type === 'postgres' ? 'TEST_POSTGRES_URL' : 'TEST_MYSQL_URL'] ?? '');
  url.pathname = `/${database}`;
  return url.href;
}

/** Resolves when it says that it listens, as it says so to people. */
function listening(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = '';
    const read = (chunk: Buffer) => {
      output += chunk.toString('utf8');
      if (output.includes('Listening on ')) resolve();
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`The sample app does not start: ${output}`)));
  });
}

/** A free port below those that the system gives away by itself: nobody takes it while the server is down. */
async function quietPort(): Promise<number> {
  for (;;) {
    const probe = createServer();
    const port = randomInt(20_000, 32_000);
    const free = await new Promise<boolean>((resolve) => {
      probe.once('error', () => resolve(false));
      probe.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!free) continue;
    await new Promise((resolve) => void probe.close(resolve));
    return port;
  }
}
