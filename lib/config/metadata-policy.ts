import type { ClientMetadataMode, ClientMetadataPolicy } from '../protocol/client-metadata-policy.js';
import { ASSERTION_ALGORITHMS, AUTH_METHODS, GRANT_TYPES } from '../protocol/supported.js';
import type { ResolvedClientDocumentOptions } from './client-option-checks.js';

/** The options that decide about metadata. */
export interface MetadataOptions extends Pick<ClientMetadataPolicy, 'allowedRedirectSchemes'> {
  readonly clientDocuments: Pick<ResolvedClientDocumentOptions, 'enabled'>;
}

/** What this server offers to clients of every source; only how it takes their wishes differs. */
export function metadataPolicy(
  mode: ClientMetadataMode,
  { allowedRedirectSchemes, clientDocuments }: MetadataOptions,
): ClientMetadataPolicy {
  return {
    mode,
    allowedRedirectSchemes,
    grantTypes: GRANT_TYPES,
    authMethods: AUTH_METHODS,
    // Where no stranger's document is fetched, no stranger's keys are either.
    remoteKeys: mode !== 'registration' || clientDocuments.enabled,
    assertionAlgorithms: ASSERTION_ALGORITHMS,
  };
}
