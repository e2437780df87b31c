import { Injectable } from '@nestjs/common';
import type { AccessTokenClaims } from '../protocol/access-token-claims.js';
import type { IdTokenClaims } from '../protocol/id-token-claims.js';
import { SigningKeys } from './signing-keys.js';

/** Media type of an access token in the `typ` header (RFC 9068 §2.1). */
export const ACCESS_TOKEN_TYPE = 'at+jwt';

/** Type of an id token: the general one, which no access token has. */
const ID_TOKEN_TYPE = 'JWT';

/** Signs access tokens and id tokens with the signing key. */
@Injectable()
export class JwtSigner {
  constructor(private readonly keys: SigningKeys) {}

  sign(claims: AccessTokenClaims): Promise<string> {
    return this.signAs(ACCESS_TOKEN_TYPE, claims);
  }

  /** Nobody could verify an id token made with our HMAC key. */
  get signsIdTokens(): boolean {
    return this.keys.signing.algorithm !== 'HS256';
  }

  signIdToken(claims: IdTokenClaims): Promise<string> {
    if (!this.signsIdTokens) throw new TypeError('An id token needs an asymmetric key');
    return this.signAs(ID_TOKEN_TYPE, claims);
  }

  private signAs(typ: string, claims: object): Promise<string> {
    const { algorithm, keyId, jwt } = this.keys.signing;
    const header = { alg: algorithm, typ, ...(keyId === undefined ? {} : { kid: keyId }) };
    return jwt.signAsync({ ...claims }, { algorithm, header });
  }
}
