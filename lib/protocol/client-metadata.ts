import { readAuthentication, type TokenEndpointAuthMethod } from './client-metadata-authentication.js';
import { readKeys, type ClientKeySet } from './client-metadata-keys.js';
import {
  assertDepth,
  invalidMetadata,
  isJsonObject,
  member,
  readContacts,
  readHttpsUri,
  readScope,
  readStringList,
  readText,
  type JsonObject,
} from './client-metadata-members.js';
import type { ClientMetadataMode, ClientMetadataPolicy } from './client-metadata-policy.js';
import { InvalidRedirectUriError } from './oauth-errors.js';
import { presentMembers } from './present-members.js';
import { assertRegistrableRedirectUri } from './redirect-uri.js';

export type { ClientKeySet, TokenEndpointAuthMethod };

/** What is kept and echoed of a client's metadata (RFC 7591 §2). */
export interface ClientMetadata {
  readonly redirect_uris: readonly string[];
  readonly token_endpoint_auth_method: TokenEndpointAuthMethod;
  readonly grant_types: readonly string[];
  readonly response_types: readonly string[];
  readonly client_name?: string;
  readonly client_uri?: string;
  readonly logo_uri?: string;
  readonly tos_uri?: string;
  readonly policy_uri?: string;
  readonly contacts?: readonly string[];
  /** What the client meant to ask for, which limits nothing; of an operator's client, the most it is granted (decision C7). */
  readonly scope?: string;
  readonly software_id?: string;
  readonly software_version?: string;
  readonly application_type?: string;
  /** Keys by value; never together with `jwks_uri`. */
  readonly jwks?: ClientKeySet;
  readonly jwks_uri?: string;
  /** The one algorithm of this client's assertions (RFC 7591 §2, OpenID Connect Registration §2). */
  readonly token_endpoint_auth_signing_alg?: string;
}

const MAX_REDIRECT_URIS = 20;

/** Grants in which a user takes part. Whatever the policy says, registration gives no other (REG-14). */
const USER_GRANT_TYPES: readonly string[] = ['authorization_code', 'refresh_token'];

/** Most clients that leave `grant_types` out expect to be refreshed; the echo tells them. */
const DEFAULT_GRANT_TYPES = USER_GRANT_TYPES;

/**
 * RFC 7591 §3.2.2: one bad URI fails the request, loudly. A document cannot be answered, and is meant for servers with other lists of
 * private-use schemes too: there, such a URI is left out. Nothing else that is wrong with a URI is overlooked.
 */
function isRegistrable(uri: unknown, { mode, allowedRedirectSchemes }: ClientMetadataPolicy): uri is string {
  try {
    assertRegistrableRedirectUri(uri, allowedRedirectSchemes);
    return true;
  } catch (error) {
    const schemeOnly = error instanceof InvalidRedirectUriError && error.reason === 'redirect_uri_scheme_not_allowed';
    if (mode === 'document' && schemeOnly) return false;
    throw error;
  }
}

function readRedirectUris(input: JsonObject, policy: ClientMetadataPolicy): readonly string[] {
  const value = member(input, 'redirect_uris');
  if (!Array.isArray(value) || value.length === 0) {
    throw new InvalidRedirectUriError('redirect_uris must be a non-empty array', { reason: 'redirect_uris_missing' });
  }
  if (value.length > MAX_REDIRECT_URIS) {
    throw new InvalidRedirectUriError('There are too many redirect URIs', { reason: 'redirect_uris_too_many' });
  }
  const uris = value.filter((uri: unknown) => isRegistrable(uri, policy));
  if (uris.length > 0) return [...new Set(uris)];
  throw new InvalidRedirectUriError('No redirect URI has a scheme that is allowed', {
    reason: 'redirect_uris_none_allowed',
  });
}

/** An operator does not read the echo in which a cut would show. */
function assertUncut(name: string, asked: readonly string[], kept: readonly string[], mode: ClientMetadataMode): void {
  if (mode !== 'configured' || asked.every((value) => kept.includes(value))) return;
  throw invalidMetadata(`${name}_unsupported`, `${name} contains what this server does not offer`);
}

/** Clients list every grant they can do, the device flow for instance; what is not offered here is cut. */
function readGrantTypes(input: JsonObject, { mode, grantTypes }: ClientMetadataPolicy): readonly string[] {
  const sent = readStringList(input, 'grant_types');
  const requested = sent ?? DEFAULT_GRANT_TYPES;
  const usable = requested.filter((grant) => USER_GRANT_TYPES.includes(grant) && grantTypes.includes(grant));
  if (!usable.includes('authorization_code')) {
    throw invalidMetadata('grant_types_unusable', 'grant_types must contain authorization_code');
  }
  assertUncut('grant_types', sent ?? usable, usable, mode);
  return usable;
}

function readResponseTypes(input: JsonObject, { mode }: ClientMetadataPolicy): readonly string[] {
  const requested = readStringList(input, 'response_types') ?? ['code'];
  if (!requested.includes('code')) {
    throw invalidMetadata('response_types_unusable', 'response_types must contain code');
  }
  assertUncut('response_types', requested, ['code'], mode);
  return ['code'];
}

/** The name in a document is all that a person sees of its author's intent (CMD-04); a registration may be without. */
function readClientName(input: JsonObject, { mode }: ClientMetadataPolicy): string | undefined {
  const name = readText(input, 'client_name');
  if (name === undefined && mode === 'document') {
    throw invalidMetadata('client_name_missing', 'A client metadata document must have a client_name');
  }
  return name;
}

/** Without OpenID Connect this is only repeated, and never a reason to refuse. */
function readApplicationType(input: JsonObject): string | undefined {
  const value = member(input, 'application_type');
  return value === 'web' || value === 'native' ? value : undefined;
}

/**
 * The one parser of client metadata, whichever way it arrives (RFC 7591 §2). Unknown members, software statements, and what the server sets by
 * itself are dropped; the result is what is stored and echoed.
 */
export function parseClientMetadata(input: unknown, policy: ClientMetadataPolicy): ClientMetadata {
  if (!isJsonObject(input))
    throw invalidMetadata('metadata_not_an_object', 'The client metadata must be a JSON object');
  assertDepth(input);
  const keys = readKeys(input, policy);
  const redirect_uris = readRedirectUris(input, policy);
  return presentMembers<ClientMetadata>({
    redirect_uris,
    ...readAuthentication(input, keys, policy),
    grant_types: readGrantTypes(input, policy),
    response_types: readResponseTypes(input, policy),
    client_name: readClientName(input, policy),
    client_uri: readHttpsUri(input, 'client_uri'),
    logo_uri: readHttpsUri(input, 'logo_uri'),
    tos_uri: readHttpsUri(input, 'tos_uri'),
    policy_uri: readHttpsUri(input, 'policy_uri'),
    contacts: readContacts(input),
    scope: readScope(input),
    software_id: readText(input, 'software_id'),
    software_version: readText(input, 'software_version'),
    application_type: readApplicationType(input),
    ...keys,
  });
}
