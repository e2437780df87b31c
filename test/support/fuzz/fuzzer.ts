import { bodyText, type Draft, toWire } from './draft.js';
import { judgeRefusal, rowsAfter, watchGrants } from './end-of-grant.js';
import type { Fault } from './fault.js';
import { AUTHORIZE_FAULTS } from './faults/authorize.js';
import { BODY_FAULTS } from './faults/bodies.js';
import { MCP_FAULTS } from './faults/mcp.js';
import { METHOD_FAULTS } from './faults/methods.js';
import { PAGE_FAULTS } from './faults/pages.js';
import { PARAMETER_FAULTS } from './faults/parameters.js';
import { REFRESH_AGAIN_FAULTS } from './faults/refresh-again.js';
import { REGISTER_FAULTS } from './faults/register.js';
import { ASSERTION_FAULTS, forgeryTarget } from './faults/token-assertions.js';
import { AUTHENTICATION_FAULTS } from './faults/token-authentication.js';
import { GRANT_FAULTS } from './faults/token-grants.js';
import { TOKEN_STATUS_FAULTS } from './faults/token-status.js';
import { judgeAnswer, judgeLog } from './judge.js';
import type { SeededRandom } from './random.js';
import { isLetThrough } from './token-requests.js';
import type { WireAnswer } from './wire.js';
import { foreignTokens, ValidRequests } from './valid-requests.js';
import { type Kind, KINDS, type Valid, type World } from './world.js';

export const FAULTS: readonly Fault[] = [
  ...PARAMETER_FAULTS,
  ...BODY_FAULTS,
  ...METHOD_FAULTS,
  ...AUTHORIZE_FAULTS,
  ...PAGE_FAULTS,
  ...AUTHENTICATION_FAULTS,
  ...ASSERTION_FAULTS,
  ...GRANT_FAULTS,
  ...REFRESH_AGAIN_FAULTS,
  ...TOKEN_STATUS_FAULTS,
  ...REGISTER_FAULTS,
  ...MCP_FAULTS,
];

/** Faulty requests between two valid ones. */
export const BATCH = 25;

export interface FuzzReport {
  /** Faulty requests sent. */
  sent: number;
  /** Valid requests sent before and after, all of which must succeed. */
  accepted: number;
  readonly reasons: Map<string, number>;
  readonly byKind: Map<Kind, number>;
  readonly failures: string[];
}

interface Planned {
  readonly kind: Kind;
  readonly fault: Fault;
}

/** Every reason `least` times or more, then chance until there are `total` requests. */
export function plan(random: SeededRandom, total: number, least: number): readonly Planned[] {
  const all = FAULTS.flatMap((fault) => fault.kinds.map((kind) => ({ kind, fault })));
  const planned: Planned[] = [...all];
  const count = (reason: string | undefined) => planned.filter(({ fault }) => fault.reason === reason).length;
  for (const reason of new Set(all.map(({ fault }) => fault.reason))) {
    const having = all.filter(({ fault }) => fault.reason === reason);
    while (count(reason) < least) planned.push(random.pick(having));
  }
  while (planned.length < total) planned.push(random.pick(all));
  return random.shuffle(planned);
}

/** Sends what was planned, one fault per request, between requests of the same kind that are in order. */
export async function fuzz(world: World, planned: readonly Planned[]): Promise<FuzzReport> {
  const report: FuzzReport = { sent: 0, accepted: 0, reasons: new Map(), byKind: new Map(), failures: [] };
  // Made before anybody counts rows.
  await foreignTokens(world);
  await forgeryTarget(world);
  for (const kind of KINDS) {
    const faults = planned.filter((one) => one.kind === kind).map(({ fault }) => fault);
    for (let start = 0; start < faults.length; start += BATCH)
      await runBatch(world, kind, faults.slice(start, start + BATCH), report);
  }
  return report;
}

async function runBatch(world: World, kind: Kind, faults: readonly Fault[], report: FuzzReport): Promise<void> {
  const first = await new ValidRequests(world).of(kind);
  await expectAccepted(world, first, report, 'before');
  // A code works once: its sibling was accepted just now, and this one will be after the faults.
  let valid = first.repeatable ? first : await new ValidRequests(world).of(kind);
  let before = await world.contents();
  const expectUnchanged = async () => {
    if (report.failures.length === 0 && before !== (await world.contents()))
      report.failures.push(`${kind}: refused requests changed what is stored`);
  };
  for (const fault of faults) {
    const spent = fault.spent === true || fault.ends !== undefined;
    if (spent) await expectUnchanged();
    const problems = await refuse(world, valid, fault, report).catch((error: unknown) => [String(error)]);
    report.failures.push(...problems.map((problem) => `${fault.name} [${kind}]: ${problem}`));
    if (!spent && (problems.length === 0 || valid.repeatable)) continue;
    valid = await new ValidRequests(world).of(kind);
    before = await world.contents();
  }
  await expectUnchanged();
  await expectAccepted(world, valid, report, 'after');
}

async function expectAccepted(world: World, valid: Valid, report: FuzzReport, when: string): Promise<void> {
  if (valid.stops && !isLetThrough(await world.send(valid.stops)))
    report.failures.push(`${valid.kind}: the token ${when} was dead before it was revoked`);
  const answer = await world.send(valid.draft);
  report.accepted++;
  if (valid.stops && (await world.send(valid.stops)).status !== 401)
    report.failures.push(`${valid.kind}: the token ${when} lives on after it was revoked`);
  if (!valid.accepts(answer))
    report.failures.push(
      `${valid.kind}: the valid request ${when} was refused: ${answer.status} ${answer.text.slice(0, 120)}`,
    );
}

async function refuse(world: World, valid: Valid, fault: Fault, report: FuzzReport): Promise<string[]> {
  world.random.forget();
  const undo = await fault.arrange?.(valid, world);
  const problems: string[] = [];
  try {
    const judgeGrants = await watchGrants(fault, valid, world);
    problems.push(...(await send(world, valid, fault, report)), ...(await judgeGrants()));
  } finally {
    await undo?.();
  }
  if (fault.ends !== undefined) problems.push(...(await judgeRefusal(valid, world)));
  return problems;
}

async function send(world: World, valid: Valid, fault: Fault, report: FuzzReport): Promise<string[]> {
  const draft = await fault.spoil(valid, world);
  const before = rowsAfter(fault, await world.counts());
  const logged = world.host.log.lines.length;
  const answers = await deliver(world, draft, fault, logged);
  report.sent++;
  const lines = world.host.log.lines.slice(logged);
  for (const line of lines) count(report.reasons, /reason=(\S+)/.exec(line)?.[1]);
  count(report.byKind, valid.kind);
  const after = await world.counts();
  if (fault.outcome.shape === 'held') before.mcp_auth_pending_authorizations++;
  const stored =
    JSON.stringify(before) === JSON.stringify(after)
      ? []
      : [`rows: ${JSON.stringify(before)} became ${JSON.stringify(after)}`];
  return [
    ...answers.flatMap((answer) => judgeAnswer(fault.outcome, answer, draft, world)),
    ...judgeLog(fault, lines, world),
    ...stored,
  ];
}

/** The answer to be judged; none when the sender is gone. */
async function deliver(world: World, draft: Draft, fault: Fault, logged: number): Promise<readonly WireAnswer[]> {
  if (fault.outcome.shape === 'gone') {
    await world.wire.abandon(
      toWire({ ...draft, withhold: Math.min(draft.withhold ?? 1, (bodyText(draft) ?? '').length) }),
    );
    for (let wait = 0; wait < 5000 && world.host.log.lines.length === logged; wait++) await pause(2);
    return [];
  }
  const answer = await world.send(draft);
  if (fault.outcome.shape !== 'held' || draft.form === undefined) return [answer];
  // A form is answered with a way back to a GET, and the redirect to the client comes from there.
  const [path = '', query = ''] = (answer.headers.get('location')?.[0] ?? '').split('?');
  return [await world.send({ method: 'GET', path, query: [query], headers: [['Cookie', world.cookies]] })];
}

function count<K>(counts: Map<K, number>, key: K | undefined): void {
  if (key !== undefined) counts.set(key, (counts.get(key) ?? 0) + 1);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
