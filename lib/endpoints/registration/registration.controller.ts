import { Injectable } from '@nestjs/common';
import { ClientRegistrar } from '../../clients/client-registrar.js';
import type { HttpRequest } from '../../http/http-request.js';
import { type HttpResponse, json } from '../../http/http-response.js';
import { InvalidClientMetadataError } from '../../protocol/oauth-errors.js';
import { Endpoint } from '../http/endpoint.decorator.js';

/** Dynamic client registration (RFC 7591). */
@Injectable()
export class RegistrationController {
  constructor(private readonly registrar: ClientRegistrar) {}

  /** RFC 7591 §3.1: a JSON object in, 201 and everything that was registered out. */
  @Endpoint('POST', 'register')
  async register(request: HttpRequest): Promise<HttpResponse> {
    return json(201, await this.registrar.create(readJson(request), { mode: 'registration', source: 'dynamic' }));
  }
}

function readJson({ body }: HttpRequest): unknown {
  if (body.kind === 'refused') {
    const status = body.reason === 'body_too_large' ? 413 : 400;
    throw new InvalidClientMetadataError('The client metadata cannot be read', { reason: body.reason, status });
  }
  if (body.kind === 'none')
    throw new InvalidClientMetadataError('The client metadata is missing', { reason: 'body_missing' });
  if (body.mediaType !== 'application/json') {
    throw new InvalidClientMetadataError('Client metadata is application/json', { reason: 'content_type_unsupported' });
  }
  try {
    return JSON.parse(body.text);
  } catch {
    throw new InvalidClientMetadataError('The client metadata is not JSON', { reason: 'json_malformed' });
  }
}
