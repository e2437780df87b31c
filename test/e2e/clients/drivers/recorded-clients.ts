/** What a client in use sends, as it was seen on the wire; the OAuth part of it, with ports that were free that day. */
export interface RecordedClient {
  readonly name: string;
  /** Before it has a token. */
  readonly firstRequest: { readonly method: 'GET' | 'POST'; readonly headers: Readonly<Record<string, string>> };
  readonly registration: Readonly<Record<string, unknown>>;
  /** One for each redirect URI it was seen to use; loopback ports differ from the registered ones. */
  readonly redirectUris: readonly string[];
  readonly authorization: Readonly<Record<string, string>>;
  /** What it adds to a token request. */
  readonly tokenRequest: Readonly<Record<string, string>>;
  /** What the token must be good for. */
  readonly granted: string;
}

const DEFAULTS = 'mcp:read mcp:write';
const STREAM_GET = { accept: 'application/json, text/event-stream' };
const INITIALIZE = { ...STREAM_GET, 'content-type': 'application/json' };
const CODE_AND_REFRESH = ['authorization_code', 'refresh_token'];

/** @param resource the MCP server's address, as its metadata says it */
export function recordedClients(resource: string): readonly RecordedClient[] {
  const post = { method: 'POST', headers: INITIALIZE } as const;
  const native = { token_endpoint_auth_method: 'none', grant_types: CODE_AND_REFRESH, response_types: ['code'] };
  return [
    {
      name: 'mcp-remote 0.15',
      firstRequest: { method: 'GET', headers: STREAM_GET },
      registration: {
        ...native,
        redirect_uris: ['http://localhost:24601/oauth/callback'],
        client_name: 'MCP CLI Proxy',
        client_uri: 'https://github.com/modelcontextprotocol/mcp-cli',
        software_id: '2e6dc280-f3c3-4e01-99a7-8181dbd1d23d',
        software_version: '0.15.1',
        application_type: 'native',
      },
      redirectUris: ['http://localhost:24601/oauth/callback'],
      authorization: { scope: `${DEFAULTS} offline_access`, prompt: 'consent', resource },
      tokenRequest: { resource },
      granted: DEFAULTS,
    },
    {
      name: 'mcp-remote 0.1, which falls back to the scopes of OpenID Connect',
      firstRequest: { method: 'GET', headers: STREAM_GET },
      registration: {
        ...native,
        redirect_uris: ['http://localhost:3335/oauth/callback'],
        client_name: 'MCP CLI Proxy',
        scope: 'openid email profile',
      },
      redirectUris: ['http://localhost:3335/oauth/callback'],
      authorization: { scope: 'openid email profile', resource },
      tokenRequest: { resource },
      granted: DEFAULTS,
    },
    {
      name: 'codex, with another port each time',
      firstRequest: { method: 'GET', headers: { accept: '*/*', 'mcp-protocol-version': '2024-11-05' } },
      registration: {
        ...native,
        redirect_uris: ['http://127.0.0.1:41017/callback'],
        client_name: 'Codex',
        application_type: 'native',
      },
      redirectUris: ['http://127.0.0.1:41017/callback', 'http://127.0.0.1:60233/callback'],
      authorization: { scope: `${DEFAULTS} offline_access`, resource },
      tokenRequest: { resource },
      granted: DEFAULTS,
    },
    {
      name: 'VS Code, which also lists the device grant',
      firstRequest: post,
      registration: {
        client_name: 'Visual Studio Code',
        client_uri: 'https://code.visualstudio.com',
        grant_types: [...CODE_AND_REFRESH, 'urn:ietf:params:oauth:grant-type:device_code'],
        response_types: ['code'],
        redirect_uris: [
          'https://insiders.vscode.dev/redirect',
          'https://vscode.dev/redirect',
          'http://127.0.0.1/',
          'http://127.0.0.1:33418/',
        ],
        scope: DEFAULTS,
        token_endpoint_auth_method: 'none',
        application_type: 'native',
      },
      redirectUris: ['http://127.0.0.1:33418/', 'http://127.0.0.1:52816/', 'https://vscode.dev/redirect'],
      authorization: { scope: DEFAULTS, resource },
      tokenRequest: { resource },
      granted: DEFAULTS,
    },
    {
      name: 'Cursor, with three redirect URIs in one body',
      firstRequest: post,
      registration: {
        ...native,
        client_name: 'Cursor',
        application_type: 'web',
        redirect_uris: [
          'cursor://anysphere.cursor-mcp/oauth/callback',
          'https://www.cursor.com/agents/mcp/oauth/callback',
          'http://localhost:8787/callback',
        ],
      },
      redirectUris: [
        'cursor://anysphere.cursor-mcp/oauth/callback',
        'https://www.cursor.com/agents/mcp/oauth/callback',
        'http://localhost:8787/callback',
      ],
      authorization: { scope: DEFAULTS, resource },
      tokenRequest: { resource, client_secret: '' },
      granted: DEFAULTS,
    },
    {
      name: 'Claude.ai, with a scope of its own',
      firstRequest: post,
      registration: {
        ...native,
        client_name: 'Claude',
        redirect_uris: ['https://claude.ai/api/mcp/auth_callback'],
        scope: 'claudeai',
      },
      redirectUris: ['https://claude.ai/api/mcp/auth_callback'],
      authorization: { scope: 'claudeai', resource },
      tokenRequest: { resource },
      granted: DEFAULTS,
    },
    {
      name: 'Claude Code, on any port of localhost',
      firstRequest: post,
      registration: { ...native, client_name: 'Claude Code', redirect_uris: ['http://localhost:3118/callback'] },
      redirectUris: ['http://localhost:3118/callback', 'http://localhost:54545/callback'],
      authorization: { scope: DEFAULTS, resource },
      tokenRequest: { resource },
      granted: DEFAULTS,
    },
    {
      name: 'ChatGPT on a reconnect, without a scope',
      firstRequest: post,
      registration: {
        ...native,
        client_name: 'ChatGPT',
        redirect_uris: ['https://chatgpt.com/connector_platform_oauth_redirect'],
      },
      redirectUris: ['https://chatgpt.com/connector_platform_oauth_redirect'],
      authorization: { resource },
      tokenRequest: { resource },
      granted: DEFAULTS,
    },
    {
      name: 'the Inspector 1.0, with an empty secret and empty addresses',
      firstRequest: post,
      registration: {
        ...native,
        client_name: 'MCP Inspector',
        client_uri: '',
        logo_uri: '',
        redirect_uris: ['http://localhost:6274/oauth/callback', 'http://localhost:6274/oauth/callback/debug'],
      },
      redirectUris: ['http://localhost:6274/oauth/callback', 'http://localhost:6274/oauth/callback/debug'],
      authorization: { scope: 'mcp:read', resource },
      tokenRequest: { resource, client_secret: '' },
      granted: 'mcp:read',
    },
    {
      name: 'a client of the revision 2025-03-26, which knows no resources',
      firstRequest: post,
      registration: { ...native, client_name: 'Early', redirect_uris: ['http://127.0.0.1:19000/cb?app=1'] },
      redirectUris: ['http://127.0.0.1:19000/cb?app=1'],
      authorization: {},
      tokenRequest: { redirect_uri: 'http://127.0.0.1:19000/cb?app=1' },
      granted: DEFAULTS,
    },
  ];
}
