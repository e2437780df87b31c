import type { Draft } from './draft.js';
import type { Kind, Valid, World } from './world.js';

/** What the outside may see of a refusal. */
export type Outcome =
  /** RFC 6749 §5.2, RFC 7591 §3.2.2. */
  | { readonly shape: 'json'; readonly status: number; readonly error: string }
  | { readonly shape: 'page'; readonly status: number }
  /** The client is told by redirect, once the user is signed in. */
  | { readonly shape: 'held'; readonly error: string; readonly withoutState?: boolean }
  /** RFC 6750 §3. */
  | { readonly shape: 'bearer'; readonly status: number; readonly error?: string }
  | { readonly shape: 'forbidden' }
  | { readonly shape: 'method'; readonly allow: string }
  /** RFC 7009 §2.2: 200 whether there was something to revoke or not. Nothing was. */
  | { readonly shape: 'nothing' }
  /** RFC 7662 §2.2: 200, and not a word about the token. */
  | { readonly shape: 'inactive' }
  /** The sender went away; nobody reads an answer. */
  | { readonly shape: 'gone' };

/** One thing wrong with a request that is otherwise in order, and the exact answer it must get. */
export interface Fault {
  readonly name: string;
  readonly kinds: readonly Kind[];
  /** The private reason in the log; absent for the few refusals that log nothing. */
  readonly reason?: string;
  readonly outcome: Outcome;
  readonly spoil: (valid: Valid, world: World) => Draft | Promise<Draft>;
  /** What happens around the request: a code expires, a user leaves. The answer undoes it. */
  readonly arrange?: (valid: Valid, world: World) => Promise<() => unknown>;
  /** The reason stored with the grant that this refusal ends. */
  readonly ends?: string;
  /** What was arranged cannot be taken back, so that the request is not in order any more. */
  readonly spent?: true;
}

export const TOKEN_KINDS: readonly Kind[] = ['code', 'code of a confidential client', 'refresh', 'refresh again'];
export const REVOKE_KINDS: readonly Kind[] = ['revoke', 'revoke of a confidential client'];
/** What a client sends by itself, as a form. */
export const DIRECT_KINDS: readonly Kind[] = [...TOKEN_KINDS, ...REVOKE_KINDS, 'introspect'];
export const AUTHORIZE_KINDS: readonly Kind[] = ['authorize', 'authorize by form'];

export const json = (error: string, status = 400): Outcome => ({ shape: 'json', status, error });
export const page = (status = 400): Outcome => ({ shape: 'page', status });
export const held = (error = 'invalid_request'): Outcome => ({ shape: 'held', error });
export const bearer = (status: number, error?: string): Outcome =>
  error === undefined ? { shape: 'bearer', status } : { shape: 'bearer', status, error };

/** How a kind of request words a fault of its form. */
export function formOutcome(kind: Kind): Outcome {
  if (kind === 'register') return json('invalid_client_metadata');
  if (AUTHORIZE_KINDS.includes(kind)) return held();
  return DIRECT_KINDS.includes(kind) ? json('invalid_request') : page();
}

/** The same fault in several kinds of request, each with its own answer. */
export function inEach(
  kinds: readonly Kind[],
  fault: Omit<Fault, 'kinds' | 'outcome'>,
  outcome = formOutcome,
): Fault[] {
  return kinds.map((kind) => ({ ...fault, name: `${kind}: ${fault.name}`, kinds: [kind], outcome: outcome(kind) }));
}

/** The request stays as it is; what it hangs on changes. */
export const unchanged: Fault['spoil'] = ({ draft }) => draft;
