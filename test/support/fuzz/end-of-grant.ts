import { grantIdOf } from './arrange.js';
import type { Fault } from './fault.js';
import { errorOf } from './judge.js';
import type { Table, Valid, World } from './world.js';

type Rows = Record<Table, number>;

/** The rows there must be after a refusal: one more revocation where it ends the grant, and nothing else. */
export const rowsAfter = ({ ends }: Pick<Fault, 'ends'>, before: Rows): Rows => ({
  ...before,
  mcp_auth_revocations: before.mcp_auth_revocations + (ends === undefined ? 0 : 1),
});

/** Looks at the grants before a refusal, and again when the answer is called: it ended the grant it should, with its reason, and no other. */
export async function watchGrants(
  { ends }: Pick<Fault, 'ends'>,
  valid: Valid,
  world: World,
): Promise<() => Promise<string[]>> {
  const before = await world.endedGrants();
  const expected = ends === undefined ? [] : [`${await grantIdOf(valid, world)} ${ends}`];
  return async () => {
    const ended = [...(await world.endedGrants())]
      .filter(([id, reason]) => before.get(id) !== reason)
      .map(([id, reason]) => `${id} ${reason}`);
    return ended.join() === expected.join() ? [] : [`ended grants: ${ended.join()}, not ${expected.join()}`];
  };
}

/** The grant is gone for good: what was in order is refused now. */
export async function judgeRefusal({ draft }: Valid, world: World): Promise<string[]> {
  const logged = world.host.log.lines.length;
  const { status, text } = await world.send(draft);
  const log = world.host.log.lines.slice(logged).join();
  const refusal = `${status} ${String(errorOf(text))} ${/reason=(\S+)/.exec(log)?.[1]}`;
  return refusal === '400 invalid_grant grant_revoked' ? [] : [`the request that was in order got ${refusal}`];
}
