import type { ResolvedMcpAuthOptions } from '../config/resolved-options.js';
import type { ClientMetadataMode, ClientMetadataPolicy } from '../protocol/client-metadata-policy.js';
import { ASSERTION_ALGORITHMS, AUTH_METHODS, GRANT_TYPES } from './supported.js';

/** What this server offers to clients of every source; only how it takes their wishes differs. */
export function metadataPolicy(
  mode: ClientMetadataMode,
  { allowedRedirectSchemes }: Pick<ResolvedMcpAuthOptions, 'allowedRedirectSchemes'>,
): ClientMetadataPolicy {
  return {
    mode,
    allowedRedirectSchemes,
    grantTypes: GRANT_TYPES,
    authMethods: AUTH_METHODS,
    assertionAlgorithms: ASSERTION_ALGORITHMS,
  };
}
