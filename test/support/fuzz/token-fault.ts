import { withoutParameter, withParameter } from './draft.js';
import type { Arrange } from './arrange.js';
import { type Fault, json } from './fault.js';
import type { Kind, Valid, World } from './world.js';

/** A fault at the endpoints that a client calls by itself; `invalid_client` is 401, everything else 400. */
export const atToken = (
  kinds: readonly Kind[],
  name: string,
  reason: string,
  error: string,
  spoil: Fault['spoil'],
  arrange?: Arrange,
  after: Pick<Fault, 'ends' | 'spent'> = {},
): Fault => ({
  name: `token: ${name}`,
  kinds,
  reason,
  outcome: json(error, error === 'invalid_client' ? 401 : 400),
  spoil,
  ...(arrange === undefined ? {} : { arrange }),
  ...after,
});

export const set =
  (name: string, value: (world: World, valid: Valid) => string): Fault['spoil'] =>
  (valid, world) =>
    withParameter(valid.draft, name, value(world, valid));

export const without =
  (name: string): Fault['spoil'] =>
  ({ draft }) =>
    withoutParameter(draft, name);
