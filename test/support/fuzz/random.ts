const WORD = 'abcdefghijkmnpqrstuvwxyz0123456789';

/** A reproducible source of chance (mulberry32): the same seed makes the same requests. */
export class SeededRandom {
  /** Invented values handed out since the last `forget()`; none of them may come back or be logged. */
  readonly invented = new Set<string>();
  private state: number;

  constructor(readonly seed: number) {
    this.state = seed;
  }

  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number from 0 to `limit - 1`. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }

  /** Letters and digits that occur nowhere else. */
  word(length = 14): string {
    const text = `zq${Array.from({ length: length - 2 }, () => WORD[this.below(WORD.length)]).join('')}`;
    if (length >= 8) this.invented.add(text);
    return text;
  }

  /** `text` with `insert` somewhere in it. */
  spoil(text: string, insert: string): string {
    const at = this.below(text.length + 1);
    return text.slice(0, at) + insert + text.slice(at);
  }

  shuffle<T>(list: readonly T[]): T[] {
    const mixed = [...list];
    for (let index = mixed.length - 1; index > 0; index--) {
      const other = this.below(index + 1);
      [mixed[index], mixed[other]] = [mixed[other] as T, mixed[index] as T];
    }
    return mixed;
  }

  forget(): void {
    this.invented.clear();
  }
}
