import { expect } from 'vitest';
import { refreshTarget } from '../browser.js';
import { type Draft, headerOf, withHeader } from './draft.js';
import type { Outcome } from './fault.js';
import { judgeAnswer } from './judge.js';
import { ValidRequests } from './valid-requests.js';
import type { WireAnswer } from './wire.js';
import type { Kind, Valid, World } from './world.js';

/** One row of a table of bad input: a valid request of a kind, what is done to it, and the exact answer. */
export interface BadInput {
  readonly title: string;
  readonly kind: Kind;
  readonly outcome: Outcome;
  readonly spoil: (valid: Valid, world: World) => Draft;
  readonly arrange?: (valid: Valid, world: World) => Promise<() => unknown>;
}

/** Sends the row's request. It gets its answer, leaves no row behind, and the valid request it was made from is accepted afterwards. */
export async function expectRefusal(world: World, { kind, outcome, spoil, arrange }: BadInput): Promise<void> {
  const valid = await new ValidRequests(world).of(kind);
  world.random.forget();
  const undo = await arrange?.(valid, world);
  const draft = spoil(valid, world);
  const before = await world.counts();
  try {
    if (outcome.shape === 'held') return await expectHeld(world, draft, outcome);
    const answer = await world.send(draft);
    expect(judgeAnswer(outcome, answer, draft, world)).toEqual([]);
    expect(await world.counts()).toEqual(before);
  } finally {
    await undo?.();
  }
  expect(valid.accepts(await world.send(valid.draft))).toBe(true);
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
