import { nameOf, pair, parametersOf, valueOf, withExtra, withParameter, withRawParameter } from '../draft.js';
import { AUTHORIZE_KINDS, type Fault, inEach, DIRECT_KINDS } from '../fault.js';
import type { Valid, World } from '../world.js';

/** Kinds whose parameters are all looked at before anything else happens. */
const STRICT = [...AUTHORIZE_KINDS, 'approve', ...DIRECT_KINDS] as const;

/** These have answers of their own, or may repeat. */
const SPECIAL = ['client_id', 'redirect_uri', 'state', 'resource', 'scopes'];

const CONTROL = ['\0', '\u0001', '\t', '\n', '\r', '\u001b', '\u007f'];
const NOT_UTF8 = ['%ff', '%c3%28', '%ed%a0%80', '%c0%80', '%f5%80%80%80', '%e2%82'];
const NOT_PERCENT = ['%zz', '%-1', '%u0041', '%G0'];

/** One of the parameters that the general rules hold for, or one nobody knows. */
function anyParameter({ draft }: Valid, { random }: World): { name: string; value: string } {
  const names = parametersOf(draft)
    .map(nameOf)
    .filter((name) => !SPECIAL.includes(name));
  const name = random.pick([...names, `x_${random.word(5)}`]);
  return { name, value: valueOf(parametersOf(draft), name) };
}

const many = (world: World, count: number): string[] =>
  Array.from({ length: count }, (_, index) => pair(`p${index}`, world.random.word(4)));

export const PARAMETER_FAULTS: readonly Fault[] = [
  ...inEach(STRICT, {
    name: 'a parameter twice',
    reason: 'parameter_repeated',
    spoil: (valid, world) => {
      const { name, value } = anyParameter(valid, world);
      const again =
        value === '' ? [pair(name, 'a'), pair(name, 'b')] : [pair(name, world.random.pick([value, '', 'b']))];
      return withExtra(valid.draft, ...again);
    },
  }),
  ...inEach(STRICT, {
    name: 'a control character',
    reason: 'parameter_control_character',
    spoil: (valid, world) => {
      const { name, value } = anyParameter(valid, world);
      return withParameter(valid.draft, name, world.random.spoil(value, world.random.pick(CONTROL)));
    },
  }),
  ...inEach(STRICT, {
    name: 'a broken percent sequence',
    reason: 'parameter_malformed',
    spoil: (valid, world) => {
      const { name, value } = anyParameter(valid, world);
      const broken = world.random.pick(NOT_PERCENT);
      return withRawParameter(valid.draft, name, world.random.spoil(encodeURIComponent(value), broken));
    },
  }),
  ...inEach(STRICT, {
    name: 'bytes that are not UTF-8',
    reason: 'parameter_malformed',
    spoil: (valid, world) => {
      const { name, value } = anyParameter(valid, world);
      return withRawParameter(valid.draft, name, encodeURIComponent(value) + world.random.pick(NOT_UTF8));
    },
  }),
  // In a URL the server's own parser refuses it before anybody else looks.
  ...inEach(
    STRICT.filter((kind) => kind !== 'authorize'),
    {
      name: 'a raw character beyond ASCII',
      reason: 'parameter_malformed',
      spoil: (valid, world) => {
        const { name, value } = anyParameter(valid, world);
        return withRawParameter(valid.draft, name, `${encodeURIComponent(value)}\u00e9`);
      },
    },
  ),
  ...inEach(STRICT, {
    name: 'a value without end',
    reason: 'parameter_too_long',
    spoil: (valid, world) => {
      const { name } = anyParameter(valid, world);
      // A token may be as long as the longest one that is taken at all.
      const limit = name === 'token' ? 4096 : 2048;
      return withParameter(valid.draft, name, world.random.word(limit + 1 + world.random.below(500)));
    },
  }),
  ...inEach(STRICT, {
    name: 'a name without end',
    reason: 'parameter_too_long',
    spoil: ({ draft }, world) => withExtra(draft, pair(world.random.word(129 + world.random.below(200)), 'x')),
  }),
  ...inEach(STRICT, {
    name: 'a broken name',
    reason: 'parameter_malformed',
    spoil: ({ draft }, world) => withExtra(draft, `${world.random.word(6)}%=1`),
  }),
  ...inEach(STRICT, {
    name: 'more parameters than anybody needs',
    reason: 'too_many_parameters',
    spoil: ({ draft }, world) => withExtra(draft, ...many(world, 101)),
  }),
];
