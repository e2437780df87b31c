import { isLoopbackHost } from './loopback.js';
import { McpAuthConfigurationError } from './mcp-auth-configuration-error.js';

const MINIMUM_SECRET_BYTES = 32;
const PATH = /^(\/[A-Za-z0-9._~-]+)+$/;

function refuse(message: string): never {
  throw new McpAuthConfigurationError(message);
}

/** A path as routers see it: absolute, no trailing slash, no encoding, no parameter. */
export function checkPath(option: string, value: unknown): string {
  if (
    typeof value !== 'string' ||
    !PATH.test(value) ||
    /^\/\.well-known(\/|$)/i.test(value) ||
    /\/\.{1,2}(\/|$)/.test(value)
  ) {
    refuse(
      `${option} must be a plain path such as "/mcp", without trailing slash, wildcard or encoding; got ${show(value)}`,
    );
  }
  return value;
}

/** A duration in whole seconds. */
export function checkSeconds(option: string, value: unknown, maximum = 10 * 365 * 86_400, minimum = 1): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < minimum || value > maximum) {
    refuse(`${option} must be a whole number of seconds between ${minimum} and ${maximum}; got ${show(value)}`);
  }
  return value;
}

/** One secret or several, each of 32 bytes or more. The value is never shown. */
export function checkSecrets(value: unknown): readonly string[] {
  const secrets: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (secrets.length === 0) refuse('oauthSecret is an empty list; give at least one secret of 32 bytes or more');
  return secrets.map((secret) => {
    if (typeof secret !== 'string') return refuse('oauthSecret is missing; give a random string of 32 bytes or more');
    const bytes = Buffer.byteLength(secret);
    if (bytes < MINIMUM_SECRET_BYTES) {
      return refuse(`oauthSecret has ${bytes} bytes; HS256 needs at least 32. Make one with: openssl rand -base64 48`);
    }
    if (new Set(secret).size < 8) {
      return refuse('oauthSecret repeats a few characters; make a random one with: openssl rand -base64 48');
    }
    return secret;
  });
}

/** An origin or issuer: https, or http on a loopback host; no query, fragment, userinfo or trailing slash. */
export function checkIssuerUrl(option: string, value: unknown, pathAllowed: boolean): URL {
  const url =
    typeof value === 'string' && URL.canParse(value)
      ? new URL(value)
      : refuse(`${option} must be an absolute URL; got ${show(value)}`);
  const text = value as string;
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopbackHost(url.hostname))) {
    refuse(`${option} must be https (http is for loopback hosts only); got ${show(text)}`);
  }
  if (url.search || url.hash || url.username || url.password || /[?#]/.test(text)) {
    refuse(`${option} must have no query, fragment or user information; got ${show(text)}`);
  }
  const canonical = url.origin + (url.pathname === '/' ? '' : url.pathname);
  if (text !== canonical || canonical.endsWith('/'))
    refuse(`${option} must be written as ${show(canonical.replace(/\/+$/, ''))}; got ${show(text)}`);
  if (!pathAllowed && url.pathname !== '/') refuse(`${option} must be an origin without a path; got ${show(text)}`);
  return url;
}

/** A yes or no that really is one: `'false'` is not. */
export function checkBoolean(option: string, value: unknown): boolean {
  return typeof value === 'boolean' ? value : refuse(`${option} must be true or false; got ${show(value)}`);
}

/** The docs URL is a path of this origin or an absolute https URL, and never the MCP path itself. */
export function checkDocsUrl(value: string, mcpServerPath: string): string {
  if (value.startsWith('/')) {
    if (checkPath('mcpDocsUrl', value).toLowerCase() === mcpServerPath.toLowerCase()) {
      refuse(`mcpDocsUrl equals mcpServerPath (${show(value)}); that would open the MCP endpoint to everybody`);
    }
    return value;
  }
  const url = URL.canParse(value)
    ? new URL(value)
    : refuse(`mcpDocsUrl must be a path or an absolute URL; got ${show(value)}`);
  if (url.protocol !== 'https:') refuse(`mcpDocsUrl must be a path or an https URL; got ${show(value)}`);
  return value;
}

/** Browser origins, as browsers write them. */
export function checkOrigins(value: readonly string[] | '*' | undefined): readonly string[] | '*' | undefined {
  if (value === undefined || value === '*') return value;
  for (const origin of value) {
    // A wildcard within an origin would match no browser, and look as if it did.
    if (!URL.canParse(origin) || new URL(origin).origin !== origin || origin.includes('*'))
      refuse(`allowedOrigins: ${show(origin)} is not an origin such as "https://app.example.com"`);
  }
  return value;
}

export function show(value: unknown): string {
  return JSON.stringify(value) ?? String(value);
}
