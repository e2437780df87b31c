import { Injectable } from '@nestjs/common';
import { ClientAuthenticator } from '../../clients/authentication/client-authenticator.js';
import type { RegisteredClient } from '../../clients/registered-client.js';
import type { HttpRequest } from '../../http/http-request.js';
import { FormParameters } from '../../protocol/form-parameters.js';
import { InvalidClientError, InvalidRequestError } from '../../protocol/oauth-errors.js';
import { readForm } from './form-body.js';

/** What every endpoint that a client calls by itself begins with: a well-formed form, and who sent it. */
@Injectable()
export class DirectRequest {
  constructor(private readonly clients: ClientAuthenticator) {}

  /** The form and the authenticated client. Throws `InvalidRequestError`, `InvalidClientError`. */
  async read(request: HttpRequest): Promise<{ form: FormParameters; client: RegisteredClient }> {
    refuseQuerySecret(request.query);
    const form = readForm(request);
    // TOK-04: every parameter is well-formed and sent once before anything is looked at.
    form.assertWellFormed(['resource']);
    const client = await this.clients.authenticate(form, authorizationHeader(request), request.remoteAddress);
    return { form, client };
  }

  /** The client and the `token` parameter of a request about a token (RFC 7009 §2.1, RFC 7662 §2.1). */
  async readToken(request: HttpRequest): Promise<{ client: RegisteredClient; token: string }> {
    const { form, client } = await this.read(request);
    const token = form.get('token');
    if (token === undefined) throw new InvalidRequestError('token is missing', { reason: 'token_missing' });
    return { client, token };
  }
}

/** TOK-03: what is in the URL ends up in logs; a secret there is refused so that it gets noticed. */
function refuseQuerySecret(query: string): void {
  if (FormParameters.parse(query).has('client_secret')) {
    throw new InvalidRequestError('client_secret belongs in the request body', { reason: 'client_secret_in_query' });
  }
}

function authorizationHeader(request: HttpRequest): string | undefined {
  const [first, ...others] = request.headerValues('authorization');
  if (others.length > 0)
    throw new InvalidClientError('Client authentication failed', { reason: 'authorization_repeated' });
  return first;
}
