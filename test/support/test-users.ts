import type {
  AllowClientContext,
  AskingClient,
  LoginUrlContext,
  McpOrg,
  McpSignedInUser,
  McpUserAdapter,
  McpUserData,
  ScopeQuestion,
} from 'nestjs-mcp-auth';
import { keepSecret } from './leak-channels.mjs';

interface HostRequest {
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** A host's users and login, small enough to be bent by a test. The session is the cookie `session=<user id>`. */
export class TestUsers implements McpUserAdapter {
  /** Ids of users that exist; `ada` acts for an organisation. */
  readonly known = new Set(['ada', 'grace']);
  /** Scopes nobody, somebody, or nobody for an organisation may grant: `mcp:admin`, `grace mcp:admin` or `analytical mcp:admin`. */
  readonly refused = new Set<string>();
  /** Seconds since the epoch; what the host reports as the time of the last login. */
  authTime: number | undefined;
  /** Makes a method misbehave: throws, hangs or answers nonsense. */
  readonly faults = new Map<keyof McpUserAdapter, () => unknown>();
  readonly loginUrls: LoginUrlContext[] = [];
  readonly askingClients: (AskingClient & AllowClientContext)[] = [];
  /** Holds everybody who asks for user data until the expected number is there: requests meet between their checks and their write. */
  meeting: (() => Promise<void>) | undefined;
  /** Set to send people to a login page that keeps no session, with the handle. */
  handleLogin = false;

  currentUser(request: unknown): McpSignedInUser | null {
    if (this.faults.has('currentUser')) return this.faults.get('currentUser')?.() as McpSignedInUser;
    const cookie = (request as HostRequest).headers['cookie'] ?? '';
    const id = /(?:^|; )session=([^;]*)/.exec(cookie)?.[1];
    if (id === undefined || !this.known.has(id)) return null;
    return { id, ...(this.authTime === undefined ? {} : { authTime: this.authTime }) };
  }

  currentOrg(_request: unknown, user: McpSignedInUser): McpOrg | null {
    if (this.faults.has('currentOrg')) return this.faults.get('currentOrg')?.() as McpOrg;
    return user.id === 'ada' ? { id: 'analytical', name: 'Analytical Engines' } : null;
  }

  async fetchUserData({ userId }: { userId: string }): Promise<McpUserData | null> {
    await this.meeting?.();
    if (this.faults.has('fetchUserData')) return this.faults.get('fetchUserData')?.() as McpUserData;
    if (!this.known.has(userId)) return null;
    const apiKeySecret = `secret-of-${userId}`;
    keepSecret('api_key', apiKeySecret);
    return { email: `${userId}@example.com`, name: userId, apiKeyId: `key-${userId}`, apiKeySecret };
  }

  validateScopeForUser({ userId, orgId, scope }: ScopeQuestion): boolean | Promise<boolean> {
    if (this.faults.has('validateScopeForUser')) return this.faults.get('validateScopeForUser')?.() as boolean;
    return ![scope, `${userId} ${scope}`, `${orgId} ${scope}`].some((rule) => this.refused.has(rule));
  }

  allowClient(client: AskingClient, context: AllowClientContext): boolean | 'pending' {
    this.askingClients.push({ ...client, ...context });
    return this.faults.has('allowClient') ? (this.faults.get('allowClient')?.() as boolean) : true;
  }

  loginUrl(context: LoginUrlContext): string {
    this.loginUrls.push(context);
    if (this.handleLogin) return `/app/sign-in?handle=${context.handle}`;
    return `/login?return_to=${encodeURIComponent(context.resumeUrl)}`;
  }
}
