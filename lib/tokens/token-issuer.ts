import { Inject, Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { Clock } from '../config/clock.js';
import { RESOLVED_OPTIONS } from '../config/injection-tokens.js';
import { PublicUrls } from '../config/public-urls.js';
import type { ResolvedMcpAuthOptions } from '../config/resolved-options.js';
import { JwtSigner } from '../keys/jwt-signer.js';
import { accessTokenClaims } from '../protocol/access-token-claims.js';
import { idTokenClaims } from '../protocol/id-token-claims.js';
import { isIdentityOnly, OPENID_SCOPE } from '../protocol/identity-scopes.js';
import { hashToken, newOpaqueToken } from '../protocol/opaque-token.js';
import { type TokenResponse, tokenResponse } from '../protocol/token-response.js';
import { RefreshTokenRepository } from '../storage/repositories/refresh-token.repository.js';
import type { Transaction } from '../storage/transaction-runner.js';

/** What an access token says, apart from its own id and times. */
export interface TokenSubject {
  readonly userId: string;
  readonly orgId?: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly resource: string;
  readonly grantId?: string;
  /** Seconds since the epoch. */
  readonly authTime?: number;
}

/** Tokens that are made but not yet promised to anybody: signing happens before the transaction that stores the refresh token. */
export interface PreparedTokens {
  readonly response: TokenResponse;
  readonly accessTokenId: string;
  readonly accessExpiresAt: number;
  readonly refreshToken?: string;
  /** Key of the row the refresh token will have. */
  readonly refreshTokenId: string;
  readonly refreshExpiresAt: number;
  /** When the last of these tokens has expired: until then the grant has to be there, or nobody could end them. */
  readonly grantExpiresAt: number;
  readonly now: number;
}

/** Makes access tokens (RFC 9068) and refresh tokens. */
@Injectable()
export class TokenIssuer {
  constructor(
    private readonly signer: JwtSigner,
    private readonly urls: PublicUrls,
    private readonly clock: Clock,
    private readonly refreshTokens: RefreshTokenRepository,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedMcpAuthOptions,
  ) {}

  /** Signs an access token on its own; `lifetimeSeconds` defaults to `accessTokenLifetime`. */
  async accessToken(
    subject: TokenSubject,
    lifetimeSeconds = this.options.accessTokenLifetime,
  ): Promise<{ token: string; id: string; now: number }> {
    const id = uuidv7();
    const now = this.clock.now();
    const { userId, ...rest } = subject;
    const resource = this.audienceOf(subject);
    const token = await this.signer.sign(
      accessTokenClaims({
        ...rest,
        resource,
        issuer: this.urls.issuer,
        subject: userId,
        jti: id,
        now,
        lifetimeSeconds,
      }),
    );
    return { token, id, now };
  }

  /** UID-07: who may know who somebody is may not use the MCP server by it. */
  private audienceOf({ scopes, resource }: TokenSubject): string {
    const own = resource === this.urls.resource && this.signer.signsIdTokens;
    return own && isIdentityOnly(scopes) ? this.urls.endpoint('userinfo') : resource;
  }

  private async idToken(subject: TokenSubject, accessToken: string, now: number, nonce: string | undefined) {
    if (!this.signer.signsIdTokens || !subject.scopes.includes(OPENID_SCOPE)) return {};
    const { userId, clientId, authTime } = subject;
    const claims = idTokenClaims({
      issuer: this.urls.issuer,
      subject: userId,
      clientId,
      now,
      lifetimeSeconds: this.options.accessTokenLifetime,
      accessToken,
      ...(authTime === undefined ? {} : { authTime }),
      ...(nonce === undefined ? {} : { nonce }),
    });
    return { idToken: await this.signer.signIdToken(claims) };
  }

  /**
   * Makes an access token, with `openid` an id token and, where the client may refresh, a refresh token. Nothing is stored yet.
   * @param grantedAt when the user approved, in milliseconds
   * @param nonce of the authorization request, for the id token; none at a refresh (OpenID Connect Core §12.2)
   */
  async prepare(
    subject: TokenSubject,
    withRefreshToken: boolean,
    grantedAt: number,
    nonce?: string,
  ): Promise<PreparedTokens> {
    const { token, id, now } = await this.accessToken(subject);
    const { accessTokenLifetime, refreshTokenLifetime, refresh } = this.options;
    const refreshable = withRefreshToken ? { refreshToken: newOpaqueToken() } : {};
    const accessExpiresAt = now + accessTokenLifetime * 1000;
    // Inactivity ends a refresh token, and the age of the grant ends all of them (RFT-09).
    const refreshExpiresAt = Math.min(
      now + refreshTokenLifetime * 1000,
      grantedAt + refresh.absoluteLifetimeSeconds * 1000,
    );
    return {
      response: tokenResponse({
        accessToken: token,
        expiresIn: accessTokenLifetime,
        scopes: subject.scopes,
        ...refreshable,
        ...(await this.idToken(subject, token, now, nonce)),
      }),
      accessTokenId: id,
      accessExpiresAt,
      ...refreshable,
      refreshTokenId: uuidv7(),
      refreshExpiresAt,
      grantExpiresAt: withRefreshToken ? Math.max(refreshExpiresAt, accessExpiresAt) : accessExpiresAt,
      now,
    };
  }

  /** Stores the refresh token of prepared tokens, as a hash, in the caller's transaction. */
  async store(prepared: PreparedTokens, grantId: string, tx: Transaction): Promise<void> {
    if (prepared.refreshToken === undefined) return;
    await this.refreshTokens.insert(
      {
        id: prepared.refreshTokenId,
        tokenHash: hashToken(prepared.refreshToken),
        grantId,
        accessTokenId: prepared.accessTokenId,
        accessExpiresAt: prepared.accessExpiresAt,
        createdAt: prepared.now,
        expiresAt: prepared.refreshExpiresAt,
      },
      tx,
    );
  }
}
