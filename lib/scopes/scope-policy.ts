import { Injectable } from '@nestjs/common';
import { UserDirectory } from '../users/user-directory.js';

export interface GrantSubject {
  readonly userId: string;
  readonly orgId?: string;
  readonly clientId: string;
  readonly resource: string;
}

/** What this user may give this client: the one place that decides, asked when the page is shown, at approval, at issue and at every refresh. */
@Injectable()
export class ScopePolicy {
  constructor(private readonly users: UserDirectory) {}

  /** The scopes among `scopes` that may be granted, in the same order. */
  async grantable(subject: GrantSubject, scopes: readonly string[]): Promise<readonly string[]> {
    const verdicts = await Promise.all(scopes.map((scope) => this.users.mayGrant({ ...subject, scope })));
    return scopes.filter((_scope, index) => verdicts[index]);
  }
}
