import type { ScopeDefinition } from './scope-options.js';

/** The only place where a default is written. Durations in seconds. */
export const DEFAULTS = {
  mcpServerPath: '/mcp',
  endpointPrefix: '/oauth',
  signing: { algorithm: 'HS256' },
  accessTokenLifetime: 3600,
  refreshTokenLifetime: 2_592_000,
  authorizationCodeLifetime: 1800,
  authorizationRequestLifetime: 1800,
  refresh: { replayWindowSeconds: 30, absoluteLifetimeSeconds: 31_536_000 },
  revocation: { mode: 'cached', maxStalenessSeconds: 5 },
  maintenance: { enabled: true, intervalSeconds: 3600, unusedClientLifetimeSeconds: 604_800 },
  clientDocuments: {
    enabled: true,
    allowedPorts: [443],
    allowLoopback: false,
    tokenEndpointAudienceHosts: ['chatgpt.com'],
  },
  rateLimits: {
    authorizationsPerMinute: 120,
    registrationsPerMinute: 60,
    directRequestsPerMinute: 1200,
    wrongSecretsPerMinute: 20,
  },
  resourceName: 'MCP server',
  allowedRedirectSchemes: ['cursor', 'vscode', 'vscode-insiders'],
  scopes: {
    'mcp:read': { name: 'Read', description: 'Read data through the MCP server', required: true },
    'mcp:write': { name: 'Write', description: 'Create and change data through the MCP server' },
  } satisfies Record<string, ScopeDefinition>,
} as const;
