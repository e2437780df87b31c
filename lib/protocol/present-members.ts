/** The same shape, in which an optional member may also be spelled out as `undefined`. */
type MaybeUndefined<T> = { readonly [K in keyof T]: Pick<T, K> extends Required<Pick<T, K>> ? T[K] : T[K] | undefined };

/** Leaves out the members that are `undefined`, so that JSON and object spreads never see them. */
export function presentMembers<T extends object>(members: MaybeUndefined<T>): T {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as T;
}
