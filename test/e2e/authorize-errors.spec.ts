import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OAuthWalk, REDIRECT_URI, type Registered } from '../support/oauth-walk.js';
import { expectPage, movedOnTo, readTarget, redirectedTo } from '../support/pages.js';
import { ADAPTERS, startTestApp, type TestApp } from '../support/test-app.js';

/** Code and reason of an error, for a change of a request that is in order otherwise. */
type Fault = readonly [what: string, change: Record<string, string | undefined>, error: string];

/** RFC 7636, appendix B. */
const EXAMPLE_CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';

describe.each(ADAPTERS)('what the authorization endpoint refuses, on %s', (adapter) => {
  let host: TestApp;
  let walk: OAuthWalk;
  let client: Registered;
  beforeAll(async () => {
    host = await startTestApp({ adapter });
    walk = new OAuthWalk(host.origin);
    walk.browser.signIn('ada');
    client = await walk.register();
  });
  afterAll(() => host.close());

  /** A request with text put behind its query, signed in. */
  const ask = (suffix: string, change: Record<string, string | undefined> = {}, who = walk) =>
    who.browser.get(who.authorizeUrl(client.client_id, change) + suffix);

  const pendingRows = async (): Promise<number> =>
    Number(
      (await host.dataSource.query<{ n: number }[]>('SELECT count(*) AS n FROM mcp_auth_pending_authorizations'))[0]?.n,
    );

  describe('with a page, because nothing proves where an answer could go', () => {
    it.each([
      ['AUT-05 no client id', { client_id: undefined }, 'client_id_missing'],
      ['AUT-05 AUT-03 an empty client id', { client_id: '' }, 'client_id_missing'],
      ['AUT-05 an unknown client', { client_id: 'nobody' }, 'client_unknown'],
      ['AUT-35 a client id with a control character', { client_id: '\u0001' }, 'client_id_malformed'],
      ['AUT-35 a client id with a line break', { client_id: 'a\r\nb' }, 'client_id_malformed'],
      ['AUT-35 a client id that is too long', { client_id: 'c'.repeat(2049) }, 'client_id_malformed'],
      ['AUT-35 a client id beyond ASCII', { client_id: 'clïent' }, 'client_id_malformed'],
      ['AUT-07 another redirect URI', { redirect_uri: 'https://evil.example/callback' }, 'redirect_uri_mismatch'],
      ['AUT-08 a longer path', { redirect_uri: `${REDIRECT_URI}/more` }, 'redirect_uri_mismatch'],
      ['AUT-08 a trailing slash', { redirect_uri: `${REDIRECT_URI}/` }, 'redirect_uri_mismatch'],
      ['AUT-08 an added query', { redirect_uri: `${REDIRECT_URI}?a=1` }, 'redirect_uri_mismatch'],
      ['AUT-08 another case', { redirect_uri: 'https://client.example/Callback' }, 'redirect_uri_mismatch'],
      ['AUT-08 the default port', { redirect_uri: 'https://client.example:443/callback' }, 'redirect_uri_mismatch'],
      ['AUT-08 dots', { redirect_uri: 'https://client.example/a/../callback' }, 'redirect_uri_mismatch'],
      ['AUT-08 encoding', { redirect_uri: 'https://client.example/%63allback' }, 'redirect_uri_mismatch'],
      ['AUT-08 user info', { redirect_uri: 'https://client.example@evil.example/callback' }, 'redirect_uri_mismatch'],
      ['AUT-35 a redirect URI with a NUL', { redirect_uri: `${REDIRECT_URI}\0` }, 'redirect_uri_malformed'],
      ['AUT-35 a redirect URI with a tab', { redirect_uri: `${REDIRECT_URI}\t` }, 'redirect_uri_malformed'],
      ['AUT-35 a state that is too long', { state: 's'.repeat(2049) }, 'state_too_long'],
      ['AUT-31 an answer in the fragment', { response_mode: 'fragment' }, 'response_mode_unsupported'],
      ['AUT-31 an answer by form', { response_mode: 'form_post' }, 'response_mode_unsupported'],
    ])('%s', async (_what, change, reason) => {
      const before = await pendingRows();
      const answer = await ask('', change);
      expectPage(answer, 400, reason, host);
      expect(answer.text).not.toContain('evil.example');
      expect(await pendingRows()).toBe(before);
    });

    it.each([
      ['AUT-04 AUT-05 a repeated client id', () => `&client_id=${client.client_id}`, 'client_id_repeated'],
      ['AUT-04 a repeated redirect URI', () => `&redirect_uri=${REDIRECT_URI}`, 'redirect_uri_repeated'],
    ])('%s', async (_what, suffix, reason) => {
      expectPage(await ask(suffix()), 400, reason, host);
    });

    it('AUT-35 broken percent encoding in the client id or the redirect URI', async () => {
      const withoutClient = walk.authorizeUrl(client.client_id, { client_id: undefined });
      expectPage(await walk.browser.get(`${withoutClient}&client_id=%ff`), 400, 'client_id_malformed', host);
      const withoutUri = walk.authorizeUrl(client.client_id, { redirect_uri: undefined });
      expectPage(await walk.browser.get(`${withoutUri}&redirect_uri=%zz`), 400, 'redirect_uri_malformed', host);
    });

    it('AUT-05 names the client first, then the redirect URI, then the rest', async () => {
      const everythingWrong = { redirect_uri: 'https://evil.example', response_type: 'token', scope: '"' };
      expectPage(await ask('', { ...everythingWrong, client_id: 'nobody' }), 400, 'client_unknown', host);
      expectPage(await ask('', everythingWrong), 400, 'redirect_uri_mismatch', host);
      const { params } = redirectedTo(await ask('', { response_type: 'token', scope: '"' }));
      expect(params['error']).toBe('unsupported_response_type');
    });

    it('AUT-05 a client the operator has switched off', async () => {
      const off = await walk.register();
      await host.dataSource.query('UPDATE mcp_auth_clients SET disabled_at = 1 WHERE client_id = ?', [off.client_id]);
      expectPage(await walk.browser.get(walk.authorizeUrl(off.client_id)), 400, 'client_unknown', host);
    });

    it('AUT-05 STO-05 a client id in another case', async () => {
      const other = client.client_id.replace(/[a-z]/g, (letter) => letter.toUpperCase());
      expect(other).not.toBe(client.client_id);
      expectPage(await ask('', { client_id: other }), 400, 'client_unknown', host);
    });

    it('AUT-05 tells a person with a forgotten registration the way out', async () => {
      const { text } = await ask('', { client_id: 'long-gone' });
      expect(text).toContain('Remove the connection in the app and add it again; it will then register anew.');
      expect(text).not.toContain('long-gone');
    });

    it('AUT-06 no redirect URI where the client has several; the only one of a client that has one', async () => {
      const two = await walk.register({ redirect_uris: [REDIRECT_URI, 'https://client.example/other'] });
      const none = { redirect_uri: undefined };
      expectPage(await walk.browser.get(walk.authorizeUrl(two.client_id, none)), 400, 'redirect_uri_missing', host);
      const target = walk.target(await walk.decide(await ask('', none)));
      expect(target.origin + target.pathname).toBe(REDIRECT_URI);
    });
  });

  describe('with a redirect to the client', () => {
    it.each<Fault>([
      ['AUT-11 no response type', { response_type: undefined }, 'invalid_request'],
      ['AUT-11 an implicit response type', { response_type: 'token' }, 'unsupported_response_type'],
      ['AUT-11 a hybrid response type', { response_type: 'code id_token' }, 'unsupported_response_type'],
      ['AUT-12 no code challenge', { code_challenge: undefined }, 'invalid_request'],
      ['AUT-12 an empty code challenge', { code_challenge: '' }, 'invalid_request'],
      ['AUT-13 no challenge method, which means plain', { code_challenge_method: undefined }, 'invalid_request'],
      ['AUT-13 the plain method', { code_challenge_method: 'plain' }, 'invalid_request'],
      ['AUT-13 a method in lower case', { code_challenge_method: 's256' }, 'invalid_request'],
      ['AUT-13 a short challenge', { code_challenge: EXAMPLE_CHALLENGE.slice(1) }, 'invalid_request'],
      ['AUT-13 a challenge with padding', { code_challenge: `${EXAMPLE_CHALLENGE}=` }, 'invalid_request'],
      [
        'AUT-13 a challenge in the other base64',
        { code_challenge: EXAMPLE_CHALLENGE.replace('-', '+') },
        'invalid_request',
      ],
      ['AUT-14 a scope with a quotation mark', { scope: 'mcp:read "' }, 'invalid_scope'],
      ['AUT-14 a scope with a backslash', { scope: 'mcp:read\\' }, 'invalid_scope'],
      ['AUT-14 a scope beyond ASCII', { scope: 'mcp:réad' }, 'invalid_scope'],
      ['AUT-17 a relative resource', { resource: '/mcp' }, 'invalid_target'],
      ['AUT-17 an unknown resource', { resource: 'https://other.example/mcp' }, 'invalid_target'],
      ['AUT-20 a state beyond ASCII', { state: 'stâte' }, 'invalid_request'],
      ['AUT-25 prompt none beside another', { prompt: 'none login' }, 'invalid_request'],
      ['AUT-27 a negative max_age', { max_age: '-1' }, 'invalid_request'],
      ['AUT-27 a max_age that is no number', { max_age: '1e3' }, 'invalid_request'],
      ['AUT-31 a request object', { request: 'eyJ.eyJ.' }, 'request_not_supported'],
      ['AUT-31 a request by reference', { request_uri: 'https://client.example/r' }, 'request_uri_not_supported'],
      ['AUT-31 a registration on the way', { registration: '{}' }, 'registration_not_supported'],
      ['AUT-35 a control character', { nonce: 'a\0b' }, 'invalid_request'],
      ['AUT-35 a line break in an unknown parameter', { audience: 'a\nb' }, 'invalid_request'],
      ['AUT-35 an over-long value', { nonce: 'n'.repeat(2049) }, 'invalid_request'],
      ['AUT-35 an over-long scope', { scope: 'mcp:read '.repeat(300) }, 'invalid_request'],
    ])('%s', async (_what, change, error) => {
      const { url, params } = redirectedTo(await ask('', change));
      expect(url.origin + url.pathname).toBe(REDIRECT_URI);
      expect(params['error']).toBe(error);
      expect(params['error_description']).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/);
      expect(params['iss']).toBe(host.origin);
      expect(params['state']).toBe('state' in change ? undefined : walk.state);
    });

    it.each([
      ['AUT-04 a repeated known parameter', '&scope=mcp:read&scope=mcp:read', true],
      ['AUT-04 a repeated unknown parameter', '&colour=red&colour=blue', true],
      ['AUT-04 a repeated state, which is then left out', '&state=another', false],
      ['AUT-35 bytes that are not UTF-8', '&nonce=%c3%28', true],
      ['AUT-35 a broken percent sequence', '&nonce=%4', true],
      ['AUT-35 a hundred parameters too many', Array.from({ length: 120 }, (_, i) => `&p${i}=1`).join(''), true],
    ])('%s', async (_what, suffix, withState) => {
      const { params } = redirectedTo(await ask(suffix));
      expect(params).toMatchObject({ error: 'invalid_request', iss: host.origin });
      expect(params['state']).toBe(withState ? walk.state : undefined);
    });

    it('AUT-19 two different resources', async () => {
      const { params } = redirectedTo(await ask(`&resource=${host.origin}/mcp&resource=${host.origin}/other`));
      expect(params['error']).toBe('invalid_target');
    });

    it('AUT-11 a client without the code grant, told after its other faults', async () => {
      const odd = await walk.register();
      const metadata = JSON.stringify({ ...odd, redirect_uris: [REDIRECT_URI], grant_types: ['refresh_token'] });
      const update = 'UPDATE mcp_auth_clients SET metadata = ? WHERE client_id = ?';
      await host.dataSource.query(update, [metadata, odd.client_id]);
      const answer = await walk.browser.get(walk.authorizeUrl(odd.client_id));
      expect(redirectedTo(answer).params['error']).toBe('unauthorized_client');
    });

    it('AUT-12 a confidential client without code challenge, too', async () => {
      const confidential = await walk.register({ token_endpoint_auth_method: 'client_secret_basic' });
      const answer = await walk.browser.get(walk.authorizeUrl(confidential.client_id, { code_challenge: undefined }));
      expect(redirectedTo(answer).params['error']).toBe('invalid_request');
    });

    it('AUT-22 STO-04 quotes nothing that was sent', async () => {
      const { params } = redirectedTo(await ask('', { scope: 'hunter2"', nonce: 'hunter2' }));
      expect(params['error_description']).not.toContain('hunter2');
      expect(host.log.lines.join('\n')).not.toContain('hunter2');
    });

    it('AUT-20 AUT-23 TRN-07 keeps the query of the redirect URI and gives the state back as it was', async () => {
      const uri = 'https://client.example/callback?tenant=a%20b&x';
      const own = await walk.register({ redirect_uris: [uri] });
      const state = `a b&c=d%20+"'\\~;`;
      const change = { redirect_uri: uri, state };
      const failed = await walk.browser.get(walk.authorizeUrl(own.client_id, { ...change, response_type: 'token' }));
      expect(failed.headers.get('location')).toMatch(/^https:\/\/client\.example\/callback\?tenant=a%20b&x&error=/);
      expect(redirectedTo(failed).params['state']).toBe(state);
      const page = await walk.browser.get(walk.authorizeUrl(own.client_id, change));
      const { url, params } = readTarget(walk.target(await walk.decide(page)).href);
      expect(url.href).toMatch(/^https:\/\/client\.example\/callback\?tenant=a%20b&x&code=/);
      expect(params).toMatchObject({ state, iss: host.origin });
    });
  });

  describe('only after somebody has signed in', () => {
    it.each<Fault>([
      ['AUT-24 a fault of the request', { response_type: 'token' }, 'unsupported_response_type'],
      ['AUT-24 a bad scope', { scope: '"' }, 'invalid_scope'],
    ])('%s waits for the login', async (_what, change, error) => {
      const stranger = new OAuthWalk(host.origin);
      const first = await ask('', change, stranger);
      expect(first.status).toBe(302);
      const login = new URL(first.headers.get('location') ?? '', host.origin);
      expect(login.origin + login.pathname).toBe(`${host.origin}/login`);
      const back = await stranger.browser.signIn('grace').get(login.searchParams.get('return_to') ?? '');
      expect(movedOnTo(back).params).toMatchObject({ error, state: stranger.state, iss: host.origin });
      // Answered: the way back works once.
      const again = await stranger.browser.get(login.searchParams.get('return_to') ?? '');
      expectPage(again, 400, 'request_decided', host);
    });

    it('AUT-24 AUT-25 does not show a login page for a faulty request with prompt none', async () => {
      const stranger = new OAuthWalk(host.origin);
      const { params } = redirectedTo(await ask('', { prompt: 'none', scope: '"' }, stranger));
      expect(params).toMatchObject({ error: 'invalid_scope', state: stranger.state, iss: host.origin });
    });

    it('AUT-05 AUT-24 shows the pages to anybody, since they lead nowhere', async () => {
      const stranger = new OAuthWalk(host.origin);
      expectPage(await ask('', { client_id: 'nobody' }, stranger), 400, 'client_unknown', host);
    });
  });
});
