import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DataSource, type DataSourceOptions } from 'typeorm';

/** How a server stops: it ends sessions in an orderly way, or it drops everything and recovers from its log at the next start. */
export type Shutdown = 'fast' | 'immediate';

/** A PostgreSQL server of a test's own, which it may stop, crash and freeze. */
export interface PrivatePostgres {
  /** Over TCP. */
  readonly tcp: DataSourceOptions;
  /** Over the socket in its directory, which is not there while the server is down. */
  readonly socket: DataSourceOptions;
  stop(shutdown: Shutdown): Promise<void>;
  /** Resolves once it answers. */
  start(): Promise<void>;
  /** Nothing breaks and nothing answers, as when a machine is suspended. */
  freeze(): void;
  thaw(): void;
  /** Whatever was done to it. */
  recover(): Promise<void>;
  /** Stops it, if it runs, and removes its files. */
  drop(): Promise<void>;
}

/** Who runs the server: it refuses to run as root. */
interface Account {
  readonly uid?: number;
  readonly gid?: number;
}

const SIGNALS = { fast: 'SIGINT', immediate: 'SIGQUIT' } as const;
/** Below the ports that outgoing connections get: nobody takes this one while the server is down. */
const FIRST_PORT = 20_000;
const PORTS = 10_000;

const binaries = findBinaries();
const account = findAccount();

/** Why there can be no private server here; undefined when there can. */
export const noPrivatePostgres: string | undefined = reasonAgainst();

if (noPrivatePostgres !== undefined) {
  if (process.env['TEST_DATABASES_REQUIRED'] === '1') {
    throw new Error(`TEST_DATABASES_REQUIRED=1, but ${noPrivatePostgres}`);
  }
  console.warn(`No private PostgreSQL: ${noPrivatePostgres}`);
}

export async function startPrivatePostgres(): Promise<PrivatePostgres> {
  if (binaries === undefined || account === undefined) throw new Error(noPrivatePostgres);
  const directory = await mkdtemp(join(tmpdir(), 'mcp-auth-postgres-'));
  const [data, port] = [join(directory, 'data'), await freePort()];
  if (account.uid !== undefined && account.gid !== undefined) await chown(directory, account.uid, account.gid);
  const initdb = join(binaries, 'initdb');
  const flags = ['-D', data, '-A', 'trust', '-U', 'postgres', '-E', 'UTF8', '--no-sync'];
  execFileSync(initdb, flags, { ...account, cwd: directory, stdio: 'pipe' });

  const settings = { listen_addresses: '127.0.0.1', port, unix_socket_directories: directory };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const common = { type: 'postgres', port, username: 'postgres', database: 'postgres' } as const;
  const tcp = { ...common, host: '127.0.0.1' };
  let server: ChildProcess | undefined;
  const stop = async (shutdown: Shutdown) => {
    if (server === undefined || server.exitCode !== null) return;
    const exited = once(server, 'exit');
    server.kill(SIGNALS[shutdown]);
    await exited;
  };
  const signalAll = (signal: NodeJS.Signals) => {
    if (server?.pid === undefined || server.exitCode !== null) return;
    // The postmaster first: a frozen one begins no new process while the others are told.
    for (const pid of [server.pid, ...childrenOf(server.pid)]) process.kill(pid, signal);
  };
  const start = async () => {
    if (server?.exitCode === null) return untilItAnswers(tcp, server);
    server = spawn(join(binaries, 'postgres'), ['-D', data, ...options], {
      ...account,
      cwd: directory,
      stdio: 'ignore',
    });
    await untilItAnswers(tcp, server);
  };
  // A worker that dies must not leave a server behind.
  process.once('exit', () => server?.kill('SIGQUIT'));
  const thaw = () => signalAll('SIGCONT');
  await start();
  return {
    tcp,
    socket: { ...common, host: directory },
    stop,
    start,
    freeze: () => signalAll('SIGSTOP'),
    thaw,
    recover: async () => {
      thaw();
      await start();
    },
    drop: async () => {
      thaw();
      await stop('immediate');
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function untilItAnswers(options: DataSourceOptions, server: ChildProcess): Promise<void> {
  for (;;) {
    if (server.exitCode !== null) throw new Error(`The server ended with ${server.exitCode} instead of starting`);
    const source = new DataSource(options);
    try {
      await source.initialize();
      return await source.destroy();
    } catch {
      await delay(20);
    }
  }
}

/** On Debian not in `PATH`; of several versions the newest. */
function findBinaries(): string | undefined {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).toSorted((a, b) => Number(b) - Number(a)) : [];
  const places = [...versions.map((version) => join(debian, version, 'bin')), ...path()];
  return places.find((place) => ['initdb', 'postgres'].every((name) => existsSync(join(place, name))));
}

function path(): readonly string[] {
  return (process.env['PATH'] ?? '').split(delimiter).filter((place) => place !== '');
}

/** Ourselves, unless we are root; then the account that comes with the package. */
function findAccount(): Account | undefined {
  if (process.getuid?.() !== 0) return {};
  const [uid, gid] = ['-u', '-g'].map((flag) => {
    const { status, stdout } = spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' });
    return status === 0 ? Number(stdout) : Number.NaN;
  });
  return Number.isInteger(uid) && Number.isInteger(gid) ? ({ uid, gid } as Account) : undefined;
}

function reasonAgainst(): string | undefined {
  if (process.platform !== 'linux') return 'processes are frozen by way of /proc, which is there on Linux';
  if (binaries === undefined) return 'the programs initdb and postgres were not found';
  if (account === undefined) return 'this is root, and there is no user postgres to run the server';
  return undefined;
}

function childrenOf(parent: number): readonly number[] {
  return readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
}

async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORTS);
    const server = createServer().listen(port, '127.0.0.1');
    const [outcome] = await Promise.race([
      once(server, 'listening').then(() => ['free'] as const),
      once(server, 'error').then(
        () => ['taken'] as const,
        () => ['taken'] as const,
      ),
    ]);
    if (outcome === 'free') {
      await new Promise((resolve) => server.close(resolve));
      return port;
    }
  }
}
