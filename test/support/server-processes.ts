import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { TestAppOptions } from './test-app.js';

const SCRIPT = fileURLToPath(new URL('./server-process.mjs', import.meta.url));

type Reply =
  | { readonly meeting: number }
  | { readonly origin: string }
  | { readonly overlap: number }
  | { readonly advanced: number }
  | { readonly statements: number }
  | { readonly error: string };

/** One instance of the test application in its own process. */
export interface ServerProcess {
  readonly origin: string;
  /**
   * Makes the next `size` token requests meet on this instance after their checks, before any of them writes; 0: none.
   * @param at `assertions`: after the checks of their client assertions, before any of these is used up
   */
  meet(size: number, at?: 'assertions'): Promise<void>;
  /** The most requests it worked on at once since the last call. */
  takeOverlap(): Promise<number>;
  /** How many statements it sent to the database since the last call. */
  takeStatements(): Promise<number>;
  /** Sets its clock ahead of everybody else's, or back. */
  advance(seconds: number): Promise<void>;
  /** SIGSTOP for a while: the process is there and does nothing. */
  freeze(milliseconds: number): Promise<void>;
  stop(): Promise<void>;
  /** SIGKILL: no answer is finished, no transaction is ended by the process itself. */
  kill(): Promise<void>;
}

/**
 * Starts an instance; `options` travel as JSON, so users and modules stay the default ones.
 * @param fault `readThenWrite`: its repositories decide by what was read earlier, which no race may survive unseen
 */
export async function startServerProcess(
  options: Pick<TestAppOptions, 'adapter' | 'database' | 'options'>,
  fault: { readonly readThenWrite?: boolean } = {},
): Promise<ServerProcess> {
  const child = fork(SCRIPT, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  await once(child, 'message');
  const started = await ask(child, { kind: 'start', options, ...fault });
  if (!('origin' in started)) throw new Error(JSON.stringify(started));
  return {
    origin: started.origin,
    meet: async (size, at) => void (await ask(child, { kind: 'meet', size, at })),
    takeOverlap: async () => {
      const reply = await ask(child, { kind: 'overlap' });
      return 'overlap' in reply ? reply.overlap : Number.NaN;
    },
    takeStatements: async () => {
      const reply = await ask(child, { kind: 'statements' });
      return 'statements' in reply ? reply.statements : Number.NaN;
    },
    advance: async (seconds) => void (await ask(child, { kind: 'advance', seconds })),
    freeze: async (milliseconds) => {
      child.kill('SIGSTOP');
      await delay(milliseconds);
      child.kill('SIGCONT');
    },
    kill: async () => {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
    stop: async () => {
      const exited = once(child, 'exit');
      child.disconnect();
      await exited;
    },
  };
}

async function ask(child: ChildProcess, message: object): Promise<Reply> {
  const reply = once(child, 'message');
  child.send(message);
  const [value] = (await reply) as [Reply];
  return value;
}
