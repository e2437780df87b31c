import { isIP } from 'node:net';
import type { ClientDocumentOptions } from './client-options.js';
import { DEFAULTS } from './defaults.js';
import { isLoopbackHost } from './loopback.js';
import { McpAuthConfigurationError } from './mcp-auth-configuration-error.js';
import { checkBoolean, show } from './option-checks.js';
import { inProduction } from './production.js';

/** `clientDocuments` as the rest of the library reads it. */
export interface ResolvedClientDocumentOptions {
  readonly enabled: boolean;
  /** Undefined: every host. */
  readonly allowedHosts: readonly string[] | undefined;
  readonly deniedHosts: readonly string[];
  readonly allowedPorts: readonly number[];
  readonly allowLoopback: boolean;
  readonly tokenEndpointAudienceHosts: readonly string[];
  readonly proxyUrl: string | undefined;
}

function refuse(message: string): never {
  throw new McpAuthConfigurationError(message);
}

/**
 * Applies defaults and refuses what is wrong.
 * @param baseUrl the public origin, if one is configured; checked before
 */
export function resolveClientDocuments(
  given: ClientDocumentOptions = {},
  baseUrl: string | undefined,
): ResolvedClientDocumentOptions {
  const defaults = DEFAULTS.clientDocuments;
  return {
    enabled: checkBoolean('clientDocuments.enabled', given.enabled ?? defaults.enabled),
    allowedHosts: given.allowedHosts && checkHosts('clientDocuments.allowedHosts', given.allowedHosts),
    deniedHosts: checkHosts('clientDocuments.deniedHosts', given.deniedHosts ?? []),
    allowedPorts: checkPorts(given.allowedPorts ?? defaults.allowedPorts),
    allowLoopback: checkAllowLoopback(given.allowLoopback ?? defaults.allowLoopback, baseUrl),
    tokenEndpointAudienceHosts: checkHosts(
      'clientDocuments.tokenEndpointAudienceHosts',
      given.tokenEndpointAudienceHosts ?? defaults.tokenEndpointAudienceHosts,
    ),
    proxyUrl: given.proxyUrl === undefined ? undefined : checkProxyUrl(given.proxyUrl),
  };
}

function checkHosts(option: string, value: unknown): readonly string[] {
  if (!Array.isArray(value)) return refuse(`${option} must be a list of hosts; got ${show(value)}`);
  return value.map((pattern: unknown) =>
    isHostPattern(pattern)
      ? pattern
      : refuse(
          `${option}: ${show(pattern)} is not a host such as "app.example.com" or "*.example.com", in lower case and without scheme or port`,
        ),
  );
}

/** A host as a URL parser writes it: one written in another way would never be met. */
function isHostPattern(pattern: unknown): pattern is string {
  if (typeof pattern !== 'string') return false;
  const host = pattern.replace(/^\*\./, '');
  if (host !== pattern && isIP(host) !== 0) return false;
  const url = `https://${host}`;
  return (
    !/[*]|\.$/.test(host) && URL.canParse(url) && new URL(url).href === `${url}/` && new URL(url).hostname === host
  );
}

function checkPorts(value: unknown): readonly number[] {
  const ports: readonly unknown[] = Array.isArray(value) ? value : [];
  const isPort = (port: unknown): port is number =>
    Number.isInteger(port) && Number(port) >= 1 && Number(port) <= 65_535;
  if (ports.length === 0 || !ports.every(isPort)) {
    return refuse(`clientDocuments.allowedPorts must be a list of ports between 1 and 65535; got ${show(value)}`);
  }
  return ports;
}

/** Decision C5: what opens the loopback to strangers' URLs is for a server that is on the loopback itself. The listen address is looked at when it listens. */
function checkAllowLoopback(value: unknown, baseUrl: string | undefined): boolean {
  const allowed = checkBoolean('clientDocuments.allowLoopback', value);
  if (allowed && inProduction()) refuse('NODE_ENV is production: clientDocuments.allowLoopback is for development');
  if (allowed && baseUrl !== undefined && !isLoopbackHost(new URL(baseUrl).hostname)) {
    refuse(`clientDocuments.allowLoopback is for a loopback baseUrl; got ${show(baseUrl)}`);
  }
  return allowed;
}

/** The value may hold a password, so it is never shown. */
function checkProxyUrl(value: unknown): string {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search || url.hash) {
    return refuse('clientDocuments.proxyUrl must be a URL such as "http://proxy.internal:3128", without a path');
  }
  return url.href;
}
