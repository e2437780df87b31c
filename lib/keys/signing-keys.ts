import { Inject, Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { RESOLVED_OPTIONS } from '../config/injection-tokens.js';
import type { ResolvedMcpAuthOptions } from '../config/resolved-options.js';
import type { ResolvedSigning } from '../config/signing-options.js';
import { publicJwk, type PublicJwk } from '../protocol/public-jwk.js';
import { DerivedKeys } from './derived-keys.js';

export type SigningAlgorithm = ResolvedSigning['algorithm'];

/** A key bound to its one algorithm (RFC 8725 §3.1), inside a service that is built once: a `KeyObject` is some 35 times cheaper to use than a string. */
export interface BoundKey {
  readonly algorithm: SigningAlgorithm;
  readonly jwt: JwtService;
}

export interface SigningKey extends BoundKey {
  /** Header `kid`; absent with HS256. */
  readonly keyId?: string;
}

/** Which key signs, and which keys verify. */
@Injectable()
export class SigningKeys {
  readonly signing: SigningKey;
  /** The key set (RFC 7517 §5): public halves alone, and none of HMAC. */
  readonly published: readonly PublicJwk[];
  private readonly secrets: readonly BoundKey[];
  private readonly byName: ReadonlyMap<string, BoundKey>;

  constructor(@Inject(RESOLVED_OPTIONS) { signing }: ResolvedMcpAuthOptions, derived: DerivedKeys) {
    const own = signing.algorithm === 'HS256' ? hmacKeys(derived) : asymmetricKeys(signing);
    ({ signing: this.signing, published: this.published, secrets: this.secrets, byName: this.byName } = own);
  }

  /**
   * The keys that may have made a signature: the one of this name, or with HS256, where no key has a name, each of the secrets.
   * @param keyId header `kid` of a stranger's token, of any type
   */
  verifying(keyId: unknown): readonly BoundKey[] {
    const named = typeof keyId === 'string' ? this.byName.get(keyId) : undefined;
    return named ? [named] : this.secrets;
  }
}

/** What the two kinds of signing have to say. */
interface KeyRing {
  readonly signing: SigningKey;
  readonly published: readonly PublicJwk[];
  readonly secrets: readonly BoundKey[];
  readonly byName: ReadonlyMap<string, BoundKey>;
}

function hmacKeys({ accessTokenSigning }: DerivedKeys): KeyRing {
  const secrets = accessTokenSigning.map(
    (secret) => ({ algorithm: 'HS256', jwt: new JwtService({ secret }) }) as const,
  );
  const [signing] = secrets;
  if (!signing) throw new TypeError('No key to sign with');
  return { signing, published: [], secrets, byName: new Map() };
}

/** The secrets verify nothing then: a token of another algorithm is no token of ours. */
function asymmetricKeys({
  algorithm,
  keyId,
  privateKey,
  publicKeys,
}: Exclude<ResolvedSigning, { algorithm: 'HS256' }>): KeyRing {
  return {
    signing: { algorithm, keyId, jwt: new JwtService({ privateKey }) },
    published: publicKeys.map((key) => publicJwk(key.publicKey, key.algorithm, key.keyId)),
    secrets: [],
    byName: new Map(
      publicKeys.map((key) => [
        key.keyId,
        { algorithm: key.algorithm, jwt: new JwtService({ publicKey: key.publicKey }) },
      ]),
    ),
  };
}
