import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { PageLanguage } from 'nestjs-mcp-auth';
import type { Answer } from '../support/browser.js';
import { OAuthWalk, REDIRECT_URI } from '../support/oauth-walk.js';
import { expectPage } from '../support/pages.js';
import { rawRequest } from '../support/raw-http.js';
import { ADAPTERS, startTestApp, type TestApp } from '../support/test-app.js';

const GERMAN: PageLanguage = {
  texts: {
    consent: {
      heading: '{clientName} möchte sich mit {resourceName} verbinden',
      durationOfUse: '{idle} ohne Nutzung, höchstens {longest}',
    },
    redirect: { headingHost: 'Zurück zu {host}' },
    errors: { requestGone: { title: 'Diese Anfrage ist nicht mehr offen' }, clientUnknown: { title: 'Unbekannt' } },
  },
  scopes: { 'mcp:read': { name: 'Notizen lesen' } },
};
const ARABIC: PageLanguage = { texts: { consent: { allow: 'السماح' } } };

/** The language that the page says it is in, in the document and in the header, each once. */
function languageOf({ text, headers }: Answer): string | undefined {
  const [, tag, direction] = /<html lang="([^"]*)" dir="([^"]*)">/.exec(text) ?? [];
  expect(headers.get('content-language')).toBe(tag);
  expect(headers.get('vary')).toBe('Accept-Language');
  expect(direction).toBe(tag === 'ar' ? 'rtl' : 'ltr');
  return tag;
}

describe.each(ADAPTERS)('the languages of the pages on %s', (adapter) => {
  let host: TestApp;
  let walk: OAuthWalk;
  let clientId: string;
  beforeAll(async () => {
    host = await startTestApp({ adapter, options: { views: { languages: { de: GERMAN, ar: ARABIC } } } });
  });
  beforeEach(async () => {
    walk = new OAuthWalk(host.origin);
    walk.browser.signIn('ada');
    clientId = (await walk.register()).client_id;
  });
  afterEach(() => {
    host.users.faults.clear();
  });
  afterAll(() => host.close());

  const ask = (change: Record<string, string>, acceptLanguage?: string): Promise<Answer> =>
    walk.browser.get(
      walk.authorizeUrl(clientId, { prompt: 'consent', ...change }),
      acceptLanguage === undefined ? {} : { 'accept-language': acceptLanguage },
    );

  it('S16 asks in the language of the browser, scopes and durations too', async () => {
    const page = await ask({}, 'de-AT, en;q=0.5');
    expect(languageOf(page)).toBe('de');
    expect(page.text).toContain('<bdi>Test client</bdi> möchte sich mit <bdi>MCP server</bdi> verbinden');
    expect(page.text).toContain('<dd>30 Tage ohne Nutzung, höchstens 1 Jahr</dd>');
    expect(page.text).toContain('<b>Notizen lesen</b>');
    // What the host has not translated.
    expect(page.text).toContain('<small id="scope-0-text">Write your notes</small>');
  });

  it('S16 asks from right to left', async () => {
    const page = await ask({}, 'ar');
    expect(languageOf(page)).toBe('ar');
    expect(page.text).toContain('السماح');
  });

  it.each([
    ['the client wants', { ui_locales: 'de en' }, 'ar', 'de'],
    ['the browser wants, where the client wants none that is there', { ui_locales: 'nl' }, 'de', 'de'],
    ['is built in, where nobody says', {}, undefined, 'en'],
    ['is built in, where nobody has what is wanted', { ui_locales: 'nl' }, 'fr, *;q=0.1', 'en'],
  ])('S16 asks in the language that %s', async (_case, change, acceptLanguage, tag) => {
    expect(languageOf(await ask(change, acceptLanguage))).toBe(tag);
  });

  it('S16 keeps the wish of the client with its request: through the login, on the way back, on error pages', async () => {
    walk.browser.cookies.delete('session');
    const page = await walk.openConsent(clientId, 'ada', { ui_locales: 'de' });
    expect(languageOf(page)).toBe('de');
    const answer = await walk.decide(page);
    expect(languageOf(answer)).toBe('de');
    expect(answer.text).toContain('Zurück zu <bdi>client.example</bdi>');
    // The request knows its language after it was answered, too: the page says so in it.
    const again = await walk.decide(page);
    expectPage(again, 400, 'request_decided', host);
    expect(languageOf(again)).toBe('de');
    expect(again.text).toContain('Diese Anfrage ist nicht mehr offen');
  });

  it('S16 keeps it with a request that is refused after the login', async () => {
    walk.browser.cookies.delete('session');
    const answer = await walk.openConsent(clientId, 'ada', { ui_locales: 'de', response_type: 'token' });
    expect(languageOf(answer)).toBe('de');
    expect(walk.target(answer).searchParams.get('error')).toBe('unsupported_response_type');
  });

  it('S16 keeps it with a request that came by POST', async () => {
    const query = new URL(walk.authorizeUrl(clientId, { ui_locales: 'de', prompt: 'consent' }), host.origin);
    const sent = await walk.browser.post(query.pathname, Object.fromEntries(query.searchParams));
    expect(languageOf(await walk.browser.get(sent.headers.get('location') ?? ''))).toBe('de');
  });

  it('S16 refuses a request in the language that it asks for, by GET and by POST', async () => {
    const form = { client_id: 'nobody', redirect_uri: REDIRECT_URI, ui_locales: 'de' };
    const byGet = await walk.browser.get(`/oauth/authorize?${new URLSearchParams(form).toString()}`);
    const byPost = await walk.browser.post('/oauth/authorize', form, { 'accept-language': 'ar' });
    for (const answer of [byGet, byPost]) {
      expectPage(answer, 400, 'client_unknown', host);
      expect(languageOf(answer)).toBe('de');
      expect(answer.text).toContain('<h1>Unbekannt</h1>');
    }
  });

  it('S16 speaks the language of the browser where the request is not known', async () => {
    const answer = await walk.browser.get('/oauth/authorize/resume?request=x', { 'accept-language': 'de' });
    expectPage(answer, 400, 'handle_malformed', host);
    expect(languageOf(answer)).toBe('de');
  });

  it.each([
    ['twice', '&ui_locales=de&ui_locales=ar'],
    ['badly encoded', '&ui_locales=%ff'],
    ['with a control character', '&ui_locales=de%00'],
    ['without end', `&ui_locales=${'de-'.repeat(2000)}`],
  ])('S16 takes ui_locales %s for none, on the page that refuses the client', async (_case, sent) => {
    const answer = await walk.browser.get(`/oauth/authorize?client_id=nobody${sent}`, { 'accept-language': 'ar' });
    expect([400, 414]).toContain(answer.status);
    expect(languageOf(answer)).toBe('ar');
  });

  it.each([
    ['anything', '*'],
    ['a prototype', '__proto__, constructor;q=0.9'],
    ['garbage', ';;q=,,;"\\==%00'],
    ['ten thousand characters', 'x'.repeat(10_000)],
    ['five thousand subtags', `de${'-a'.repeat(5000)}`],
    ['three thousand languages', `nl${',nl'.repeat(3000)}`],
    ['bytes that are no text', '\xff\xfe'],
  ])('S16 ABU-05 answers an Accept-Language of %s in English', async (_case, header) => {
    const answer = await ask({}, header);
    expect(answer.status).toBe(200);
    expect(languageOf(answer)).toBe('en');
  });

  it('S16 reads every line of the header', async () => {
    const headers = [
      ['Accept-Language', 'nl'],
      ['Accept-Language', 'de'],
    ] as const;
    const { text } = await rawRequest(host.origin, { target: '/oauth/authorize?client_id=nobody', headers });
    expect(text).toContain('<html lang="de"');
  });

  it('DSC-09 RFC 8414 names the languages in the metadata', async () => {
    for (const name of ['oauth-authorization-server', 'openid-configuration']) {
      const document = await walk.browser.get(`/.well-known/${name}`);
      expect(JSON.parse(document.text)).toMatchObject({ ui_locales_supported: ['en', 'de', 'ar'] });
    }
  });
});

describe('a host without languages', () => {
  it('DSC-09 S16 names none, and speaks English to everybody', async () => {
    const host = await startTestApp({ adapter: 'express' });
    const walk = new OAuthWalk(host.origin);
    const document = await walk.browser.get('/.well-known/oauth-authorization-server');
    expect(JSON.parse(document.text)).not.toHaveProperty('ui_locales_supported');
    expect(
      languageOf(await walk.browser.get('/oauth/authorize?client_id=x&ui_locales=de', { 'accept-language': 'de' })),
    ).toBe('en');
    await host.close();
  });
});
