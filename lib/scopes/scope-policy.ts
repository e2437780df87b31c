import { Injectable } from '@nestjs/common';
import { type RegisteredClient, withinCeiling } from '../clients/registered-client.js';
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

  /** The scopes among `asked` that are declared and may be granted, in the same order. */
  async grantable(
    client: RegisteredClient,
    subject: GrantSubject,
    asked: readonly string[],
  ): Promise<readonly string[]> {
    const { clientId } = client;
    const scopes = withinCeiling(client, asked).filter((scope) => this.registry.names.includes(scope));
    const verdicts = await Promise.all(scopes.map((scope) => this.users.mayGrant({ ...subject, clientId, scope })));
    return scopes.filter((_scope, index) => verdicts[index]);
  }
}
