import { Injectable } from '@nestjs/common';
import type { RegisteredClient } from '../../clients/registered-client.js';
import type { FormParameters } from '../../protocol/form-parameters.js';
import {
  InvalidRequestError,
  UnauthorizedClientError,
  UnsupportedGrantTypeError,
} from '../../protocol/oauth-errors.js';
import type { TokenResponse } from '../../protocol/token-response.js';
import type { GrantHandler } from './grant-handler.js';
import { AuthorizationCodeGrant } from './grants/authorization-code.grant.js';
import { RefreshTokenGrant } from './grants/refresh-token.grant.js';

/** Finds the grant a request names, and whether this client may use it (TOK-06). */
@Injectable()
export class GrantRegistry {
  private readonly grants: ReadonlyMap<string, GrantHandler>;

  constructor(authorizationCode: AuthorizationCodeGrant, refreshToken: RefreshTokenGrant) {
    this.grants = new Map([authorizationCode, refreshToken].map((grant) => [grant.grantType, grant]));
  }

  async handle(client: RegisteredClient, form: FormParameters): Promise<TokenResponse> {
    const grantType = form.get('grant_type');
    if (grantType === undefined)
      throw new InvalidRequestError('grant_type is missing', { reason: 'grant_type_missing' });
    const grant = this.grants.get(grantType);
    if (!grant)
      throw new UnsupportedGrantTypeError('This grant_type is not supported', { reason: 'grant_type_unknown' });
    if (!client.metadata.grant_types.includes(grantType)) {
      throw new UnauthorizedClientError('This client may not use this grant_type', {
        reason: 'grant_type_not_registered',
      });
    }
    return grant.handle(client, form);
  }
}
