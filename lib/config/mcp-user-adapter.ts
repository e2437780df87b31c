/** A signed-in person as the host knows them. `42` and `'42'` are the same user. */
export interface McpUser {
  /** Stable, never reassigned, at most 255 printable ASCII characters; no e-mail address. Becomes the token's `sub`. */
  readonly id: string | number;
  /** When this person last authenticated, in seconds since the epoch. Needed to honour `prompt=login` and `max_age`. */
  readonly authTime?: number;
}

/** The organisation (tenant, workspace) a grant is given for. */
export interface McpOrg {
  readonly id: string | number;
  readonly name?: string;
}

/** What the host knows about a user of a grant. Looked up on the server when needed; never put in a token. */
export interface McpUserData {
  readonly email: string;
  /** @default false */
  readonly emailVerified?: boolean;
  readonly name?: string;
  /** A credential of the host's own API that belongs to this user; reaches handlers through `@McpApiKey()`. */
  readonly apiKeyId?: string;
  readonly apiKeySecret?: string;
}

export interface ScopeQuestion {
  readonly userId: string;
  readonly orgId?: string;
  readonly scope: string;
  readonly clientId: string;
  readonly resource: string;
}

export interface LoginUrlContext {
  /** Where the host sends the browser after a cookie-session login: a path on this origin, good for one request and one browser. */
  readonly resumeUrl: string;
  /** One-time handle of the pending request, for `McpLoginService.complete()` when the host keeps no cookie session. */
  readonly handle: string;
  /** Nobody is signed in; they have to prove again who they are; they, or the client, want to choose the account. */
  readonly reason: 'login' | 'reauthenticate' | 'select_account';
  readonly loginHint?: string;
}

/** A client as the policy of the host sees it. What it says about itself is not verified; `documentHost` is. */
export interface AskingClient {
  readonly clientId: string;
  readonly source: 'dynamic' | 'document' | 'pre_registered';
  readonly name?: string;
  readonly redirectUris: readonly string[];
  /** Host of the metadata document that is its `client_id`. */
  readonly documentHost?: string;
}

export interface AllowClientContext {
  readonly at: 'authorize' | 'refresh';
  readonly userId: string;
  readonly orgId?: string;
}

type Maybe<T> = T | Promise<T>;

/**
 * The host's side of the module: who is signed in, who still exists, and what they may grant.
 *
 * Every answer is checked. A throw, an answer that takes longer than five seconds, or one of the wrong shape grants nothing:
 * the request ends in a 503, never in an access decision.
 */
export interface McpUserAdapter {
  /**
   * The person signed in on this request, or `null`.
   * @param request the host's own request object (Express `Request` or `FastifyRequest`), without its `Authorization` header: an MCP token is no login
   */
  currentUser(request: unknown): Maybe<McpUser | null>;
  /** The organisation this person acts for, or `null`. */
  currentOrg?(request: unknown, user: McpUser): Maybe<McpOrg | null>;
  /**
   * Every organisation this person may act for, that of `currentOrg` among them: each once, at most 1000. The consent page then offers the
   * others beside the current one, and a grant is for the one that was on the page. Asked anew at every step; needs `currentOrg`.
   * @param request after a login by handle, one without a session: go by `user`
   */
  listOrgs?(request: unknown, user: McpUser): Maybe<readonly McpOrg[]>;
  /** What is known about this user; `null` when the user, or the membership in the organisation, is gone: the grant ends. */
  fetchUserData(subject: { readonly userId: string; readonly orgId?: string }): Maybe<McpUserData | null>;
  /** Whether this user may grant this scope to this client. Only `true` grants. Default: every declared scope. */
  validateScopeForUser?(question: ScopeQuestion): Maybe<boolean>;
  /**
   * Whether this client may act for this user at all, asked when they are about to approve it and at every refresh. `'pending'`: not before
   * an operator has approved the client (`McpClientService.approve()`), which the user is told. Default: every client.
   */
  allowClient?(client: AskingClient, context: AllowClientContext): Maybe<boolean | 'pending'>;
  /**
   * Where a person signs in. Default: `/login?return_to=<resumeUrl>`, with `&reason=<reason>` unless that is `login`. For any other reason the page
   * has to ask, though somebody is signed in.
   */
  loginUrl?(context: LoginUrlContext): string;
}
