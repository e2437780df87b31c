import { Injectable } from '@nestjs/common';
import type {
  AllowClientContext,
  AskingClient,
  LoginUrlContext,
  McpUser,
  McpUserAdapter,
  McpUserData,
  ScopeQuestion,
} from '../config/mcp-user-adapter.js';
import { OrgAnswer, readAnswer, readOrgs, UserAnswer, UserDataAnswer } from './host-answers.js';
import { UserAdapterHost } from './user-adapter-host.js';
import { UserAdapterError } from './user-adapter-error.js';
import { withoutAuthorization } from './without-authorization.js';

/** Longest wait for an answer of the host, in milliseconds. */
const ANSWER_TIMEOUT_MS = 5000;

/** An organisation in the library's own terms: the id is a string. */
export interface Organisation {
  readonly orgId: string;
  readonly orgName?: string;
}

/** A person and organisation in the library's own terms: ids are strings. */
export interface SignedInUser extends Partial<Organisation> {
  readonly userId: string;
  /** Seconds since the epoch. */
  readonly authTime?: number;
  /** All that this person may act for, where the host lists them. */
  readonly orgs?: readonly Organisation[];
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
    const { id: userId, authTime } = readAnswer(UserAnswer, 'currentUser', user);
    const organisation = await this.organisation(request, user as McpUser);
    const orgs = await this.organisations(request, user as McpUser);
    // Which of two answers that contradict each other is true, nobody knows.
    if (orgs && organisation.orgId !== undefined && !orgs.some(({ orgId }) => orgId === organisation.orgId))
      throw new UserAdapterError('listOrgs', 'left out the organisation of currentOrg');
    return {
      userId,
      ...(authTime === undefined ? {} : { authTime }),
      ...organisation,
      ...(orgs ? { orgs } : {}),
    };
  }

  /** What somebody may act for who did not sign in on the host's own request object; undefined where the host lists nothing. */
  async organisationsOf(
    hostRequest: unknown,
    { userId: id, authTime }: SignedInUser,
  ): Promise<readonly Organisation[] | undefined> {
    const user = { id, ...(authTime === undefined ? {} : { authTime }) };
    return this.organisations(withoutAuthorization(hostRequest), user);
  }

  /** What is known about a user now; `null` when the user or the membership is gone. */
  async userData(subject: { readonly userId: string; readonly orgId?: string }): Promise<McpUserData | null> {
    const data = await ask('fetchUserData', () => this.adapter.fetchUserData(subject));
    if (data === null) return null;
    return readAnswer(UserDataAnswer, 'fetchUserData', data);
  }

  /** Whether the host lets this user grant this scope. */
  async mayGrant(question: ScopeQuestion): Promise<boolean> {
    if (!this.adapter.validateScopeForUser) return true;
    const verdict = await ask('validateScopeForUser', () => this.adapter.validateScopeForUser?.(question));
    if (typeof verdict !== 'boolean')
      throw new UserAdapterError('validateScopeForUser', 'answered something other than true or false');
    return verdict;
  }

  /** Whether the host lets this client act for this user. */
  async allowsClient(client: AskingClient, context: AllowClientContext): Promise<boolean | 'pending'> {
    if (!this.adapter.allowClient) return true;
    const verdict = await ask('allowClient', () => this.adapter.allowClient?.(client, context));
    if (typeof verdict === 'boolean' || verdict === 'pending') return verdict;
    throw new UserAdapterError('allowClient', "answered something other than true, false or 'pending'");
  }

  /** Where the browser goes to sign in. */
  loginUrl(context: LoginUrlContext): string {
    const url = this.hostLoginUrl(context);
    // Refused below; but a rejection that nobody takes would end the process.
    if (url instanceof Promise) url.catch(() => undefined);
    if (typeof url !== 'string' || !/^(https?:\/\/|\/(?![/\\]))[\x21-\x7e]*$/.test(url)) {
      throw new UserAdapterError('loginUrl', 'answered something other than an absolute URL or a path');
    }
    return url;
  }

  private hostLoginUrl(context: LoginUrlContext): unknown {
    const { resumeUrl, reason } = context;
    if (!this.adapter.loginUrl)
      return `/login?return_to=${encodeURIComponent(resumeUrl)}${reason === 'login' ? '' : `&reason=${reason}`}`;
    try {
      return this.adapter.loginUrl(context);
    } catch (cause) {
      throw new UserAdapterError('loginUrl', 'threw', { cause });
    }
  }

  private async organisation(request: unknown, user: McpUser): Promise<Partial<Organisation>> {
    if (!this.adapter.currentOrg) return {};
    const org = await ask('currentOrg', () => this.adapter.currentOrg?.(request, user));
    return org === null ? {} : toOrganisation(readAnswer(OrgAnswer, 'currentOrg', org));
  }

  private async organisations(request: unknown, user: McpUser): Promise<readonly Organisation[] | undefined> {
    if (!this.adapter.listOrgs) return undefined;
    return readOrgs(await ask('listOrgs', () => this.adapter.listOrgs?.(request, user))).map(toOrganisation);
  }
}

function toOrganisation({ id: orgId, name: orgName }: OrgAnswer): Organisation {
  return { orgId, ...(orgName === undefined ? {} : { orgName }) };
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
