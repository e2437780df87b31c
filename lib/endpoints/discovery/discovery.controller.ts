import { Inject, Injectable } from '@nestjs/common';
import { ASSERTION_ALGORITHMS, AUTH_METHODS, GRANT_TYPES } from '../../protocol/supported.js';
import { RESOLVED_OPTIONS } from '../../config/injection-tokens.js';
import { PublicUrls } from '../../config/public-urls.js';
import type { ResolvedMcpAuthOptions } from '../../config/resolved-options.js';
import { document, type HttpResponse } from '../../http/http-response.js';
import { SigningKeys } from '../../keys/signing-keys.js';
import { authorizationServerMetadata } from '../../protocol/authorization-server-metadata.js';
import { offersUserInfo } from '../../protocol/identity-scopes.js';
import { openidConfiguration } from '../../protocol/openid-configuration.js';
import { protectedResourceMetadata } from '../../protocol/protected-resource-metadata.js';
import { ScopeRegistry } from '../../scopes/scope-registry.js';
import { WellKnown } from '../http/endpoint.decorator.js';

/** Seconds a client may keep a document (DSC-24). */
const MAX_AGE_SECONDS = 300;

/** The documents by which clients find their way. Every value is configuration; no request changes a byte. */
@Injectable()
export class DiscoveryController {
  constructor(
    private readonly urls: PublicUrls,
    private readonly scopes: ScopeRegistry,
    private readonly keys: SigningKeys,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedMcpAuthOptions,
  ) {}

  /** RFC 9728 §3. */
  @WellKnown('oauth-protected-resource')
  async protectedResource(): Promise<HttpResponse> {
    return this.answer(
      protectedResourceMetadata({
        resource: this.urls.resource,
        authorizationServers: [this.urls.issuer],
        scopes: this.scopes.defaults,
        name: this.options.resourceName,
        documentation: this.urls.documentation,
      }),
    );
  }

  /** RFC 8414 §3. */
  @WellKnown('oauth-authorization-server')
  async authorizationServer(): Promise<HttpResponse> {
    return this.answer(this.serverMetadata());
  }

  /** OpenID Connect Discovery §4, complete although no id_token is issued with an HMAC secret: clients reject a stub. */
  @WellKnown('openid-configuration')
  async openidConfiguration(): Promise<HttpResponse> {
    return this.answer(
      openidConfiguration(this.serverMetadata(), {
        signingAlgorithms: [this.keys.signing.algorithm],
        scopes: this.scopes.names,
      }),
    );
  }

  /** RFC 7517 §5: the public halves. An HMAC key is nobody else's business: the set is empty then. */
  @WellKnown('jwks.json')
  async jwks(): Promise<HttpResponse> {
    return this.answer({ keys: this.keys.published });
  }

  private serverMetadata(): Record<string, unknown> {
    const { urls } = this;
    const { languages } = this.options.views;
    return authorizationServerMetadata({
      issuer: urls.issuer,
      endpoints: {
        authorization: urls.endpoint('authorize'),
        token: urls.endpoint('token'),
        revocation: urls.endpoint('revoke'),
        introspection: urls.endpoint('introspect'),
        jwks: urls.jwks,
        ...(offersUserInfo(this.options.scopes) ? { userinfo: urls.endpoint('userinfo') } : {}),
        ...(this.options.dynamicRegistration ? { registration: urls.endpoint('register') } : {}),
      },
      scopes: this.scopes.names,
      grantTypes: GRANT_TYPES,
      authMethods: AUTH_METHODS,
      assertionAlgorithms: ASSERTION_ALGORITHMS,
      documentation: urls.documentation,
      clientIdMetadataDocuments: this.options.clientDocuments.enabled,
      ...(languages.length > 1 ? { uiLocales: languages.map(({ tag }) => tag) } : {}),
    });
  }

  private async answer(body: object): Promise<HttpResponse> {
    return document(body, MAX_AGE_SECONDS);
  }
}
