import { DEFAULTS } from './defaults.js';
import { isLoopbackHost } from './loopback.js';
import { McpAuthConfigurationError } from './mcp-auth-configuration-error.js';
import type { McpAuthOptions, McpAuthStaticOptions } from './mcp-auth-options.js';
import {
  checkDefaultScopes,
  checkDocsUrl,
  checkIssuerUrl,
  checkOrigins,
  checkPath,
  checkScopes,
  checkSeconds,
  checkSecrets,
  show,
} from './option-checks.js';
import { inProduction } from './production.js';
import type { ResolvedMcpAuthOptions, ResolvedStaticOptions } from './resolved-options.js';

/** Applies defaults to the options that shape routes. Throws `McpAuthConfigurationError`. */
export function resolveStaticOptions(given: McpAuthStaticOptions): ResolvedStaticOptions {
  const mcpServerPath = checkPath('mcpServerPath', given.mcpServerPath ?? DEFAULTS.mcpServerPath);
  const endpointPrefix = checkPath('endpointPrefix', given.endpointPrefix ?? DEFAULTS.endpointPrefix);
  const [mcp, oauth] = [`${mcpServerPath.toLowerCase()}/`, `${endpointPrefix.toLowerCase()}/`];
  if (mcp.startsWith(oauth) || oauth.startsWith(mcp)) {
    throw new McpAuthConfigurationError(
      `endpointPrefix ${show(endpointPrefix)} and mcpServerPath ${show(mcpServerPath)} overlap; choose two separate paths`,
    );
  }
  return { mcpServerPath, endpointPrefix, dataSource: given.dataSource, guard: given.guard ?? true };
}

/** Applies defaults and refuses contradictory or weak options. Throws `McpAuthConfigurationError`. */
export function resolveOptions(given: McpAuthOptions, fixed: ResolvedStaticOptions): ResolvedMcpAuthOptions {
  const scopes = given.scopes ?? DEFAULTS.scopes;
  checkScopes(scopes);
  const addresses = resolveAddresses(given);
  if (!given.users) throw new McpAuthConfigurationError('users is missing; give a McpUserAdapter object or class');
  return {
    ...fixed,
    ...addresses,
    ...resolveLifetimes(given),
    ...resolveUpkeep(given),
    oauthSecrets: checkSecrets(given.oauthSecret),
    users: given.users,
    mcpDocsUrl: checkDocsUrl(given.mcpDocsUrl ?? `${fixed.mcpServerPath}/docs`, fixed.mcpServerPath),
    scopes,
    defaultScopes: checkDefaultScopes(given.defaultScopes ?? Object.keys(scopes), Object.keys(scopes)),
    resourceName: given.resourceName ?? DEFAULTS.resourceName,
    allowedRedirectSchemes: given.allowedRedirectSchemes ?? DEFAULTS.allowedRedirectSchemes,
    allowedOrigins: checkOrigins(given.allowedOrigins),
    dynamicRegistration: given.dynamicRegistration ?? true,
    views: given.views ?? {},
  };
}

function resolveLifetimes(given: McpAuthOptions) {
  const seconds = (
    option:
      'accessTokenLifetime' | 'refreshTokenLifetime' | 'authorizationCodeLifetime' | 'authorizationRequestLifetime',
  ): number => checkSeconds(option, given[option] ?? DEFAULTS[option]);
  return {
    accessTokenLifetime: seconds('accessTokenLifetime'),
    refreshTokenLifetime: seconds('refreshTokenLifetime'),
    authorizationCodeLifetime: seconds('authorizationCodeLifetime'),
    authorizationRequestLifetime: seconds('authorizationRequestLifetime'),
  };
}

function resolveUpkeep({ refresh, revocation, maintenance }: McpAuthOptions) {
  const { replayWindowSeconds, absoluteLifetimeSeconds } = { ...DEFAULTS.refresh, ...refresh };
  const { mode, maxStalenessSeconds } = { ...DEFAULTS.revocation, ...revocation };
  const { enabled, intervalSeconds } = { ...DEFAULTS.maintenance, ...maintenance };
  if (mode !== 'cached' && mode !== 'strict') {
    throw new McpAuthConfigurationError(`revocation.mode must be "cached" or "strict"; got ${show(mode)}`);
  }
  return {
    refresh: {
      replayWindowSeconds: checkSeconds('refresh.replayWindowSeconds', replayWindowSeconds, 60, 0),
      absoluteLifetimeSeconds: checkSeconds('refresh.absoluteLifetimeSeconds', absoluteLifetimeSeconds),
    },
    revocation: {
      mode,
      maxStalenessSeconds: checkSeconds('revocation.maxStalenessSeconds', maxStalenessSeconds, 60, 0),
    },
    maintenance: { enabled, intervalSeconds: checkSeconds('maintenance.intervalSeconds', intervalSeconds, 7 * 86_400) },
  } as const;
}

function resolveAddresses(given: McpAuthOptions) {
  const { baseUrl, issuer, authorizationServerUrl, development = false } = given;
  const base = baseUrl === undefined ? undefined : checkIssuerUrl('baseUrl', baseUrl, false);
  if (issuer !== undefined) {
    const { origin } = checkIssuerUrl('issuer', issuer, true);
    if (!base || origin !== base.origin) {
      throw new McpAuthConfigurationError(`issuer ${show(issuer)} must be on the origin of baseUrl (${show(baseUrl)})`);
    }
  }
  if (authorizationServerUrl !== undefined && authorizationServerUrl !== (issuer ?? baseUrl)) {
    throw new McpAuthConfigurationError(
      `authorizationServerUrl ${show(authorizationServerUrl)} is not this module's issuer (${show(issuer ?? baseUrl)}). ` +
        'Tokens of a separate authorization server are not supported yet; leave the option unset.',
    );
  }
  checkRelaxations(base, development);
  return { baseUrl, issuer, development };
}

/** Decision C5: http and a missing `baseUrl` belong to loopback development, whatever the environment says. */
function checkRelaxations(base: URL | undefined, development: boolean): void {
  if (development && base && !isLoopbackHost(base.hostname)) {
    throw new McpAuthConfigurationError(`development is for a loopback baseUrl; got ${show(base.origin)}`);
  }
  if (inProduction() && (development || !base || base.protocol !== 'https:')) {
    throw new McpAuthConfigurationError('NODE_ENV is production: give an https baseUrl, and no development option');
  }
}
