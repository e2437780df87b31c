/** The id of a user, organisation or client as it is stored: `42` and `'42'` are one. Throws a TypeError for a missing one, which must never mean "all of them". */
export function storedId(id: unknown): string {
  if (typeof id === 'string' && id !== '') return id;
  if (Number.isSafeInteger(id)) return String(id);
  throw new TypeError('Whose tokens? The id is missing');
}
