import { Injectable } from '@nestjs/common';
import { ClientAuthenticator } from '../../clients/authentication/client-authenticator.js';
import type { HttpRequest } from '../../http/http-request.js';
import { type HttpResponse, json } from '../../http/http-response.js';
import { FormParameters } from '../../protocol/form-parameters.js';
import { InvalidClientError, InvalidRequestError } from '../../protocol/oauth-errors.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { readForm } from '../http/form-body.js';
import { GrantRegistry } from './grant-registry.js';

/** The token endpoint (RFC 6749 §3.2). */
@Injectable()
export class TokenController {
  constructor(
    private readonly clients: ClientAuthenticator,
    private readonly grants: GrantRegistry,
  ) {}

  /** Authenticates the client, then hands over to the grant named by `grant_type`. */
  @Endpoint('POST', 'token')
  async issue(request: HttpRequest): Promise<HttpResponse> {
    refuseQuerySecret(request.query);
    const form = readForm(request);
    // TOK-04: every parameter is well-formed and sent once before anything is looked at.
    form.assertWellFormed(['resource']);
    const client = await this.clients.authenticate(form, authorizationHeader(request));
    return json(200, await this.grants.handle(client, form));
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
