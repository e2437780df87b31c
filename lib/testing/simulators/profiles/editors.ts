import type { ClientProfile } from '../client-profile.js';
import { anyPort, POST_INITIALIZE, PUBLIC, SDK_DEMANDS } from './habits.js';

const CURSOR_CALLBACKS = [
  'cursor://anysphere.cursor-mcp/oauth/callback',
  'https://www.cursor.com/agents/mcp/oauth/callback',
  'http://localhost:8787/callback',
];

export const CURSOR: ClientProfile = {
  title: 'Cursor',
  source: 'https://github.com/erp-mafia/accounted/pull/2225',
  observed: '2026-09-03',
  firstRequest: POST_INITIALIZE,
  // Three in one body: to refuse one is to refuse all of them.
  registration: () => ({
    ...PUBLIC,
    client_name: 'Cursor',
    application_type: 'web',
    redirect_uris: CURSOR_CALLBACKS,
  }),
  callbacks: () => CURSOR_CALLBACKS,
  demands: SDK_DEMANDS,
};

const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code';

export const VSCODE: ClientProfile = {
  title: 'VS Code',
  source: 'https://github.com/microsoft/vscode/blob/main/src/vs/base/common/oauth.ts',
  observed: '2026-09-08',
  firstRequest: POST_INITIALIZE,
  registration: () => ({
    client_name: 'Visual Studio Code',
    client_uri: 'https://code.visualstudio.com',
    grant_types: ['authorization_code', 'refresh_token', DEVICE_CODE],
    response_types: ['code'],
    redirect_uris: [
      'https://insiders.vscode.dev/redirect',
      'https://vscode.dev/redirect',
      'http://127.0.0.1/',
      'http://127.0.0.1:33418/',
    ],
    token_endpoint_auth_method: 'none',
    application_type: 'native',
  }),
  document: {
    origin: 'https://vscode.dev',
    path: '/oauth/client-metadata.json',
    metadata: {
      client_name: 'Visual Studio Code',
      client_uri: 'https://vscode.dev/product',
      logo_uri: 'https://code.visualstudio.com/assets/branding/code-stable.png',
      grant_types: ['authorization_code', 'refresh_token', DEVICE_CODE],
      response_types: ['code'],
      redirect_uris: ['http://127.0.0.1:33418/', 'https://vscode.dev/redirect'],
      token_endpoint_auth_method: 'none',
      application_type: 'native',
    },
  },
  callbacks: () => ['http://127.0.0.1:33418/', `http://127.0.0.1:${anyPort()}/`, 'https://vscode.dev/redirect'],
  demands: { exactResource: true },
};
