import { describe, expect, it } from 'vitest';
import { McpAuthConfigurationError } from '../../../lib/config/mcp-auth-configuration-error.js';
import { show } from '../../../lib/config/option-checks.js';
import { checkDefaultScopes, checkScopes } from '../../../lib/config/scope-checks.js';
import { thrown } from '../protocol/refusal.js';

function refusal(work: () => unknown): string {
  const error = thrown(work);
  expect(error).toBeInstanceOf(McpAuthConfigurationError);
  return (error as Error).message;
}

describe('checkScopes', () => {
  const texts = { name: 'Read', description: 'Read things' };

  it('accepts names by the RFC, up to 128 characters', () => {
    expect(checkScopes({ 'mcp:read': texts, 'a!#[]~': texts, ['x'.repeat(128)]: texts })).toBeUndefined();
  });

  it('OPS-01 refuses none at all', () => {
    expect(refusal(() => checkScopes({}))).toBe('scopes is empty; declare at least one scope');
  });

  it.each(['', 'a b', 'a"b', String.raw`a\b`, 'ä', 'a\n', 'x'.repeat(129)])('OPS-01 refuses the name %j', (name) => {
    expect(refusal(() => checkScopes({ [name]: texts }))).toBe(
      `scopes: ${show(name)} is not a scope name (RFC 6749 section 3.3)`,
    );
  });

  it.each(['openid', 'offline_access'])('OPS-01 refuses %s, which has a meaning of its own', (name) => {
    expect(refusal(() => checkScopes({ [name]: texts }))).toBe(`scopes: "${name}" is reserved and cannot be declared`);
  });

  it.each([
    null,
    undefined,
    {},
    { name: 'Read' },
    { description: 'x' },
    { name: 1, description: 'x' },
    { name: 'x', description: 2 },
  ])('OPS-01 refuses the texts %j', (definition) => {
    expect(refusal(() => checkScopes({ 'mcp:read': definition }))).toBe(
      'scopes: "mcp:read" needs a name and a description for the consent page',
    );
  });
});

describe('checkDefaultScopes', () => {
  it('keeps their order and drops repetitions', () => {
    expect(checkDefaultScopes(['b', 'a', 'b'], ['a', 'b', 'c'])).toEqual(['b', 'a']);
  });

  it('OPS-01 refuses an unknown one, and none', () => {
    expect(refusal(() => checkDefaultScopes(['a', 'x'], ['a']))).toBe(
      'defaultScopes names "x", which scopes does not declare',
    );
    expect(refusal(() => checkDefaultScopes([], ['a']))).toBe('defaultScopes is empty; name at least one scope');
  });
});

describe('the hierarchy', () => {
  const texts = { name: 'X', description: 'Does x' };
  const scopes = (implied: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(Object.entries(implied).map(([name, implies]) => [name, { ...texts, implies }]));

  it('accepts chains, and two ways to one scope', () => {
    const diamond = scopes({ a: ['b', 'c'], b: ['d'], c: ['d'], d: undefined });
    expect(checkScopes(diamond)).toBeUndefined();
    expect(checkScopes(scopes({ a: [] }))).toBeUndefined();
  });

  it.each([
    [scopes({ a: ['a'] }), 'scopes: "a" implies "a"; a circle has no broader scope'],
    [scopes({ a: ['b'], b: ['a'] }), 'scopes: "a" implies "b" implies "a"; a circle has no broader scope'],
    [
      scopes({ a: ['b'], b: ['c'], c: ['b'] }),
      'scopes: "a" implies "b" implies "c" implies "b"; a circle has no broader scope',
    ],
    [scopes({ a: ['b'] }), 'scopes: "a" implies "b", which is not declared'],
    [scopes({ a: ['toString'] }), 'scopes: "a" implies "toString", which is not declared'],
    [scopes({ a: 'b', b: undefined }), 'scopes: "a" needs a list of names in implies; got "b"'],
    [scopes({ a: [1] }), 'scopes: "a" needs a list of names in implies; got [1]'],
    [scopes({ a: null }), 'scopes: "a" needs a list of names in implies; got null'],
    [scopes({ a: {} }), 'scopes: "a" needs a list of names in implies; got {}'],
  ])('OPS-01 RSG-09 refuses %j', (given, message) => expect(refusal(() => checkScopes(given))).toBe(message));
});
