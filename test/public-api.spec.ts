import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as api from '../lib/index.js';
import * as testing from '../lib/testing/index.js';
import { readManifest, readSources, repositoryRoot } from './architecture/repository.js';

const manifest = readManifest();
const entries = Object.entries(manifest.exports).filter(([path]) => path !== './package.json');

/** `./dist/lib/testing/index.d.ts` → `lib/testing/index.ts`, the file it is built from. */
const sourceOf = (built: string): string => built.replace(/^\.\/dist\//, '').replace(/(\.d\.ts|\.js)$/, '.ts');

describe('the public interface', () => {
  it('of nestjs-mcp-auth is exactly this', () => {
    expect(Object.keys(api).sort()).toEqual([
      'AccessDeniedError',
      'AccountSelectionRequiredError',
      'ConsentRequiredError',
      'InsufficientScopeError',
      'InteractionRequiredError',
      'InvalidClientError',
      'InvalidClientMetadataError',
      'InvalidGrantError',
      'InvalidRedirectUriError',
      'InvalidRequestError',
      'InvalidScopeError',
      'InvalidTargetError',
      'InvalidTokenError',
      'LoginRequiredError',
      'McpApiKey',
      'McpAuthConfigurationError',
      'McpAuthGuard',
      'McpAuthMiddleware',
      'McpAuthModule',
      'McpAuthService',
      'McpAuthenticated',
      'McpClientError',
      'McpClientService',
      'McpConnectedAppsService',
      'McpEmail',
      'McpLoginHandleError',
      'McpLoginService',
      'McpMaintenanceService',
      'McpOptionalAuth',
      'McpOrgId',
      'McpProtected',
      'McpPublic',
      'McpScope',
      'McpToken',
      'McpToolScopes',
      'McpUser',
      'McpUserId',
      'OAuthError',
      'RegistrationNotSupportedError',
      'RequestNotSupportedError',
      'RequestUriNotSupportedError',
      'RequireScopes',
      'ServerError',
      'TemporarilyUnavailableError',
      'TooManyRequestsError',
      'TransactionRunner',
      'UnauthorizedClientError',
      'UnsupportedGrantTypeError',
      'UnsupportedResponseTypeError',
      'mcpAuthEntities',
      'mcpAuthMigrations',
      'runMcpAuthMigrations',
    ]);
  });

  it('of nestjs-mcp-auth/testing is exactly this', () => {
    expect(Object.keys(testing).sort()).toEqual(['mintAccessToken', 'simulateClient', 'simulatedClients']);
  });
});

describe('the exports map', () => {
  it('leads the package root where hosts without an exports map look too', () => {
    expect(manifest.exports['.']).toEqual({ types: manifest.types, default: manifest.main });
  });

  it.each(entries)('gives types and code of %s from one source that exists', (_path, target) => {
    const { types, default: code } = target as { types: string; default: string };
    expect(sourceOf(types)).toBe(sourceOf(code));
    expect(existsSync(join(repositoryRoot, sourceOf(code)))).toBe(true);
  });

  it('names types first, since conditions are tried in the order written', () => {
    for (const [, target] of entries) expect(Object.keys(target as object)).toEqual(['types', 'default']);
  });

  it('repeats every subpath for compilers that resolve without an exports map', () => {
    const subpaths = entries
      .filter(([path]) => path !== '.')
      .map(([path, target]) => {
        return [path.slice(2), [(target as { types: string }).types]];
      });
    expect(manifest.typesVersions).toEqual({ '*': Object.fromEntries(subpaths) });
  });

  it('leaves out no entry point of lib', () => {
    const reachable = entries.map(([, target]) => sourceOf((target as { default: string }).default));
    const present = [...readSources('lib').keys()].filter((file) => file.endsWith('/index.ts'));
    expect(reachable.sort()).toEqual(present.sort());
  });

  it('lets a tool read the manifest', () => {
    expect(manifest.exports['./package.json']).toBe('./package.json');
  });
});
