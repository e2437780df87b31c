import { gzipSync } from 'node:zlib';
import { bodyText, type Draft, withHeader } from '../draft.js';
import { type Fault, inEach, json, type Outcome, page, DIRECT_KINDS } from '../fault.js';
import type { Kind, World } from '../world.js';

const POSTED = ['register', 'authorize by form', 'approve', ...DIRECT_KINDS] as const;

const refusal =
  (status: number) =>
  (kind: Kind): Outcome => {
    if (kind === 'register') return json('invalid_client_metadata', status);
    return DIRECT_KINDS.includes(kind) ? json('invalid_request', status) : page(status);
  };

const gone = (): Outcome => ({ shape: 'gone' });

const textOf = (draft: Draft): string => bodyText(draft) ?? '';

/** A type that is neither JSON nor a form. */
function otherType({ random }: World): string | undefined {
  return random.pick([
    undefined,
    'text/plain',
    'multipart/form-data; boundary=x',
    'application/xml',
    'application/jsonp',
    'application/octet-stream',
    'text/html; charset=utf-8',
    random.word(10),
  ]);
}

const swapped: Readonly<Record<string, string>> = {
  'application/json': 'application/x-www-form-urlencoded',
  'application/x-www-form-urlencoded': 'application/json',
};

const typeOf = ({ headers }: Draft): string => headers.find(([name]) => name === 'Content-Type')?.[1] ?? '';

/** More than any limit, padded so that what is there is in order. */
function oversized(draft: Draft, { random }: World): Draft {
  return { ...draft, body: textOf(draft) + (draft.form ? '&x=' : ' ').padEnd(66_000 + random.below(20_000), ' ') };
}

export const BODY_FAULTS: readonly Fault[] = [
  ...inEach(
    POSTED,
    {
      name: 'another content type, or none',
      reason: 'content_type_unsupported',
      spoil: ({ draft }, world) => withHeader(draft, 'Content-Type', otherType(world)),
    },
    refusal(400),
  ),
  ...inEach(
    POSTED,
    {
      name: 'the content type of the other endpoints',
      reason: 'content_type_unsupported',
      spoil: ({ draft }) => withHeader(draft, 'Content-Type', swapped[typeOf(draft)]),
    },
    refusal(400),
  ),
  ...inEach(
    POSTED,
    {
      name: 'a charset other than UTF-8',
      reason: 'body_charset_unsupported',
      spoil: ({ draft }, { random }) => {
        const charset = random.pick(['iso-8859-1', 'UTF-16', '"utf-7"', 'utf-32le', random.word(8)]);
        return withHeader(draft, 'Content-Type', `${typeOf(draft)}; charset=${charset}`);
      },
    },
    refusal(400),
  ),
  ...inEach(
    POSTED,
    {
      name: 'a compressed body',
      reason: 'body_encoding_unsupported',
      spoil: ({ draft }, { random }) => ({
        ...withHeader(draft, 'Content-Encoding', random.pick(['gzip', 'GZIP', 'x-gzip', 'deflate', 'br'])),
        body: gzipSync(textOf(draft)),
      }),
    },
    refusal(400),
  ),
  ...inEach(
    POSTED,
    { name: 'a body too large', reason: 'body_too_large', spoil: ({ draft }, world) => oversized(draft, world) },
    refusal(413),
  ),
  ...inEach(
    POSTED,
    {
      name: 'a body too large that does not say so',
      reason: 'body_too_large',
      spoil: ({ draft }, world) => ({ ...oversized(draft, world), framing: 'chunked' }),
    },
    refusal(413),
  ),
  ...inEach(
    POSTED,
    {
      name: 'bytes that are not UTF-8',
      reason: 'body_not_utf8',
      spoil: ({ draft }, { random }) => {
        const bytes = random.pick([[0xff], [0xc3, 0x28], [0xed, 0xa0, 0x80], [0xc0, 0x80], [0xe2, 0x82]]);
        return { ...draft, body: Buffer.concat([Buffer.from(textOf(draft)), Buffer.from(bytes)]) };
      },
    },
    refusal(400),
  ),
  ...inEach(
    POSTED,
    {
      name: 'a body that breaks off',
      reason: 'body_incomplete',
      spoil: ({ draft }, { random }) => ({
        ...draft,
        ...(random.below(2) === 0 ? { framing: 'chunked' as const } : {}),
        withhold: 7 + random.below(20),
      }),
    },
    gone,
  ),
];
