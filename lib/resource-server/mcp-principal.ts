import type { IncomingMessage } from 'node:http';
import type { VerifiedAccessToken } from '../protocol/access-token-verifier.js';
import type { McpUserData } from '../config/mcp-user-adapter.js';

/** Who an MCP request speaks for: the verified access token, and what the host knows about its user. */
export interface McpPrincipal extends VerifiedAccessToken {
  /** The host's record of the user, looked up at most once per request; `null` when user or membership is gone. */
  userData(): Promise<McpUserData | null>;
}

/** `AuthInfo` of the MCP SDKs, which hand it to tool handlers as `authInfo`. Never forward `token` to another server. */
export interface McpAuthInfo {
  readonly token: string;
  readonly clientId: string;
  /** Those of the token, and those that they imply. */
  readonly scopes: string[];
  /** Seconds since the epoch. */
  readonly expiresAt: number;
  readonly resource: URL;
  readonly extra: { readonly userId: string; readonly orgId?: string; readonly grantId?: string };
}

interface Known {
  readonly principal: McpPrincipal;
  /** Those of the token, and those that they imply. */
  readonly scopes: readonly string[];
}

const known = new WeakMap<object, Known>();

/** Node's request under an adapter's own (Fastify keeps it in `raw`). */
export function rawRequest(request: unknown): IncomingMessage {
  const { raw } = request as { raw?: IncomingMessage };
  return raw ?? (request as IncomingMessage);
}

/** The verified principal of a request, whichever of edge, guard and middleware verified it. */
export function principalOf(request: unknown): McpPrincipal | undefined {
  return known.get(rawRequest(request))?.principal;
}

/** What the bearer of a request may do, implied scopes among it; undefined for an anonymous one. */
export function grantedScopesOf(request: unknown): readonly string[] | undefined {
  return known.get(rawRequest(request))?.scopes;
}

/**
 * Remembers the principal, and shows it to the MCP SDKs as `request.auth`.
 * @param scopes of the token, with those that they imply: the SDKs know no hierarchy
 */
export function attachPrincipal(request: unknown, principal: McpPrincipal, scopes: readonly string[]): void {
  const message = rawRequest(request);
  known.set(message, { principal, scopes });
  const auth = { ...toAuthInfo(principal), scopes: [...scopes] };
  Object.assign(message, { auth });
  if (message !== request) Object.assign(request as object, { auth });
}

function toAuthInfo({
  token,
  clientId,
  expiresAt,
  resource,
  userId,
  orgId,
  grantId,
}: McpPrincipal): Omit<McpAuthInfo, 'scopes'> {
  const extra = { userId, ...(orgId === undefined ? {} : { orgId }), ...(grantId === undefined ? {} : { grantId }) };
  return { token, clientId, expiresAt, resource: new URL(resource), extra };
}
