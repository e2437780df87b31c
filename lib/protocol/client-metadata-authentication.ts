import type { ClientKeys } from './client-metadata-keys.js';
import { invalidMetadata, readName, readStringList, type JsonObject } from './client-metadata-members.js';
import type { ClientMetadataPolicy } from './client-metadata-policy.js';

const AUTH_METHODS = ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'] as const;

/** The ways of client authentication this server knows. */
export type TokenEndpointAuthMethod = (typeof AUTH_METHODS)[number];

/** How a client proves at the token endpoint that it is itself. */
export interface ClientAuthentication {
  readonly token_endpoint_auth_method: TokenEndpointAuthMethod;
  readonly token_endpoint_auth_signing_alg: string | undefined;
}

/** Whether a client with this method has to be given a secret. */
export function needsSecret(method: TokenEndpointAuthMethod): boolean {
  return method === 'client_secret_basic' || method === 'client_secret_post';
}

/** What a document may fall back to, the stronger one first. */
const DOCUMENT_METHODS = ['private_key_jwt', 'none'] as const;

const hasKeys = ({ jwks, jwks_uri }: ClientKeys): boolean => jwks_uri !== undefined || (jwks?.keys.length ?? 0) > 0;

function assertOffered(method: string, offered: readonly string[]): TokenEndpointAuthMethod {
  const known = AUTH_METHODS.find((name) => name === method && offered.includes(name));
  if (known !== undefined) return known;
  throw invalidMetadata('auth_method_unsupported', 'token_endpoint_auth_method is not supported');
}

/** CIMD §4.1: a document is public, so nothing in it can be, or rest on, a secret. */
function assertNoSecret(input: JsonObject, method: string | undefined): void {
  if (Object.keys(input).some((name) => name.startsWith('client_secret'))) {
    throw invalidMetadata('secret_in_document', 'A client metadata document must not contain a client secret');
  }
  if (method?.startsWith('client_secret')) {
    throw invalidMetadata('auth_method_symmetric', 'A client metadata document cannot use a client secret');
  }
}

/**
 * CMD-08: the one method a document names, or else another one that it says it can do as well (OpenID Connect Relying Party Metadata
 * Choices). ChatGPT's document prefers `private_key_jwt` and lists `none`, for servers that cannot verify assertions.
 */
function negotiate(input: JsonObject, keys: ClientKeys, offered: readonly string[]): TokenEndpointAuthMethod {
  const named = readName(input, 'token_endpoint_auth_method');
  assertNoSecret(input, named);
  const able = readStringList(input, 'token_endpoint_auth_methods_supported') ?? [];
  const silent = able.length === 0 || able.includes('none') ? 'none' : undefined;
  const fallbacks = DOCUMENT_METHODS.filter((method) => able.includes(method) && (method === 'none' || hasKeys(keys)));
  const candidates = [named ?? silent, ...fallbacks].filter((method) => method !== undefined);
  const method = candidates.find((candidate) => offered.includes(candidate));
  return assertOffered(method ?? '', offered);
}

function readSigningAlgorithm(
  input: JsonObject,
  method: TokenEndpointAuthMethod,
  supported: readonly string[],
): string | undefined {
  const algorithm = readName(input, 'token_endpoint_auth_signing_alg');
  // For everybody else it says nothing, and is no reason to refuse.
  if (algorithm === undefined || method !== 'private_key_jwt') return undefined;
  if (supported.includes(algorithm)) return algorithm;
  throw invalidMetadata('signing_alg_unsupported', 'token_endpoint_auth_signing_alg is not supported');
}

/** RFC 7591 §2. A registration without a method means `client_secret_basic`; a document without one means `none`. */
export function readAuthentication(
  input: JsonObject,
  keys: ClientKeys,
  { mode, authMethods, assertionAlgorithms }: ClientMetadataPolicy,
): ClientAuthentication {
  const method =
    mode === 'document'
      ? negotiate(input, keys, authMethods)
      : assertOffered(readName(input, 'token_endpoint_auth_method') ?? 'client_secret_basic', authMethods);
  if (method === 'private_key_jwt' && !hasKeys(keys)) {
    throw invalidMetadata('keys_missing', 'private_key_jwt needs public keys in jwks or jwks_uri');
  }
  return {
    token_endpoint_auth_method: method,
    token_endpoint_auth_signing_alg: readSigningAlgorithm(input, method, assertionAlgorithms),
  };
}
