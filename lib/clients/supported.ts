/** Grant types this server offers and publishes. */
export const GRANT_TYPES = ['authorization_code', 'refresh_token'] as const;
/** Client authentication methods at the token endpoint. */
export const AUTH_METHODS = ['none', 'client_secret_basic', 'client_secret_post'] as const;
