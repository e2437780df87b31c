import type { McpOrg, McpSignedInUser } from 'nestjs-mcp-auth';
import { TestUsers } from './test-users.js';

export const ANALYTICAL = { id: 'analytical', name: 'Analytical Engines' };
export const COMPILERS = { id: 'compilers', name: 'Compilers & Co' };
export const DIFFERENCE = { id: 7, name: 'Difference Works' };

/** A host whose people belong to several organisations. `ada` begins with the first of hers. */
export class Members extends TestUsers {
  readonly memberships = new Map<string, McpOrg[]>();
  /** Those whom `listOrgs` was asked about. */
  readonly listed: McpSignedInUser[] = [];

  constructor() {
    super();
    this.reset();
  }

  reset(): void {
    this.faults.clear();
    this.refused.clear();
    this.known.add('ada').add('grace');
    this.memberships.clear();
    this.memberships.set('ada', [ANALYTICAL, COMPILERS, DIFFERENCE]).set('grace', [COMPILERS]);
    this.authTime = undefined;
    this.handleLogin = false;
    this.loginUrls.length = 0;
    this.listed.length = 0;
  }

  override currentOrg(_request: unknown, user: McpSignedInUser): McpOrg | null {
    if (this.faults.has('currentOrg')) return this.faults.get('currentOrg')?.() as McpOrg;
    return this.memberships.get(String(user.id))?.[0] ?? null;
  }

  listOrgs(_request: unknown, user: McpSignedInUser): McpOrg[] {
    this.listed.push(user);
    if (this.faults.has('listOrgs')) return this.faults.get('listOrgs')?.() as McpOrg[];
    return this.memberships.get(String(user.id)) ?? [];
  }

  /** Like the default, but a membership that is gone is gone. */
  override async fetchUserData(subject: { userId: string; orgId?: string }) {
    const { userId, orgId } = subject;
    const isMember = this.memberships.get(userId)?.some(({ id }) => String(id) === orgId) ?? false;
    if (orgId !== undefined && !isMember && !this.faults.has('fetchUserData')) return null;
    return super.fetchUserData(subject);
  }
}
