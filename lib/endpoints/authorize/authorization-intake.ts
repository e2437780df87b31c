import { Injectable } from '@nestjs/common';
import { ClientResolver } from '../../clients/client-resolver.js';
import { type RegisteredClient, scopeCeiling } from '../../clients/registered-client.js';
import { PublicUrls } from '../../config/public-urls.js';
import { AuthorizationError } from '../../protocol/authorization-error.js';
import {
  type AuthorizationClient,
  type AuthorizationRules,
  parseAuthorizationRequest,
  readClientId,
  readRedirectUri,
} from '../../protocol/authorization-request.js';
import { clientFingerprint } from '../../protocol/client-fingerprint.js';
import type { FormParameters } from '../../protocol/form-parameters.js';
import { OPENID_SCOPE } from '../../protocol/identity-scopes.js';
import { ScopeRegistry } from '../../scopes/scope-registry.js';
import { logRefusal } from '../http/error-response.js';
import { PageError } from './page-error.js';
import { type Held, holdError } from './pending-authorization.js';
import { readUiLocales } from './request-languages.js';

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
    return { client, held: this.read(params, client, readRedirectUri(params, toAuthorizationClient(client))) };
  }

  private read(params: FormParameters, client: RegisteredClient, redirectUri: string): Held {
    try {
      const asking = toAuthorizationClient(client);
      const request = parseAuthorizationRequest(params, asking, redirectUri, this.rulesFor(client));
      return { kind: 'request', request, clientFingerprint: clientFingerprint(client.metadata) };
    } catch (error) {
      if (!isRedirected(error)) throw error;
      // The client learns of it only after a login, the log at once.
      logRefusal(this.urls.endpointPath('authorize'), error.error);
      return holdError(error, wantsSilence(params), readUiLocales(params));
    }
  }

  private rulesFor(client: RegisteredClient): AuthorizationRules {
    const { resource } = this.urls;
    const ceiling = scopeCeiling(client);
    const knownScopes = this.scopes.declared(this.scopes.names, ceiling);
    const defaults = this.scopes.declared(this.scopes.defaults, ceiling);
    return {
      knownScopes,
      // A client that may have nothing of the defaults gets what it may have.
      defaultScopes: defaults.length > 0 ? defaults : knownScopes,
      resources: [resource],
      defaultResource: resource,
      openId: this.scopes.names.includes(OPENID_SCOPE),
    };
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
  return new PageError(400, 'clientUnknown', 'client_unknown');
}
