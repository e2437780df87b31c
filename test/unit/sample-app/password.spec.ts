import { describe, expect, it } from 'vitest';
import { hashPassword, passwordMatches } from '../../../sample-app/users/password.js';

describe('a password', () => {
  it('STO-01 is stored as a slow, salted hash, never the same twice', async () => {
    const [first, second] = await Promise.all([hashPassword('ada-password'), hashPassword('ada-password')]);
    expect(first).toMatch(/^scrypt\$15\$[\w-]{22}\$[\w-]{43}$/);
    expect(first).not.toBe(second);
    expect(await passwordMatches('ada-password', first)).toBe(true);
    expect(await passwordMatches('ada-password', second)).toBe(true);
  });

  it('is the same however the keyboard composes its letters', async () => {
    expect(await passwordMatches('cafe\u0301', await hashPassword('caf\u00e9'))).toBe(true);
  });

  it.each(['ada-passwor', 'ada-password ', 'Ada-password', ''])('refuses %j', async (wrong) => {
    expect(await passwordMatches(wrong, await hashPassword('ada-password'))).toBe(false);
  });

  it.each(['', 'scrypt', 'scrypt$15$$', 'plain$15$c2FsdA$a2V5', 'scrypt$99$c2FsdA$a2V5', 'scrypt$15$c2FsdA$a2V5'])(
    'matches nothing against the damaged hash %j',
    async (hash) => {
      expect(await passwordMatches('', hash)).toBe(false);
    },
  );
});
