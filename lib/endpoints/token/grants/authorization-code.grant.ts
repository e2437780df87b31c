import { Injectable } from '@nestjs/common';
import type { RegisteredClient } from '../../../clients/registered-client.js';
import { Clock } from '../../../config/clock.js';
import { PublicUrls } from '../../../config/public-urls.js';
import type { ClientMetadata } from '../../../protocol/client-metadata.js';
import type { FormParameters } from '../../../protocol/form-parameters.js';
import { InvalidRequestError } from '../../../protocol/oauth-errors.js';
import { hashToken } from '../../../protocol/opaque-token.js';
import { assertPkce } from '../../../protocol/pkce.js';
import { clientFingerprint } from '../../../protocol/client-fingerprint.js';
import { assertRedeemable, codeRefused } from '../../../protocol/redeemable.js';
import type { TokenResponse } from '../../../protocol/token-response.js';
import { AuthorizationCodeRepository } from '../../../storage/repositories/authorization-code.repository.js';
import { GrantRepository } from '../../../storage/repositories/grant.repository.js';
import { GrantRevoker } from '../../../tokens/grant-revoker.js';
import { GrantedTokens } from '../granted-tokens.js';
import { assertWithinGrant } from '../requested-resource.js';
import type { GrantHandler } from '../grant-handler.js';

/** Redeems an authorization code (OAuth 2.1 §4.1.3). */
@Injectable()
export class AuthorizationCodeGrant implements GrantHandler {
  readonly grantType = 'authorization_code';

  constructor(
    private readonly codes: AuthorizationCodeRepository,
    private readonly grants: GrantRepository,
    private readonly tokens: GrantedTokens,
    private readonly revoker: GrantRevoker,
    private readonly clock: Clock,
    private readonly urls: PublicUrls,
  ) {}

  async handle(client: RegisteredClient, form: FormParameters): Promise<TokenResponse> {
    const { code, grant } = await this.validate(client, form);
    if (code.consumedAt !== null) return this.refuseReplay(grant.id);
    const scopes = await this.tokens.scopesOf(client, grant, grant.scopes);
    const prepared = await this.tokens.prepare(client, grant, scopes, code.nonce ?? undefined);
    // Validated above, consumed here and nowhere else: a wrong verifier or client costs its owner nothing (TOK-10, ACG-08).
    const outcome = await this.tokens.storeOnce(prepared, grant, (tx) => this.codes.consume(code.id, prepared.now, tx));
    switch (outcome) {
      case 'stored':
        return prepared.response;
      case 'spent':
        return this.refuseReplay(grant.id);
      case 'grant_reduced':
        // Nothing was stored or spent; with the scopes that are left it goes on as if it came now.
        return this.handle(client, form);
      case 'grant_ended':
        throw codeRefused('grant_revoked');
    }
  }

  /** OAuth 2.1 §4.1.3: a code presented a second time, by somebody who knows the verifier too, ends what the first one issued. */
  private async refuseReplay(grantId: string): Promise<never> {
    await this.revoker.endGrant(grantId, 'authorization_code_replayed');
    throw codeRefused('code_used');
  }

  private async validate(client: RegisteredClient, form: FormParameters) {
    const presented = required(form, 'code');
    const verifier = required(form, 'code_verifier');
    const code = await this.codes.findByHash(hashToken(presented));
    if (!code) throw codeRefused('code_unknown');
    assertRedeemable(code, { clientId: client.clientId, redirectUri: form.get('redirect_uri'), now: this.clock.now() });
    assertPkce(verifier, code.codeChallenge);
    assertWithinGrant(form, code.resource, this.urls.resource);
    const grant = await this.grants.findById(code.grantId);
    if (!grant) throw codeRefused('grant_unknown');
    if (grant.revokedAt !== null) throw codeRefused('grant_revoked');
    // The user approved what the client was then.
    if (
      clientFingerprint(grant.clientSnapshot) !== clientFingerprint(client.metadata) ||
      canRefresh(grant.clientSnapshot) !== canRefresh(client.metadata)
    )
      throw codeRefused('client_changed');
    return { code, grant };
  }
}

/** Whether its access tokens are known by refresh tokens, so that they can be ended one by one. */
function canRefresh({ grant_types: types }: ClientMetadata): boolean {
  return types.includes('refresh_token');
}

function required(form: FormParameters, name: 'code' | 'code_verifier'): string {
  const value = form.get(name);
  if (value === undefined) throw new InvalidRequestError(`${name} is missing`, { reason: `${name}_missing` });
  return value;
}
