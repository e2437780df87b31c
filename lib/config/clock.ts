import { Injectable } from '@nestjs/common';

/** The only source of time: a test replaces it, no other file asks the system. */
export abstract class Clock {
  /** Milliseconds since the epoch. */
  abstract now(): number;
}

/** The system's wall clock. */
@Injectable()
export class SystemClock extends Clock {
  now(): number {
    return Date.now();
  }
}
