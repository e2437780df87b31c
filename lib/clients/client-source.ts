import type { RegisteredClient } from './registered-client.js';

/** What a client is looked up for. */
export interface ClientQuestion {
  /**
   * `authorization`: a person is about to be asked, so what is known must be current. `direct`: the client calls by itself, with something
   * that was issued to it before; what was known then will do while the client's own server cannot be reached.
   */
  readonly use: 'authorization' | 'direct';
  /** Address of whoever makes us ask, for limits. */
  readonly requester?: string;
}

/** One kind of clients. */
export interface ClientSource {
  find(clientId: string, question: ClientQuestion): Promise<RegisteredClient | undefined>;
}
