import type { ClientMetadata } from '../protocol/client-metadata.js';
import type { ClientOrigin } from '../storage/entities/client.entity.js';

/** A client as the rest of the library sees it, whatever source it came from. */
export interface RegisteredClient {
  /** Key of the row; absent where there is none: configured clients, and documents nobody has approved yet. */
  readonly id: string | undefined;
  /** RFC 6749 §2.2. */
  readonly clientId: string;
  readonly source: ClientOrigin;
  /** SHA-256 of the secret; absent for public clients. */
  readonly secretHash: string | undefined;
  readonly metadata: ClientMetadata;
  /** An operator has approved it, where the host's policy wants that. */
  readonly approved: boolean;
}
