import { Injectable } from '@nestjs/common';
import type { AccessTokenClaims } from '../protocol/access-token-claims.js';
import { SigningKeys } from './signing-keys.js';

/** Media type of an access token in the `typ` header (RFC 9068 §2.1). */
export const ACCESS_TOKEN_TYPE = 'at+jwt';

/** Signs access tokens with the signing key. */
@Injectable()
export class JwtSigner {
  constructor(private readonly keys: SigningKeys) {}

  sign(claims: AccessTokenClaims): Promise<string> {
    const { algorithm, keyId, jwt } = this.keys.signing;
    const header = { alg: algorithm, typ: ACCESS_TOKEN_TYPE, ...(keyId === undefined ? {} : { kid: keyId }) };
    return jwt.signAsync({ ...claims }, { algorithm, header });
  }
}
