import type { ClientMetadata } from '../protocol/client-metadata.js';

/** A client as the rest of the library sees it, whatever source it came from. */
export interface RegisteredClient {
  /** Key of the row. */
  readonly id: string;
  /** RFC 6749 §2.2. */
  readonly clientId: string;
  /** SHA-256 of the secret; absent for public clients. */
  readonly secretHash: string | undefined;
  readonly metadata: ClientMetadata;
}
