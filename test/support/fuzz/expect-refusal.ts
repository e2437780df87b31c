import { expect } from 'vitest';
import { refreshTarget } from '../browser.js';
import { type Draft, headerOf, withHeader } from './draft.js';
import { judgeRefusal, rowsAfter, watchGrants } from './end-of-grant.js';
import type { Fault, Outcome } from './fault.js';
import { judgeAnswer, judgeLog } from './judge.js';
import { foreignTokens, ValidRequests } from './valid-requests.js';
import type { WireAnswer } from './wire.js';
import type { Kind, Valid, World } from './world.js';

/** One row of a table of bad input: a valid request of a kind, what is done to it, and the exact answer. */
export interface BadInput extends Pick<Fault, 'outcome' | 'reason' | 'spoil' | 'arrange' | 'ends' | 'spent'> {
  readonly title: string;
  readonly kind: Kind;
}

/**
 * Sends the row's request. It gets its answer and leaves no row behind, and the valid request it was made from is accepted afterwards; or it
 * ends the grant, and the valid request is refused from then on.
 */
export async function expectRefusal(world: World, bad: BadInput): Promise<void> {
  await foreignTokens(world);
  const valid = await new ValidRequests(world).of(bad.kind);
  world.random.forget();
  const undo = await bad.arrange?.(valid, world);
  try {
    const judgeGrants = await watchGrants(bad, valid, world);
    await expectAnswer(world, valid, bad);
    expect(await judgeGrants()).toEqual([]);
  } finally {
    await undo?.();
  }
  if (bad.ends !== undefined) expect(await judgeRefusal(valid, world)).toEqual([]);
  else if (!bad.spent) expect(valid.accepts(await world.send(valid.draft))).toBe(true);
}

async function expectAnswer(world: World, valid: Valid, { outcome, reason, spoil, ends }: BadInput): Promise<void> {
  const draft = await spoil(valid, world);
  const before = await world.counts();
  if (outcome.shape === 'held') return expectHeld(world, draft, outcome);
  const logged = world.host.log.lines.length;
  const answer = await world.send(draft);
  expect(judgeAnswer(outcome, answer, draft, world)).toEqual([]);
  if (reason !== undefined) expect(judgeLog({ reason }, world.host.log.lines.slice(logged), world)).toEqual([]);
  expect(await world.counts()).toEqual(rowsAfter(ends === undefined ? {} : { ends }, before));
}

/** Nobody is signed in: the login page comes first, and only then the redirect to the client. */
async function expectHeld(world: World, draft: Draft, outcome: Outcome & { shape: 'held' }): Promise<void> {
  const cookies = headerOf(draft, 'Cookie') ?? '';
  const browser = cookies.replace('; session=ada', '');
  let answer = await world.send(withHeader(draft, 'Cookie', browser));
  if (draft.form) {
    expect(answer.status).toBe(303);
    answer = await world.send(visit(answer.headers.get('location')?.[0] ?? '', browser));
  }
  const location = answer.headers.get('location')?.[0] ?? '';
  expect(answer.status).toBe(302);
  expect(location).toMatch(/^\/login\?return_to=/);
  const back = new URL(location, world.host.origin).searchParams.get('return_to') ?? '';
  const returned = await world.send(visit(back, cookies));
  expect(judgeAnswer(outcome, followed(returned), draft, world)).toEqual([]);
}

/** After a login the answer is a page that moves on; where it leads is judged like the redirect that it stands for. */
function followed(answer: WireAnswer): WireAnswer {
  const target = refreshTarget(answer.text);
  if (answer.status !== 200 || target === undefined) return { ...answer, status: 0 };
  return { ...answer, status: 302, headers: new Map([...answer.headers, ['location', [target]]]), text: '' };
}

function visit(address: string, cookies: string): Draft {
  const [path = '', query = ''] = address.split('?');
  return { method: 'GET', path, query: [query], headers: [['Cookie', cookies]] };
}
