import { pair, withExtra, withHeader, withMember, withoutParameter, withParameter, withRawParameter } from './draft.js';
import type { BadInput } from './expect-refusal.js';
import { resigned } from './faults/mcp.js';

export type Spoil = BadInput['spoil'];

export const set =
  (name: string, value: string): Spoil =>
  ({ draft }) =>
    withParameter(draft, name, value);
export const raw =
  (name: string, value: string): Spoil =>
  ({ draft }) =>
    withRawParameter(draft, name, value);
export const without =
  (name: string): Spoil =>
  ({ draft }) =>
    withoutParameter(draft, name);
export const extra =
  (name: string, value: string): Spoil =>
  ({ draft }) =>
    withExtra(draft, pair(name, value));
export const header =
  (name: string, value: string | undefined): Spoil =>
  ({ draft }) =>
    withHeader(draft, name, value);
export const member =
  (name: string, value: unknown): Spoil =>
  ({ draft }) =>
    withMember(draft, name, value);
export const body =
  (text: string): Spoil =>
  ({ draft }) => ({ ...draft, body: text });
export const method =
  (name: string): Spoil =>
  ({ draft }) => ({ ...draft, method: name });

/** A value found nowhere else: if the answer repeats it, the row fails. */
export const quote =
  (name: string): Spoil =>
  ({ draft }, { random }) =>
    withParameter(draft, name, random.word(20));
export const forge =
  (change: Parameters<typeof resigned>[2]): Spoil =>
  (valid, world) =>
    withHeader(valid.draft, 'Authorization', `Bearer ${resigned(valid, world, change)}`);

export const row = (
  title: string,
  kind: BadInput['kind'],
  outcome: BadInput['outcome'],
  spoil: Spoil,
  arrange?: BadInput['arrange'],
  after: Pick<BadInput, 'reason' | 'ends' | 'spent'> = {},
): BadInput => ({
  title,
  kind,
  outcome,
  spoil,
  ...(arrange === undefined ? {} : { arrange }),
  ...after,
});

export const unchanged: Spoil = ({ draft }) => draft;
export const CONTROL = 'a\u0000b';
export const LONG = 'x'.repeat(2049);
