import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import type { Relation } from 'typeorm';
import { epochMilliseconds, primaryKey, sha256Hex, text, varchar } from '../column-types.js';
import { GrantEntity } from './grant.entity.js';

/** An authorization code, which may be redeemed once. */
@Entity({ name: 'mcp_auth_authorization_codes' })
@Index('mcp_auth_authorization_codes_code_hash_uq', ['codeHash'], { unique: true })
@Index('mcp_auth_authorization_codes_grant_id_ix', ['grantId'])
@Index('mcp_auth_authorization_codes_expires_at_ix', ['expiresAt'])
export class AuthorizationCodeEntity {
  @PrimaryColumn(primaryKey('mcp_auth_authorization_codes_pk'))
  id: string;

  @Column(sha256Hex('code_hash'))
  codeHash: string;

  @Column(varchar('grant_id', 36))
  grantId: string;

  /** Declares the foreign key; rows are read by `grantId`, never joined. */
  @ManyToOne(() => GrantEntity, { nullable: false, onDelete: 'CASCADE', onUpdate: 'NO ACTION' })
  @JoinColumn({ name: 'grant_id', foreignKeyConstraintName: 'mcp_auth_authorization_codes_grant_fk' })
  grant?: Relation<GrantEntity>;

  @Column(varchar('client_id', 512))
  clientId: string;

  @Column(text('redirect_uri'))
  redirectUri: string;

  @Column(varchar('code_challenge', 128))
  codeChallenge: string;

  @Column(text('resource'))
  resource: string;

  @Column(text('nonce', { nullable: true }))
  nonce: string | null;

  @Column(epochMilliseconds('created_at'))
  createdAt: number;

  @Column(epochMilliseconds('expires_at'))
  expiresAt: number;

  @Column(epochMilliseconds('consumed_at', { nullable: true }))
  consumedAt: number | null;
}
