import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import type { Relation } from 'typeorm';
import { epochMilliseconds, primaryKey, sha256Hex, text, varchar } from '../column-types.js';
import { GrantEntity } from './grant.entity.js';

/** A refresh token, which may be exchanged once, and the access token that was issued with it. */
@Entity({ name: 'mcp_auth_refresh_tokens' })
@Index('mcp_auth_refresh_tokens_token_hash_uq', ['tokenHash'], { unique: true })
@Index('mcp_auth_refresh_tokens_grant_id_ix', ['grantId'])
@Index('mcp_auth_refresh_tokens_expires_at_ix', ['consumedAt', 'expiresAt'])
@Index('mcp_auth_refresh_tokens_replay_until_ix', ['replayUntil'])
export class RefreshTokenEntity {
  @PrimaryColumn(primaryKey('mcp_auth_refresh_tokens_pk'))
  id: string;

  @Column(sha256Hex('token_hash'))
  tokenHash: string;

  @Column(varchar('grant_id', 36))
  grantId: string;

  /** Declares the foreign key; rows are read by `grantId`, never joined. */
  @ManyToOne(() => GrantEntity, { nullable: false, onDelete: 'CASCADE', onUpdate: 'NO ACTION' })
  @JoinColumn({ name: 'grant_id', foreignKeyConstraintName: 'mcp_auth_refresh_tokens_grant_fk' })
  grant?: Relation<GrantEntity>;

  /** The `jti` of the access token: access tokens have no table of their own. */
  @Column(varchar('access_token_id', 36))
  accessTokenId: string;

  @Column(epochMilliseconds('access_expires_at'))
  accessExpiresAt: number;

  @Column(epochMilliseconds('created_at'))
  createdAt: number;

  @Column(epochMilliseconds('expires_at'))
  expiresAt: number;

  @Column(epochMilliseconds('consumed_at', { nullable: true }))
  consumedAt: number | null;

  /** The token that took this one's place. */
  @Column(varchar('successor_id', 36, { nullable: true }))
  successorId: string | null;

  /** SHA-256 of what was asked for; only the same request gets the same answer again. */
  @Column(sha256Hex('replay_fingerprint', { nullable: true }))
  replayFingerprint: string | null;

  /** The answer, encrypted with a key that takes the presented token to derive; erased by the next cleanup after `replayUntil`. */
  @Column(text('replay_answer', { nullable: true }))
  replayAnswer: string | null;

  @Column(epochMilliseconds('replay_until', { nullable: true }))
  replayUntil: number | null;
}
