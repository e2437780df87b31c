import type { IncomingHttpHeaders } from 'node:http';
import CachePolicy from 'http-cache-semantics';

/** Even for `no-store`: one authorization asks several times, and who serves a document does not decide how often we call. */
const SHORTEST_MS = 60_000;
const LONGEST_MS = 24 * 3_600_000;
/** Where the answer says nothing about it. */
const UNSAID_MS = 300_000;

const SAYINGS = ['cache-control', 'expires', 'pragma'];

/** For how long a valid document may be used without another look (CMD-14): as HTTP says (RFC 9111), within bounds of our own. */
export function freshForMs(headers: IncomingHttpHeaders, now: number): number {
  if (!SAYINGS.some((name) => headers[name] !== undefined)) return UNSAID_MS;
  const single = Object.entries(headers).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  // Without a date of its own an answer is one of now.
  const answer = { date: new Date(now).toUTCString(), ...Object.fromEntries(single) };
  const policy = new (class extends CachePolicy {
    // Its one look at a clock, which is ours to give.
    now(): number {
      return now;
    }
  })({ headers: {} }, { status: 200, headers: answer });
  const said = policy.storable() ? policy.timeToLive() : 0;
  return Math.min(Math.max(said, SHORTEST_MS), LONGEST_MS);
}
