import type { Role } from './database/entities/membership.entity.js';

/** An account that every fresh database gets, so that a newcomer can sign in at once. */
export interface DemoAccount {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly password: string;
  readonly organisation: { readonly id: string; readonly name: string };
  readonly role: Role;
}

export const DEMO_ACCOUNTS: readonly DemoAccount[] = [
  {
    id: 'user-ada',
    name: 'Ada Lovelace',
    email: 'ada@example.com',
    password: 'ada-password',
    organisation: { id: 'analytical', name: 'Analytical Engines' },
    role: 'admin',
  },
  {
    id: 'user-grace',
    name: 'Grace Hopper',
    email: 'grace@example.com',
    password: 'grace-password',
    organisation: { id: 'compilers', name: 'Compilers & Co' },
    role: 'member',
  },
];
