import { Injectable } from '@nestjs/common';
import type { FormParameters } from '../../protocol/form-parameters.js';
import { constantTimeEqual } from '../../protocol/constant-time.js';
import { hashToken } from '../../protocol/opaque-token.js';
import { RateLimiter } from '../../limits/rate-limiter.js';
import { ClientResolver } from '../client-resolver.js';
import type { RegisteredClient } from '../registered-client.js';
import { authenticationFailure } from './authentication-failure.js';
import { ClientAssertionVerifier } from './client-assertion.verifier.js';
import { readPresentedCredentials } from './presented-credentials.js';

/** Authenticates the client of a direct request with the method it registered (RFC 6749 §2.3, OAuth 2.1 §2.4). */
@Injectable()
export class ClientAuthenticator {
  constructor(
    private readonly clients: ClientResolver,
    private readonly assertions: ClientAssertionVerifier,
    private readonly limiter: RateLimiter,
  ) {}

  /**
   * Throws `InvalidClientError` with one public text for every failure, `InvalidRequestError` for two mechanisms at once,
   * `TooManyRequestsError` for a wrong secret after many.
   * @param requester address of the client, for limits
   */
  async authenticate(
    form: FormParameters,
    authorization: string | undefined,
    requester?: string,
  ): Promise<RegisteredClient> {
    const presented = readPresentedCredentials(form, authorization);
    const question = { use: 'direct', ...(requester === undefined ? {} : { requester }) } as const;
    const client = await this.clients.resolve(presented.clientId, question);
    if (!client) throw authenticationFailure('client_unknown');
    if (client.metadata.token_endpoint_auth_method !== presented.method) {
      throw authenticationFailure('client_auth_method_mismatch');
    }
    if (presented.method === 'private_key_jwt') await this.assertions.verify(client, presented.assertion, requester);
    else if (presented.method !== 'none') await this.assertSecret(client, presented.secret, requester);
    return client;
  }

  /** CAU-12: wrong secrets count, and only they are refused for it: whoever guesses locks nobody out. */
  private async assertSecret({ clientId, secretHashes }: RegisteredClient, secret: string, requester?: string) {
    if (secretHashes.length === 0 || !secret) throw authenticationFailure('client_secret_missing');
    const presented = hashToken(secret);
    if (secretHashes.some((hash) => constantTimeEqual(presented, hash))) return;
    await this.limiter.take('wrongSecretsPerMinute', requester, clientId);
    throw authenticationFailure('client_secret_wrong');
  }
}
