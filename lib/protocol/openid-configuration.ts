import { metadataDocument } from './authorization-server-metadata.js';
import { OPENID_SCOPE } from './identity-scopes.js';

const ID_TOKEN_CLAIMS = ['sub', 'iss', 'aud', 'exp', 'iat', 'auth_time', 'nonce', 'at_hash'];

/** The claims that somebody may get, by the scopes there are; none without id tokens. */
function supportedClaims(scopes: readonly string[]): readonly string[] {
  if (!scopes.includes(OPENID_SCOPE)) return [];
  return [
    ...ID_TOKEN_CLAIMS,
    ...(scopes.includes('profile') ? ['name'] : []),
    ...(scopes.includes('email') ? ['email', 'email_verified'] : []),
  ];
}

/**
 * OpenID Connect Discovery §3: the metadata of the authorization server and the members that make it complete for
 * clients that accept nothing less, with OpenID Connect on or off.
 */
export function openidConfiguration(
  base: Readonly<Record<string, unknown>>,
  p: { readonly signingAlgorithms: readonly string[]; readonly scopes: readonly string[] },
): Record<string, unknown> {
  return metadataDocument({
    ...base,
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: p.signingAlgorithms,
    claims_supported: supportedClaims(p.scopes),
    claims_parameter_supported: false,
    request_parameter_supported: false,
    // The default of this one is true.
    request_uri_parameter_supported: false,
  });
}
