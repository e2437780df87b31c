import type { INestApplicationContext } from '@nestjs/common';
import { PublicUrls } from '../config/public-urls.js';
import { TokenIssuer } from '../tokens/token-issuer.js';

/** Whom and what a token for a test speaks for. */
export interface MintOptions {
  readonly userId: string | number;
  readonly orgId?: string | number;
  /** @default 'test-client' */
  readonly clientId?: string;
  /** Scopes as a list or separated by blanks. */
  readonly scope: string | readonly string[];
  /**
   * Audience of the token.
   * @default the resource of the running module
   */
  readonly resource?: string;
  /**
   * Lifetime in seconds.
   * @default the module's `accessTokenLifetime`
   */
  readonly lifetimeSeconds?: number;
}

export interface MintedAccessToken {
  readonly accessToken: string;
  /** Ready for a request: `Bearer …`. */
  readonly authorization: string;
}

/**
 * Mints an access token as the token endpoint of this application would, without client, login or consent: for tests of what stands behind
 * the guard. The application is initialised, and listens unless `baseUrl` is set.
 */
export async function mintAccessToken(app: INestApplicationContext, options: MintOptions): Promise<MintedAccessToken> {
  const { userId, orgId, clientId = 'test-client', scope, lifetimeSeconds } = options;
  const issuer = app.get(TokenIssuer, { strict: false });
  const { resource = app.get(PublicUrls, { strict: false }).resource } = options;
  const subject = {
    userId: String(userId),
    clientId,
    scopes: typeof scope === 'string' ? scope.split(' ').filter((name) => name !== '') : scope,
    resource,
    ...(orgId === undefined ? {} : { orgId: String(orgId) }),
  };
  const { token } = await issuer.accessToken(subject, lifetimeSeconds);
  return { accessToken: token, authorization: `Bearer ${token}` };
}
