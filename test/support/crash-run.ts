import { expect } from 'vitest';
import type { Heard } from './crash-client.js';
import { CRASH_PHASES, type CrashPhase, type CrashServer } from './crash-server.js';

/** How much of half answers gets out, in turn. */
const SHARES = [0.9, 0.5, 0.1];

/** Well within the replay window: a client that repeats its request after more than that proves nothing. */
const LONGEST_PAUSE_MS = 50_000;

export interface CrashChange {
  /** How much of a half answer gets out. */
  readonly share?: number;
  /** The replay window of the server that comes back. */
  readonly windowSeconds?: number;
}

/** For each of so many requests the point at which it kills the server: both are spread evenly. @param from which point comes first */
export function crashPlan(requests: number, kills: number, from: number): (CrashPhase | undefined)[] {
  return Array.from({ length: requests }, (_request, index) => {
    const before = Math.floor((index * kills) / requests);
    const isKilled = Math.floor(((index + 1) * kills) / requests) > before;
    return isKilled ? CRASH_PHASES[(from + before) % CRASH_PHASES.length] : undefined;
  });
}

/** Kills and restarts a server, and keeps count. */
export class CrashRun {
  requests = { refreshes: 0, redemptions: 0 };
  private readonly kills: CrashPhase[] = [];
  private silent = 0;
  private cut = 0;

  constructor(private readonly server: CrashServer) {}

  /** Sends a request that kills the server at that point, and starts it again. What the client heard is what that point leaves it. */
  async under(phase: CrashPhase, send: () => Promise<Heard>, change: CrashChange = {}): Promise<Heard> {
    const share = change.share ?? SHARES[this.cut % SHARES.length] ?? Number.NaN;
    await this.server.arm(phase, share);
    const began = Date.now();
    const heard = await send();
    await this.server.crashed();
    this.kills.push(phase);
    if (phase === 'while-answering') {
      this.cut++;
      expect(heard).toMatchObject({ status: 200, complete: false });
      expect(heard.body.length).toBe(Math.floor((heard.length ?? Number.NaN) * share));
    } else {
      this.silent++;
      expect(heard).toEqual({ body: '', complete: false });
    }
    await this.server.start(change.windowSeconds);
    if (Date.now() - began > LONGEST_PAUSE_MS)
      throw new Error('This machine starts a server more slowly than a replay window');
    return heard;
  }

  get summary(): string {
    const phases = CRASH_PHASES.map((phase) => {
      return `${this.kills.filter((kill) => kill === phase).length} ${phase.replace('-', ' ')}`;
    });
    const { refreshes, redemptions } = this.requests;
    return (
      `${this.kills.length} kills (${phases.join(', ')}) during ${refreshes} refreshes and ${redemptions} redemptions, ` +
      `${this.silent + this.cut} answers lost (${this.silent} without a byte, ${this.cut} cut short)`
    );
  }
}
