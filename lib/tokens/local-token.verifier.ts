import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Clock } from '../config/clock.js';
import { PublicUrls } from '../config/public-urls.js';
import { JwtVerifier } from '../keys/jwt-verifier.js';
import { type AccessTokenClaims, readAccessTokenClaims } from '../protocol/access-token-claims.js';
import { AccessTokenVerifier, type VerifiedAccessToken } from '../protocol/access-token-verifier.js';
import { InvalidTokenError } from '../protocol/oauth-errors.js';
import { RevocationList } from './revocation-list.js';

const CACHED_TOKENS = 10_000;

type Verified = Omit<VerifiedAccessToken, 'token'>;

/**
 * Verifies the access tokens this application issued. Verdicts are cached by the SHA-256 of the token, so that no bearer token is kept in
 * memory; expiry is looked at on every use.
 */
@Injectable()
export class LocalTokenVerifier extends AccessTokenVerifier {
  private readonly cache = new LRUCache<string, Verified>({ max: CACHED_TOKENS });

  constructor(
    private readonly jwt: JwtVerifier,
    private readonly urls: PublicUrls,
    private readonly clock: Clock,
    private readonly revocations: RevocationList,
  ) {
    super();
  }

  override async verify(token: string, resource: string): Promise<VerifiedAccessToken> {
    const verified = this.verifyAlone(token, resource);
    if (await this.revocations.includes(verified)) throw refused('token_revoked');
    return verified;
  }

  override revokedAmong(tokens: readonly VerifiedAccessToken[]): Promise<ReadonlySet<string>> {
    return this.revocations.among(tokens);
  }

  override knownAt(): number {
    return this.revocations.knownAt();
  }

  /** What the token says by itself: everything but revocation. */
  private verifyAlone(token: string, resource: string): VerifiedAccessToken {
    const key = createHash('sha256').update(resource).update('\0').update(token).digest('base64url');
    const cached = this.cache.get(key);
    if (cached) {
      if (cached.expiresAt * 1000 <= this.clock.now()) throw refused('token_expired');
      return { ...cached, token };
    }
    const claims = readAccessTokenClaims(this.jwt.verify(token), { issuer: this.urls.issuer, resource });
    const verified = Object.freeze(toVerified(claims, resource));
    this.cache.set(key, verified);
    return { ...verified, token };
  }
}

function refused(reason: string): InvalidTokenError {
  return new InvalidTokenError('The access token is not valid', { reason });
}

function toVerified(claims: AccessTokenClaims, resource: string): Verified {
  return {
    userId: claims.sub,
    clientId: claims.client_id,
    scopes: Object.freeze(claims.scope === '' ? [] : claims.scope.split(' ')),
    resource,
    expiresAt: claims.exp,
    issuedAt: claims.iat,
    tokenId: claims.jti,
    ...(claims.org_id === undefined ? {} : { orgId: claims.org_id }),
    ...(claims.grant_id === undefined ? {} : { grantId: claims.grant_id }),
    ...(claims.auth_time === undefined ? {} : { authTime: claims.auth_time }),
  };
}
