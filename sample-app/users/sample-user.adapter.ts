import { Injectable } from '@nestjs/common';
import type { McpUserAdapter } from 'nestjs-mcp-auth';
import type { HostRequest } from './host-request.js';
import { SessionCookie } from './session-cookie.js';
import { SessionsService } from './sessions.service.js';
import { UsersService } from './users.service.js';

/** Everything the library asks this application: who is signed in, who still exists, and what they may grant. */
@Injectable()
export class SampleUserAdapter implements McpUserAdapter {
  constructor(
    private readonly users: UsersService,
    private readonly sessions: SessionsService,
    private readonly cookie: SessionCookie,
  ) {}

  async currentUser(request: HostRequest) {
    const value = this.cookie.read(request);
    const session = value === undefined ? undefined : await this.sessions.find(value);
    const user = session === undefined ? undefined : await this.users.find(session.userId);
    if (session === undefined || user === undefined) return null;
    return { id: user.id, authTime: Math.floor(session.authenticatedAt / 1000) };
  }

  async currentOrg(_request: HostRequest, user: { readonly id: string | number }) {
    const membership = await this.users.membership(String(user.id));
    return membership === undefined ? null : { id: membership.organisationId, name: membership.organisationName };
  }

  /** All of them: the consent page offers those that are not the current one. */
  async listOrgs(_request: HostRequest, user: { readonly id: string | number }) {
    return this.users.organisations(String(user.id));
  }

  /** `null` once the user, or the membership the grant was given for, is gone: then the grant ends. */
  async fetchUserData({ userId, orgId }: { readonly userId: string; readonly orgId?: string }) {
    const user = await this.users.find(userId);
    if (user === undefined) return null;
    if (orgId !== undefined && (await this.users.membership(userId, orgId)) === undefined) return null;
    const { email, name, apiKeyId, apiKeySecret } = user;
    return { email, emailVerified: true, name, apiKeyId, apiKeySecret };
  }

  /** Only administrators of an organisation may let a client purge its notes. */
  async validateScopeForUser(question: { readonly userId: string; readonly orgId?: string; readonly scope: string }) {
    if (question.scope !== 'mcp:admin') return true;
    const membership = await this.users.membership(question.userId, question.orgId);
    return membership?.role === 'admin';
  }
}
