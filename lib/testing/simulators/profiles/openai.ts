import { randomBytes } from 'node:crypto';
import type { ClientProfile } from '../client-profile.js';
import { anyPort, POST_INITIALIZE, PUBLIC, withOfflineAccess } from './habits.js';

const OAUTH_REDIRECT = 'https://chatgpt.com/connector_platform_oauth_redirect';

export const CHATGPT: ClientProfile = {
  title: 'ChatGPT',
  source: 'https://github.com/django-oauth/django-oauth-toolkit/issues/1857',
  observed: '2026-09-20',
  firstRequest: POST_INITIALIZE,
  registration: () => ({ ...PUBLIC, client_name: 'ChatGPT', redirect_uris: [OAUTH_REDIRECT] }),
  document: {
    origin: 'https://chatgpt.com',
    path: '/oauth/client.json',
    keysPath: '/oauth/jwks.json',
    metadata: {
      ...PUBLIC,
      client_name: 'ChatGPT',
      client_uri: 'https://chatgpt.com/',
      logo_uri: 'https://persistent.oaistatic.com/sonic/misc/openai-logo.png',
      redirect_uris: [OAUTH_REDIRECT],
      // Preferred where the server offers it; `none` is there for those that do not.
      // What it signs then is for the token endpoint: https://github.com/Artexis10/exomem/pull/380.
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_methods_supported: ['none', 'private_key_jwt'],
      token_endpoint_auth_signing_alg: 'RS256',
    },
    needsOneOf: ['private_key_jwt', 'none'],
  },
  callbacks: () => [OAUTH_REDIRECT, OAUTH_REDIRECT],
  // Everything the first time, and nothing when it connects again.
  scope: ({ challenge, resource }, login) => (login === 0 ? (resource?.join(' ') ?? challenge) : undefined),
  demands: { challenge: true, issuer: 'exact', announcedPkce: true, refreshToken: true, errorCodes: true },
};

/** Written in Rust, with an OAuth library of its own. */
export const CODEX: ClientProfile = {
  title: 'Codex',
  source: 'https://github.com/openai/codex/issues/33403',
  observed: '2026-09-24',
  firstRequest: { method: 'GET', headers: { accept: '*/*', 'mcp-protocol-version': '2024-11-05' } },
  registration: (redirect_uris) => ({
    ...PUBLIC,
    client_name: 'Codex',
    redirect_uris: redirect_uris.slice(0, 1),
    application_type: 'native',
  }),
  document: {
    origin: 'https://chatgpt.com',
    path: '/oauth/codex/client.json',
    metadata: {
      ...PUBLIC,
      client_name: 'Codex',
      redirect_uris: ['http://127.0.0.1/callback', 'http://localhost/callback'],
      application_type: 'native',
    },
    needsOneOf: ['none'],
  },
  // Where nothing tells it which server an answer is from, a path that nobody else knows has to.
  callbacks: ({ sendsIssuer }) => {
    const path = sendsIssuer ? '' : `/${randomBytes(8).toString('hex')}`;
    return [`http://127.0.0.1:${anyPort()}/callback${path}`, `http://127.0.0.1:${anyPort()}/callback${path}`];
  },
  scope: withOfflineAccess,
  refresh: { omitsResource: true },
  demands: { issuer: 'exact', announcedPkce: true, echo: ['redirect_uris'] },
};
