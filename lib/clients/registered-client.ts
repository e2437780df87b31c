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
}

/** The scopes among `names` that the client may have (decision C7): an operator's word about its scope is a limit, a client's own is none. */
export function withinCeiling({ source, metadata }: RegisteredClient, names: readonly string[]): readonly string[] {
  if (source !== 'pre_registered' || metadata.scope === undefined) return names;
  const ceiling = metadata.scope.split(' ');
  return names.filter((name) => ceiling.includes(name));
}
