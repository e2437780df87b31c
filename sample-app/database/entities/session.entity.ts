import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { epochMilliseconds } from '../epoch-milliseconds.js';

/** A signed-in browser. The cookie holds the value, this row only its hash: a copy of the database signs nobody in. */
@Entity('sessions')
@Index('sessions_expires_at', ['expiresAt'])
export class SessionEntity {
  @PrimaryColumn({ name: 'token_hash', type: 'varchar', length: 64 })
  tokenHash: string;

  @Column({ name: 'user_id', type: 'varchar', length: 36 })
  userId: string;

  /** When the password was typed. */
  @Column(epochMilliseconds('authenticated_at'))
  authenticatedAt: number;

  @Column(epochMilliseconds('expires_at'))
  expiresAt: number;
}
