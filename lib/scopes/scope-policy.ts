import { Injectable } from '@nestjs/common';
import { type RegisteredClient, scopeCeiling } from '../clients/registered-client.js';
import { UserDirectory } from '../users/user-directory.js';
import { ScopeRegistry } from './scope-registry.js';

export interface GrantSubject {
  readonly userId: string;
  readonly orgId?: string;
  readonly resource: string;
}

/** What this user may give this client: the one place that decides, asked when the page is shown, at approval, at issue and at every refresh. */
@Injectable()
export class ScopePolicy {
  constructor(
    private readonly users: UserDirectory,
    private readonly registry: ScopeRegistry,
  ) {}

  /** The scopes among `asked` that are declared and may be granted with everything they imply, in the same order. */
  async grantable(
    client: RegisteredClient,
    subject: GrantSubject,
    asked: readonly string[],
  ): Promise<readonly string[]> {
    const { clientId } = client;
    const scopes = this.registry.declared(asked, scopeCeiling(client));
    const questions = this.registry.withImplied(scopes);
    const verdicts = await Promise.all(questions.map((scope) => this.users.mayGrant({ ...subject, clientId, scope })));
    const allowed = new Set(questions.filter((_scope, index) => verdicts[index]));
    return scopes.filter((scope) => this.registry.withImplied([scope]).every((name) => allowed.has(name)));
  }
}
