import { ClientDocumentError } from './client-document-error.js';
import { countersOf, type FetchWish } from './fetch-wish.js';

const BOUNDS = { requester: 5, host: 5, total: 20 } as const;

/** Fetches under way at one time: slow ones, of one requester or from one host, leave room for others. */
export const FETCHES_AT_ONCE = { strange: BOUNDS, known: BOUNDS } as const;

/** Bounds how many fetches are under way (ABU-03, CMD-12). */
export class FetchSlots {
  private readonly taken = new Map<string, number>();

  /** Throws `ClientDocumentError` when there is no room for one more. */
  assertRoom(wish: FetchWish): void {
    if (countersOf(wish, FETCHES_AT_ONCE).some(({ key, most }) => this.count(key) >= most))
      throw new ClientDocumentError({ reason: 'client_document_limited' });
  }

  /** A fetch begins; what is returned ends it. */
  enter(wish: FetchWish): () => void {
    const keys = countersOf(wish, FETCHES_AT_ONCE).map(({ key }) => key);
    for (const key of keys) this.taken.set(key, this.count(key) + 1);
    return () => keys.forEach((key) => this.leave(key));
  }

  private leave(key: string): void {
    const left = this.count(key) - 1;
    if (left > 0) this.taken.set(key, left);
    else this.taken.delete(key);
  }

  private count(key: string): number {
    return this.taken.get(key) ?? 0;
  }
}
