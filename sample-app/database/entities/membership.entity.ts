import { Column, Entity, PrimaryColumn } from 'typeorm';

export type Role = 'admin' | 'member';

/** Who belongs to which organisation, and what they may do there. */
@Entity('memberships')
export class MembershipEntity {
  @PrimaryColumn({ name: 'user_id', type: 'varchar', length: 36 })
  userId: string;

  @PrimaryColumn({ name: 'organisation_id', type: 'varchar', length: 36 })
  organisationId: string;

  @Column({ type: 'varchar', length: 16 })
  role: Role;
}
