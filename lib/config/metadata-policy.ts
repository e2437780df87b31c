import type { ClientMetadataMode, ClientMetadataPolicy } from '../protocol/client-metadata-policy.js';
import { ASSERTION_ALGORITHMS, AUTH_METHODS, GRANT_TYPES } from '../protocol/supported.js';

/** What this server offers to clients of every source; only how it takes their wishes differs. */
export function metadataPolicy(
  mode: ClientMetadataMode,
  { allowedRedirectSchemes }: Pick<ClientMetadataPolicy, 'allowedRedirectSchemes'>,
): ClientMetadataPolicy {
  return {
    mode,
    allowedRedirectSchemes,
    grantTypes: GRANT_TYPES,
    authMethods: AUTH_METHODS,
    assertionAlgorithms: ASSERTION_ALGORITHMS,
  };
}
