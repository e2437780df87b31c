import { McpAuthConfigurationError } from './mcp-auth-configuration-error.js';
import { show } from './option-checks.js';

const MAX_SCOPES_LENGTH = 1024;
const MAX_NAME_LENGTH = 128;
const SCOPE_NAME = /^[\x21\x23-\x5b\x5d-\x7e]+$/;
const RESERVED = ['openid', 'offline_access'];

type Scopes = Readonly<Record<string, unknown>>;

function refuse(message: string): never {
  throw new McpAuthConfigurationError(message);
}

/** Scope names by RFC 6749 §3.3, each with its texts, and a hierarchy without holes and circles. */
export function checkScopes(scopes: Scopes): void {
  const names = Object.keys(scopes);
  if (names.length === 0) refuse('scopes is empty; declare at least one scope');
  // A client may ask for all of them in one parameter, and an access token has to hold them.
  const together = names.join(' ').length;
  if (together > MAX_SCOPES_LENGTH)
    refuse(`scopes: the names have ${together} characters together; at most ${MAX_SCOPES_LENGTH} are possible`);
  for (const [name, definition] of Object.entries(scopes)) checkScope(name, definition);
  for (const name of names) checkImplied(name, scopes);
}

/** Every default scope is declared. */
export function checkDefaultScopes(names: readonly string[], known: readonly string[]): readonly string[] {
  for (const name of names)
    if (!known.includes(name)) refuse(`defaultScopes names ${show(name)}, which scopes does not declare`);
  if (names.length === 0) refuse('defaultScopes is empty; name at least one scope');
  return [...new Set(names)];
}

function checkScope(name: string, definition: unknown): void {
  if (!SCOPE_NAME.test(name) || name.length > MAX_NAME_LENGTH)
    refuse(`scopes: ${show(name)} is not a scope name (RFC 6749 section 3.3)`);
  if (RESERVED.includes(name)) refuse(`scopes: ${show(name)} is reserved and cannot be declared`);
  const texts = definition as { name?: unknown; description?: unknown } | null;
  if (typeof texts?.name !== 'string' || typeof texts.description !== 'string') {
    refuse(`scopes: ${show(name)} needs a name and a description for the consent page`);
  }
}

function checkImplied(name: string, scopes: Scopes, path: readonly string[] = []): void {
  if (path.includes(name))
    refuse(`scopes: ${[...path, name].map(show).join(' implies ')}; a circle has no broader scope`);
  for (const implied of impliedBy(name, scopes)) {
    if (!Object.hasOwn(scopes, implied))
      refuse(`scopes: ${show(name)} implies ${show(implied)}, which is not declared`);
    checkImplied(implied, scopes, [...path, name]);
  }
}

function impliedBy(name: string, scopes: Scopes): readonly string[] {
  const { implies } = scopes[name] as { implies?: unknown };
  if (implies === undefined) return [];
  const list: readonly unknown[] = Array.isArray(implies) ? implies : [implies];
  return Array.isArray(implies) && list.every((one) => typeof one === 'string')
    ? list
    : refuse(`scopes: ${show(name)} needs a list of names in implies; got ${show(implies)}`);
}
