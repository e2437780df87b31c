import { normalizeIp } from '@nestjs/throttler';

/** A fetch that somebody brings about. */
export interface FetchWish {
  readonly url: string;
  readonly host: string;
  /** What is hoped for there. */
  readonly what: 'document' | 'keys';
  /** Address of whoever makes us fetch. */
  readonly requester?: string;
  /** It is what a client that a user or an operator has approved has at its own host, or an address that the operator wrote down. */
  readonly known?: boolean;
}

/** The most that is allowed of each kind. */
export interface Bounds {
  readonly url?: number;
  readonly requester: number;
  readonly host: number;
  readonly total: number;
}

/** One of the things that a fetch counts against. */
export interface Counter {
  readonly key: string;
  readonly most: number;
}

/** Everything a fetch counts against. What is known and what is not are counted apart, so that neither keeps the other out; of one URL, documents and keys. */
export function countersOf(
  { url, host, what, requester, known = false }: FetchWish,
  bounds: Readonly<Record<'strange' | 'known', Bounds>>,
): readonly Counter[] {
  const of = known ? 'known' : 'strange';
  const most = bounds[of];
  return [
    ...(most.url === undefined ? [] : [{ key: `${of} ${what} ${url}`, most: most.url }]),
    ...(requester === undefined ? [] : [{ key: `${of} from ${normalizeIp(requester)}`, most: most.requester }]),
    { key: `${of} host ${host}`, most: most.host },
    { key: `${of} all`, most: most.total },
  ];
}
