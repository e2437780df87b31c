import {
  assertDepth,
  assertKeys,
  invalidMetadata,
  isJsonObject,
  member,
  readContacts,
  readHttpsUri,
  readName,
  readScope,
  readStringList,
  readText,
  type JsonObject,
} from './client-metadata-members.js';
import { InvalidRedirectUriError } from './oauth-errors.js';
import { presentMembers } from './present-members.js';
import { assertRegistrableRedirectUri } from './redirect-uri.js';

/** The ways of client authentication this server knows. */
export type TokenEndpointAuthMethod = 'none' | 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt';

/** Public keys of a client (RFC 7517 §5). */
export interface ClientKeySet {
  readonly keys: readonly Readonly<Record<string, unknown>>[];
}

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
  /** Informative: what the client meant to ask for. */
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

/** What this server offers to clients. */
export interface ClientMetadataPolicy {
  /** Private-use redirect schemes without a dot that are allowed all the same. */
  readonly allowedRedirectSchemes: readonly string[];
  readonly grantTypes: readonly string[];
  readonly authMethods: readonly string[];
}

const MAX_REDIRECT_URIS = 20;

const AUTH_METHODS: readonly TokenEndpointAuthMethod[] = ['none', 'client_secret_basic', 'client_secret_post'];

/** Grants in which a user takes part. Whatever the policy says, registration gives no other (REG-14). */
const USER_GRANT_TYPES: readonly string[] = ['authorization_code', 'refresh_token'];

/** Most clients that leave `grant_types` out expect to be refreshed; the echo tells them. */
const DEFAULT_GRANT_TYPES = USER_GRANT_TYPES;

function readRedirectUris(input: JsonObject, allowedSchemes: readonly string[]): readonly string[] {
  const value = member(input, 'redirect_uris');
  if (!Array.isArray(value) || value.length === 0) {
    throw new InvalidRedirectUriError('redirect_uris must be a non-empty array', { reason: 'redirect_uris_missing' });
  }
  if (value.length > MAX_REDIRECT_URIS) {
    throw new InvalidRedirectUriError('There are too many redirect URIs', { reason: 'redirect_uris_too_many' });
  }
  const uris = value.map((uri: unknown) => {
    assertRegistrableRedirectUri(uri, allowedSchemes);
    return uri;
  });
  return [...new Set(uris)];
}

function readAuthMethod(input: JsonObject, offered: readonly string[]): TokenEndpointAuthMethod {
  const requested = readName(input, 'token_endpoint_auth_method') ?? 'client_secret_basic';
  const method = AUTH_METHODS.find((known) => known === requested && offered.includes(known));
  if (method === undefined) {
    throw invalidMetadata('auth_method_unsupported', 'token_endpoint_auth_method is not supported');
  }
  return method;
}

/** Clients list every grant they can do, the device flow for instance; what is not offered here is cut. */
function readGrantTypes(input: JsonObject, offered: readonly string[]): readonly string[] {
  const requested = readStringList(input, 'grant_types') ?? DEFAULT_GRANT_TYPES;
  const usable = requested.filter((grant) => USER_GRANT_TYPES.includes(grant) && offered.includes(grant));
  if (!usable.includes('authorization_code')) {
    throw invalidMetadata('grant_types_unusable', 'grant_types must contain authorization_code');
  }
  return usable;
}

function readResponseTypes(input: JsonObject): readonly string[] {
  const requested = readStringList(input, 'response_types') ?? ['code'];
  if (!requested.includes('code')) {
    throw invalidMetadata('response_types_unusable', 'response_types must contain code');
  }
  return ['code'];
}

/** Without OpenID Connect this is only repeated, and never a reason to refuse. */
function readApplicationType(input: JsonObject): string | undefined {
  const value = member(input, 'application_type');
  return value === 'web' || value === 'native' ? value : undefined;
}

/**
 * The parser of client metadata, whichever way it arrives (RFC 7591 §2). Unknown members and those the server sets by
 * itself are dropped; the result is what is stored and echoed.
 */
export function parseClientMetadata(input: unknown, policy: ClientMetadataPolicy): ClientMetadata {
  if (!isJsonObject(input))
    throw invalidMetadata('metadata_not_an_object', 'The client metadata must be a JSON object');
  assertDepth(input);
  assertKeys(input);
  return presentMembers<ClientMetadata>({
    redirect_uris: readRedirectUris(input, policy.allowedRedirectSchemes),
    token_endpoint_auth_method: readAuthMethod(input, policy.authMethods),
    grant_types: readGrantTypes(input, policy.grantTypes),
    response_types: readResponseTypes(input),
    client_name: readText(input, 'client_name'),
    client_uri: readHttpsUri(input, 'client_uri'),
    logo_uri: readHttpsUri(input, 'logo_uri'),
    tos_uri: readHttpsUri(input, 'tos_uri'),
    policy_uri: readHttpsUri(input, 'policy_uri'),
    contacts: readContacts(input),
    scope: readScope(input),
    software_id: readText(input, 'software_id'),
    software_version: readText(input, 'software_version'),
    application_type: readApplicationType(input),
  });
}
