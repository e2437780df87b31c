import { createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { RESOLVED_OPTIONS } from '../config/injection-tokens.js';
import type { ResolvedMcpAuthOptions } from '../config/resolved-options.js';
import { constantTimeEqual } from '../protocol/constant-time.js';

type Purpose = 'access-token-signing' | 'consent-form';

const KEY_BYTES = 32;

/** HKDF (RFC 5869) with the purpose as label: keys of different purposes have nothing in common, and the secret itself signs nothing. */
export function deriveKey(secret: string, purpose: Purpose): KeyObject {
  const derived = hkdfSync('sha256', secret, '', `nestjs-mcp-auth/${purpose}/v1`, KEY_BYTES);
  return createSecretKey(new Uint8Array(derived));
}

/** The keys made from `oauthSecret`, built once: a `KeyObject` is some 35 times cheaper to use than a string. */
@Injectable()
export class DerivedKeys {
  /** First signs, all verify. */
  readonly accessTokenSigning: readonly KeyObject[];
  private readonly consentForm: readonly KeyObject[];

  constructor(@Inject(RESOLVED_OPTIONS) options: ResolvedMcpAuthOptions) {
    const all = (purpose: Purpose) => options.oauthSecrets.map((secret) => deriveKey(secret, purpose));
    this.accessTokenSigning = all('access-token-signing');
    this.consentForm = all('consent-form');
  }

  /**
   * The CSRF token of a consent form: what the page shows, and a MAC over that and what the form belongs to.
   * @param parts request, browser, user and organisation
   * @param shown names of the scopes on the page
   */
  formToken(parts: readonly string[], shown: readonly string[]): string {
    const names = Buffer.from(JSON.stringify(shown)).toString('base64url');
    return `${names}.${mac(this.consentForm[0], [parts, names])}`;
  }

  /** What the page of a posted CSRF token showed; undefined for a token that does not belong to these parts under any of the secrets. */
  readFormToken(presented: string, parts: readonly string[]): readonly string[] | undefined {
    const [names = '', proof = ''] = presented.split('.');
    const isOurs = (key: KeyObject) => constantTimeEqual(presented, `${names}.${mac(key, [parts, names])}`);
    if (proof === '' || !this.consentForm.some(isOurs)) return undefined;
    return JSON.parse(Buffer.from(names, 'base64url').toString()) as readonly string[];
  }
}

function mac(key: KeyObject | undefined, parts: readonly unknown[]): string {
  if (!key) throw new TypeError('No key to sign with');
  return createHmac('sha256', key).update(JSON.stringify(parts)).digest('base64url');
}
