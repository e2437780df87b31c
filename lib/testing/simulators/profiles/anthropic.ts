import type { ClientProfile } from '../client-profile.js';
import { anyPort, POST_INITIALIZE, PUBLIC, SDK_DEMANDS, withOfflineAccess } from './habits.js';

const AUTH_CALLBACK = 'https://claude.ai/api/mcp/auth_callback';

/** claude.ai, the desktop and the mobile app: all of them connect from the vendor's own servers. */
export const CLAUDE_AI: ClientProfile = {
  title: 'Claude',
  source: 'https://github.com/brendanlong/lion-reader/pull/1519',
  observed: '2026-08-31',
  firstRequest: POST_INITIALIZE,
  // Where nothing is advertised, it asks for a scope of its own.
  registration: () => ({ ...PUBLIC, client_name: 'Claude', redirect_uris: [AUTH_CALLBACK], scope: 'claudeai' }),
  document: {
    origin: 'https://claude.ai',
    path: '/oauth/mcp-oauth-client-metadata',
    metadata: { ...PUBLIC, client_name: 'Claude', client_uri: 'https://claude.ai', redirect_uris: [AUTH_CALLBACK] },
    needsOneOf: ['none'],
  },
  callbacks: () => [AUTH_CALLBACK],
  scope: ({ challenge, resource }) => challenge ?? resource?.join(' ') ?? 'claudeai',
  // https://github.com/anthropics/claude-code/issues/94804: all of Claude's clients.
  authorization: { prompt: 'consent' },
  // https://github.com/PrefectHQ/fastmcp/issues/4901: from two addresses with one token.
  refresh: { atOnce: 2 },
  demands: { ...SDK_DEMANDS, challenge: true, exactResource: true, refreshToken: true },
};

export const CLAUDE_CODE: ClientProfile = {
  title: 'Claude Code',
  source: 'https://github.com/anthropics/claude-code/issues/37747',
  observed: '2026-09-08',
  firstRequest: POST_INITIALIZE,
  registration: (redirect_uris) => ({
    ...PUBLIC,
    client_name: 'Claude Code',
    redirect_uris: redirect_uris.slice(0, 1),
    application_type: 'native',
  }),
  document: {
    origin: 'https://claude.ai',
    path: '/oauth/claude-code-client-metadata',
    // Without a port, and without application_type.
    metadata: {
      ...PUBLIC,
      client_name: 'Claude Code',
      client_uri: 'https://claude.ai',
      redirect_uris: ['http://localhost/callback', 'http://127.0.0.1/callback'],
    },
    needsOneOf: ['none'],
  },
  callbacks: () => ['http://localhost:3118/callback', `http://localhost:${anyPort()}/callback`],
  scope: withOfflineAccess,
  authorization: { prompt: 'consent' },
  // https://github.com/anthropics/claude-code/issues/85236: one lock for each process.
  refresh: { atOnce: 2 },
  // https://github.com/anthropics/claude-code/issues/76096 and 81661.
  demands: { ...SDK_DEMANDS, exactResource: true, echo: ['redirect_uris', 'grant_types'] },
};
