import { Injectable } from '@nestjs/common';
import type { HttpRequest } from '../../http/http-request.js';
import { type HttpResponse, json } from '../../http/http-response.js';
import { DirectRequest } from '../http/direct-request.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { GrantRegistry } from './grant-registry.js';

/** The token endpoint (RFC 6749 §3.2). */
@Injectable()
export class TokenController {
  constructor(
    private readonly requests: DirectRequest,
    private readonly grants: GrantRegistry,
  ) {}

  /** Authenticates the client, then hands over to the grant named by `grant_type`. */
  @Endpoint('POST', 'token')
  async issue(request: HttpRequest): Promise<HttpResponse> {
    const { client, form } = await this.requests.read(request);
    return json(200, await this.grants.handle(client, form));
  }
}
