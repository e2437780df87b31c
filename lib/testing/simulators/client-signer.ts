import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import type { JsonObject } from '../../protocol/client-metadata-members.js';

const LIFETIME_SECONDS = 60;

const encode = (value: JsonObject): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** The key of a client that signs what it says about itself (RFC 7523). */
export class ClientSigner {
  private readonly kid = randomUUID();
  private readonly pair = generateKeyPairSync('rsa', { modulusLength: 2048 });

  /** @param now milliseconds since the epoch */
  constructor(private readonly now: () => number) {}

  /** What the client publishes (RFC 7517). */
  get keySet(): JsonObject {
    const key = { ...this.pair.publicKey.export({ format: 'jwk' }), kid: this.kid, use: 'sig', alg: 'RS256' };
    return { keys: [key] };
  }

  assertion(clientId: string, audience: string): string {
    const iat = Math.floor(this.now() / 1000);
    const claims = { iss: clientId, sub: clientId, aud: audience, jti: randomUUID(), iat, exp: iat + LIFETIME_SECONDS };
    const signed = `${encode({ alg: 'RS256', typ: 'JWT', kid: this.kid })}.${encode(claims)}`;
    return `${signed}.${sign('sha256', Buffer.from(signed), this.pair.privateKey).toString('base64url')}`;
  }
}
