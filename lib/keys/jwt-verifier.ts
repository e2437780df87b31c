import type { KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { Clock } from '../config/clock.js';
import { InvalidTokenError } from '../protocol/oauth-errors.js';
import { DerivedKeys } from './derived-keys.js';
import { ACCESS_TOKEN_TYPE, HMAC_ALGORITHM } from './jwt-signer.js';

/** Longest token looked at; ours are well below 1 KB (ATK-04). */
const MAX_LENGTH = 4096;
const ACCEPTED_TYPES: readonly string[] = [ACCESS_TOKEN_TYPE, `application/${ACCESS_TOKEN_TYPE}`];

interface CompleteJwt {
  readonly header: Readonly<Record<string, unknown>>;
  readonly payload: unknown;
}

/** Verifies signature, algorithm, type and lifetime of our access tokens; the claims are the caller's business. */
@Injectable()
export class JwtVerifier {
  private readonly services: readonly JwtService[];

  constructor(
    keys: DerivedKeys,
    private readonly clock: Clock,
  ) {
    this.services = keys.accessTokenSigning.map((secret: KeyObject) => new JwtService({ secret }));
  }

  /** The payload of a token whose signature, `alg`, `typ` and `exp` hold. Throws `InvalidTokenError`. */
  verify(token: string): unknown {
    if (token.length > MAX_LENGTH) throw refused('token_too_long');
    const { header, payload } = this.verifySignature(token);
    // RFC 8725 §3.11: kinds of JWT are told apart by `typ`, so that no other one passes for an access token.
    const { typ } = header;
    if (typeof typ !== 'string' || !ACCEPTED_TYPES.includes(typ.toLowerCase())) throw refused('token_type');
    // RFC 7515 §4.1.11: extensions that are not understood make a token invalid; we understand none.
    if ('crit' in header) throw refused('token_critical_header');
    return payload;
  }

  private verifySignature(token: string): CompleteJwt {
    let reason = 'token_signature';
    for (const service of this.services) {
      try {
        const clockTimestamp = Math.floor(this.clock.now() / 1000);
        return service.verify<CompleteJwt>(token, { algorithms: [HMAC_ALGORITHM], complete: true, clockTimestamp });
      } catch (error) {
        reason = reasonOf(error);
        // Only another key can change the verdict of a bad signature.
        if (reason !== 'token_signature') break;
      }
    }
    throw refused(reason);
  }
}

function reasonOf(error: unknown): string {
  const { name, message } = error instanceof Error ? error : new Error();
  if (name === 'TokenExpiredError') return 'token_expired';
  if (name === 'NotBeforeError') return 'token_not_yet_valid';
  if (message === 'invalid signature') return 'token_signature';
  return message === 'invalid algorithm' ? 'token_algorithm' : 'token_malformed';
}

function refused(reason: string): InvalidTokenError {
  return new InvalidTokenError('The access token is not valid', { reason });
}
