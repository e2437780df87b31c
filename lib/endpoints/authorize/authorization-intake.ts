import { Injectable } from '@nestjs/common';
import { ClientResolver } from '../../clients/client-resolver.js';
import type { RegisteredClient } from '../../clients/registered-client.js';
import { PublicUrls } from '../../config/public-urls.js';
import { AuthorizationError } from '../../protocol/authorization-error.js';
import {
  type AuthorizationClient,
  parseAuthorizationRequest,
  readClientId,
  readRedirectUri,
} from '../../protocol/authorization-request.js';
import { clientFingerprint } from '../../protocol/client-fingerprint.js';
import type { FormParameters } from '../../protocol/form-parameters.js';
import { ScopeRegistry } from '../../scopes/scope-registry.js';
import { logRefusal } from '../http/error-response.js';
import { PageError } from './page-error.js';
import { type Held, holdError } from './pending-authorization.js';

/** Takes an authorization request in: client first, then redirect URI, then the rest (AUT-05). */
@Injectable()
export class AuthorizationIntake {
  constructor(
    private readonly clients: ClientResolver,
    private readonly scopes: ScopeRegistry,
    private readonly urls: PublicUrls,
  ) {}

  /** The request, or the error that will be redirected. Throws `PageError` or `AuthorizationError` for what only a page may say. */
  async take(params: FormParameters, requester: string | undefined): Promise<{ client: RegisteredClient; held: Held }> {
    const question = { use: 'authorization', ...(requester === undefined ? {} : { requester }) } as const;
    const client = await this.clients.resolve(readClientId(params), question);
    if (!client) throw unknownClient();
    const authorizationClient = toAuthorizationClient(client);
    const redirectUri = readRedirectUri(params, authorizationClient);
    return { client, held: this.read(params, authorizationClient, redirectUri, clientFingerprint(client.metadata)) };
  }

  private read(params: FormParameters, client: AuthorizationClient, redirectUri: string, fingerprint: string): Held {
    const { resource } = this.urls;
    const rules = {
      knownScopes: this.scopes.names,
      defaultScopes: this.scopes.defaults,
      resources: [resource],
      defaultResource: resource,
      openId: false,
    };
    try {
      const request = parseAuthorizationRequest(params, client, redirectUri, rules);
      return { kind: 'request', request, clientFingerprint: fingerprint };
    } catch (error) {
      if (!isRedirected(error)) throw error;
      // The client learns of it only after a login, the log at once.
      logRefusal(this.urls.endpointPath('authorize'), error.error);
      return holdError(error, wantsSilence(params));
    }
  }
}

function toAuthorizationClient({ clientId, metadata }: RegisteredClient): AuthorizationClient {
  return { clientId, redirectUris: metadata.redirect_uris, grantTypes: metadata.grant_types };
}

/** The `prompt` of a request that is not in order otherwise. */
function wantsSilence(params: FormParameters): boolean {
  try {
    return (params.get('prompt') ?? '').split(' ').includes('none');
  } catch {
    return false;
  }
}

function isRedirected(
  error: unknown,
): error is AuthorizationError & { redirect: { redirectUri: string; state?: string } } {
  return error instanceof AuthorizationError && error.redirect !== undefined;
}

/** Clients keep a deleted registration for ever; the page says how a person gets out of it. */
function unknownClient(): PageError {
  return new PageError(
    400,
    'This app is not known here',
    'Its registration with this server does not exist, or not any more.',
    'client_unknown',
    'Remove the connection in the app and add it again; it will then register anew.',
  );
}
