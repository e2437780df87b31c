/**
 * The look-up by primary key. TypeORM 0.3 drops a condition whose value is missing, and would then read or write
 * an arbitrary row or all of them; so the value is looked at first, whatever the types promise.
 */
export function byId(id: string): { id: string } {
  return { id: present(id) };
}

export function present(value: string): string {
  if (typeof value !== 'string' || value === '') throw new TypeError('A row was looked up without a key');
  return value;
}
