import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { epochMilliseconds } from '../epoch-milliseconds.js';

/** Somebody who can sign in. */
@Entity('users')
@Index('users_email', ['email'], { unique: true })
export class UserEntity {
  @PrimaryColumn({ type: 'varchar', length: 36 })
  id: string;

  /** Lower case. */
  @Column({ type: 'varchar', length: 254 })
  email: string;

  @Column({ type: 'varchar', length: 100 })
  name: string;

  @Column({ name: 'password_hash', type: 'varchar', length: 255 })
  passwordHash: string;

  /** A credential of this service's own API, to show how tool handlers get one (`@McpApiKey()`). */
  @Column({ name: 'api_key_id', type: 'varchar', length: 64 })
  apiKeyId: string;

  @Column({ name: 'api_key_secret', type: 'varchar', length: 64 })
  apiKeySecret: string;

  @Column(epochMilliseconds('created_at'))
  createdAt: number;
}
