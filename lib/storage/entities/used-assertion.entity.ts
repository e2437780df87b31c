import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { epochMilliseconds, primaryKey, sha256Hex } from '../column-types.js';

/** A client assertion (RFC 7523) that has been used, for as long as it would be valid otherwise. */
@Entity({ name: 'mcp_auth_used_assertions' })
@Index('mcp_auth_used_assertions_assertion_hash_uq', ['assertionHash'], { unique: true })
@Index('mcp_auth_used_assertions_expires_at_ix', ['expiresAt'])
export class UsedAssertionEntity {
  @PrimaryColumn(primaryKey('mcp_auth_used_assertions_pk'))
  id: string;

  /** SHA-256 of the client and its `jti`. */
  @Column(sha256Hex('assertion_hash'))
  assertionHash: string;

  @Column(epochMilliseconds('expires_at'))
  expiresAt: number;
}
