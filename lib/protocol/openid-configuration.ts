import { metadataDocument } from './authorization-server-metadata.js';

/**
 * OpenID Connect Discovery §3: the metadata of the authorization server and the members that make it complete for
 * clients that accept nothing less, with OpenID Connect on or off.
 */
export function openidConfiguration(
  base: Readonly<Record<string, unknown>>,
  p: { readonly signingAlgorithms: readonly string[] },
): Record<string, unknown> {
  return metadataDocument({
    ...base,
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: p.signingAlgorithms,
    claims_parameter_supported: false,
    request_parameter_supported: false,
    // The default of this one is true.
    request_uri_parameter_supported: false,
  });
}
