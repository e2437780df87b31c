import { formatScope } from './scope-set.js';

/** The successful answer of the token endpoint (RFC 6749 §5.1). */
export interface TokenResponse {
  readonly access_token: string;
  readonly token_type: 'Bearer';
  /** Seconds. */
  readonly expires_in: number;
  /** Always present, so that a client sees what it was really given. */
  readonly scope: string;
  readonly refresh_token?: string;
  /** OpenID Connect Core §3.1.3.3: with the scope `openid`. */
  readonly id_token?: string;
}

/** Builds the successful answer of the token endpoint. */
export function tokenResponse(p: {
  readonly accessToken: string;
  readonly expiresIn: number;
  readonly scopes: readonly string[];
  readonly refreshToken?: string;
  readonly idToken?: string;
}): TokenResponse {
  return {
    access_token: p.accessToken,
    token_type: 'Bearer',
    expires_in: p.expiresIn,
    scope: formatScope(p.scopes),
    ...(p.refreshToken === undefined ? {} : { refresh_token: p.refreshToken }),
    ...(p.idToken === undefined ? {} : { id_token: p.idToken }),
  };
}
