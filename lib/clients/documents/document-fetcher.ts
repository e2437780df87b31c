import type { IncomingHttpHeaders } from 'node:http';
import { Injectable } from '@nestjs/common';
import { ClientDocumentError } from './client-document-error.js';
import { DocumentHosts } from './document-hosts.js';
import { DocumentTransport } from './document-transport.js';
import { FetchLimits, type FetchWish } from './fetch-limits.js';
import { parseStrictJson } from './strict-json.js';

/** Fetches under way at one time. */
const MAX_AT_ONCE = 20;

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

  constructor(
    private readonly hosts: DocumentHosts,
    private readonly limits: FetchLimits,
    private readonly transport: DocumentTransport,
  ) {}

  /** Throws `ClientDocumentError`, whatever goes wrong. */
  async getJson(url: string, question: FetchQuestion = {}): Promise<unknown> {
    return (await this.fetch(url, question)).json;
  }

  /** Throws `ClientDocumentError`, whatever goes wrong. */
  async fetch(url: string, question: FetchQuestion): Promise<FetchedDocument> {
    const target = this.hosts.judge(url);
    const running = this.underWay.get(url);
    if (running) return running;
    if (this.underWay.size >= MAX_AT_ONCE) throw new ClientDocumentError({ reason: 'client_document_limited' });
    this.limits.take({ ...question, url, host: target.host });
    const fetched = this.transport
      .get(target)
      .then(({ text, headers }) => ({ json: parseStrictJson(text), headers }))
      .finally(() => this.underWay.delete(url));
    this.underWay.set(url, fetched);
    return fetched;
  }
}
