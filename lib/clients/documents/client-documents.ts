import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Clock } from '../../config/clock.js';
import { RESOLVED_OPTIONS } from '../../config/injection-tokens.js';
import { metadataPolicy } from '../../config/metadata-policy.js';
import type { ResolvedMcpAuthOptions } from '../../config/resolved-options.js';
import { type ClientMetadata, parseClientMetadata } from '../../protocol/client-metadata.js';
import type { ClientMetadataPolicy } from '../../protocol/client-metadata-policy.js';
import { OAuthError } from '../../protocol/oauth-error.js';
import { ClientDocumentError } from './client-document-error.js';
import { DocumentFetcher, type FetchQuestion } from './document-fetcher.js';
import { freshForMs } from './freshness.js';

/** Documents kept; the longest unused is fetched again. */
const MAX_DOCUMENTS = 500;

interface Kept {
  readonly metadata: ClientMetadata;
  readonly until: number;
}

/** What a client says about itself. */
export interface ReadDocument {
  readonly metadata: ClientMetadata;
  /** It says so now; otherwise it did, some time ago, to this instance. */
  readonly justFetched: boolean;
}

/** What clients say about themselves at their URL: fetched, checked, and kept for a while when it is valid (CMD-14). */
@Injectable()
export class ClientDocuments {
  private readonly kept = new LRUCache<string, Kept>({ max: MAX_DOCUMENTS });
  private readonly policy: ClientMetadataPolicy;

  constructor(
    private readonly fetcher: DocumentFetcher,
    private readonly clock: Clock,
    @Inject(RESOLVED_OPTIONS) options: ResolvedMcpAuthOptions,
  ) {
    this.policy = metadataPolicy('document', options);
  }

  /** What is kept, or else what is there. Throws `ClientDocumentError`. */
  async read(url: string, question: FetchQuestion): Promise<ReadDocument> {
    const kept = this.kept.get(url);
    if (kept && kept.until > this.clock.now()) return { metadata: kept.metadata, justFetched: false };
    return { metadata: await this.readAnew(url, question), justFetched: true };
  }

  /** What is there, whatever is kept; it is kept from then on. Throws `ClientDocumentError`. */
  async readAnew(url: string, question: FetchQuestion): Promise<ClientMetadata> {
    const { json, headers } = await this.fetcher.fetch(url, question);
    const metadata = readDocument(json, url, this.policy);
    const now = this.clock.now();
    this.kept.set(url, { metadata, until: now + freshForMs(headers, now) });
    return metadata;
  }
}

/** CMD-04: a document speaks for the URL it stands at, and for no other. */
function readDocument(json: unknown, url: string, policy: ClientMetadataPolicy): ClientMetadata {
  try {
    const metadata = parseClientMetadata(json, policy);
    if ((json as { client_id?: unknown }).client_id === url) return metadata;
  } catch (cause) {
    if (!(cause instanceof OAuthError)) throw cause;
    throw new ClientDocumentError({ reason: cause.reason, cause });
  }
  throw new ClientDocumentError({ reason: 'client_document_of_another' });
}
