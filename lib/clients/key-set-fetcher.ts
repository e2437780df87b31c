export interface KeySetQuestion {
  /** Address of whoever makes us ask, for limits. */
  readonly requester?: string;
  /** The client is known, and the address is its own. */
  readonly known?: boolean;
}

/** Fetches what a client publishes at a URL of its own, under the rules for such URLs (CMD-09, CMD-11). */
export abstract class KeySetFetcher {
  /** The JSON that is there now; rejects with `ClientDocumentError` when it is not to be had. */
  abstract getJson(url: string, question: KeySetQuestion): Promise<unknown>;
}
