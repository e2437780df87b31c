import { Injectable } from '@nestjs/common';
import { PublicUrls } from '../config/public-urls.js';
import { AccessTokenVerifier, type VerifiedAccessToken } from '../protocol/access-token-verifier.js';
import { InvalidTokenError } from '../protocol/oauth-errors.js';

/** Verifies access tokens of ours whichever of our audiences they are for: the MCP server, or the UserInfo endpoint alone. */
@Injectable()
export class AnyAudienceVerifier {
  constructor(
    private readonly verifier: AccessTokenVerifier,
    private readonly urls: PublicUrls,
  ) {}

  /** Throws `InvalidTokenError`; anything else is an outage. */
  async verify(token: string): Promise<VerifiedAccessToken> {
    try {
      return await this.verifier.verify(token, this.urls.resource);
    } catch (error) {
      if (!(error instanceof InvalidTokenError) || error.reason !== 'claim_aud') throw error;
      return this.verifier.verify(token, this.urls.endpoint('userinfo'));
    }
  }
}
