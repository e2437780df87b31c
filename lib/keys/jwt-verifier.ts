import { Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { Clock } from '../config/clock.js';
import { InvalidTokenError } from '../protocol/oauth-errors.js';
import { ACCESS_TOKEN_TYPE } from './jwt-signer.js';
import { SigningKeys } from './signing-keys.js';

/** Longest token looked at; ours are well below 1 KB (ATK-04). */
const MAX_LENGTH = 4096;
const ACCEPTED_TYPES: readonly string[] = [ACCESS_TOKEN_TYPE, `application/${ACCESS_TOKEN_TYPE}`];
/** Members by which a token brings its own key, or says where to fetch it (RFC 7515 §4.1.2 to §4.1.6). */
const KEY_MEMBERS = ['jku', 'jwk', 'x5u', 'x5c'] as const;

interface CompleteJwt {
  readonly header: Readonly<Record<string, unknown>>;
  readonly payload: unknown;
}

/** Verifies signature, algorithm, type and lifetime of our access tokens; the claims are the caller's business. */
@Injectable()
export class JwtVerifier {
  /** Reads and never verifies: it has no key. */
  private readonly reader = new JwtService();

  constructor(
    private readonly keys: SigningKeys,
    private readonly clock: Clock,
  ) {}

  /** The payload of a token whose signature, `alg`, `typ` and `exp` hold. Throws `InvalidTokenError`. */
  verify(token: string): unknown {
    if (token.length > MAX_LENGTH) throw refused('token_too_long');
    const { header, payload } = this.verifySignature(token);
    // RFC 8725 §3.11: kinds of JWT are told apart by `typ`, so that no other one passes for an access token.
    const { typ } = header;
    if (typeof typ !== 'string' || !ACCEPTED_TYPES.includes(typ.toLowerCase())) throw refused('token_type');
    // RFC 7515 §4.1.11: extensions that are not understood make a token invalid; we understand none.
    if ('crit' in header) throw refused('token_critical_header');
    // Ours have none, and nobody looks at a stranger's (RFC 8725 §3.10).
    if (KEY_MEMBERS.some((name) => name in header)) throw refused('token_brings_key');
    return payload;
  }

  /** The name of the key, as the token says. Of a header nothing else is believed before the signature holds. */
  private keyIdOf(token: string): unknown {
    try {
      return this.reader.decode<CompleteJwt | null>(token, { complete: true })?.header['kid'];
    } catch {
      // Not even JSON; verification says the same.
      return undefined;
    }
  }

  private verifySignature(token: string): CompleteJwt {
    let reason = 'token_key_unknown';
    for (const { algorithm, jwt } of this.keys.verifying(this.keyIdOf(token))) {
      try {
        const clockTimestamp = Math.floor(this.clock.now() / 1000);
        return jwt.verify<CompleteJwt>(token, { algorithms: [algorithm], complete: true, clockTimestamp });
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
