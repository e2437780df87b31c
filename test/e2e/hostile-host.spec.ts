import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MCP_PATH, PUBLIC_URL, type RunningHost, startHost } from '../support/hostile-host.js';
import { OAuthWalk } from '../support/oauth-walk.js';
import { rawRequest } from '../support/raw-http.js';
import { RecordedFlow, type RecordedStep } from '../support/recorded-flow.js';
import { ADAPTERS } from '../support/test-app.js';

const PARSERS = [true, false];

/** What a plain Express host without parsers answers; everything else has to equal it. */
async function record(options: Parameters<typeof startHost>[0]): Promise<readonly RecordedStep[]> {
  const host = await startHost(options);
  try {
    return await new RecordedFlow(host.origin, MCP_PATH).run();
  } finally {
    await host.close();
  }
}

describe('the whole flow', () => {
  let plain: readonly RecordedStep[];
  beforeAll(async () => {
    plain = await record({ adapter: 'express', hostile: false });
  });

  it('is a whole flow: it passes every endpoint, and ends with tokens', () => {
    const statusesOf = (step: string) => plain.filter((one) => one.step.startsWith(step)).map(({ status }) => status);
    expect(statusesOf('document')).toEqual(
      [...Array.from({ length: 5 }, () => [200, 200, 200, 405, 204]), [404, 404, 404, 404, 204]].flat(),
    );
    expect(statusesOf('register')).toEqual([400, 400, 413, 400, 400, 201]);
    expect(statusesOf('authorize')).toEqual([400, 400, 302, 400, 405, 302, 303]);
    expect(statusesOf('resume')).toEqual([302]);
    expect(statusesOf('consent')).toEqual([200]);
    expect(statusesOf('approve')).toEqual([400, 400, 200, 400]);
    expect(statusesOf('token')).toEqual([400, 204, 400, 401, 400, 200, 200, 400]);
    expect(new Set(statusesOf('challenge'))).toEqual(new Set([401]));
    expect(statusesOf('preflight')).toEqual([204]);
  });

  describe.each(ADAPTERS)('on %s', (adapter) => {
    it.each(PARSERS)('TRN-08 is the same to the byte in a plain host with bodyParser %s', async (bodyParser) => {
      expect(await record({ adapter, hostile: false, bodyParser })).toEqual(plain);
    });

    it.each(PARSERS)(
      'TRN-08 TRN-05 is the same to the byte in a hostile host with bodyParser %s',
      async (bodyParser) => {
        expect(await record({ adapter, hostile: true, bodyParser })).toEqual(plain);
      },
    );
  });
});

describe.each(ADAPTERS)('the hostile host on %s', (adapter) => {
  let host: RunningHost;
  beforeAll(async () => {
    host = await startHost({ adapter, hostile: true });
  });
  afterAll(() => host.close());

  it('is as hostile as it claims: guards, pipes, envelope, filter, helmet, CORS, CSRF and throttling are at work', async () => {
    const ask = async (
      method: string,
      target: string,
      body = '',
      headers: readonly (readonly [string, string])[] = [],
    ) => rawRequest(host.origin, { method, target, body, headers: [['Content-Type', 'application/json'], ...headers] });
    const refused = await ask('GET', '/api/v1/private', '', [['Origin', 'https://one.example']]);
    expect([refused.status, refused.text]).toEqual([401, '{"caught":true,"status":401}']);
    expect(refused.header('content-security-policy')).toContain("default-src 'self'");
    expect(refused.header('access-control-allow-origin')).toBe('https://one.example');
    expect(refused.header('access-control-allow-credentials')).toBe('true');
    const extra = await ask('POST', '/api/v1/signup', '{"email":"a@example.com","more":1}');
    expect([extra.status, extra.text]).toEqual([400, '{"caught":true,"status":400}']);
    const crossSite = await ask('POST', '/api/v1/signup', '{"email":"a@example.com"}', [
      ['Sec-Fetch-Site', 'cross-site'],
    ]);
    expect(crossSite.status).toBe(403);
    const own = await ask('GET', '/api/v1/private', '', [['Authorization', 'Bearer host-token']]);
    expect([own.status, own.text]).toEqual([200, '{"data":"private","enveloped":true}']);
    const index = await ask('GET', '/api/v1/anything/else');
    expect([index.status, index.text]).toEqual([200, '{"data":"index.html","enveloped":true}']);
    for (let count = 0; count < 5; count++) await ask('GET', '/api/v1/anything/else');
    expect((await ask('GET', '/api/v1/anything/else')).status).toBe(429);
  });

  it('RSG-01 TRN-08 hands the MCP handler, and nobody else, a request with our token', async () => {
    const { access_token: token } = await new OAuthWalk(host.origin).tokens('ada');
    const headers = [
      ['Authorization', `Bearer ${token}`],
      ['Content-Type', 'application/json'],
    ] as const;
    const answer = await rawRequest(host.origin, { method: 'POST', target: MCP_PATH, headers, body: '{"a":1}' });
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text)).toMatchObject({
      data: { auth: { userId: 'ada', orgId: 'analytical' }, body: { a: 1 } },
      enveloped: true,
    });
    const fromPage = [...headers, ['Origin', 'https://one.example']] as const;
    const read = await rawRequest(host.origin, { target: MCP_PATH, headers: fromPage });
    expect([read.status, read.header('access-control-allow-origin')]).toEqual([200, '*']);
    expect(read.header('access-control-allow-credentials')).toBeUndefined();
    const elsewhere = await rawRequest(host.origin, { target: '/api/v1/private', headers });
    expect(elsewhere.status).toBe(401);
    expect((await rawRequest(host.origin, { method: 'POST', target: MCP_PATH })).header('www-authenticate')).toBe(
      `Bearer resource_metadata="${PUBLIC_URL}/.well-known/oauth-protected-resource${MCP_PATH}", scope="mcp:read mcp:write mcp:admin"`,
    );
  });

  it('RSG-03 takes no token of the host for one of ours', async () => {
    const answer = await rawRequest(host.origin, {
      target: MCP_PATH,
      headers: [['Authorization', 'Bearer host-token']],
    });
    expect(answer.status).toBe(401);
    expect(answer.header('www-authenticate')).toContain('error="invalid_token"');
  });
});
