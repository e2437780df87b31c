import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { RESOLVED_OPTIONS } from '../config/injection-tokens.js';
import type { ResolvedMcpAuthOptions } from '../config/resolved-options.js';

const ALGORITHM = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;
const LABEL = 'nestjs-mcp-auth/refresh-replay/v1';

/** What an answer belongs to: it opens for nothing else. */
export interface ReplayContext {
  /** The refresh token that was presented; half of the key. */
  readonly token: string;
  readonly rowId: string;
  readonly clientId: string;
}

/**
 * Encrypts an answer so that neither a database dump, nor the dump and `oauthSecret` together, yield a token: the key takes the presented
 * refresh token to derive, and of that the database knows the hash alone.
 */
@Injectable()
export class ReplayCipher {
  private readonly secrets: readonly string[];

  constructor(@Inject(RESOLVED_OPTIONS) options: ResolvedMcpAuthOptions) {
    this.secrets = options.oauthSecrets;
  }

  encrypt(answer: string, context: ReplayContext): string {
    const [secret] = this.secrets;
    if (secret === undefined) throw new TypeError('No secret to encrypt with');
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(ALGORITHM, keyOf(secret, context), iv).setAAD(associated(context));
    const sealed = Buffer.concat([cipher.update(answer), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url');
  }

  /** The answer, or undefined when none of the secrets opens it. */
  decrypt(sealed: string, context: ReplayContext): string | undefined {
    const bytes = Buffer.from(sealed, 'base64url');
    for (const secret of this.secrets) {
      try {
        const decipher = createDecipheriv(ALGORITHM, keyOf(secret, context), bytes.subarray(0, IV_BYTES))
          .setAAD(associated(context))
          .setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
        const opened = Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]);
        return opened.toString();
      } catch {
        // Sealed under another secret, or not by us: the next one is tried, and no answer is no answer.
      }
    }
    return undefined;
  }
}

function keyOf(secret: string, { token }: ReplayContext): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, token, LABEL, 32));
}

function associated({ rowId, clientId }: ReplayContext): Buffer {
  return Buffer.from(JSON.stringify([rowId, clientId]));
}
