import type { WireRequest } from './wire.js';

/** A request before it becomes bytes: its parts can be exchanged one at a time. Parameters are kept as encoded `name=value` texts. */
export interface Draft extends Pick<WireRequest, 'framing' | 'withhold' | 'headers'> {
  readonly method: string;
  readonly path: string;
  readonly query: readonly string[];
  readonly form?: readonly string[];
  readonly json?: unknown;
  /** Sent in place of `form` or `json`. */
  readonly body?: Buffer | string;
}

export const pair = (name: string, value: string): string => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`;

export const nameOf = (encoded: string): string => encoded.slice(0, encoded.indexOf('='));

export const valueOf = (pairs: readonly string[], name: string): string => {
  const found = pairs.find((encoded) => nameOf(encoded) === name) ?? '=';
  return decodeURIComponent(found.slice(found.indexOf('=') + 1));
};

/** Where this request carries its parameters. */
export const parametersOf = (draft: Draft): readonly string[] => draft.form ?? draft.query;

export function withParameters(draft: Draft, parameters: readonly string[]): Draft {
  return draft.form ? { ...draft, form: parameters } : { ...draft, query: parameters };
}

/** The request with a parameter set to an already encoded value, in its place or at the end. */
export function withRawParameter(draft: Draft, name: string, encoded: string): Draft {
  const parameters = parametersOf(draft);
  const text = `${encodeURIComponent(name)}=${encoded}`;
  return withParameters(
    draft,
    parameters.some((one) => nameOf(one) === name)
      ? parameters.map((one) => (nameOf(one) === name ? text : one))
      : [...parameters, text],
  );
}

export const withParameter = (draft: Draft, name: string, value: string): Draft =>
  withRawParameter(draft, name, encodeURIComponent(value));

export const withoutParameter = (draft: Draft, name: string): Draft =>
  withParameters(
    draft,
    parametersOf(draft).filter((one) => nameOf(one) !== name),
  );

export const withExtra = (draft: Draft, ...encoded: readonly string[]): Draft =>
  withParameters(draft, [...parametersOf(draft), ...encoded]);

export function withHeader(draft: Draft, name: string, value: string | undefined): Draft {
  const others = draft.headers.filter(([known]) => known.toLowerCase() !== name.toLowerCase());
  return { ...draft, headers: value === undefined ? others : [...others, [name, value]] };
}

export const headerOf = (draft: Draft, name: string): string | undefined =>
  draft.headers.find(([known]) => known.toLowerCase() === name.toLowerCase())?.[1];

/** A member of the JSON object set, or taken out with `undefined`. */
export function withMember(draft: Draft, name: string, value: unknown): Draft {
  return { ...draft, json: { ...(draft.json as Record<string, unknown>), [name]: value } };
}

export const bodyText = (draft: Draft): string | undefined =>
  draft.form ? draft.form.join('&') : draft.json === undefined ? undefined : JSON.stringify(draft.json);

export function toWire(draft: Draft): WireRequest {
  const { method, path, query, headers, framing, withhold } = draft;
  const body = draft.body ?? bodyText(draft);
  return {
    method,
    target: query.length > 0 ? `${path}?${query.join('&')}` : path,
    headers,
    ...(body === undefined ? {} : { body }),
    ...(framing === undefined ? {} : { framing }),
    ...(withhold === undefined ? {} : { withhold }),
  };
}
