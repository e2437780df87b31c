import { describe, expect, it } from 'vitest';
import { formatScope, parseScope } from '../../../lib/protocol/scope-set.js';
import { refusal } from './refusal.js';

describe('parseScope', () => {
  it.each([
    ['one scope', 'mcp:read', ['mcp:read']],
    ['several in their order', 'b a c', ['b', 'a', 'c']],
    ['a repeated one, once', 'a b a', ['a', 'b']],
    ['scopes that differ in case', 'a A', ['a', 'A']],
    ['several blanks', '  a   b ', ['a', 'b']],
    ['nothing', '', []],
    ['blanks only', '  ', []],
    ['every allowed character', '!#[]~', ['!#[]~']],
    ['a URL', 'https://api.example/scope', ['https://api.example/scope']],
  ])('AUT-14 reads %s', (_case, value, expected) => {
    expect(parseScope(value)).toStrictEqual(expected);
  });

  it.each([
    ['a quote', 'a "b"'],
    ['a backslash', 'a\\b'],
    ['a tab', 'a\tb'],
    ['a line break', 'a\nb'],
    ['a line break at the end', 'a\n'],
    ['DEL', 'a\u007f'],
    ['NUL', '\u0000'],
    ['a letter beyond ASCII', 'a ä'],
    ['a no-break space', 'a\u00a0b'],
  ])('AUT-14 refuses %s', (_case, value) => {
    expect(refusal(() => parseScope(value))).toStrictEqual({
      type: 'InvalidScopeError',
      reason: 'scope_malformed',
      description: 'The scope contains a character that is not allowed',
    });
  });
});

describe('formatScope', () => {
  it('TOK-07 joins scopes with single blanks', () => {
    expect(formatScope(['mcp:read', 'mcp:write'])).toBe('mcp:read mcp:write');
    expect(formatScope([])).toBe('');
  });
});
