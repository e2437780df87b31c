import { createHash } from 'node:crypto';
import type { ClientProfile } from '../client-profile.js';
import { GET_STREAM, POST_INITIALIZE, PUBLIC, SDK_DEMANDS, withOfflineAccess } from './habits.js';

/** Not a random port: the same one for the same server. */
function portOf(mcpUrl: string): number {
  return 3335 + (Number.parseInt(createHash('md5').update(mcpUrl).digest('hex').slice(0, 4), 16) % 45_816);
}

const MCP_REMOTE = {
  source: 'https://www.npmjs.com/package/mcp-remote',
  observed: '2026-11-24',
  firstRequest: GET_STREAM,
  callbacks: ({ mcpUrl }: { readonly mcpUrl: string }) => [`http://localhost:${portOf(mcpUrl)}/oauth/callback`],
};

export const MCP_REMOTE_CURRENT: ClientProfile = {
  ...MCP_REMOTE,
  title: 'mcp-remote 0.15',
  registration: (redirect_uris) => ({
    ...PUBLIC,
    redirect_uris,
    client_name: 'MCP CLI Proxy',
    client_uri: 'https://github.com/modelcontextprotocol/mcp-cli',
    software_id: '2e6dc280-f3c3-4e01-99a7-8181dbd1d23d',
    software_version: '0.15.1',
    application_type: 'native',
  }),
  scope: withOfflineAccess,
  authorization: { prompt: 'consent' },
  demands: { ...SDK_DEMANDS, issuer: 'but-for-slash' },
};

export const MCP_REMOTE_OLD: ClientProfile = {
  ...MCP_REMOTE,
  title: 'mcp-remote 0.1',
  registration: (redirect_uris) => ({
    ...PUBLIC,
    redirect_uris,
    client_name: 'MCP CLI Proxy',
    client_uri: 'https://github.com/modelcontextprotocol/mcp-cli',
    software_id: '2e6dc280-f3c3-4e01-99a7-8181dbd1d23d',
    software_version: '0.1.38',
    scope: 'openid email profile',
  }),
  // Where it finds none, it falls back to those of OpenID Connect.
  scope: ({ challenge, resource }) => challenge ?? resource?.join(' ') ?? 'openid email profile',
  demands: SDK_DEMANDS,
};

const INSPECTOR = {
  source: 'https://www.npmjs.com/package/@modelcontextprotocol/inspector',
  observed: '2026-11-24',
  firstRequest: POST_INITIALIZE,
};

/** Its web client asks through a server of its own, its command line by itself. */
export const INSPECTOR_CURRENT: ClientProfile = {
  ...INSPECTOR,
  title: 'MCP Inspector 2',
  registration: (redirect_uris) => ({
    ...PUBLIC,
    redirect_uris,
    client_name: 'MCP Inspector',
    client_uri: 'https://github.com/modelcontextprotocol/inspector',
    scope: '',
    application_type: 'native',
  }),
  callbacks: () => ['http://127.0.0.1:6274/oauth/callback', 'http://127.0.0.1:6276/oauth/callback'],
  scope: withOfflineAccess,
  authorization: { prompt: 'consent' },
  demands: { ...SDK_DEMANDS, issuer: 'but-for-slash' },
};

/** Everything happens in its page, and under the browser's rules. */
export const INSPECTOR_OLD: ClientProfile = {
  ...INSPECTOR,
  title: 'MCP Inspector 1',
  registration: (redirect_uris) => ({
    ...PUBLIC,
    redirect_uris,
    client_name: 'MCP Inspector',
    client_uri: 'https://github.com/modelcontextprotocol/inspector',
  }),
  callbacks: () => ['http://localhost:6274/oauth/callback', 'http://localhost:6274/oauth/callback/debug'],
  scope: ({ resource }) => resource?.join(' '),
  page: 'http://localhost:6274',
  demands: SDK_DEMANDS,
};
