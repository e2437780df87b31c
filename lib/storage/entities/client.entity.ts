import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { ClientKeySet, ClientMetadata } from '../../protocol/client-metadata.js';
import { epochMilliseconds, json, primaryKey, sha256Hex, varchar } from '../column-types.js';

/** How a client became known: by registration (RFC 7591), by its metadata document, or by the operator. */
export type ClientOrigin = 'dynamic' | 'document' | 'pre_registered';

/** Keys as they were at a client's `jwks_uri` at some time. */
export interface SeenKeySet extends ClientKeySet {
  readonly uri: string;
  /** Milliseconds since the epoch. */
  readonly seenAt: number;
}

/** An OAuth client. */
@Entity({ name: 'mcp_auth_clients' })
@Index('mcp_auth_clients_client_id_uq', ['clientId'], { unique: true })
@Index('mcp_auth_clients_authorized_created_ix', ['authorizedAt', 'createdAt'])
export class ClientEntity {
  @PrimaryColumn(primaryKey('mcp_auth_clients_pk'))
  id: string;

  @Column(varchar('client_id', 512))
  clientId: string;

  @Column(varchar('source', 16))
  source: ClientOrigin;

  @Column(sha256Hex('secret_hash', { nullable: true }))
  secretHash: string | null;

  @Column(json('metadata'))
  metadata: ClientMetadata;

  /** The keys last seen at the client's `jwks_uri` (RFC 7517), public halves only. */
  @Column(json('key_set', { nullable: true }))
  keySet: SeenKeySet | null;

  @Column(epochMilliseconds('created_at'))
  createdAt: number;

  @Column(epochMilliseconds('last_used_at', { nullable: true }))
  lastUsedAt: number | null;

  /** When a user first approved this client: such a client is not pruned for being unused. */
  @Column(epochMilliseconds('authorized_at', { nullable: true }))
  authorizedAt: number | null;

  /** When an operator approved it, where the policy wants that. */
  @Column(epochMilliseconds('approved_at', { nullable: true }))
  approvedAt: number | null;

  /** Fingerprint of what the operator approved: a client that has changed since is not approved any more. */
  @Column(sha256Hex('approved_fingerprint', { nullable: true }))
  approvedFingerprint: string | null;

  @Column(epochMilliseconds('disabled_at', { nullable: true }))
  disabledAt: number | null;
}
