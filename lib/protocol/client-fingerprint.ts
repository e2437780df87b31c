import { createHash } from 'node:crypto';
import type { ClientMetadata } from './client-metadata.js';

/** What a person's decision about a client rests on: who it says it is, where answers go, and how it proves that it is itself. */
const MEMBERS = [
  'client_name',
  'jwks',
  'jwks_uri',
  'logo_uri',
  'redirect_uris',
  'token_endpoint_auth_method',
] as const satisfies readonly (keyof ClientMetadata)[];

/** SHA-256 over what may not change between a decision and its use, in hexadecimal. The order of members does not matter, that of lists does. */
export function clientFingerprint(metadata: ClientMetadata): string {
  const said = MEMBERS.map((name) => [name, sorted(metadata[name]) ?? null]);
  return createHash('sha256').update(JSON.stringify(said)).digest('hex');
}

/** The same value with the members of its objects in order of name. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, member]) => [name, sorted(member)]));
}
