import { randomBytes } from 'node:crypto';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { DEMO_ACCOUNTS, type DemoAccount } from '../../demo-accounts.js';
import { hashPassword } from '../../users/password.js';
import { MembershipEntity } from '../entities/membership.entity.js';
import { OrganisationEntity } from '../entities/organisation.entity.js';
import { UserEntity } from '../entities/user.entity.js';

/** A migration, so that it happens once: an account that was deleted stays deleted after a restart. */
export class SeedDemoAccounts1767225600001 implements MigrationInterface {
  readonly name = 'SeedDemoAccounts1767225600001';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const account of DEMO_ACCOUNTS) await seed(queryRunner, account);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const { id, memberships } of DEMO_ACCOUNTS) {
      await queryRunner.manager.delete(MembershipEntity, { userId: id });
      await queryRunner.manager.delete(UserEntity, { id });
      for (const { organisation } of memberships)
        await queryRunner.manager.delete(OrganisationEntity, { id: organisation.id });
    }
  }
}

/** Leaves alone what is already there. */
async function seed(queryRunner: QueryRunner, account: DemoAccount): Promise<void> {
  const { id, name, email, memberships } = account;
  const insert = () => queryRunner.manager.createQueryBuilder().insert().orIgnore();
  for (const { organisation, role } of memberships) {
    await insert().into(OrganisationEntity).values(organisation).execute();
    await insert().into(MembershipEntity).values({ userId: id, organisationId: organisation.id, role }).execute();
  }
  const passwordHash = await hashPassword(account.password);
  const apiKey = { apiKeyId: `notes_${id}`, apiKeySecret: randomBytes(32).toString('base64url') };
  await insert()
    .into(UserEntity)
    .values({ id, name, email, passwordHash, ...apiKey, createdAt: Date.now() })
    .execute();
}
