import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { request } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { Injectable } from '@nestjs/common';
import { ClientDocumentError } from './client-document-error.js';
import { DocumentConnector } from './document-connector.js';
import type { DocumentTarget } from './document-hosts.js';

/** CMD-12: from the first question to a name server to the last byte. */
const DEADLINE_MS = 5000;
/** Of each answer, interim ones included. */
const MAX_HEADER_BYTES = 8 * 1024;
/** Interim answers (1xx) before the one that counts. Servers send one or two. */
const MAX_INTERIM = 10;

const JSON_TYPE = /^application\/(?:[a-z0-9!#$&^_.-]+\+)?json\s*(?:;|$)/i;

/** What was found at an address. */
export interface DocumentAnswer {
  readonly text: string;
  readonly headers: IncomingHttpHeaders;
}

/** One GET of a document: no redirect, no cookie, no credential, nothing but 200 (CMD-03). */
@Injectable()
export class DocumentTransport {
  protected readonly deadlineMs: number = DEADLINE_MS;

  constructor(private readonly connector: DocumentConnector) {}

  /**
   * Throws `ClientDocumentError`, whatever goes wrong.
   * @param maxBytes CMD-12: counted on what arrives; no compression is asked for, and none is accepted
   */
  async get(target: DocumentTarget, maxBytes: number): Promise<DocumentAnswer> {
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), this.deadlineMs);
    try {
      const response = await ask(await this.connector.connect(target, deadline.signal), target);
      assertUsable(response);
      return { text: await readText(response, maxBytes), headers: response.headers };
    } catch (cause) {
      if (deadline.signal.aborted) throw new ClientDocumentError({ reason: 'client_document_too_slow', cause });
      if (cause instanceof ClientDocumentError) throw cause;
      throw new ClientDocumentError({ reason: 'client_document_unreachable', cause });
    } finally {
      clearTimeout(timer);
      // Ends the connection too, whatever state it is in.
      deadline.abort();
    }
  }
}

function ask(socket: TLSSocket, { url, host }: DocumentTarget): Promise<IncomingMessage> {
  const call = request({
    createConnection: () => socket,
    host,
    method: 'GET',
    path: url.pathname + url.search,
    maxHeaderSize: MAX_HEADER_BYTES,
    headers: {
      Host: url.host,
      Accept: 'application/json',
      'Accept-Encoding': 'identity',
      'User-Agent': 'nestjs-mcp-auth',
      Connection: 'close',
    },
  });
  call.end();
  let interim = 0;
  return new Promise((resolve, reject) => {
    call.on('information', () => {
      if (++interim > MAX_INTERIM) reject(new ClientDocumentError({ reason: 'client_document_too_large' }));
    });
    // Listens on after the answer, too: a connection that is cut then is no crash.
    call.once('response', resolve).on('error', reject);
    // Without an error: an answer that is none, such as a change of protocol.
    call.once('close', () => reject(new Error('closed without an answer')));
  });
}

function assertUsable({ statusCode, headers }: IncomingMessage): void {
  if (statusCode !== 200) throw new ClientDocumentError({ reason: 'client_document_status' });
  if (!JSON_TYPE.test(headers['content-type'] ?? '')) throw new ClientDocumentError({ reason: 'client_document_type' });
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding.trim().toLowerCase() !== 'identity')
    throw new ClientDocumentError({ reason: 'client_document_encoded' });
}

async function readText(response: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new ClientDocumentError({ reason: 'client_document_too_large' });
    chunks.push(chunk);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch (cause) {
    throw new ClientDocumentError({ reason: 'client_document_not_json', cause });
  }
}
