import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OAuthWalk } from '../../support/oauth-walk.js';
import { type SampleApp, startSampleApp } from '../../support/sample-app-process.js';
import { SamplePerson } from '../../support/sample-person.js';
import { ADAPTERS } from '../../support/test-app.js';
import { recordedClients } from './drivers/recorded-clients.js';
import { toolCall, toolResult } from './drivers/tool-call.js';

/** Names only: the addresses are known when the app listens. */
const NAMES = recordedClients('').map(({ name }) => name);
const CODEX = 'codex, with another port each time';
const CLAUDE_CODE = 'Claude Code, on any port of localhost';
const VS_CODE = 'VS Code, which also lists the device grant';
const CURSOR = 'Cursor, with three redirect URIs in one body';

const REFUSED_ADDRESSES = [
  ['AUT-09', 'codex on another path of the same port', CODEX, 'http://127.0.0.1:41017/callback/x'],
  ['AUT-09', 'codex on localhost instead of 127.0.0.1', CODEX, 'http://localhost:41017/callback'],
  ['AUT-09', 'codex on https', CODEX, 'https://127.0.0.1:41017/callback'],
  ['AUT-10', 'Claude Code on 127.0.0.1 instead of localhost', CLAUDE_CODE, 'http://127.0.0.1:3118/callback'],
  ['AUT-08', 'VS Code without the slash at the end', VS_CODE, 'http://127.0.0.1:33418'],
  ['AUT-08', 'VS Code on a port of a web address', VS_CODE, 'https://vscode.dev:8443/redirect'],
  ['AUT-08', 'Cursor on another path of its scheme', CURSOR, 'cursor://anysphere.cursor-mcp/oauth/other'],
  ['AUT-08', 'Cursor with its scheme in capitals', CURSOR, 'CURSOR://anysphere.cursor-mcp/oauth/callback'],
] as const;

describe.each(ADAPTERS)('clients in use, as recorded, and the sample app on %s', (adapter) => {
  let app: SampleApp;
  let ada: SamplePerson;
  beforeAll(async () => {
    app = await startSampleApp({ adapter });
    ada = new SamplePerson(app.origin);
  });
  afterAll(() => app.close());

  /** The client of this name, registered. */
  async function register(name: string) {
    const recorded = recordedClients(app.mcpUrl.href).find((client) => client.name === name);
    if (!recorded) throw new Error(`no record of ${name}`);
    const walk = new OAuthWalk(app.origin);
    return { recorded, walk, registered: await walk.register(recorded.registration) };
  }

  async function authorize(walk: OAuthWalk, clientId: string, redirectUri: string, parameters: Record<string, string>) {
    const path = walk.authorizeUrl(clientId, { redirect_uri: redirectUri, ...parameters });
    return ada.authorize(`${app.origin}${path}`);
  }

  function codeOf(callback: URL, walk: OAuthWalk): string {
    expect(callback.searchParams.getAll('state')).toEqual([walk.state]);
    expect(callback.searchParams.getAll('iss')).toEqual([app.origin]);
    return callback.searchParams.get('code') ?? '';
  }

  async function whoami(token: string): Promise<unknown> {
    const { headers, body } = toolCall('whoami');
    return toolResult(
      await fetch(app.mcpUrl, { method: 'POST', headers: { ...headers, authorization: `Bearer ${token}` }, body }),
    );
  }

  it.each(NAMES)('RSG-01 RSG-02 asks %s for a token before it looks at anything else', async (name) => {
    const { recorded } = await register(name);
    const { method, headers } = recorded.firstRequest;
    const answer = await fetch(app.mcpUrl, { method, headers, body: method === 'POST' ? '{"jsonrpc":' : null });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer resource_metadata="[^"]+", scope="[^"]+"$/);
  });

  it.each(NAMES)('REG-01 REG-04 REG-05 REG-13 registers %s and repeats what it registered', async (name) => {
    const { recorded, registered } = await register(name);
    const { redirect_uris, client_name, token_endpoint_auth_method } = recorded.registration;
    expect(registered).toMatchObject({
      redirect_uris,
      client_name,
      token_endpoint_auth_method,
      grant_types: ['authorization_code', 'refresh_token'],
    });
    expect(registered).not.toHaveProperty('client_secret');
    expect(Object.values(registered)).not.toContain(null);
    expect(Object.values(registered)).not.toContain('');
  });

  it.each(NAMES)(
    'AUT-08 AUT-09 AUT-10 AUT-15 CON-06 TOK-05 takes %s all the way on each of its addresses',
    async (name) => {
      const { recorded, walk, registered } = await register(name);
      const { authorization, tokenRequest, granted } = recorded;
      for (const redirectUri of recorded.redirectUris) {
        const asked = ada.consents.length;
        const callback = await authorize(walk, registered.client_id, redirectUri, authorization);
        expect(ada.consents).toHaveLength(asked + 1);
        expect(callback.href.startsWith(redirectUri)).toBe(true);
        const redeemed = await walk.redeem(registered.client_id, codeOf(callback, walk), {
          redirect_uri: redirectUri,
          ...tokenRequest,
        });
        expect(JSON.parse(redeemed.text)).toMatchObject({ scope: granted, token_type: 'Bearer' });
        const { refresh_token } = JSON.parse(redeemed.text) as { readonly refresh_token: string };
        const { redirect_uri: _unused, ...refreshRequest } = tokenRequest;
        const refreshed = await walk.refresh(registered.client_id, refresh_token, refreshRequest);
        const { access_token } = JSON.parse(refreshed.text) as { readonly access_token: string };
        expect(await whoami(access_token)).toMatchObject({ userId: 'user-ada', scopes: granted.split(' ') });
      }
    },
  );

  it.each(REFUSED_ADDRESSES)('%s shows a page for %s', async (_id, _what, name, redirectUri) => {
    const { recorded, walk, registered } = await register(name);
    await expect(authorize(walk, registered.client_id, redirectUri, recorded.authorization)).rejects.toThrow(
      'The browser is stuck on a page: 400 This request cannot be accepted',
    );
  });

  it('AUT-17 AUT-18 lets no other spelling of the resource pass for it', async () => {
    const { recorded, walk, registered } = await register(CLAUDE_CODE);
    const [redirectUri = ''] = recorded.redirectUris;
    const { href, origin } = app.mcpUrl;
    for (const resource of [`${href}/`, `${origin}/`, origin, `${href}?`, `${href}#`, href.toUpperCase()]) {
      const callback = await authorize(walk, registered.client_id, redirectUri, { resource });
      expect(callback.searchParams.get('error')).toBe('invalid_target');
      expect(callback.searchParams.has('code')).toBe(false);
    }
  });

  it('AUT-18 RFT-07 binds a token to the resource whichever way its scheme and host were written', async () => {
    const { recorded, walk, registered } = await register(CLAUDE_CODE);
    const [redirectUri = ''] = recorded.redirectUris;
    const resource = app.mcpUrl.href.replace('http://', 'HTTP://');
    const callback = await authorize(walk, registered.client_id, redirectUri, { resource });
    const redeemed = await walk.redeem(registered.client_id, codeOf(callback, walk), { resource });
    expect(redeemed.status).toBe(200);
    const tokens = JSON.parse(redeemed.text) as { readonly access_token: string; readonly refresh_token: string };
    expect(await whoami(tokens.access_token)).toMatchObject({ userId: 'user-ada' });
    for (const foreign of [`${app.mcpUrl.href}/`, `${app.origin}/`, app.origin]) {
      const refused = await walk.refresh(registered.client_id, tokens.refresh_token, { resource: foreign });
      expect(JSON.parse(refused.text)).toMatchObject({ error: 'invalid_target' });
    }
    expect((await walk.refresh(registered.client_id, tokens.refresh_token)).status).toBe(200);
  });
});
