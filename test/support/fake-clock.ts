import { Clock } from '../../lib/config/clock.js';

/** A clock that runs with the system's and can be set ahead. */
export class FakeClock extends Clock {
  private aheadMs = 0;

  now(): number {
    return Date.now() + this.aheadMs;
  }

  advance(seconds: number): void {
    this.aheadMs += seconds * 1000;
  }
}
