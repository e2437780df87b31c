import { Injectable } from '@nestjs/common';
import type { RegisteredClient } from '../../clients/registered-client.js';
import type { AuthorizationRequest } from '../../protocol/authorization-request.js';
import { redirectTarget } from '../../protocol/redirect-uri.js';
import { ScopePolicy } from '../../scopes/scope-policy.js';
import { ScopeRegistry } from '../../scopes/scope-registry.js';
import type { SignedInUser } from '../../users/user-directory.js';
import type { HeldRequest } from '../authorize/pending-authorization.js';
import { ConsentingClient } from './consenting-client.js';
import { GivenConsents } from './given-consents.js';

/** What a person is asked, or was asked before. */
export interface Question {
  readonly client: RegisteredClient;
  /** What may be granted of what is asked for; the person can only take away from it (CON-05). */
  readonly grantable: readonly string[];
  /** What this person has given this client before, and has not taken back. */
  readonly given: readonly string[];
  /** There is nothing to ask: all of it was given before, to a client that can be told from others (CON-06, CON-07). */
  readonly answered: boolean;
}

/** Works out the question of a stored request as it is now: when the page is shown, and again when it is answered. */
@Injectable()
export class ConsentQuestion {
  constructor(
    private readonly clients: ConsentingClient,
    private readonly policy: ScopePolicy,
    private readonly registry: ScopeRegistry,
    private readonly consents: GivenConsents,
  ) {}

  /** Throws a `PageError` when the client is gone, is not what it was, or may not act for this user. */
  async of(held: HeldRequest, user: SignedInUser): Promise<Question> {
    const client = await this.clients.of(held, user);
    const { request } = held;
    const given = await this.consents.of(client, user, request);
    // Decision C7: a client that names no scope keeps what it has.
    const asked = request.scopesByDefault && given.length > 0 ? given : request.scopes;
    const grantable = await this.policy.grantable(client, { ...user, resource: request.resource }, asked);
    const answered = canBeToldApart(client, request) && this.registry.satisfies(given, grantable);
    return { client, grantable, given: this.registry.withImplied(given), answered };
  }
}

/** CON-06: any program on a computer can pose as a public client that listens there, or takes its links. */
function canBeToldApart({ metadata }: RegisteredClient, { redirectUri }: AuthorizationRequest): boolean {
  return metadata.token_endpoint_auth_method !== 'none' || redirectTarget(redirectUri).kind === 'web';
}
