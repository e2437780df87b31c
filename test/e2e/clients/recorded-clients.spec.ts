import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { simulateClient, simulatedClients, type SimulatedClientName } from 'nestjs-mcp-auth/testing';
import { OAuthWalk } from '../../support/oauth-walk.js';
import { type SampleApp, startSampleApp } from '../../support/sample-app-process.js';
import { SamplePerson } from '../../support/sample-person.js';
import { ADAPTERS } from '../../support/test-app.js';
import { toolCall, toolResult } from './drivers/tool-call.js';

const DEFAULTS = 'mcp:read mcp:write';
/** Authenticates with a secret, which these walks do not know how to. */
const PUBLIC_CLIENTS = simulatedClients.filter((name) => name !== 'oauth4webapi');

const REFUSED_ADDRESSES = [
  ['AUT-09', 'Codex on another path of the same port', 'codex', 'http://127.0.0.1:41017/callback/x'],
  ['AUT-09', 'Codex on localhost instead of 127.0.0.1', 'codex', 'http://localhost:41017/callback'],
  ['AUT-09', 'Codex on https', 'codex', 'https://127.0.0.1:41017/callback'],
  ['AUT-10', 'Claude Code on 127.0.0.1 instead of localhost', 'claude-code', 'http://127.0.0.1:3118/callback'],
  ['AUT-08', 'VS Code without the slash at the end', 'vscode', 'http://127.0.0.1:33418'],
  ['AUT-08', 'VS Code on a port of a web address', 'vscode', 'https://vscode.dev:8443/redirect'],
  ['AUT-08', 'Cursor on another path of its scheme', 'cursor', 'cursor://anysphere.cursor-mcp/oauth/other'],
  ['AUT-08', 'Cursor with its scheme in capitals', 'cursor', 'CURSOR://anysphere.cursor-mcp/oauth/callback'],
] as const;

describe.each(ADAPTERS)('clients of the field, simulated, and the sample app on %s', (adapter) => {
  let app: SampleApp;
  let ada: SamplePerson;
  beforeAll(async () => {
    app = await startSampleApp({ adapter });
    ada = new SamplePerson(app.origin);
  });
  afterAll(() => app.close());

  /** The client of this name, registered, at one of its addresses. */
  async function register(name: SimulatedClientName) {
    const client = simulateClient(name);
    const redirectUris = client.redirectUris(app.mcpUrl);
    const walk = new OAuthWalk(app.origin);
    const sent = client.registration(redirectUris);
    const [redirectUri = ''] = redirectUris;
    return { client, walk, sent, redirectUri, registered: await walk.register({ ...sent }) };
  }

  async function authorize(walk: OAuthWalk, clientId: string, redirectUri: string, parameters: object = {}) {
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

  it.each(simulatedClients)('RSG-01 RSG-02 asks %s for a token before it looks at anything else', async (name) => {
    const { method, headers } = simulateClient(name).firstRequest;
    const answer = await fetch(app.mcpUrl, { method, headers, body: method === 'POST' ? '{"jsonrpc":' : null });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer resource_metadata="[^"]+", scope="[^"]+"$/);
  });

  it.each(PUBLIC_CLIENTS)('REG-01 REG-04 REG-05 REG-13 registers %s and repeats what it registered', async (name) => {
    const { sent, registered } = await register(name);
    const { redirect_uris, client_name, token_endpoint_auth_method } = sent;
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

  it.each(simulatedClients)(
    'AUT-08 AUT-09 AUT-10 CON-06 TOK-05 takes %s all the way on each of its addresses',
    async (name) => {
      const asked = ada.consents.length;
      const { logins } = await simulateClient(name).connect({
        mcpUrl: app.mcpUrl,
        signIn: (url) => ada.authorize(url),
      });
      // CON-07: a client of a web server that comes again for no more than before is not asked about.
      const first = new Set(logins.map(({ redirectUri }) => redirectUri));
      const again = [...first].every((uri) => uri.startsWith('https:')) ? logins.length - first.size : 0;
      expect(ada.consents).toHaveLength(asked + logins.length - again);
      for (const { accessToken, scope } of logins) {
        expect(scope).toBe(DEFAULTS);
        expect(await whoami(accessToken)).toMatchObject({ userId: 'user-ada', scopes: DEFAULTS.split(' ') });
      }
    },
  );

  it.each(PUBLIC_CLIENTS)(
    'AUT-15 AUT-16 TOK-05 gives %s what is granted by default, when it found no scopes and asks for its own',
    async (name) => {
      const { client, walk, redirectUri, registered } = await register(name);
      const { authorization, token } = client.parameters(app.mcpUrl.href);
      const callback = await authorize(walk, registered.client_id, redirectUri, authorization);
      const redeemed = await walk.redeem(registered.client_id, codeOf(callback, walk), {
        redirect_uri: redirectUri,
        ...token,
      });
      expect(JSON.parse(redeemed.text)).toMatchObject({ scope: DEFAULTS, token_type: 'Bearer' });
    },
  );

  it.each(REFUSED_ADDRESSES)('%s shows a page for %s', async (_id, _what, name, redirectUri) => {
    const { walk, registered } = await register(name);
    await expect(authorize(walk, registered.client_id, redirectUri)).rejects.toThrow(
      'The browser is stuck on a page: 400 This request cannot be accepted',
    );
  });

  it('AUT-17 AUT-18 lets no other spelling of the resource pass for it', async () => {
    const { walk, redirectUri, registered } = await register('claude-code');
    const { href, origin } = app.mcpUrl;
    for (const resource of [`${href}/`, `${origin}/`, origin, `${href}?`, `${href}#`, href.toUpperCase()]) {
      const callback = await authorize(walk, registered.client_id, redirectUri, { resource });
      expect(callback.searchParams.get('error')).toBe('invalid_target');
      expect(callback.searchParams.has('code')).toBe(false);
    }
  });

  it('AUT-18 RFT-07 binds a token to the resource whichever way its scheme and host were written', async () => {
    const { walk, redirectUri, registered } = await register('claude-code');
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
