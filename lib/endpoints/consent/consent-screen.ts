import { Inject, Injectable } from '@nestjs/common';
import type { RegisteredClient } from '../../clients/registered-client.js';
import { RESOLVED_OPTIONS } from '../../config/injection-tokens.js';
import { PublicUrls } from '../../config/public-urls.js';
import type { ResolvedMcpAuthOptions } from '../../config/resolved-options.js';
import type { ResolvedPageLanguage } from '../../config/view-options.js';
import type { HttpResponse } from '../../http/http-response.js';
import { DerivedKeys } from '../../keys/derived-keys.js';
import type { AuthorizationRequest } from '../../protocol/authorization-request.js';
import { redirectTarget } from '../../protocol/redirect-uri.js';
import { formatScope } from '../../protocol/scope-set.js';
import { ScopeRegistry } from '../../scopes/scope-registry.js';
import type { SignedInUser } from '../../users/user-directory.js';
import type { ConsentView } from '../../views/view-renderer.js';
import { Pages } from '../authorize/pages.js';
import type { HeldRequest, PendingAuthorization } from '../authorize/pending-authorization.js';
import type { Question } from './consent-question.js';

/** Shows the consent page: who asks, for what, for which account, and where the answer goes (CON-02 to CON-04). */
@Injectable()
export class ConsentScreen {
  constructor(
    private readonly scopes: ScopeRegistry,
    private readonly keys: DerivedKeys,
    private readonly pages: Pages,
    private readonly urls: PublicUrls,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedMcpAuthOptions,
  ) {}

  show(
    pending: PendingAuthorization,
    { request }: HeldRequest,
    user: SignedInUser,
    { client, accountName, grantable, given, remembers }: Question,
    setCookie: readonly string[],
  ): HttpResponse {
    const before = remembers ? this.scopes.withImplied(given.scopes) : [];
    const view = this.view({ pending, request, user, client, grantable, before, accountName });
    return this.pages.consent(view, pending.language, setCookie);
  }

  private view({ pending, request, user, client, grantable, before, accountName }: Shown): ConsentView {
    const { client_name: clientName, client_uri: clientUri } = client.metadata;
    return {
      clientName: clientName ?? '',
      requestedScopes: grantable.map((name) => this.scopeView(name, before.includes(name), pending.language)),
      authorizationParams: authorizationParams(request),
      redirectTarget: redirectTarget(request.redirectUri),
      // Anybody may register under any name; a host or an operator stands behind the others.
      verified: client.source !== 'dynamic',
      resource: request.resource,
      resourceName: this.options.resourceName,
      accountName,
      lifetime: this.lifetime(client),
      formAction: this.urls.endpointPath('approve'),
      connectedAppsUrl: this.urls.endpointPath('connected-apps'),
      request: pending.handle,
      csrfToken: this.keys.formToken(formParts(pending, user), grantable),
      otherAccountUrl: `${this.urls.endpointPath('authorize/select-account')}?request=${pending.handle}`,
      ...(clientUri === undefined ? {} : { clientUri }),
      ...(user.orgId === undefined ? {} : { organisationName: user.orgName ?? user.orgId }),
      ...this.organisationChoice(pending, user),
    };
  }

  private organisationChoice(
    pending: PendingAuthorization,
    user: SignedInUser,
  ): Pick<ConsentView, 'organisationChoice'> {
    const { orgs = [], orgId: chosen } = user;
    if (orgs.every(({ orgId }) => orgId === chosen)) return {};
    return {
      organisationChoice: {
        formAction: this.urls.endpointPath('authorize/select-organisation'),
        csrfToken: this.keys.formToken(organisationFormParts(pending, user), []),
        organisations: orgs.map(({ orgId, orgName }) => ({
          id: orgId,
          name: orgName ?? orgId,
          chosen: orgId === chosen,
        })),
      },
    };
  }

  private scopeView(name: string, given: boolean, { scopes }: ResolvedPageLanguage) {
    return {
      name,
      ...this.scopes.textsOf(name, scopes),
      required: this.scopes.isRequired(name),
      checked: true,
      given,
    };
  }

  /** Without refresh tokens, all is over with the first access token. */
  private lifetime({ metadata }: RegisteredClient): ConsentView['lifetime'] {
    const { accessTokenLifetime, refreshTokenLifetime, refresh } = this.options;
    if (!metadata.grant_types.includes('refresh_token'))
      return { longest: accessTokenLifetime, idle: accessTokenLifetime };
    const longest = refresh.absoluteLifetimeSeconds;
    return { longest, idle: Math.min(refreshTokenLifetime, longest) };
  }
}

interface Shown {
  readonly pending: PendingAuthorization;
  readonly request: AuthorizationRequest;
  readonly user: SignedInUser;
  readonly client: RegisteredClient;
  readonly grantable: readonly string[];
  /** What this person has given it before. */
  readonly before: readonly string[];
  readonly accountName: string;
}

/** What a consent form belongs to: this request, this browser, this user acting for this organisation. */
export function formParts(
  { handle, browser }: PendingAuthorization,
  { userId, orgId }: SignedInUser,
): readonly string[] {
  return [handle, browser, userId, orgId ?? ''];
}

/** What the choice of an organisation belongs to. Whichever one the page was about: the choice changes just that. */
export function organisationFormParts(
  { handle, browser }: PendingAuthorization,
  { userId }: SignedInUser,
): readonly string[] {
  return ['organisation', handle, browser, userId];
}

function authorizationParams(request: AuthorizationRequest): Readonly<Record<string, string>> {
  return {
    response_type: 'code',
    client_id: request.clientId,
    redirect_uri: request.redirectUri,
    scope: formatScope(request.scopes),
    resource: request.resource,
    code_challenge: request.codeChallenge,
    code_challenge_method: 'S256',
    ...(request.state === undefined ? {} : { state: request.state }),
  };
}
