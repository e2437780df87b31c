import { Buffer } from 'node:buffer';
import { All, Controller } from '@nestjs/common';
import { mintAccessToken } from 'nestjs-mcp-auth/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { AccessTokenVerifier } from '../../lib/protocol/access-token-verifier.js';
import { rawRequest, type RawRequest, steadyHeaders } from '../support/raw-http.js';
import { ADAPTERS, startTestApp, type TestApp } from '../support/test-app.js';

const calls: string[] = [];

@Controller()
class Counting {
  @All(['mcp', 'mcp/:rest'])
  mcp() {
    calls.push('mcp');
    return 'reached';
  }
}

const METHODS = ['GET', 'POST', 'DELETE', 'PUT', 'PATCH', 'OPTIONS'];

const ODD_REQUESTS: readonly (readonly [string, RawRequest])[] = [
  [
    'a JSON body that is none',
    { method: 'POST', target: '/mcp', headers: [['Content-Type', 'application/json']], body: '{"a":' },
  ],
  ['a media type nobody knows', { method: 'POST', target: '/mcp', headers: [['Content-Type', 'text/odd']], body: 'x' }],
  [
    'a charset nobody knows',
    { method: 'POST', target: '/mcp', headers: [['Content-Type', 'application/json; charset=x']], body: '{}' },
  ],
  [
    'a compressed body that is none',
    {
      method: 'POST',
      target: '/mcp',
      headers: [
        ['Content-Type', 'application/json'],
        ['Content-Encoding', 'gzip'],
      ],
      body: '{}',
    },
  ],
  [
    'a body over every limit',
    {
      method: 'POST',
      target: '/mcp',
      headers: [['Content-Type', 'application/json']],
      body: `"${'x'.repeat(150_000)}"`,
    },
  ],
  ['an Accept header of browsers', { target: '/mcp', headers: [['Accept', 'text/html']] }],
  ['an unknown protocol version', { target: '/mcp', headers: [['MCP-Protocol-Version', '1999-01-01']] }],
  ['a session id', { target: '/mcp', headers: [['Mcp-Session-Id', 'stolen']] }],
  ['a token in the query', { target: '/mcp?access_token=eyJhbGciOiJIUzI1NiJ9.e30.x' }],
  ['Basic credentials', { target: '/mcp', headers: [['Authorization', 'Basic YTpi']] }],
  ['a DPoP token', { target: '/mcp', headers: [['Authorization', 'DPoP abc']] }],
  ['a scheme that only begins like ours', { target: '/mcp', headers: [['Authorization', 'Bearerx abc']] }],
  ['an empty Authorization header', { target: '/mcp', headers: [['Authorization', '']] }],
  ['a cookie session', { target: '/mcp', headers: [['Cookie', 'session=ada']] }],
];

describe.each(ADAPTERS)('the challenge on %s', (adapter) => {
  let host: TestApp;
  let other: TestApp;
  let valid: string;
  beforeAll(async () => {
    // First: the application started last is the one whose log is written.
    other = await startTestApp({ adapter });
    host = await startTestApp({ adapter, controllers: [Counting] });
    valid = (await mintAccessToken(host.app, { userId: 'ada', scope: 'mcp:read' })).accessToken;
  });
  afterAll(() => Promise.all([host.close(), other.close()]));
  beforeEach(() => void (calls.length = 0));
  afterEach(() => void vi.restoreAllMocks());

  const challenge = (error = '') =>
    `Bearer ${error}resource_metadata="${host.origin}/.well-known/oauth-protected-resource/mcp", scope="mcp:read mcp:write mcp:admin"`;

  const answerWith = (body: object, wwwAuthenticate?: string) => ({
    'x-content-type-options': 'nosniff',
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    ...(wwwAuthenticate === undefined ? {} : { 'www-authenticate': wwwAuthenticate }),
    'access-control-allow-origin': '*',
    'access-control-expose-headers': 'WWW-Authenticate, Retry-After, Mcp-Session-Id, Mcp-Protocol-Version',
    'content-length': String(Buffer.byteLength(JSON.stringify(body))),
  });

  const NOTHING_SENT = { message: 'Authentication required' };
  const NOT_VALID = { error: 'invalid_token', error_description: 'The access token is not valid' };
  const withHeader = (...values: string[]): RawRequest => ({
    target: '/mcp',
    headers: values.map((value): [string, string] => ['Authorization', value]),
  });

  it.each(METHODS)(
    'RSG-01 RSG-02 RSG-14 TRN-06 answers %s without a token with the exact challenge',
    async (method) => {
      const answer = await rawRequest(host.origin, { method, target: '/mcp' });
      expect(answer.status).toBe(401);
      expect(steadyHeaders(answer)).toEqual(answerWith(NOTHING_SENT, challenge()));
      expect(JSON.parse(answer.text)).toEqual(NOTHING_SENT);
      expect(calls).toEqual([]);
    },
  );

  it('RSG-02 answers HEAD without a token with the same headers and no body', async () => {
    const answer = await rawRequest(host.origin, { method: 'HEAD', target: '/mcp' });
    expect(answer.status).toBe(401);
    expect(steadyHeaders(answer)).toEqual(answerWith(NOTHING_SENT, challenge()));
    expect(answer.text).toBe('');
  });

  it.each(ODD_REQUESTS)('RSG-01 RSG-02 RSG-06 looks at nothing else first: %s', async (_case, request) => {
    const answer = await rawRequest(host.origin, request);
    expect(answer.status).toBe(401);
    expect(steadyHeaders(answer)).toEqual(answerWith(NOTHING_SENT, challenge()));
    expect(calls).toEqual([]);
  });

  it.each([
    ['no value at all', 'Bearer'],
    ['two values', 'Bearer abc def'],
    ['a value in quotes', 'Bearer "abc"'],
    ['a character outside token68', 'Bearer abc$'],
    ['padding in the middle', 'Bearer a=b'],
    ['a parameter', 'Bearer realm="x"'],
    ['something that is no JWT', 'Bearer abc'],
    ['a JWT without signature', 'Bearer eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.eyJzdWIiOiJhZGEifQ.'],
    ['an endless token', `Bearer ${'a'.repeat(5000)}`],
  ])('RSG-03 RSG-06 RSG-10 calls %s an invalid token', async (_case, authorization) => {
    const answer = await rawRequest(host.origin, withHeader(authorization));
    expect(answer.status).toBe(401);
    const error = 'error="invalid_token", error_description="The access token is not valid", ';
    expect(steadyHeaders(answer)).toEqual(answerWith(NOT_VALID, challenge(error)));
    expect(JSON.parse(answer.text)).toEqual(NOT_VALID);
    expect(calls).toEqual([]);
  });

  it('RSG-03 RSG-04 RSG-05 refuses tokens of other keys, other resources and other times in the same words', async () => {
    const elsewhere = await mintAccessToken(other.app, {
      userId: 'ada',
      scope: 'mcp:read',
      resource: `${host.origin}/mcp`,
    });
    const mint = (change: { resource?: string; lifetimeSeconds?: number }) =>
      mintAccessToken(host.app, { userId: 'ada', scope: 'mcp:read', ...change });
    const tokens = [
      elsewhere.accessToken,
      (await mint({ resource: `${host.origin}/mcp/x` })).accessToken,
      (await mint({ resource: `${host.origin}/mc` })).accessToken,
      (await mint({ resource: host.origin })).accessToken,
      (await mint({ resource: `${host.origin}/MCP` })).accessToken,
      `${valid.slice(0, -4)}AAAA`,
    ];
    for (const token of tokens) {
      const answer = await rawRequest(host.origin, withHeader(`Bearer ${token}`));
      expect([answer.status, JSON.parse(answer.text)]).toEqual([401, NOT_VALID]);
      expect(answer.header('www-authenticate')).toContain('error="invalid_token"');
    }
    const shortLived = (await mint({ lifetimeSeconds: 60 })).accessToken;
    expect((await rawRequest(host.origin, withHeader(`Bearer ${shortLived}`))).status).toBe(200);
    calls.length = 0;
    const now = vi.spyOn(host.clock, 'now').mockReturnValue(Date.now() + 61_000);
    expect((await rawRequest(host.origin, withHeader(`Bearer ${shortLived}`))).status).toBe(401);
    now.mockRestore();
    expect(calls).toEqual([]);
  });

  it.each([
    ['the same token twice', () => [`Bearer ${valid}`, `Bearer ${valid}`]],
    ['a token and another scheme', () => [`Bearer ${valid}`, 'Basic YTpi']],
    ['another scheme and a token', () => ['Basic YTpi', `Bearer ${valid}`]],
  ])('RSG-06 refuses two Authorization headers: %s', async (_case, values) => {
    const answer = await rawRequest(host.origin, withHeader(...values()));
    const body = { error: 'invalid_request', error_description: 'Send one Authorization header' };
    expect(answer.status).toBe(400);
    const error = 'error="invalid_request", error_description="Send one Authorization header", ';
    expect(steadyHeaders(answer)).toEqual(answerWith(body, challenge(error)));
    expect(JSON.parse(answer.text)).toEqual(body);
    expect(calls).toEqual([]);
  });

  it.each(['Bearer', 'bearer', 'BEARER', 'bEaReR'])('RSG-06 takes the scheme as %s', async (scheme) => {
    const answer = await rawRequest(host.origin, withHeader(`${scheme} ${valid}`));
    expect([answer.status, answer.text]).toEqual([200, 'reached']);
  });

  it('RSG-01 asks for the token of every request anew, on a connection that has shown one', async () => {
    const opened = await fetch(`${host.origin}/mcp`, { headers: { authorization: `Bearer ${valid}` } });
    expect(opened.status).toBe(200);
    await opened.text();
    calls.length = 0;
    expect((await fetch(`${host.origin}/mcp`, { method: 'DELETE' })).status).toBe(401);
    expect(calls).toEqual([]);
  });

  it('RSG-13 answers 503, never 401, when no verdict can be had', async () => {
    const verifier = host.app.get(AccessTokenVerifier, { strict: false });
    vi.spyOn(verifier, 'verify').mockRejectedValue(new Error('connect ECONNREFUSED 10.0.0.7:5432'));
    const answer = await rawRequest(host.origin, withHeader(`Bearer ${valid}`));
    const body = { error: 'temporarily_unavailable', error_description: 'The server cannot answer right now' };
    expect(answer.status).toBe(503);
    expect(steadyHeaders(answer)).toEqual({ ...answerWith(body), 'retry-after': '5' });
    expect(answer.text).not.toContain('10.0.0.7');
    expect(calls).toEqual([]);
    expect(host.log.reasons()).toContain('outage');
  });

  it('writes no token to the log, whatever becomes of it', async () => {
    await rawRequest(host.origin, withHeader(`Bearer ${valid}`));
    await rawRequest(host.origin, withHeader('Bearer never-write-me-down'));
    const lines = host.log.lines.join('\n');
    expect(lines).not.toContain(valid);
    expect(lines).not.toContain('never-write-me-down');
  });
});
