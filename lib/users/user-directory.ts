import { Injectable } from '@nestjs/common';
import { assertSubject } from '../protocol/access-token-claims.js';
import type {
  LoginUrlContext,
  McpUser,
  McpUserAdapter,
  McpUserData,
  ScopeQuestion,
} from '../config/mcp-user-adapter.js';
import { UserAdapterHost } from './user-adapter-host.js';
import { UserAdapterError } from './user-adapter-error.js';
import { withoutAuthorization } from './without-authorization.js';

/** Longest wait for an answer of the host, in milliseconds. */
const ANSWER_TIMEOUT_MS = 5000;

/** As milliseconds a day of 1973, as seconds one in the far future: an answer this big is in the wrong unit, and no session would ever be too old. */
const LEAST_MILLISECONDS = 1e11;

/** A person and organisation in the library's own terms: ids are strings. */
export interface SignedInUser {
  readonly userId: string;
  readonly orgId?: string;
  readonly orgName?: string;
  /** Seconds since the epoch. */
  readonly authTime?: number;
}

/** The host's adapter behind runtime checks: whatever is not a well-formed answer in time is a `UserAdapterError` (503), never a yes. */
@Injectable()
export class UserDirectory {
  constructor(private readonly host: UserAdapterHost) {}

  private get adapter(): McpUserAdapter {
    return this.host.adapter;
  }

  /** Who is signed in on the host's own request object. */
  async signedIn(hostRequest: unknown): Promise<SignedInUser | null> {
    const request = withoutAuthorization(hostRequest);
    const user = await ask('currentUser', () => this.adapter.currentUser(request));
    if (user === null) return null;
    const userId = subjectOf('currentUser', user);
    return { userId, ...authTimeOf(user), ...(await this.organisation(request, user as McpUser)) };
  }

  /** What is known about a user now; `null` when the user or the membership is gone. */
  async userData(subject: { readonly userId: string; readonly orgId?: string }): Promise<McpUserData | null> {
    const data = await ask('fetchUserData', () => this.adapter.fetchUserData(subject));
    if (data === null) return null;
    if (!isRecord(data) || typeof data['email'] !== 'string')
      throw new UserAdapterError('fetchUserData', 'answered without an email');
    return data as unknown as McpUserData;
  }

  /** Whether the host lets this user grant this scope. */
  async mayGrant(question: ScopeQuestion): Promise<boolean> {
    if (!this.adapter.validateScopeForUser) return true;
    const verdict = await ask('validateScopeForUser', () => this.adapter.validateScopeForUser?.(question));
    if (typeof verdict !== 'boolean')
      throw new UserAdapterError('validateScopeForUser', 'answered something other than true or false');
    return verdict;
  }

  /** Where the browser goes to sign in. */
  loginUrl(context: LoginUrlContext): string {
    const url = this.hostLoginUrl(context);
    if (typeof url !== 'string' || !/^(https?:\/\/|\/(?![/\\]))[\x21-\x7e]*$/.test(url)) {
      throw new UserAdapterError('loginUrl', 'answered something other than an absolute URL or a path');
    }
    return url;
  }

  private hostLoginUrl(context: LoginUrlContext): unknown {
    if (!this.adapter.loginUrl) return `/login?return_to=${encodeURIComponent(context.resumeUrl)}`;
    try {
      return this.adapter.loginUrl(context);
    } catch (cause) {
      throw new UserAdapterError('loginUrl', 'threw', { cause });
    }
  }

  private async organisation(request: unknown, user: McpUser): Promise<{ orgId?: string; orgName?: string }> {
    if (!this.adapter.currentOrg) return {};
    const org = await ask('currentOrg', () => this.adapter.currentOrg?.(request, user));
    return org === null ? {} : organisationOf(org);
  }
}

/** Checks the id and authentication time a host reports, and gives them in our terms. */
export function subjectOf(method: string, user: unknown): string {
  if (!isRecord(user)) throw new UserAdapterError(method, 'answered something other than an object or null');
  return idOf(method, user['id']);
}

export function organisationOf(org: unknown): { orgId: string; orgName?: string } {
  if (!isRecord(org)) throw new UserAdapterError('currentOrg', 'answered something other than an object or null');
  const name = org['name'];
  return { orgId: idOf('currentOrg', org['id']), ...(typeof name === 'string' ? { orgName: name } : {}) };
}

export function authTimeOf(user: unknown): { authTime?: number } {
  const authTime = isRecord(user) ? user['authTime'] : undefined;
  if (authTime === undefined) return {};
  if (typeof authTime !== 'number' || !(authTime >= 0 && authTime < LEAST_MILLISECONDS)) {
    throw new UserAdapterError('currentUser', 'answered an authTime that is not a number of seconds');
  }
  return { authTime: Math.floor(authTime) };
}

function idOf(method: string, id: unknown): string {
  if (typeof id !== 'string' && !(typeof id === 'number' && Number.isSafeInteger(id))) {
    throw new UserAdapterError(method, 'answered an id that is neither a string nor a whole number');
  }
  try {
    assertSubject(String(id));
  } catch {
    throw new UserAdapterError(
      method,
      'answered an id that cannot be a subject (1 to 255 printable ASCII characters, not "client:…")',
    );
  }
  return String(id);
}

async function ask(method: string, question: () => unknown): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new UserAdapterError(method, 'did not answer in time')), ANSWER_TIMEOUT_MS);
  });
  try {
    return await Promise.race([Promise.resolve().then(question), late]);
  } catch (cause) {
    if (cause instanceof UserAdapterError) throw cause;
    throw new UserAdapterError(method, 'threw', { cause });
  } finally {
    clearTimeout(timer);
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
