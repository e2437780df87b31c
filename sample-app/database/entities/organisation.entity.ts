import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Notes belong to an organisation. */
@Entity('organisations')
export class OrganisationEntity {
  @PrimaryColumn({ type: 'varchar', length: 36 })
  id: string;

  @Column({ type: 'varchar', length: 100 })
  name: string;
}
