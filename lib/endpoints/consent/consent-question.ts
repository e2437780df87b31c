import { Injectable } from '@nestjs/common';
import type { RegisteredClient } from '../../clients/registered-client.js';
import type { AuthorizationRequest } from '../../protocol/authorization-request.js';
import { redirectTarget } from '../../protocol/redirect-uri.js';
import { ScopePolicy } from '../../scopes/scope-policy.js';
import { ScopeRegistry } from '../../scopes/scope-registry.js';
import { type SignedInUser, UserDirectory } from '../../users/user-directory.js';
import { PageError } from '../authorize/page-error.js';
import type { HeldRequest } from '../authorize/pending-authorization.js';
import { ConsentingClient } from './consenting-client.js';
import { type Given, GivenConsents } from './given-consents.js';

/** What a person is asked, or was asked before. */
export interface Question {
  readonly client: RegisteredClient;
  /** Who is asked, in words. */
  readonly accountName: string;
  /** What may be granted of what is asked for; the person can only take away from it (CON-05). */
  readonly grantable: readonly string[];
  readonly given: Given;
  /** Whether what was given before is worth anything: the client can be told from others (CON-06). */
  readonly remembers: boolean;
  /** There is nothing to ask: all of it was given before (CON-07). */
  readonly answered: boolean;
}

/** Works out the question of a stored request as it is now: when the page is shown, and again when it is answered. */
@Injectable()
export class ConsentQuestion {
  constructor(
    private readonly clients: ConsentingClient,
    private readonly users: UserDirectory,
    private readonly policy: ScopePolicy,
    private readonly registry: ScopeRegistry,
    private readonly consents: GivenConsents,
  ) {}

  /**
   * Throws a `PageError` when the user is gone, or the client is gone, is not what it was, or may not act for this user.
   * @param shown what stood on the page, when it is answered: nobody approves what they have not seen
   */
  async of(held: HeldRequest, user: SignedInUser, shown?: readonly string[]): Promise<Question> {
    const client = await this.clients.of(held, user);
    const accountName = await this.accountName(user);
    const { request } = held;
    const given = await this.consents.of(client, user, request);
    const subject = { ...user, resource: request.resource };
    const grantable = await this.firstGrantable(client, subject, shown ? [shown] : asked(request, given));
    const remembers = canBeToldApart(client);
    const answered = remembers && this.registry.satisfies(given.scopes, grantable);
    return { client, accountName, grantable, given, remembers, answered };
  }

  /** Of the first wish of which anything may be granted. */
  private async firstGrantable(
    client: RegisteredClient,
    subject: Parameters<ScopePolicy['grantable']>[1],
    wishes: readonly (readonly string[])[],
  ): Promise<readonly string[]> {
    for (const wish of wishes) {
      const grantable = await this.policy.grantable(client, subject, wish);
      if (grantable.length > 0) return grantable;
    }
    return [];
  }

  private async accountName({ userId, orgId }: SignedInUser): Promise<string> {
    const data = await this.users.userData({ userId, ...(orgId === undefined ? {} : { orgId }) });
    if (data) return data.email;
    throw PageError.userGone();
  }
}

/** Decision C7: a client that names no scope keeps what it has, as far as that may still be granted. */
function asked({ scopes, scopesByDefault }: AuthorizationRequest, given: Given): readonly (readonly string[])[] {
  return scopesByDefault && given.scopes.length > 0 ? [given.scopes, scopes] : [scopes];
}

/**
 * CON-06: any program on a computer can pose as a public client that listens there or takes its links, whichever redirect URI it names: a web
 * page of the vendor may pass the code on to the same place.
 */
function canBeToldApart({ metadata }: RegisteredClient): boolean {
  const { redirect_uris: uris, token_endpoint_auth_method: method } = metadata;
  return method !== 'none' || uris.every((uri) => redirectTarget(uri).kind === 'web');
}
