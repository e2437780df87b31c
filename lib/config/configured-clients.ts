import { claimsToBeDocument } from '../protocol/client-id-url.js';
import { needsSecret } from '../protocol/client-metadata-authentication.js';
import { isJsonObject, type JsonObject } from '../protocol/client-metadata-members.js';
import { type ClientMetadata, parseClientMetadata } from '../protocol/client-metadata.js';
import { OAuthError } from '../protocol/oauth-error.js';
import { hashToken } from '../protocol/opaque-token.js';
import type { ConfiguredClient } from './client-options.js';
import { McpAuthConfigurationError } from './mcp-auth-configuration-error.js';
import { type MetadataOptions, metadataPolicy } from './metadata-policy.js';
import { show } from './option-checks.js';

/** A client of the `clients` option, checked. Nothing in it is secret. */
export interface ResolvedConfiguredClient {
  readonly clientId: string;
  /** SHA-256 of each secret; none for a method that needs none. */
  readonly secretHashes: readonly string[];
  readonly metadata: ClientMetadata;
}

/** As long as a `client_id` can be stored with a grant. */
const MAX_ID_LENGTH = 512;
const SECRET_LENGTH = { least: 32, most: 512 } as const;

/** RFC 6749 App. A.1 and A.2; blanks at the ends are somebody's mistake, and a database may not see them. */
const PRINTABLE = /^(?! )[\x20-\x7e]+(?<! )$/;

/** What RFC 6749 §2.3.1 wants encoded in the header and many clients send as it is, so that it could be read in two ways. */
const AMBIGUOUS_ID = /[:%+]/;
const AMBIGUOUS_SECRET = /[%+]/;

/** Every member there is: an unknown one is a typing error in a configuration, not an extension to be ignored. */
const MEMBERS = {
  clientId: true,
  clientSecret: true,
  redirect_uris: true,
  token_endpoint_auth_method: true,
  token_endpoint_auth_signing_alg: true,
  grant_types: true,
  response_types: true,
  client_name: true,
  client_uri: true,
  logo_uri: true,
  tos_uri: true,
  policy_uri: true,
  contacts: true,
  scope: true,
  software_id: true,
  software_version: true,
  application_type: true,
  jwks: true,
  jwks_uri: true,
} as const satisfies Record<keyof ConfiguredClient, true>;

/** The other options that clients have to agree with. */
interface Rules extends MetadataOptions {
  /** By name. */
  readonly scopes: Readonly<Record<string, unknown>>;
}

function refuse(where: string, fault: string): never {
  throw new McpAuthConfigurationError(`${where}: ${fault}`);
}

/** Checks `clients`. Throws `McpAuthConfigurationError`, which names the client and what is wrong, and never a secret or a key. */
export function resolveClients(given: unknown, rules: Rules): readonly ResolvedConfiguredClient[] {
  if (!Array.isArray(given)) return refuse('clients', 'must be a list of clients');
  const clients = given.map((entry: unknown, index) => resolveClient(entry, `clients[${index}]`, rules));
  for (const [index, { clientId }] of clients.entries()) {
    const first = clients.findIndex((other) => other.clientId === clientId);
    if (first !== index) refuse(`clients[${index}]`, `clientId ${show(clientId)} is that of clients[${first}] already`);
  }
  return clients;
}

function resolveClient(entry: unknown, place: string, rules: Rules): ResolvedConfiguredClient {
  if (!isJsonObject(entry)) return refuse(place, 'must be an object with clientId and redirect_uris');
  const clientId = checkId(entry['clientId'], place);
  const where = `${place} (${show(clientId)})`;
  for (const name of Object.keys(entry))
    if (!Object.hasOwn(MEMBERS, name)) refuse(where, `${show(name)} is not a member of a client`);
  const metadata = readMetadata(entry, where, rules);
  return { clientId, secretHashes: readSecrets(entry['clientSecret'], clientId, metadata, where), metadata };
}

function checkId(value: unknown, place: string): string {
  if (typeof value !== 'string' || value === '') return refuse(place, 'clientId is missing');
  if (value.length > MAX_ID_LENGTH) refuse(place, `clientId is longer than ${MAX_ID_LENGTH} characters`);
  // First of all: documents own these identifiers, whatever else is wrong with one.
  if (claimsToBeDocument(value))
    refuse(place, 'clientId is an https URL; such a client describes itself at that address (clientDocuments)');
  if (!PRINTABLE.test(value)) refuse(place, 'clientId must be printable ASCII, without a blank at either end');
  return value;
}

function readMetadata(entry: JsonObject, where: string, rules: Rules): ClientMetadata {
  let metadata: ClientMetadata;
  try {
    metadata = parseClientMetadata(entry, metadataPolicy('configured', rules));
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    return refuse(where, error.message);
  }
  const undeclared = metadata.scope?.split(' ').find((name) => !Object.hasOwn(rules.scopes, name));
  if (undeclared !== undefined) refuse(where, `scope names ${show(undeclared)}, which scopes does not declare`);
  return metadata;
}

function readSecrets(value: unknown, clientId: string, metadata: ClientMetadata, where: string): readonly string[] {
  const method = metadata.token_endpoint_auth_method;
  if (!needsSecret(method)) {
    if (value !== undefined) refuse(where, `clientSecret is of no use with token_endpoint_auth_method ${show(method)}`);
    return [];
  }
  const secrets: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (value === undefined || secrets.length === 0)
    refuse(
      where,
      `clientSecret is missing; ${method} needs one (a public client has token_endpoint_auth_method "none")`,
    );
  const inHeader = method === 'client_secret_basic';
  if (inHeader && AMBIGUOUS_ID.test(clientId))
    refuse(where, 'clientId holds ":", "%" or "+", on whose encoding clients of client_secret_basic disagree');
  return secrets.map((secret) => hashToken(checkSecret(secret, inHeader, where)));
}

function checkSecret(secret: unknown, inHeader: boolean, where: string): string {
  const remedy = 'make one with: openssl rand -hex 32';
  if (typeof secret !== 'string') return refuse(where, `clientSecret must be a string or a list of strings; ${remedy}`);
  const { least, most } = SECRET_LENGTH;
  if (secret.length < least || secret.length > most)
    refuse(where, `clientSecret must have ${least} to ${most} characters; ${remedy}`);
  if (!PRINTABLE.test(secret))
    refuse(where, `clientSecret must be printable ASCII, without a blank at either end; ${remedy}`);
  if (new Set(secret).size < 8) refuse(where, `clientSecret repeats a few characters; ${remedy}`);
  if (inHeader && AMBIGUOUS_SECRET.test(secret))
    refuse(
      where,
      `clientSecret holds "%" or "+", on whose encoding clients of client_secret_basic disagree; ${remedy}`,
    );
  return secret;
}
