import { createHash, randomBytes } from 'node:crypto';

/** A new unguessable value for a code, token, secret, handle or client id: 256 random bits, 43 base64url characters. */
export function newOpaqueToken(): string {
  return randomBytes(32).toString('base64url');
}

/**
 * The form in which an opaque token is stored and looked up: SHA-256 in hex. A fast hash is enough, because the token
 * has 256 bits of its own.
 */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
