import { Injectable } from '@nestjs/common';
import type { FormParameters } from '../../protocol/form-parameters.js';
import { constantTimeEqual } from '../../protocol/constant-time.js';
import { InvalidClientError, InvalidRequestError } from '../../protocol/oauth-errors.js';
import { hashToken } from '../../protocol/opaque-token.js';
import { ClientResolver } from '../client-resolver.js';
import type { RegisteredClient } from '../registered-client.js';
import { readBasicCredentials } from './basic-credentials.js';

type Method = 'none' | 'client_secret_basic' | 'client_secret_post';

interface Presented {
  readonly method: Method;
  readonly clientId: string;
  readonly secret?: string;
}

/** Authenticates the client of a direct request with the method it registered (RFC 6749 §2.3, OAuth 2.1 §2.4). */
@Injectable()
export class ClientAuthenticator {
  constructor(private readonly clients: ClientResolver) {}

  /** Throws `InvalidClientError` with one public text for every failure, `InvalidRequestError` for two mechanisms at once. */
  async authenticate(form: FormParameters, authorization: string | undefined): Promise<RegisteredClient> {
    const presented = readPresented(form, authorization);
    const client = await this.clients.resolve(presented.clientId, { use: 'direct' });
    if (!client) throw failed('client_unknown');
    if (client.metadata.token_endpoint_auth_method !== presented.method) throw failed('client_auth_method_mismatch');
    if (presented.method !== 'none') assertSecret(client, presented.secret);
    return client;
  }
}

function readPresented(form: FormParameters, authorization: string | undefined): Presented {
  const basic = readBasicCredentials(authorization);
  const clientId = form.get('client_id');
  const secret = form.get('client_secret');
  if (form.get('client_assertion') !== undefined) throw failed('client_assertion_unsupported');
  if (basic) {
    // CAU-05: one mechanism per request.
    if (secret !== undefined)
      throw new InvalidRequestError('Use one client authentication method', { reason: 'client_auth_several' });
    if (clientId !== undefined && clientId !== basic.clientId) {
      throw new InvalidRequestError('client_id differs from the authenticated client', { reason: 'client_id_differs' });
    }
    return { method: 'client_secret_basic', ...basic };
  }
  if (clientId === undefined) throw failed('client_id_missing');
  return secret === undefined ? { method: 'none', clientId } : { method: 'client_secret_post', clientId, secret };
}

function assertSecret(client: RegisteredClient, secret: string | undefined): void {
  if (!client.secretHash || !secret) throw failed('client_secret_missing');
  if (!constantTimeEqual(hashToken(secret), client.secretHash)) throw failed('client_secret_wrong');
}

function failed(reason: string): InvalidClientError {
  return new InvalidClientError('Client authentication failed', { reason });
}
