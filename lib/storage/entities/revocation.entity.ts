import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { epochMilliseconds, primaryKey, varchar } from '../column-types.js';

/** A grant or access token that ended before its time: the short list every guard reads. */
@Entity({ name: 'mcp_auth_revocations' })
@Index('mcp_auth_revocations_target_id_ix', ['targetId'])
@Index('mcp_auth_revocations_created_at_ix', ['createdAt'])
@Index('mcp_auth_revocations_expires_at_ix', ['expiresAt'])
export class RevocationEntity {
  @PrimaryColumn(primaryKey('mcp_auth_revocations_pk'))
  id: string;

  /** Id of a grant, or `jti` of an access token. */
  @Column(varchar('target_id', 36))
  targetId: string;

  @Column(epochMilliseconds('created_at'))
  createdAt: number;

  /** From then on every token it concerns has expired by itself. */
  @Column(epochMilliseconds('expires_at'))
  expiresAt: number;
}
