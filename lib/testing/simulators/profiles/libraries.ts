import type { ClientProfile } from '../client-profile.js';
import { POST_INITIALIZE, PUBLIC, SDK_DEMANDS } from './habits.js';

const REVISION = '2026-07-28';

/** Own OAuth code, and a first request without a session. */
export const AI_SDK: ClientProfile = {
  title: 'an application on the Vercel AI SDK',
  source: 'https://www.npmjs.com/package/@ai-sdk/mcp',
  observed: '2026-11-24',
  firstRequest: {
    method: 'POST',
    headers: {
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      'mcp-protocol-version': REVISION,
      'mcp-method': 'server/discover',
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 0,
      method: 'server/discover',
      params: { _meta: { 'io.modelcontextprotocol/protocolVersion': REVISION } },
    }),
  },
  registration: (redirect_uris) => ({
    ...PUBLIC,
    redirect_uris,
    client_name: 'AI SDK MCP client',
    application_type: 'native',
  }),
  callbacks: () => ['http://localhost:8090/callback'],
  resource: 'without-slash',
  demands: { noNulls: true, sameOrigin: true, issuer: 'but-for-slash', echo: ['redirect_uris'] },
};

/** Strict to the letter of every RFC, and with a secret. */
export const OAUTH4WEBAPI: ClientProfile = {
  title: 'a client on oauth4webapi',
  source: 'https://www.npmjs.com/package/oauth4webapi',
  observed: '2026-11-24',
  firstRequest: POST_INITIALIZE,
  registration: (redirect_uris) => ({
    redirect_uris,
    client_name: 'Example client',
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'client_secret_basic',
  }),
  callbacks: () => ['https://client.example/oauth/callback'],
  demands: { exactResource: true, issuer: 'exact', announcedPkce: true, created: true, errorCodes: true },
};

/** Registers without a secret, and sends an empty one all the same when it refreshes. */
export const NANGO: ClientProfile = {
  title: 'Nango',
  source: 'https://github.com/NangoHQ/nango/issues/6919',
  observed: '2026-07-27',
  firstRequest: POST_INITIALIZE,
  registration: (redirect_uris) => ({ ...PUBLIC, redirect_uris, client_name: 'Nango' }),
  callbacks: () => ['https://api.nango.dev/oauth/callback'],
  refresh: { adds: { client_secret: '' } },
  demands: SDK_DEMANDS,
};

/** Knows neither protected resources nor their names. */
export const REVISION_2025_03: ClientProfile = {
  title: 'a client of the revision 2025-03-26',
  source: 'https://modelcontextprotocol.io/specification/2025-03-26/basic/authorization',
  observed: '2025-03-26',
  firstRequest: POST_INITIALIZE,
  registration: (redirect_uris) => ({ ...PUBLIC, redirect_uris, client_name: 'Early client' }),
  callbacks: () => ['http://127.0.0.1:19000/cb?app=1'],
  scope: () => undefined,
  resource: 'never',
  demands: {},
};
