import { createReadStream } from 'node:fs';
import type { SecretKind } from '../support/leak-channels.mjs';
import { disguisesOf } from './disguises.js';

/** Secrets of one kind, written in one way. */
export interface Leak {
  readonly kind: SecretKind;
  readonly disguise: string;
  readonly times: number;
  /** The line of the first one, with everything cut short that could be a secret. */
  readonly excerpt: string;
}

export interface Scan {
  readonly leaks: readonly Leak[];
  readonly bytes: number;
  readonly lines: number;
}

interface Needle {
  readonly kind: SecretKind;
  readonly disguise: string;
  readonly bytes: Buffer;
}

/** Every needle is known by the hash of its last bytes. */
const FINGERPRINT = 12;
const BASE = 0x01000193;
/** What a byte is worth that leaves the fingerprint. */
const LEAVING = Array.from({ length: FINGERPRINT - 1 }).reduce<number>((power) => Math.imul(power, BASE), 1);
const FILTER_BITS = 24;
/** Bytes kept from the piece before, for whole JWTs to be cut short in an excerpt; needles are shorter. */
const CONTEXT = 2000;
const EXCERPT = 200;
const NEWLINE = 10;

/** Looks for very many secrets in very much output at once: a rolling hash over every byte, and a filter that says no to almost all. */
export class Scanner {
  private readonly filter = new Uint8Array(2 ** (FILTER_BITS - 3));
  private readonly needles = new Map<number, Needle[]>();

  constructor(secrets: Iterable<readonly [SecretKind, string]>) {
    for (const [kind, secret] of secrets) {
      for (const { disguise, text } of disguisesOf(secret)) this.add({ kind, disguise, bytes: Buffer.from(text) });
    }
  }

  async scanFile(path: string): Promise<Scan> {
    return this.scan(createReadStream(path, { highWaterMark: 4_194_304 }));
  }

  /** Pieces may be cut anywhere, also in the middle of a secret. */
  async scan(pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<Scan> {
    const leaks = new Map<string, Leak>();
    let [bytes, lines] = [0, 0];
    let before = Buffer.alloc(0);
    for await (const piece of pieces) {
      const text = Buffer.concat([before, piece]);
      bytes += piece.length;
      lines += this.scanPiece(text, before.length, leaks);
      before = text.subarray(-CONTEXT);
    }
    return { leaks: [...leaks.values()], bytes, lines };
  }

  private add(needle: Needle): void {
    if (needle.bytes.length < FINGERPRINT) return;
    const hash = hashOf(needle.bytes.subarray(-FINGERPRINT));
    const same = this.needles.get(hash);
    if (same) same.push(needle);
    else this.needles.set(hash, [needle]);
    const bit = bitOf(hash);
    this.filter[bit >>> 3] = (this.filter[bit >>> 3] ?? 0) | (1 << (bit & 7));
  }

  /** Counts the lines of the new part, and collects the leaks that end in it. */
  private scanPiece(text: Buffer, start: number, leaks: Map<string, Leak>): number {
    const { filter } = this;
    const first = Math.max(0, start - FINGERPRINT);
    let [hash, lines] = [0, 0];
    for (let at = first; at < text.length; at++) {
      const byte = text[at] ?? 0;
      const gone = at - FINGERPRINT < first ? 0 : (text[at - FINGERPRINT] ?? 0);
      hash = (Math.imul(hash - Math.imul(gone, LEAVING), BASE) + byte) | 0;
      if (at < start) continue;
      if (byte === NEWLINE) lines++;
      const bit = bitOf(hash);
      if (((filter[bit >>> 3] ?? 0) & (1 << (bit & 7))) !== 0) this.compare(text, at + 1, hash, leaks);
    }
    return lines;
  }

  private compare(text: Buffer, end: number, hash: number, leaks: Map<string, Leak>): void {
    for (const { kind, disguise, bytes } of this.needles.get(hash) ?? []) {
      const start = end - bytes.length;
      if (start < 0 || bytes.compare(text, start, end) !== 0) continue;
      const key = `${kind} ${disguise}`;
      const { times = 0, excerpt = excerptOf(text, start, end, kind) } = leaks.get(key) ?? {};
      leaks.set(key, { kind, disguise, times: times + 1, excerpt });
    }
  }
}

/** Excerpts are read by people in build logs, so no secret is in them, this one or its neighbour. */
function excerptOf(text: Buffer, start: number, end: number, kind: SecretKind): string {
  const before = masked(text.subarray(Math.max(0, start - CONTEXT), start)).replace(/^.*\n/s, '');
  const after = masked(text.subarray(end, end + EXCERPT)).replace(/\n.*$/s, '');
  // The needle is the end of the secret, and its beginning may be too short to have been cut.
  return `${before.replace(/[\w\-+/.%~]+$/, '').slice(-EXCERPT)}[${kind}]${after.slice(0, EXCERPT / 2)}`;
}

function masked(text: Buffer): string {
  return text
    .toString('latin1')
    .replace(/[\w\-+/=.%~]{12,}/g, (run) => `${run.slice(0, 4)}…(${run.length})`)
    .replace(/[^\n\x20-\x7e…]/g, ' ');
}

function hashOf(bytes: Uint8Array): number {
  return bytes.reduce((hash, byte) => (Math.imul(hash, BASE) + byte) | 0, 0);
}

const bitOf = (hash: number): number => Math.imul(hash, 0x9e3779b1) >>> (32 - FILTER_BITS);
