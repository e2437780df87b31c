import { Injectable } from '@nestjs/common';
import { PublicUrls } from '../config/public-urls.js';
import { AccessTokenVerifier, type VerifiedAccessToken } from '../protocol/access-token-verifier.js';
import { type McpPrincipal, principalOf } from './mcp-principal.js';

/** What application code asks the module directly. */
@Injectable()
export class McpAuthService {
  constructor(
    private readonly verifier: AccessTokenVerifier,
    private readonly urls: PublicUrls,
  ) {}

  /** Issuer identifier: `iss` of every token and authorization response. */
  get issuer(): string {
    return this.urls.issuer;
  }

  /** Identifier of the MCP server: `aud` of its access tokens. */
  get resource(): string {
    return this.urls.resource;
  }

  /** The principal of a request that passed guard, edge or middleware; undefined for an anonymous one. */
  principalOf(request: object): McpPrincipal | undefined {
    return principalOf(request);
  }

  /** Verifies an access token for the MCP server. Throws `InvalidTokenError`; anything else is an outage. */
  verifyAccessToken(token: string): Promise<VerifiedAccessToken> {
    return this.verifier.verify(token, this.urls.resource);
  }
}
