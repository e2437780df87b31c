import { Injectable } from '@nestjs/common';
import { compactVerify, type CryptoKey, createLocalJWKSet, errors } from 'jose';
import { Clock } from '../../config/clock.js';
import type { ClientKeySet } from '../../protocol/client-metadata.js';
import { hashToken } from '../../protocol/opaque-token.js';
import { ASSERTION_ALGORITHMS } from '../../protocol/supported.js';
import { UsedAssertionRepository } from '../../storage/repositories/used-assertion.repository.js';
import { ClientKeys } from '../client-keys.js';
import type { RegisteredClient } from '../registered-client.js';
import { AssertionAudience } from './assertion-audience.js';
import { assertAssertionHeader, CLOCK_SKEW_SECONDS, readAssertionUse } from './assertion-rules.js';
import { authenticationFailure } from './authentication-failure.js';
import type { ClientAssertion } from './client-assertion.js';

/** How long a use is remembered after `exp`: we take it a little longer ourselves, and the clocks of instances differ as well. */
const REMEMBERED_MS = 2 * CLOCK_SKEW_SECONDS * 1000;

/** Keys that are tried with one assertion: a stranger decides how long each of them takes. */
const MAX_CANDIDATES = 4;

type Verdict = 'signed' | 'forged' | 'no key' | 'too many keys';

/** Verifies client assertions (`private_key_jwt`, RFC 7523 §3). */
@Injectable()
export class ClientAssertionVerifier {
  constructor(
    private readonly keys: ClientKeys,
    private readonly used: UsedAssertionRepository,
    private readonly audience: AssertionAudience,
    private readonly clock: Clock,
  ) {}

  /** Returns when this assertion proves that the client sent it, and was never used before. Throws `InvalidClientError`. */
  async verify(client: RegisteredClient, assertion: ClientAssertion, requester?: string): Promise<void> {
    // What costs nothing comes first, and what cannot be taken back last: a stranger uses no assertion up.
    assertAssertionHeader(assertion.header, client.metadata.token_endpoint_auth_signing_alg);
    const { id, expiresAt } = readAssertionUse(assertion.claims, this.audience.of(client), this.clock.now());
    await this.assertSigned(client, assertion.jwt, requester);
    const hash = hashToken(JSON.stringify([client.clientId, id]));
    if (!(await this.used.use(hash, expiresAt + REMEMBERED_MS))) throw authenticationFailure('client_assertion_used');
  }

  private async assertSigned(client: RegisteredClient, jwt: string, requester: string | undefined): Promise<void> {
    const current = await this.keys.current(client, requester);
    if (!current) throw authenticationFailure('client_keys_unavailable');
    let verdict = await check(jwt, current);
    if (verdict === 'no key') {
      const newer = await this.keys.newer(client, requester);
      if (newer) verdict = await check(jwt, newer);
    }
    if (verdict === 'no key') throw authenticationFailure('client_assertion_key_unknown');
    if (verdict === 'too many keys') throw authenticationFailure('client_assertion_key_ambiguous');
    if (verdict === 'forged') throw authenticationFailure('client_assertion_signature');
  }
}

/** Which key fits (`kid`, `alg`, `kty`, `crv`, `use`, `key_ops`), and that RSA keys have 2048 bits, is jose's business. */
async function check(jwt: string, keySet: ClientKeySet): Promise<Verdict> {
  try {
    await compactVerify(jwt, createLocalJWKSet({ keys: [...keySet.keys] }), { algorithms: [...ASSERTION_ALGORITHMS] });
    return 'signed';
  } catch (error) {
    if (error instanceof errors.JWKSNoMatchingKey) return 'no key';
    return error instanceof errors.JWKSMultipleMatchingKeys ? checkEach(jwt, error) : 'forged';
  }
}

/** An assertion without `kid` may be signed with any of the first few keys that fit. */
async function checkEach(jwt: string, keys: AsyncIterable<CryptoKey>): Promise<Verdict> {
  let tried = 0;
  for await (const key of keys) {
    if (tried++ === MAX_CANDIDATES) return 'too many keys';
    const signed = await compactVerify(jwt, key, { algorithms: [...ASSERTION_ALGORITHMS] }).then(
      () => true,
      () => false,
    );
    if (signed) return 'signed';
  }
  return 'forged';
}
