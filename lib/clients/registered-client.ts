import type { ClientMetadata } from '../protocol/client-metadata.js';
import type { ClientOrigin } from '../storage/entities/client.entity.js';

/** A client as the rest of the library sees it, whatever source it came from. */
export interface RegisteredClient {
  /** Key of the row; absent where there is none: configured clients, and documents nobody has approved yet. */
  readonly id: string | undefined;
  /** RFC 6749 §2.2. */
  readonly clientId: string;
  readonly source: ClientOrigin;
  /** SHA-256 of each secret that is good; none for clients that authenticate without one. */
  readonly secretHashes: readonly string[];
  readonly metadata: ClientMetadata;
  /** An operator has approved it, where the host's policy wants that. */
  readonly approved: boolean;
  /** A user or an operator has approved it, or it is the operator's own: strangers who make us call others cannot keep us from it (ABU-03). */
  readonly known: boolean;
}

/** The most a client may have, undefined for no limit (decision C7): an operator's word about its scope is a limit, a client's own is none. */
export function scopeCeiling({ source, metadata }: RegisteredClient): readonly string[] | undefined {
  return source === 'pre_registered' ? metadata.scope?.split(' ') : undefined;
}
