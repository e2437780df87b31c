import type { IncomingHttpHeaders } from 'node:http';
import { Injectable } from '@nestjs/common';
import { DocumentHosts } from './document-hosts.js';
import { DocumentTransport } from './document-transport.js';
import { FetchLimits } from './fetch-limits.js';
import { FetchSlots } from './fetch-slots.js';
import type { FetchWish } from './fetch-wish.js';
import { parseStrictJson } from './strict-json.js';

/** Of a document, CIMD §6.6 recommends it; of a set, it is as many keys as are read, each with its certificates. */
const MAX_BYTES = { document: 5 * 1024, keys: 64 * 1024 } as const;

export type FetchQuestion = Pick<FetchWish, 'requester' | 'known'>;

export interface FetchedDocument {
  readonly json: unknown;
  readonly headers: IncomingHttpHeaders;
}

/**
 * Fetches JSON that a client publishes: its metadata document, or the keys that this names. The one place from which this library calls
 * anybody. It takes a URL and sends nothing of ours; simultaneous wishes for one URL are one fetch, and nothing is kept.
 */
@Injectable()
export class DocumentFetcher {
  private readonly underWay = new Map<string, Promise<FetchedDocument>>();
  private readonly slots = new FetchSlots();

  constructor(
    private readonly hosts: DocumentHosts,
    private readonly limits: FetchLimits,
    private readonly transport: DocumentTransport,
  ) {}

  /** A key set, of 64 KB at most. Throws `ClientDocumentError`, whatever goes wrong. */
  async getJson(url: string, question: FetchQuestion = {}): Promise<unknown> {
    return (await this.get(url, question, 'keys')).json;
  }

  /** A metadata document, of 5 KB at most. Throws `ClientDocumentError`, whatever goes wrong. */
  fetch(url: string, question: FetchQuestion): Promise<FetchedDocument> {
    return this.get(url, question, 'document');
  }

  private async get(url: string, question: FetchQuestion, what: FetchWish['what']): Promise<FetchedDocument> {
    const target = this.hosts.judge(url);
    // What is too long for a document may do as a key set.
    const key = `${what} ${url}`;
    const running = this.underWay.get(key);
    if (running) return running;
    const wish = { ...question, url, what, host: target.host };
    this.slots.assertRoom(wish);
    this.limits.take(wish);
    const leave = this.slots.enter(wish);
    const fetched = this.transport
      .get(target, MAX_BYTES[what])
      .then(({ text, headers }) => ({ json: parseStrictJson(text), headers }))
      .finally(() => {
        this.underWay.delete(key);
        leave();
      });
    this.underWay.set(key, fetched);
    return fetched;
  }
}
