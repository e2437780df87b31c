export type WrongAnswer = readonly [what: string, answer: () => unknown];

const boom = (): never => {
  throw new Error('the session store is on fire');
};

/** What no question to a host may be answered with. */
const NEVER: readonly WrongAnswer[] = [
  ['a throw', boom],
  ['a throw of nothing', () => Promise.reject(undefined as unknown as Error)],
  ['a rejection', () => Promise.reject(new Error('the session store is on fire'))],
  ['undefined', () => undefined],
  ['a promise of undefined', () => Promise.resolve(undefined)],
  ['NaN', () => Number.NaN],
  ['an empty text', () => ''],
  ['1', () => 1],
  ['0', () => 0],
  ['"true"', () => 'true'],
  ['an empty object', () => ({})],
  ['a function', () => () => true],
  ['a symbol', () => Symbol('ada')],
  ['a Boolean object', () => new Boolean(true)],
  ['an object that throws when it is read', () => new Proxy({}, { get: boom, ownKeys: boom, has: boom })],
];

const list: WrongAnswer = ['an empty list', () => []];
const nothing: WrongAnswer = ['null', () => null];
const yes: WrongAnswer = ['true', () => true];
const no: WrongAnswer = ['false', () => false];

const WRONG_IDS: readonly WrongAnswer[] = [
  ['an object without id', () => ({ name: 'Ada' })],
  ['an id of null', () => ({ id: null })],
  ['an id of NaN', () => ({ id: Number.NaN })],
  ['an empty id', () => ({ id: '' })],
  ['an id of true', () => ({ id: true })],
  ['a list as id', () => ({ id: ['ada'] })],
  ['a big integer as id', () => ({ id: 42n })],
  ['an id of a client', () => ({ id: 'client:robot' })],
  ['a user in a list', () => [{ id: 'ada' }]],
];

/** By method of the adapter: what is no answer of it. */
export const WRONG_ANSWERS = {
  currentUser: [...NEVER, list, yes, no, ...WRONG_IDS],
  currentOrg: [...NEVER, list, yes, no, ...WRONG_IDS],
  listOrgs: [
    ...NEVER,
    nothing,
    yes,
    no,
    ['a list of nothing', () => [undefined]],
    ['a list of ids', () => ['analytical']],
    ['a list with one without id', () => [{ id: 'analytical' }, {}]],
    ['one organisation twice', () => [{ id: 'analytical' }, { id: 'analytical' }]],
    ['one organisation as number and as text', () => [{ id: 'analytical' }, { id: 42 }, { id: '42' }]],
    ['a list without the current one', () => [{ id: 'compilers' }]],
    ['an endless list', () => Array.from({ length: 1001 }, (_, id) => ({ id }))],
    ['a set', () => new Set([{ id: 'analytical' }])],
  ],
  fetchUserData: [
    ...NEVER,
    list,
    yes,
    no,
    ['data without e-mail address', () => ({ name: 'Ada' })],
    ['an e-mail address of NaN', () => ({ email: Number.NaN })],
    ['a truthy emailVerified', () => ({ email: 'ada@example.com', emailVerified: 'true' })],
    ['a name of null', () => ({ email: 'ada@example.com', name: null })],
  ],
  validateScopeForUser: [...NEVER, list, nothing, ['"pending"', () => 'pending']],
  allowClient: [...NEVER, list, nothing, ['"PENDING"', () => 'PENDING']],
} satisfies Readonly<Record<string, readonly WrongAnswer[]>>;

export const hang = (): Promise<never> => new Promise<never>(() => {});
