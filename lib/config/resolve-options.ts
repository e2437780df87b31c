import { resolveClientDocuments } from './client-option-checks.js';
import { resolveClients } from './configured-clients.js';
import { DEFAULTS } from './defaults.js';
import { checkTrustedProxies, resolveRateLimits } from './limit-option-checks.js';
import { isLoopbackHost } from './loopback.js';
import { McpAuthConfigurationError } from './mcp-auth-configuration-error.js';
import type { McpAuthOptions } from './mcp-auth-options.js';
import type { McpAuthStaticOptions } from './mcp-auth-static-options.js';
import {
  checkDocsUrl,
  checkIssuerUrl,
  checkOrigins,
  checkPath,
  checkBoolean,
  checkSeconds,
  checkSecrets,
  show,
} from './option-checks.js';
import { withOpenId } from './openid-scope.js';
import { inProduction } from './production.js';
import { checkDefaultScopes, checkScopes } from './scope-checks.js';
import type { ResolvedMcpAuthOptions, ResolvedStaticOptions } from './resolved-options.js';
import { resolveSigning } from './signing-option-checks.js';
import { resolveViews } from './view-checks.js';

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
  return {
    mcpServerPath,
    endpointPrefix,
    dataSource: given.dataSource,
    guard: checkBoolean('guard', given.guard ?? true),
  };
}

/** Applies defaults and refuses contradictory or weak options. Throws `McpAuthConfigurationError`. */
export function resolveOptions(given: McpAuthOptions, fixed: ResolvedStaticOptions): ResolvedMcpAuthOptions {
  const declared = given.scopes ?? DEFAULTS.scopes;
  checkScopes(declared);
  const signing = resolveSigning(given.signing);
  const scopes = withOpenId(declared, signing);
  const addresses = resolveAddresses(given);
  if (!given.users) throw new McpAuthConfigurationError('users is missing; give a McpUserAdapter object or class');
  const allowedRedirectSchemes = given.allowedRedirectSchemes ?? DEFAULTS.allowedRedirectSchemes;
  const clientDocuments = resolveClientDocuments(given.clientDocuments, addresses.baseUrl);
  const resolved: ResolvedMcpAuthOptions = {
    ...fixed,
    ...addresses,
    ...resolveLifetimes(given),
    ...resolveUpkeep(given),
    oauthSecrets: checkSecrets(given.oauthSecret),
    signing,
    users: given.users,
    mcpDocsUrl: checkDocsUrl(given.mcpDocsUrl ?? `${fixed.mcpServerPath}/docs`, fixed.mcpServerPath),
    scopes,
    defaultScopes: checkDefaultScopes(given.defaultScopes ?? Object.keys(declared), Object.keys(scopes)),
    resourceName: given.resourceName ?? DEFAULTS.resourceName,
    allowedRedirectSchemes,
    allowedOrigins: checkOrigins(given.allowedOrigins),
    dynamicRegistration: checkBoolean('dynamicRegistration', given.dynamicRegistration ?? true),
    clients: resolveClients(given.clients ?? [], { allowedRedirectSchemes, scopes, clientDocuments }),
    clientDocuments,
    rateLimits: resolveRateLimits(given.rateLimits, addresses.baseUrl),
    trustedProxies: checkTrustedProxies(given.trustedProxies),
    views: resolveViews(given.views ?? {}, Object.keys(scopes)),
  };
  refuseShortGrants(resolved);
  return resolved;
}

const STATIC_OPTIONS = ['mcpServerPath', 'endpointPrefix', 'dataSource', 'guard', 'isGlobal'] as const;

/** What shapes routes is decided before a factory runs; a factory that answers it would be ignored, and a path left open. */
export function refuseStaticOptions(given: McpAuthOptions): McpAuthOptions {
  for (const option of STATIC_OPTIONS) {
    if (!Object.hasOwn(given, option)) continue;
    throw new McpAuthConfigurationError(
      `${option} cannot come from the factory; give it to forRootAsync() beside useFactory`,
    );
  }
  return given;
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

/** A grant that ends before its own access token would leave a token that nobody can end any more. */
function refuseShortGrants({
  accessTokenLifetime: access,
  refreshTokenLifetime,
  refresh,
}: ResolvedMcpAuthOptions): void {
  const lifetimes = { refreshTokenLifetime, 'refresh.absoluteLifetimeSeconds': refresh.absoluteLifetimeSeconds };
  for (const [option, value] of Object.entries(lifetimes)) {
    if (value >= access) continue;
    throw new McpAuthConfigurationError(
      `${option} (${value}) is shorter than accessTokenLifetime (${access}); make it longer`,
    );
  }
}

function resolveUpkeep({ refresh, revocation, maintenance }: McpAuthOptions) {
  const replayWindowSeconds = refresh?.replayWindowSeconds ?? DEFAULTS.refresh.replayWindowSeconds;
  const absoluteLifetimeSeconds = refresh?.absoluteLifetimeSeconds ?? DEFAULTS.refresh.absoluteLifetimeSeconds;
  const mode = revocation?.mode ?? DEFAULTS.revocation.mode;
  const maxStalenessSeconds = revocation?.maxStalenessSeconds ?? DEFAULTS.revocation.maxStalenessSeconds;
  const enabled = checkBoolean('maintenance.enabled', maintenance?.enabled ?? DEFAULTS.maintenance.enabled);
  const intervalSeconds = maintenance?.intervalSeconds ?? DEFAULTS.maintenance.intervalSeconds;
  const unused = maintenance?.unusedClientLifetimeSeconds ?? DEFAULTS.maintenance.unusedClientLifetimeSeconds;
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
    maintenance: {
      enabled,
      intervalSeconds: checkSeconds('maintenance.intervalSeconds', intervalSeconds, 7 * 86_400),
      unusedClientLifetimeSeconds: checkSeconds('maintenance.unusedClientLifetimeSeconds', unused, undefined, 3600),
    },
  } as const;
}

function resolveAddresses(given: McpAuthOptions) {
  const { baseUrl, issuer, authorizationServerUrl } = given;
  const development = checkBoolean('development', given.development ?? false);
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
