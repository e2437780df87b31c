/** OpenID Connect Core §3.1.2.1: asks for an id token, and opens the UserInfo endpoint. */
export const OPENID_SCOPE = 'openid';

/** Scopes that stand for claims (OpenID Connect Core §5.4), as far as a host's user has some. */
export const CLAIM_SCOPES = ['profile', 'email'] as const;

/** Whether there is a scope that opens the UserInfo endpoint. */
export function offersUserInfo(scopes: object): boolean {
  return [OPENID_SCOPE, ...CLAIM_SCOPES].some((scope) => Object.hasOwn(scopes, scope));
}

/** Whether scopes are about who the user is and nothing else: a token with them is for the UserInfo endpoint alone. */
export function isIdentityOnly(scopes: readonly string[]): boolean {
  const known: readonly string[] = [OPENID_SCOPE, ...CLAIM_SCOPES];
  return scopes.includes(OPENID_SCOPE) && scopes.every((scope) => known.includes(scope));
}
