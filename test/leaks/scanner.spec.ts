import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { SecretKind } from '../support/leak-channels.mjs';
import { type Leak, Scanner } from './scanner.js';

const SHAPES: readonly (readonly [string, SecretKind, string])[] = [
  ['an opaque token', 'refresh_token', randomBytes(32).toString('base64url')],
  ['a JWT', 'access_token', `${'eyJhbGciOiJIUzI1NiJ9.'.repeat(9)}${randomBytes(32).toString('base64url')}`],
  ['a short one', 'api_key', 'secret-of-ada'],
  ['one with characters that addresses encode', 'oauth_secret', 'zH/7+pQ==&é?x L"p0w'],
];

/** How it may be written; what stands before it moves it through the groups of base64. */
const WRITINGS: readonly (readonly [string, (secret: string) => string])[] = [
  ['raw', (secret) => secret],
  ['URL-encoded', encodeURIComponent],
  ...['', 'a', 'ab', 'abc', '{"token":"'].flatMap((before) =>
    (['base64', 'base64url'] as const).map((encoding): [string, (secret: string) => string] => [
      `${encoding} behind "${before}"`,
      (secret) => Buffer.from(`${before}${secret}"}`).toString(encoding),
    ]),
  ),
  ['hex', (secret) => Buffer.from(secret).toString('hex')],
  ['hex in capitals', (secret) => Buffer.from(secret).toString('hex').toUpperCase()],
];

const OTHERS = Array.from({ length: 2000 }, (): [SecretKind, string] => [
  'code',
  randomBytes(32).toString('base64url'),
]);
const leaksOf = async (scanner: Scanner, ...pieces: readonly string[]): Promise<readonly Leak[]> =>
  (await scanner.scan(pieces.map((piece) => Buffer.from(piece, 'latin1')))).leaks;

describe.each(SHAPES)('a planted leak of %s', (_shape, kind, secret) => {
  const scanner = new Scanner([...OTHERS, [kind, secret]]);

  it.each(WRITINGS)('is found, written as %s', async (_writing, write) => {
    const leaks = await leaksOf(
      scanner,
      `${'words '.repeat(50)} token=${Buffer.from(write(secret)).toString('latin1')}&x=1\n`,
    );
    expect(leaks.map((leak) => leak.kind)).toEqual([kind]);
  });

  it('is found once, wherever the output is cut', async () => {
    const text = `a line\nbefore ${Buffer.from(secret).toString('latin1')} and after\n`;
    for (let at = 0; at <= text.length; at++) {
      const leaks = await leaksOf(scanner, text.slice(0, at), text.slice(at));
      expect(leaks, `cut at ${at}`).toMatchObject([{ kind, times: 1 }]);
    }
    expect(await leaksOf(scanner, ...text.split('')), 'single bytes').toMatchObject([{ kind, times: 1 }]);
  });

  it.each(WRITINGS)('is told without the secret that is written as %s', async (_writing, write) => {
    const written = Buffer.from(write(secret)).toString('latin1');
    const [leak] = await leaksOf(scanner, `refused: token=${written} at the end\n`);
    expect(leak?.excerpt).toMatch(/^refused: .*\[\w+\].* at the end/);
    expect(leak?.excerpt).not.toContain(written.slice(-12, -4));
  });
});

describe('what is no leak', () => {
  const [[, , secret] = ['', '', '']] = SHAPES;
  const scanner = new Scanner([...OTHERS, ['refresh_token', secret]]);

  it.each([
    ['its hash, which is what the database keeps', createHash('sha256').update(secret).digest('hex')],
    ['a token that differs in its last character', `${secret.slice(0, -1)}${secret.endsWith('A') ? 'B' : 'A'}`],
    ['a token that differs in the middle', `${secret.slice(0, 21)}~${secret.slice(22)}`],
    ['its beginning', secret.slice(0, 20)],
    ['another random value', randomBytes(32).toString('base64url')],
  ])('%s', async (_case, text) => {
    expect(await leaksOf(scanner, `token=${text}\n`)).toEqual([]);
  });
});

it('counts what it has read, so that nobody takes an empty file for a clean one', async () => {
  const { bytes, lines } = await new Scanner(OTHERS).scan([Buffer.from('one\ntwo\nth'), Buffer.from('ree\n')]);
  expect({ bytes, lines }).toEqual({ bytes: 14, lines: 3 });
});
