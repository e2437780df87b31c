import { EventEmitter } from 'node:events';
import type { Readable } from 'node:stream';

/** What a client has printed so far, and a place to wait for more of it. */
export class Transcript {
  text = '';
  readonly ended: Promise<void>;
  private ending: string | undefined;
  private readonly news = new EventEmitter().setMaxListeners(0);

  constructor() {
    this.ended = new Promise((resolve) => this.news.once('end', () => resolve()));
  }

  read(stream: Readable | null): void {
    stream?.on('data', (chunk: Buffer) => {
      this.text += chunk.toString();
      this.news.emit('more');
    });
  }

  /** @param how it ended, for the error message of whoever still waits */
  end(how: string): void {
    this.ending ??= how;
    this.news.emit('end');
    this.news.emit('more');
  }

  /**
   * The first group of a match, as soon as there is one.
   *
   * @param pattern with the flag `g`
   * @param nth which match, from 1
   * @throws with all that was printed, when the client ends before that
   */
  async find(pattern: RegExp, nth = 1): Promise<string> {
    for (;;) {
      const match = [...this.text.matchAll(pattern)][nth - 1];
      if (match) return match[1] ?? match[0];
      if (this.ending !== undefined) {
        throw new Error(`The client ended (${this.ending}) and never printed ${String(pattern)}:\n${this.text}`);
      }
      await new Promise((resolve) => this.news.once('more', resolve));
    }
  }
}
