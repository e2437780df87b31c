import { generateKeyPairSync, type KeyObject } from 'node:crypto';

export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** PKCS#8. */
  readonly privatePem: string;
  /** SPKI. */
  readonly publicPem: string;
}

function complete({ privateKey, publicKey }: Pick<KeyPair, 'privateKey' | 'publicKey'>): KeyPair {
  const privatePem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return { privateKey, publicKey, privatePem, publicPem: publicKey.export({ type: 'spki', format: 'pem' }).toString() };
}

export const rsaPair = (modulusLength = 2048): KeyPair => complete(generateKeyPairSync('rsa', { modulusLength }));

export const ecPair = (namedCurve = 'P-256'): KeyPair => complete(generateKeyPairSync('ec', { namedCurve }));
