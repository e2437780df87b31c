import type { Role } from './database/entities/membership.entity.js';

/** An account that every fresh database gets, so that a newcomer can sign in at once. */
export interface DemoAccount {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly password: string;
  /** Of at least one organisation. */
  readonly memberships: readonly DemoMembership[];
}

export interface DemoMembership {
  readonly organisation: { readonly id: string; readonly name: string };
  readonly role: Role;
}

const ANALYTICAL = { id: 'analytical', name: 'Analytical Engines' };
const COMPILERS = { id: 'compilers', name: 'Compilers & Co' };

export const DEMO_ACCOUNTS: readonly DemoAccount[] = [
  {
    id: 'user-ada',
    name: 'Ada Lovelace',
    email: 'ada@example.com',
    password: 'ada-password',
    memberships: [
      { organisation: ANALYTICAL, role: 'admin' },
      { organisation: COMPILERS, role: 'member' },
    ],
  },
  {
    id: 'user-grace',
    name: 'Grace Hopper',
    email: 'grace@example.com',
    password: 'grace-password',
    memberships: [{ organisation: COMPILERS, role: 'member' }],
  },
];
