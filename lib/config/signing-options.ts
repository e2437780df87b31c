import type { KeyObject } from 'node:crypto';
import type { AsymmetricAlgorithm } from '../protocol/public-jwk.js';

/** A public key that verifies tokens and is published, without signing any. */
export interface AdditionalPublicKey {
  /** RSA of 2048 bits or more (for RS256), or EC on P-256 (for ES256): PEM, or a `KeyObject`. */
  readonly publicKey: string | KeyObject;
  /**
   * `kid` under which the key signed, or will sign.
   * @default the thumbprint of the key (RFC 7638)
   */
  readonly keyId?: string;
}

/** How access tokens, and with an asymmetric key id tokens, are signed. */
export interface SigningOptions {
  /**
   * `HS256`: with a key derived from `oauthSecret`; only this application can verify its tokens, and the key set is empty. `RS256`, `ES256`: with
   * `privateKey`; everybody can verify them by the key set. After a change, access tokens of before are refused, and clients refresh.
   * @default 'HS256'
   */
  readonly algorithm?: 'HS256' | AsymmetricAlgorithm;
  /**
   * The private key: RSA of 2048 bits or more for RS256, EC on P-256 for ES256. Unencrypted PEM (PKCS#8, PKCS#1, SEC1), or a `KeyObject`.
   * @default none; required with RS256 and ES256, refused with HS256
   */
  readonly privateKey?: string | KeyObject;
  /**
   * `kid` of the private key: 1 to 128 visible ASCII characters. Never use one twice for different keys.
   * @default the thumbprint of the key (RFC 7638)
   */
  readonly keyId?: string;
  /**
   * Keys that verify and are published beside the signing key: the next one before it signs, the last one until its tokens have expired.
   * @default none
   */
  readonly additionalPublicKeys?: readonly AdditionalPublicKey[];
}

/** A key that verifies, and is published. */
export interface PublicSigningKey {
  readonly keyId: string;
  readonly algorithm: AsymmetricAlgorithm;
  readonly publicKey: KeyObject;
}

/** `SigningOptions` as the rest of the library reads them. */
export type ResolvedSigning =
  | { readonly algorithm: 'HS256' }
  | {
      readonly algorithm: AsymmetricAlgorithm;
      readonly keyId: string;
      readonly privateKey: KeyObject;
      /** The one of `privateKey` first. */
      readonly publicKeys: readonly PublicSigningKey[];
    };
