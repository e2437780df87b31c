import { v7 } from 'uuid';

type NullableMembers<Row> = {
  [Member in keyof Row]-?: unknown extends Row[Member] ? never : null extends Row[Member] ? Member : never;
}[keyof Row];

/** What a caller gives to insert a row: `id` and everything nullable may be left out. `grant` is a relation, not a value. */
export type NewRow<Row extends { id: string }> = Omit<Row, NullableMembers<Row> | 'id' | 'grant'> & {
  readonly [Member in NullableMembers<Row>]?: Row[Member] | undefined;
} & { readonly id?: string };

/** Time-ordered, so that new rows land at the end of every index instead of dirtying a random page of it. */
export function newRowId(): string {
  return v7();
}
