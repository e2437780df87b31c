/** Grant types this server offers and publishes. */
export const GRANT_TYPES = ['authorization_code', 'refresh_token'] as const;
/** Client authentication methods at the token endpoint. */
export const AUTH_METHODS = ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'] as const;
/** Algorithms of client assertions: asymmetric ones, with SHA-2 and keys of today's length (RFC 7518 §3.1, RFC 8037, RFC 9864). */
export const ASSERTION_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const;
