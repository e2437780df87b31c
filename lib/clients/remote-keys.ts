import { Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Clock } from '../config/clock.js';
import { parseKeySet } from '../protocol/client-metadata-keys.js';
import type { ClientKeySet } from '../protocol/client-metadata.js';
import { OAuthError } from '../protocol/oauth-error.js';
import type { SeenKeySet } from '../storage/entities/client.entity.js';
import { SeenKeySetRepository } from '../storage/repositories/seen-key-set.repository.js';
import { ClientDocumentError } from './documents/client-document-error.js';
import { KeySetFetcher } from './key-set-fetcher.js';

/** After that, keys are looked at again: one that was withdrawn is believed no longer. */
const FRESH_MS = 5 * 60_000;

/** Least time between two looks for the sake of a key that is not there, and between two tries while last seen keys do. */
const PAUSE_MS = 30_000;

/** How long the keys last seen do while their server cannot be reached. */
const OUTLAST_MS = 24 * 3_600_000;

/** Clients remembered; beyond that, the one unused for longest is looked at again. */
const MAX_CLIENTS = 1000;

/** A client whose keys are elsewhere. */
export interface RemoteKeyHolder {
  /** Key of the client's row, if it has one. */
  readonly id: string | undefined;
  readonly clientId: string;
  /** The client is known, and the address is its own: see `FetchWish.known`. */
  readonly known: boolean;
  /** `jwks_uri` */
  readonly uri: string;
}

/** What this instance knows of the keys at one address. */
interface Looked {
  readonly uri: string;
  /** Absent until a look has succeeded. */
  seen?: SeenKeySet;
  /** When we last looked, or tried to. */
  triedAt: number;
  looking?: Promise<SeenKeySet | undefined> | undefined;
}

/** Keys at a client's `jwks_uri`: cached, and remembered with the client's row for when they cannot be reached. */
@Injectable()
export class RemoteKeys {
  private readonly logger = new Logger('McpAuth');
  private readonly looked = new LRUCache<string, Looked>({ max: MAX_CLIENTS });

  constructor(
    private readonly fetcher: KeySetFetcher,
    private readonly rows: SeenKeySetRepository,
    private readonly clock: Clock,
  ) {}

  /** Keys that were looked at lately, or those seen last while they cannot be looked at; undefined when there are neither. */
  async current(holder: RemoteKeyHolder, requester?: string): Promise<ClientKeySet | undefined> {
    const looked = this.lookedAt(holder);
    if (looked.seen && this.isWithin(FRESH_MS, looked.seen.seenAt)) return looked.seen;
    const last = await this.lastSeen(holder, looked);
    // A server that does not answer is not waited for again and again while there is something to go on with.
    if (last && !looked.looking && this.isWithin(PAUSE_MS, looked.triedAt)) return last;
    return (await this.look(holder, looked, requester)) ?? last;
  }

  /** What is there now; undefined when it cannot be looked at, or was a moment ago. */
  async newer(holder: RemoteKeyHolder, requester?: string): Promise<ClientKeySet | undefined> {
    const looked = this.lookedAt(holder);
    if (this.isWithin(PAUSE_MS, looked.triedAt)) return undefined;
    return this.look(holder, looked, requester);
  }

  private lookedAt({ clientId, uri }: RemoteKeyHolder): Looked {
    const before = this.looked.get(clientId);
    if (before?.uri === uri) return before;
    const looked = { uri, triedAt: Number.NEGATIVE_INFINITY };
    this.looked.set(clientId, looked);
    return looked;
  }

  private async lastSeen({ id, uri }: RemoteKeyHolder, looked: Looked): Promise<SeenKeySet | undefined> {
    const last = looked.seen ?? (id === undefined ? null : await this.rows.find(id));
    if (last?.uri !== uri) return undefined;
    return this.isWithin(OUTLAST_MS, last.seenAt) ? last : undefined;
  }

  /** One look for everybody who waits for the same keys. */
  private look(holder: RemoteKeyHolder, looked: Looked, requester?: string): Promise<SeenKeySet | undefined> {
    looked.looking ??= this.fetch(holder, looked, requester).finally(() => (looked.looking = undefined));
    return looked.looking;
  }

  private async fetch(
    { id, uri, known }: RemoteKeyHolder,
    looked: Looked,
    requester?: string,
  ): Promise<SeenKeySet | undefined> {
    looked.triedAt = this.clock.now();
    const question = { known, ...(requester === undefined ? {} : { requester }) };
    let answer: unknown;
    try {
      answer = await this.fetcher.getJson(uri, question);
    } catch (error) {
      if (!(error instanceof ClientDocumentError)) throw error;
      this.logger.debug(`the keys of a client cannot be fetched: reason=${error.reason}`);
      return undefined;
    }
    const seen = { ...this.parse(answer), uri, seenAt: looked.triedAt };
    looked.seen = seen;
    if (id !== undefined) await this.rows.save(id, seen);
    return seen;
  }

  /** What is there but is no set of public keys holds no key: the last good one does not outlive it. */
  private parse(answer: unknown): ClientKeySet {
    try {
      return parseKeySet(answer);
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error;
      this.logger.debug(`the keys of a client cannot be used: reason=${error.reason}`);
      return { keys: [] };
    }
  }

  private isWithin(span: number, time: number): boolean {
    return this.clock.now() - time < span;
  }
}
