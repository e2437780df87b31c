import type { INestApplication } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MembershipEntity } from '../../../sample-app/database/entities/membership.entity.js';
import { SessionEntity } from '../../../sample-app/database/entities/session.entity.js';
import { sampleEntities } from '../../../sample-app/database/sample-entities.js';
import { sampleMigrations } from '../../../sample-app/database/sample-migrations.js';
import { EnvironmentModule } from '../../../sample-app/environment.module.js';
import { readEnvironment } from '../../../sample-app/environment.js';
import { SampleUserAdapter } from '../../../sample-app/users/sample-user.adapter.js';
import { UsersModule } from '../../../sample-app/users/users.module.js';
import { TransactionsModule } from './support/transactions.module.js';

async function start(adapter: ExpressAdapter | FastifyAdapter, name: string, source: Record<string, string> = {}) {
  const module = await Test.createTestingModule({
    imports: [
      EnvironmentModule.holding(readEnvironment({ PORT: '0', ...source })),
      TypeOrmModule.forRoot({
        type: 'better-sqlite3',
        database: ':memory:',
        entities: sampleEntities,
        migrations: sampleMigrations,
        migrationsRun: true,
      }),
      TransactionsModule,
      UsersModule,
    ],
  }).compile();
  const app = module.createNestApplication(adapter);
  await app.listen(0, '127.0.0.1');
  return { name, app, url: await app.getUrl() };
}

describe.each([
  ['Express', () => new ExpressAdapter()],
  ['Fastify', () => new FastifyAdapter()],
])('the login of the sample app on %s', (name, adapter) => {
  let app: INestApplication;
  let url: string;
  beforeAll(async () => ({ app, url } = await start(adapter(), name)));
  afterAll(() => app.close());

  const post = (path: string, fields: Record<string, string> | string, headers: Record<string, string> = {}) =>
    fetch(url + path, {
      method: 'POST',
      redirect: 'manual',
      body: typeof fields === 'string' ? fields : new URLSearchParams(fields),
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    });
  const ada = { email: 'ada@example.com', password: 'ada-password' };
  const cookieOf = (response: Response) => response.headers.get('set-cookie')?.split(';')[0] ?? '';
  const currentUser = (cookie: string) => app.get(SampleUserAdapter).currentUser({ headers: { cookie } });

  it('shows a form that keeps the place to return to', async () => {
    const response = await fetch(`${url}/login?return_to=%2Foauth%2Fauthorize%2Fresume%3Frequest%3Dabc`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-security-policy')).toContain("form-action 'self'");
    expect(await response.text()).toContain('name="return_to" value="/oauth/authorize/resume?request=abc"');
  });

  it.each([
    ['select_account', 'with the account that you want to use'],
    ['reauthenticate', 'once more, so that it is certain that this is you'],
  ])('AUT-26 asks those who are signed in too, and says why: %s', async (reason, words) => {
    const cookie = cookieOf(await post('/login', ada));
    const address = `${url}/login?return_to=%2Foauth%2Fauthorize%2Fresume%3Frequest%3Dabc&reason=${reason}`;
    const page = await (await fetch(address, { headers: { cookie } })).text();
    expect(page).toContain(words);
    expect(page).toContain('name="password"');
    expect(page).toContain('name="return_to" value="/oauth/authorize/resume?request=abc"');
    const link = '<a href="/oauth/authorize/resume?request=abc">Go on with the account you have</a>';
    expect(page.includes(link)).toBe(reason === 'select_account');
  });

  it('takes nothing else for a reason, and no other way back for a link', async () => {
    for (const reason of ['login', '', 'constructor', '__proto__', '<script>', 'select_account&reason=x']) {
      const page = await (await fetch(`${url}/login?reason=${reason}`)).text();
      expect(page).toContain('to go on to your notes');
      expect(page).not.toContain('<script');
    }
    const hostile = encodeURIComponent('https://evil.example');
    const page = await (await fetch(`${url}/login?reason=select_account&return_to=${hostile}`)).text();
    expect(page).toContain('<a href="/">Go on with the account you have</a>');
    expect(page).not.toContain('evil');
  });

  it('signs in, and goes on to the place that the form or the address names', async () => {
    for (const [path, fields] of [
      ['/login', { ...ada, return_to: '/oauth/authorize/resume?request=abc' }],
      ['/login?return_to=%2Foauth%2Fauthorize%2Fresume%3Frequest%3Dabc', ada],
    ] as const) {
      const response = await post(path, fields);
      expect(response.status).toBe(200);
      expect(await response.text()).toContain('content="0;url=/oauth/authorize/resume?request=abc"');
      expect(await currentUser(cookieOf(response))).toMatchObject({ id: 'user-ada' });
    }
  });

  it('CON-10 sets a cookie that scripts and other sites cannot use', async () => {
    const cookie = (await post('/login', ada)).headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/^notes_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/);
  });

  it('STO-01 keeps only a hash of the session', async () => {
    const value = cookieOf(await post('/login', ada)).split('=')[1] ?? '';
    const rows = await app.get<DataSource>(getDataSourceToken()).manager.find(SessionEntity);
    expect(rows.length).toBeGreaterThan(0);
    expect(JSON.stringify(rows)).not.toContain(value);
  });

  it('CON-13 changes the session at login and ends the one before', async () => {
    const planted = 'notes_session=planted-by-an-attacker';
    const first = cookieOf(await post('/login', ada, { cookie: planted }));
    expect(first).not.toBe(planted);
    expect(await currentUser(planted)).toBeNull();
    const second = cookieOf(await post('/login', ada, { cookie: first }));
    expect(second).not.toBe(first);
    expect(await currentUser(first)).toBeNull();
    expect(await currentUser(second)).toMatchObject({ id: 'user-ada' });
  });

  it.each([
    ['a wrong password', { ...ada, password: 'grace-password' }],
    ['an unknown address', { ...ada, email: 'eve@example.com' }],
    ['an address with an SQL quote', { ...ada, email: "ada@example.com' OR '1'='1" }],
  ])('answers %s with the form again and 401, without saying which it was', async (_case, fields) => {
    const response = await post('/login', { ...fields, return_to: '/x' });
    expect(response.status).toBe(401);
    expect(response.headers.get('set-cookie')).toBeNull();
    const page = await response.text();
    expect(page).toContain('That e-mail address and password do not go together.');
    expect(page).toContain('name="return_to" value="/x"');
  });

  it('takes as long for an unknown address as for a wrong password', async () => {
    const time = async (email: string) => {
      const begun = performance.now();
      await post('/login', { email, password: 'wrong' });
      return performance.now() - begun;
    };
    await time('ada@example.com');
    const fastest = async (email: string) => Math.min(await time(email), await time(email), await time(email));
    const [known, unknown] = [await fastest('ada@example.com'), await fastest('eve@example.com')];
    expect(unknown).toBeGreaterThan(known / 2);
  });

  it.each([
    ['nothing', ''],
    ['no password', 'email=ada%40example.com'],
    ['a list of passwords', 'email=ada%40example.com&password=a&password=b'],
    ['nested fields', 'email[a]=b&password[c]=d'],
    ['NUL', 'email=ada%00%40example.com&password=x'],
    ['broken percent encoding', 'email=%zz&password=%'],
    ['invalid UTF-8', 'email=%ff&password=%c0%80'],
    ['prototype fields', '__proto__[email]=a&constructor=b&email=&password='],
    ['an endless password', `email=ada%40example.com&password=${'x'.repeat(5000)}`],
  ])('answers %s with a 4xx page, never a 5xx', async (_case, body) => {
    const response = await post('/login', body);
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(response.status).toBeLessThan(500);
    expect(response.headers.get('set-cookie')).toBeNull();
  });

  it.each([
    ['application/json', '{"email":{"a":1},"password":["b"]}'],
    ['application/json', '{"email":'],
    ['application/json', 'null'],
    ['text/plain', 'email=ada'],
    ['multipart/form-data; boundary=x', '--x--'],
  ])('answers a body of type %s (%s) with 4xx', async (type, body) => {
    const { status } = await post('/login', body, { 'content-type': type });
    expect(status >= 400 && status < 500).toBe(true);
  });

  it('never leads to another site', async () => {
    for (const hostile of ['//evil.example', '/\\evil.example', 'https://evil.example', '/%09/evil.example']) {
      const page = await (await post('/login', { ...ada, return_to: hostile })).text();
      expect(page).toContain('content="0;url=/"');
      expect(page).not.toContain('evil');
    }
    expect(await (await fetch(`${url}/login?return_to=/a&return_to=//evil.example`)).text()).not.toContain('evil');
  });

  it('login CSRF: refuses a form from another site, with the right password too', async () => {
    const response = await post('/login', ada, { origin: 'https://evil.example' });
    expect(response.status).toBe(403);
    expect(response.headers.get('set-cookie')).toBeNull();
    expect((await post('/logout', '', { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
  });

  it('signs out for good', async () => {
    const cookie = cookieOf(await post('/login', ada));
    expect(await (await fetch(url, { headers: { cookie } })).text()).toContain('Ada Lovelace');
    const response = await post('/logout', '', { cookie });
    expect(response.headers.get('set-cookie')).toMatch(/^notes_session=; Max-Age=0;/);
    expect(await currentUser(cookie)).toBeNull();
    expect(await (await fetch(url, { headers: { cookie } })).text()).not.toContain('Ada Lovelace');
  });

  it('C3 lists the organisations of a person, the current one first', async () => {
    const users = app.get(SampleUserAdapter);
    const request = { headers: {} };
    for (const [id, organisations] of [
      ['user-ada', ['analytical', 'compilers']],
      ['user-grace', ['compilers']],
      ['nobody', []],
    ] as const) {
      expect((await users.listOrgs(request, { id })).map((org) => org.id)).toEqual(organisations);
      expect((await users.currentOrg(request, { id }))?.id).toBe(organisations[0]);
    }
  });

  it('tells the library who may grant what, and who is gone', async () => {
    const users = app.get(SampleUserAdapter);
    const question = { clientId: 'c', resource: 'r' };
    for (const scope of ['mcp:read', 'mcp:write', 'mcp:admin']) {
      expect(await users.validateScopeForUser({ ...question, userId: 'user-ada', orgId: 'analytical', scope })).toBe(
        true,
      );
    }
    expect(await users.validateScopeForUser({ userId: 'user-grace', orgId: 'compilers', scope: 'mcp:write' })).toBe(
      true,
    );
    for (const [userId, orgId] of [
      ['user-grace', 'compilers'],
      ['user-grace', 'analytical'],
      ['user-ada', 'compilers'],
      ['nobody', 'analytical'],
    ] as const) {
      expect(await users.validateScopeForUser({ userId, orgId, scope: 'mcp:admin' })).toBe(false);
    }
    const grace = { userId: 'user-grace', orgId: 'compilers' };
    expect(await users.fetchUserData(grace)).toMatchObject({
      email: 'grace@example.com',
      apiKeyId: 'notes_user-grace',
    });
    expect(await users.fetchUserData({ ...grace, orgId: 'analytical' })).toBeNull();
    expect(await users.fetchUserData({ userId: 'nobody' })).toBeNull();
    await app.get<DataSource>(getDataSourceToken()).manager.delete(MembershipEntity, { userId: 'user-grace' });
    expect(await users.fetchUserData(grace)).toBeNull();
  });
});

it('CON-10 the cookie is Secure and bound to its host where the public address is https', async () => {
  const { app, url } = await start(new ExpressAdapter(), 'https', { MCP_BASE_URL: 'https://notes.example' });
  const body = new URLSearchParams({ email: 'ADA@example.com ', password: 'ada-password' });
  const response = await fetch(`${url}/login`, { method: 'POST', body });
  expect(response.headers.get('set-cookie')).toMatch(
    /^__Host-notes_session=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
  );
  await app.close();
});
