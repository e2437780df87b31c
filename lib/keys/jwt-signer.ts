import { Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import type { AccessTokenClaims } from '../protocol/access-token-claims.js';
import { DerivedKeys } from './derived-keys.js';

/** Media type of an access token in the `typ` header (RFC 9068 §2.1). */
export const ACCESS_TOKEN_TYPE = 'at+jwt';
export const HMAC_ALGORITHM = 'HS256';

/** Signs access tokens with the first of the derived keys. */
@Injectable()
export class JwtSigner {
  private readonly jwt: JwtService;

  constructor(keys: DerivedKeys) {
    const [secret] = keys.accessTokenSigning;
    if (!secret) throw new TypeError('No key to sign with');
    this.jwt = new JwtService({ secret });
  }

  sign(claims: AccessTokenClaims): Promise<string> {
    const header = { alg: HMAC_ALGORITHM, typ: ACCESS_TOKEN_TYPE } as const;
    return this.jwt.signAsync({ ...claims }, { algorithm: HMAC_ALGORITHM, header });
  }
}
