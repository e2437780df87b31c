import type { JsonObject } from '../../protocol/client-metadata-members.js';

/** What a client asks before it has a token. */
export interface FirstRequest {
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Scopes that a client came across on its way. */
export interface FoundScopes {
  /** `scope` of the challenge. */
  readonly challenge?: string | undefined;
  /** `scopes_supported` of the protected resource. */
  readonly resource?: readonly string[] | undefined;
}

/** A client ID metadata document as its vendor publishes it, without its `client_id`, which is its address. */
export interface PublishedDocument {
  readonly origin: string;
  readonly path: string;
  readonly metadata: JsonObject;
  /** Where the keys of `private_key_jwt` are, on the same origin. */
  readonly keysPath?: string;
  /** Authentication methods of which the server has to offer one; the client registers itself otherwise. */
  readonly needsOneOf?: readonly string[];
}

/** What is different from one run to the next. */
export interface Surroundings {
  /** The address of the MCP server, as a person typed it in. */
  readonly mcpUrl: string;
  /** The server says that it sends `iss`. */
  readonly sendsIssuer: boolean;
}

/** Where the real client gives up, and others go on. */
export interface ClientDemands {
  /** `WWW-Authenticate` with `resource_metadata`; without it, it does not look at the well-known paths. */
  readonly challenge?: true;
  /** `resource` of the metadata is what the person typed, to the letter; elsewhere a parent path will do. */
  readonly exactResource?: true;
  /** The metadata of the resource lies on the origin of the MCP server. */
  readonly sameOrigin?: true;
  /** `issuer` is the address under which it was found, and `iss` repeats it: to the letter, or but for a slash at the end of an origin. */
  readonly issuer?: 'exact' | 'but-for-slash';
  /** `code_challenge_methods_supported` is there; elsewhere only a list without S256 is refused. */
  readonly announcedPkce?: true;
  /** No member of any answer is null. */
  readonly noNulls?: true;
  /** Registration is answered with 201; elsewhere any success will do. */
  readonly created?: true;
  /** Members of the registration's answer that it reads without looking whether they are there. */
  readonly echo?: readonly string[];
  /** A refresh token, asked for or not. */
  readonly refreshToken?: true;
  /** Exact error codes at the token endpoint: `invalid_client` makes it register anew, `invalid_grant` sign in anew. */
  readonly errorCodes?: true;
}

/** What is different when a client refreshes. */
export interface RefreshHabits {
  readonly omitsResource?: true;
  readonly adds?: Readonly<Record<string, string>>;
  /** How many of its processes refresh with one token at the same time. */
  readonly atOnce?: number;
}

/** A client of the field: what it sends, what it insists on, and where this was seen. */
export interface ClientProfile {
  readonly title: string;
  /** Where this was seen: an issue, a document, or a measurement of the program itself. */
  readonly source: string;
  /** Day on which it was seen, `YYYY-MM-DD`. */
  readonly observed: string;
  readonly firstRequest: FirstRequest;
  /** Body of its registration (RFC 7591), for the addresses of this run. */
  readonly registration: (callbacks: readonly string[]) => JsonObject;
  readonly document?: PublishedDocument;
  /** Where it waits for answers, one login after the other; all of them belong to one `client_id`. */
  readonly callbacks: (surroundings: Surroundings) => readonly string[];
  /** @default what the challenge says, else all that the resource offers */
  readonly scope?: (found: FoundScopes, login: number) => string | undefined;
  /** What it adds to an authorization request. */
  readonly authorization?: Readonly<Record<string, string>>;
  /** @default 'published': `resource` of the metadata as it stands there */
  readonly resource?: 'published' | 'without-slash' | 'never';
  readonly refresh?: RefreshHabits;
  /** Origin of the page in which it runs: a browser stands between it and the server (CORS). */
  readonly page?: string;
  readonly demands: ClientDemands;
}
