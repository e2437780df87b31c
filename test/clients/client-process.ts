import { type ChildProcess, spawn } from 'node:child_process';
import { Transcript } from './transcript.js';

/** A client as a process of its own, run by the Node of the test. */
export class ClientProcess {
  readonly transcript = new Transcript();
  /** Of standard output alone. */
  stdout = '';
  private readonly child: ChildProcess;

  constructor(script: string, args: readonly string[], environment: Readonly<Record<string, string>>) {
    // A group of its own: some clients are several processes.
    this.child = spawn(process.execPath, [script, ...args], {
      env: environment,
      cwd: environment['HOME'],
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    this.child.stdout?.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()));
    this.transcript.read(this.child.stdout);
    this.transcript.read(this.child.stderr);
    this.child.once('error', (error) => this.transcript.end(error.message));
    this.child.once('close', (code, signal) => this.transcript.end(`status ${code ?? signal}`));
  }

  /** Waits for the client to end by itself, and gives its status. */
  async exitCode(): Promise<number | null> {
    await this.transcript.ended;
    return this.child.exitCode;
  }

  /** Ends the client and everything that it started. */
  async stop(): Promise<void> {
    const { pid } = this.child;
    if (pid === undefined) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // The group is gone already.
    }
    await this.transcript.ended;
  }
}
