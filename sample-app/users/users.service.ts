import { Inject, Injectable } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import { type DataSource, In } from 'typeorm';
import { MembershipEntity, type Role } from '../database/entities/membership.entity.js';
import { OrganisationEntity } from '../database/entities/organisation.entity.js';
import { UserEntity } from '../database/entities/user.entity.js';
import { hashPassword, passwordMatches } from './password.js';

export interface Membership {
  readonly organisationId: string;
  readonly organisationName: string;
  readonly role: Role;
}

/** Accounts and who belongs where. */
@Injectable()
export class UsersService {
  /** Compared with when nobody has the e-mail address, so that the answer takes as long as for a wrong password. */
  private readonly nobody = hashPassword('nobody has this password');

  constructor(@Inject(getDataSourceToken()) private readonly dataSource: DataSource) {}

  /** The user with this e-mail address and password, or `undefined` without telling which of the two is wrong. */
  async authenticate(email: string, password: string): Promise<UserEntity | undefined> {
    const wanted = email.trim().toLowerCase();
    const found = await this.dataSource.manager.findOneBy(UserEntity, { email: wanted });
    // MariaDB takes `ada@example.com` and `adä@example.com` for the same; this does not.
    const user = found?.email === wanted ? found : undefined;
    const matches = await passwordMatches(password, user?.passwordHash ?? (await this.nobody));
    return matches ? user : undefined;
  }

  async find(id: string): Promise<UserEntity | undefined> {
    const user = await this.dataSource.manager.findOneBy(UserEntity, { id });
    return user?.id === id ? user : undefined;
  }

  /** The organisations of a user, the one that `membership` names first. */
  async organisations(userId: string): Promise<readonly { readonly id: string; readonly name: string }[]> {
    const rows = await this.dataSource.manager.find(MembershipEntity, {
      where: { userId },
      order: { organisationId: 'ASC' },
    });
    const ids = rows.map(({ organisationId }) => organisationId);
    return this.dataSource.manager.find(OrganisationEntity, { where: { id: In(ids) }, order: { id: 'ASC' } });
  }

  /** The membership in this organisation; without one named, the first of the user's. */
  async membership(userId: string, organisationId?: string): Promise<Membership | undefined> {
    const [row] = await this.dataSource.manager.find(MembershipEntity, {
      where: { userId, ...(organisationId === undefined ? {} : { organisationId }) },
      order: { organisationId: 'ASC' },
      take: 1,
    });
    if (row === undefined) return undefined;
    const organisation = await this.dataSource.manager.findOneBy(OrganisationEntity, { id: row.organisationId });
    if (organisation === null) return undefined;
    return { organisationId: organisation.id, organisationName: organisation.name, role: row.role };
  }
}
