import { Injectable } from '@nestjs/common';
import type { VerifiedAccessToken } from '../protocol/access-token-verifier.js';
import { InvalidTokenError } from '../protocol/oauth-errors.js';
import { hashToken } from '../protocol/opaque-token.js';
import type { GrantEntity } from '../storage/entities/grant.entity.js';
import type { RefreshTokenEntity } from '../storage/entities/refresh-token.entity.js';
import { GrantRepository } from '../storage/repositories/grant.repository.js';
import { RefreshTokenRepository } from '../storage/repositories/refresh-token.repository.js';
import { AnyAudienceVerifier } from './any-audience.verifier.js';

/** A token of ours, whichever kind it turned out to be. */
export type FoundToken =
  | {
      readonly kind: 'refresh_token';
      readonly clientId: string;
      readonly row: RefreshTokenEntity;
      readonly grant: GrantEntity;
    }
  | { readonly kind: 'access_token'; readonly clientId: string; readonly token: VerifiedAccessToken };

/** Tells what a string is among our tokens. A hint is not needed and not believed (RFC 7009 §2.1, RFC 7662 §2.1). */
@Injectable()
export class TokenFinder {
  constructor(
    private readonly refreshTokens: RefreshTokenRepository,
    private readonly grants: GrantRepository,
    private readonly verifier: AnyAudienceVerifier,
  ) {}

  /** Undefined for what is not a token of ours, or an access token that is not valid any more. */
  async find(token: string): Promise<FoundToken | undefined> {
    const row = await this.refreshTokens.findByHash(hashToken(token));
    const grant = row ? await this.grants.findById(row.grantId) : null;
    if (row && grant) return { kind: 'refresh_token', clientId: grant.clientId, row, grant };
    try {
      const verified = await this.verifier.verify(token);
      return { kind: 'access_token', clientId: verified.clientId, token: verified };
    } catch (error) {
      if (error instanceof InvalidTokenError) return undefined;
      throw error;
    }
  }
}
