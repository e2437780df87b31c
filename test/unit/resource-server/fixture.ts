import type { IncomingMessage } from 'node:http';
import { Logger } from '@nestjs/common';
import type { McpAuthOptions } from '../../../lib/config/mcp-auth-options.js';
import type { McpAuthStaticOptions } from '../../../lib/config/mcp-auth-static-options.js';
import { PublicUrls } from '../../../lib/config/public-urls.js';
import { resolveOptions, resolveStaticOptions } from '../../../lib/config/resolve-options.js';
import type { ResolvedMcpAuthOptions } from '../../../lib/config/resolved-options.js';
import { AccessTokenVerifier, type VerifiedAccessToken } from '../../../lib/protocol/access-token-verifier.js';
import { InvalidTokenError } from '../../../lib/protocol/oauth-errors.js';
import { Authenticator } from '../../../lib/resource-server/authenticator.js';
import { Challenger } from '../../../lib/resource-server/challenger.js';
import { McpGate } from '../../../lib/resource-server/mcp-gate.js';
import type { OpenResponses } from '../../../lib/resource-server/open-responses.js';
import { OriginPolicy } from '../../../lib/resource-server/origin-policy.js';
import type { ScopeRequirements } from '../../../lib/resource-server/scope-requirements.js';
import { McpToolScopes } from '../../../lib/resource-server/tools/mcp-tool-scopes.js';
import { ToolCalls } from '../../../lib/resource-server/tools/tool-calls.js';
import { ScopeRegistry } from '../../../lib/scopes/scope-registry.js';
import type { PublicRoutes } from '../../../lib/resource-server/public-routes.js';
import type { RouteWatch } from '../../../lib/resource-server/route-watch.js';
import type { UserDirectory } from '../../../lib/users/user-directory.js';

// What is logged is looked at by spies, not by eye.
Logger.overrideLogger(false);

export type Given = Partial<McpAuthOptions & McpAuthStaticOptions>;

export const ORIGIN = 'https://app.example';
export const CHALLENGE = `resource_metadata="${ORIGIN}/.well-known/oauth-protected-resource/mcp", scope="mcp:read mcp:write"`;
export const READABLE = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'WWW-Authenticate, Retry-After, Mcp-Session-Id, Mcp-Protocol-Version',
};

export function resolved(given: Given = {}): ResolvedMcpAuthOptions {
  const users = { currentUser: () => null, fetchUserData: () => null };
  const oauthSecret = 'abcdefghijklmnopqrstuvwxyz012345';
  return resolveOptions({ users, oauthSecret, baseUrl: ORIGIN, ...given }, resolveStaticOptions(given));
}

export function verified(change: Partial<VerifiedAccessToken> = {}): VerifiedAccessToken {
  return {
    token: 'good',
    userId: 'ada',
    orgId: 'analytical',
    clientId: 'client',
    scopes: ['mcp:read'],
    resource: `${ORIGIN}/mcp`,
    issuedAt: 1,
    expiresAt: 3601,
    tokenId: 'jti',
    grantId: 'grant',
    ...change,
  };
}

/** Knows two tokens: `good`, and `down`, at which the database is. */
export class TwoTokens extends AccessTokenVerifier {
  readonly asked: (readonly [token: string, resource: string])[] = [];

  override async verify(token: string, resource: string): Promise<VerifiedAccessToken> {
    this.asked.push([token, resource]);
    if (token === 'down') throw new Error('connect ECONNREFUSED');
    if (token !== 'good') throw new InvalidTokenError('The access token is not valid', { reason: 'token_signature' });
    return verified();
  }

  override async revokedAmong(): Promise<ReadonlySet<string>> {
    return new Set();
  }

  override knownAt(): number {
    return 0;
  }
}

/** The resource server put together by hand; routes are what a test says they are. */
export function resourceServer(given: Given = {}) {
  const options = resolved(given);
  const urls = new PublicUrls(options);
  const verifier = new TwoTokens();
  const lookUps: object[] = [];
  const users = {
    userData: async (subject: object) => {
      lookUps.push(subject);
      return { email: 'ada@example.com' };
    },
  } as unknown as UserDirectory;
  const routes = { served: new Set<string>(), rawMounts: 0 };
  const open = new Set<string>();
  const publicRoutes = { include: (method: string, path: string) => open.has(`${method} ${path}`) } as PublicRoutes;
  const watch = {
    has: (path: string) => routes.served.has(path),
    declareRawMount: () => void routes.rawMounts++,
  } as unknown as RouteWatch;
  const registry = new ScopeRegistry(options);
  const needed = new Map<string, readonly string[]>();
  const requirements = {
    of: (method: string, path: string) => needed.get(`${method} ${path}`),
    mayBeLostOn: () => false,
  } as unknown as ScopeRequirements;
  const authenticator = new Authenticator(verifier, urls, users, registry);
  const challenger = new Challenger(options, urls);
  const watched: object[] = [];
  const openResponses = { watch: (response: object) => void watched.push(response) } as unknown as OpenResponses;
  const origins = new OriginPolicy(options, urls);
  const toolScopes = new McpToolScopes(registry);
  const gate = new McpGate(
    options,
    origins,
    authenticator,
    challenger,
    publicRoutes,
    watch,
    openResponses,
    requirements,
    registry,
    new ToolCalls(toolScopes),
  );
  const parts = { options, urls, verifier, authenticator, challenger, gate, toolScopes };
  return { ...parts, watched, lookUps, routes, open, needed, watch };
}

export const bearer = (token: string): readonly [string, string] => ['Authorization', `Bearer ${token}`];

/** A request as Fastify wraps it. */
export function wrapped<T extends object>(raw: IncomingMessage, more: T): T & { raw: IncomingMessage } {
  return { ...more, raw };
}
