import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeDatabases, type TestDatabase } from '../support/databases.js';
import { OAuthWalk, type Registered } from '../support/oauth-walk.js';
import { type AdapterName, startTestApp, type TestApp } from '../support/test-app.js';

const ADAPTER_OF: Readonly<Record<string, AdapterName>> = { postgres: 'fastify' };

/** No database may be asked for these: PostgreSQL stores no NUL and knows no half of a character, and others compare more than they should. */
const CHARACTERS: Readonly<Record<string, readonly number[] | string>> = {
  'a NUL': [0],
  'an encoded NUL': '%00',
  'a line break': [13, 10],
  'an encoded line break': '%0d%0a',
  DEL: [127],
  'a C1 control': [0xc2, 0x80],
  'an umlaut': [0xc3, 0xbc],
  'an encoded umlaut': '%C3%BC',
  'an umlaut of Latin-1': [0xfc],
  'an encoded umlaut of Latin-1': '%FC',
  'an emoji': [0xf0, 0x9f, 0x94, 0x91],
  'a lone surrogate': [0xed, 0xa0, 0x80],
  'an encoded lone surrogate': '%ED%A0%80',
  'percent signs alone': '%%',
};
const ENDPOINTS = ['token', 'revoke', 'introspect'] as const;

describeDatabases('credentials in HTTP Basic that are no credentials', (kind) => {
  let database: TestDatabase;
  let host: TestApp;
  let client: Registered;
  beforeAll(async () => {
    database = await kind.create();
    host = await startTestApp({ adapter: ADAPTER_OF[kind.name] ?? 'express', database: database.options });
    client = await new OAuthWalk(host.origin).register({ token_endpoint_auth_method: 'client_secret_basic' });
  });
  afterAll(async () => {
    await host?.close();
    await database?.drop();
  });

  const ask = async (endpoint: string, authorization: string) => {
    const form = { grant_type: 'refresh_token', refresh_token: 'unknown', token: 'unknown' };
    const response = await fetch(`${host.origin}/oauth/${endpoint}`, {
      method: 'POST',
      headers: { authorization },
      body: new URLSearchParams(form),
    });
    return {
      status: response.status,
      challenge: response.headers.get('www-authenticate'),
      text: await response.text(),
    };
  };
  const basic = (parts: readonly (readonly number[] | string)[]) =>
    `Basic ${Buffer.concat(parts.map((part) => Buffer.from(part as string))).toString('base64')}`;
  const FAILED = {
    status: 401,
    challenge: 'Basic realm="OAuth"',
    text: '{"error":"invalid_client","error_description":"Client authentication failed"}',
  };

  it.each(Object.entries(CHARACTERS))(
    'CAU-03 CAU-04 fail for %s in either half, at every endpoint',
    async (_what, bytes) => {
      const { client_id: id, client_secret: secret = '' } = client;
      const headers = [
        [bytes, ':', secret],
        [id, bytes, ':', secret],
        [id, ':', bytes],
        [id, ':', secret, bytes],
        [id, ':', bytes, secret],
      ].map(basic);
      host.log.lines.length = 0;
      for (const endpoint of ENDPOINTS) {
        for (const header of headers) expect(await ask(endpoint, header)).toEqual(FAILED);
      }
      const undecodable = headers.flatMap(() => ENDPOINTS.map(() => 'authorization_header_undecodable'));
      expect(host.log.reasons()).toEqual(undecodable);
      for (const sent of [id, secret, ...headers]) expect(host.log.lines.join('\n')).not.toContain(sent);
    },
  );

  it.each(['Basic', 'Basic ', 'Basic \xfc', 'Basic =', 'Basic YTpi YTpi', 'Bäsic YTpi', 'Basic YTpi\u00a0x'])(
    'CAU-03 CAU-04 fail for the header %j',
    async (header) => {
      for (const endpoint of ENDPOINTS) expect(await ask(endpoint, header)).toEqual(FAILED);
      expect(host.log.reasons().at(-1)).toBe('authorization_header_unreadable');
    },
  );

  it('CAU-03 leave the client as it was', async () => {
    const header = basic([client.client_id, ':', client.client_secret ?? '']);
    expect([await ask('revoke', header), await ask('introspect', header)]).toMatchObject([
      { status: 200 },
      { status: 200, text: '{"active":false}' },
    ]);
    expect((await ask('token', header)).text).toContain('"invalid_grant"');
  });
});
