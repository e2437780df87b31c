import { InvalidScopeError } from './oauth-errors.js';

/** RFC 6749 §3.3: one scope name. */
const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** Splits a `scope` value at its blanks, keeps the order, and names each scope once. */
export function parseScope(value: string): readonly string[] {
  const names = value.split(' ').filter((name) => name !== '');
  if (!names.every((name) => SCOPE_TOKEN.test(name))) {
    throw new InvalidScopeError('The scope contains a character that is not allowed', { reason: 'scope_malformed' });
  }
  return [...new Set(names)];
}

/** The wire form of a list of scopes. */
export function formatScope(scopes: readonly string[]): string {
  return scopes.join(' ');
}
