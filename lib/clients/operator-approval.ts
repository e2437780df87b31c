import { clientFingerprint } from '../protocol/client-fingerprint.js';
import type { ClientMetadata } from '../protocol/client-metadata.js';
import type { ClientEntity } from '../storage/entities/client.entity.js';

/** Whether an operator has approved a client as it is now: a name, a redirect URI or keys that came later are another question. */
export function isApproved(row: Pick<ClientEntity, 'approvedFingerprint'>, metadata: ClientMetadata): boolean {
  return row.approvedFingerprint !== null && row.approvedFingerprint === clientFingerprint(metadata);
}
