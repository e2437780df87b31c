import { InvalidTargetError } from './oauth-errors.js';
import { isUriText, splitUri, type UriParts } from './uri-text.js';

const MAX_RESOURCES = 5;

function refused(reason: string, description: string): InvalidTargetError {
  return new InvalidTargetError(description, { reason });
}

function isAbsolute(value: string, parts: UriParts): boolean {
  if (!/^https?$/i.test(parts.scheme)) return parts.authority !== undefined || parts.rest !== '';
  return Boolean(parts.authority) && URL.canParse(value);
}

/** Host names ignore case; a user name before the `@` does not. */
function lowerCaseHost(authority: string): string {
  const hostStart = authority.lastIndexOf('@') + 1;
  return authority.slice(0, hostStart) + authority.slice(hostStart).toLowerCase();
}

/**
 * One spelling for a resource identifier (RFC 8707 §2): scheme and host in lower case, and no slash after a bare
 * origin, because URL libraries add one. Nothing else is normalised.
 */
export function canonicalResource(value: string): string {
  const parts = isUriText(value) ? splitUri(value) : undefined;
  if (!parts || !isAbsolute(value, parts))
    throw refused('resource_not_absolute', 'The resource is not an absolute URI');
  if (value.includes('#')) throw refused('resource_fragment', 'The resource has a fragment');
  const scheme = parts.scheme.toLowerCase();
  if (parts.authority === undefined) return `${scheme}:${parts.rest}`;
  return `${scheme}://${lowerCaseHost(parts.authority)}${parts.rest === '/' ? '' : parts.rest}`;
}

/**
 * The one resource a request is about, in its configured spelling. Several different ones are refused, because the
 * scopes of a token must belong to one audience (RFC 9068 §3).
 */
export function selectResource(
  values: readonly string[],
  known: readonly string[],
  fallback: string | undefined,
): string {
  const [requested, ...others] = [...new Set(values.map(canonicalResource))];
  if (requested === undefined) {
    if (fallback === undefined) throw refused('resource_missing', 'The resource parameter is required');
    return fallback;
  }
  if (others.length > 0 || values.length > MAX_RESOURCES) {
    throw refused('resource_several', 'Only one resource can be requested');
  }
  const match = known.find((resource) => canonicalResource(resource) === requested);
  if (match === undefined) throw refused('resource_unknown', 'The resource is not known here');
  return match;
}
