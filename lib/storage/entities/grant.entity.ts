import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { ClientMetadata } from '../../protocol/client-metadata.js';
import { counter, epochMilliseconds, epochSeconds, json, primaryKey, text, varchar } from '../column-types.js';

/** One approval by one user, and the family of tokens that descends from it. */
@Entity({ name: 'mcp_auth_grants' })
@Index('mcp_auth_grants_user_client_ix', ['userId', 'clientId'])
@Index('mcp_auth_grants_expires_at_ix', ['expiresAt'])
export class GrantEntity {
  @PrimaryColumn(primaryKey('mcp_auth_grants_pk'))
  id: string;

  @Column(varchar('user_id', 255))
  userId: string;

  @Column(varchar('org_id', 255, { nullable: true }))
  orgId: string | null;

  @Column(varchar('client_id', 512))
  clientId: string;

  @Column(text('resource'))
  resource: string;

  @Column(json('scopes'))
  scopes: readonly string[];

  @Column(text('redirect_uri'))
  redirectUri: string;

  @Column(varchar('device_label', 255, { nullable: true }))
  deviceLabel: string | null;

  @Column(epochSeconds('auth_time', { nullable: true }))
  authTime: number | null;

  @Column(epochMilliseconds('created_at'))
  createdAt: number;

  @Column(epochMilliseconds('last_used_at'))
  lastUsedAt: number;

  @Column(epochMilliseconds('expires_at'))
  expiresAt: number;

  @Column(epochMilliseconds('revoked_at', { nullable: true }))
  revokedAt: number | null;

  @Column(varchar('revoked_reason', 64, { nullable: true }))
  revokedReason: string | null;

  /** How often scopes were taken from it: tokens made for an earlier revision are not stored any more. */
  @Column(counter('revision'))
  revision: number;

  /** What the client said about itself when the user approved it. */
  @Column(json('client_snapshot'))
  clientSnapshot: ClientMetadata;
}
