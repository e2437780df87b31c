import { Logger } from '@nestjs/common';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { preflight } from '../../../lib/http/cors.js';
import { InvalidRequestError, InvalidTokenError, ServerError } from '../../../lib/protocol/oauth-errors.js';
import { message, response } from '../http/exchange.js';
import { CHALLENGE, READABLE, resourceServer } from './fixture.js';

const { challenger } = resourceServer();

const common = (body: string) => ({
  ...READABLE,
  'x-content-type-options': 'nosniff',
  'strict-transport-security': 'max-age=31536000',
  'content-type': 'application/json; charset=utf-8',
  'cache-control': 'no-store',
  'content-length': body.length,
});

afterEach(() => void vi.restoreAllMocks());

describe('Challenger', () => {
  it('RSG-02 RSG-10 asks for a token without an error', () => {
    const sent = response();
    challenger.askForToken(sent.res);
    const body = '{"message":"Authentication required"}';
    expect([sent.status(), sent.body()]).toEqual([401, body]);
    expect(sent.headers()).toEqual({ ...common(body), 'www-authenticate': `Bearer ${CHALLENGE}` });
  });

  it('answers HEAD with the same headers and no body', () => {
    const sent = response(message({ method: 'HEAD' }));
    challenger.askForToken(sent.res);
    expect([sent.status(), sent.body()]).toEqual([401, undefined]);
    expect(sent.headers()['www-authenticate']).toBe(`Bearer ${CHALLENGE}`);
  });

  it('RSG-03 RSG-10 says that a token is not valid', () => {
    const debug = vi.spyOn(Logger.prototype, 'debug').mockImplementation(() => undefined);
    const sent = response();
    challenger.refuse(sent.res, new InvalidTokenError('The access token is not valid', { reason: 'token_expired' }));
    const body = '{"error":"invalid_token","error_description":"The access token is not valid"}';
    expect([sent.status(), sent.body()]).toEqual([401, body]);
    expect(sent.headers()).toEqual({
      ...common(body),
      'www-authenticate': `Bearer error="invalid_token", error_description="The access token is not valid", ${CHALLENGE}`,
    });
    expect(debug.mock.calls).toEqual([['MCP request refused: error=invalid_token reason=token_expired']]);
  });

  it('RSG-06 RSG-10 says that a request is not valid', () => {
    const debug = vi.spyOn(Logger.prototype, 'debug').mockImplementation(() => undefined);
    const sent = response();
    challenger.refuse(sent.res, new InvalidRequestError('Send one Authorization header', { reason: 'twice' }));
    const body = '{"error":"invalid_request","error_description":"Send one Authorization header"}';
    expect([sent.status(), sent.body()]).toEqual([400, body]);
    expect(sent.headers()).toEqual({
      ...common(body),
      'www-authenticate': `Bearer error="invalid_request", error_description="Send one Authorization header", ${CHALLENGE}`,
    });
    expect(debug.mock.calls).toEqual([['MCP request refused: error=invalid_request reason=twice']]);
  });

  it.each([
    ['an error', new Error('connect ECONNREFUSED 10.0.0.7'), true],
    ['another OAuth error', new ServerError('secret of the server'), true],
    ['no error at all', 'thrown text', false],
  ])('RSG-13 calls %s an outage, and says nothing of it', (_case, error, withStack) => {
    const log = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const sent = response();
    challenger.refuse(sent.res, error);
    const body = '{"error":"temporarily_unavailable","error_description":"The server cannot answer right now"}';
    expect([sent.status(), sent.body()]).toEqual([503, body]);
    expect(sent.headers()).toEqual({ ...common(body), 'retry-after': '5' });
    expect(log.mock.calls).toEqual([
      ['MCP request refused: reason=outage', withStack ? (error as Error).stack : undefined],
    ]);
  });

  it('RSG-15 forbids an origin, with or without a token', () => {
    const debug = vi.spyOn(Logger.prototype, 'debug').mockImplementation(() => undefined);
    const sent = response();
    challenger.forbidOrigin(sent.res);
    const body = '{"message":"This origin may not call the MCP endpoint"}';
    expect([sent.status(), sent.body()]).toEqual([403, body]);
    expect(sent.headers()).toEqual(common(body));
    expect(debug.mock.calls).toEqual([['MCP request refused: error=forbidden reason=origin_forbidden']]);
  });

  it('RSG-14 answers a preflight as it is given', () => {
    const sent = response(message({ method: 'OPTIONS' }));
    challenger.preflight(sent.res, preflight(['GET']));
    expect([sent.status(), sent.body()]).toEqual([204, '']);
    expect(sent.headers()).toMatchObject({ ...READABLE, 'access-control-allow-methods': 'GET' });
    expect(sent.headers()).not.toHaveProperty('content-type');
  });

  it('logs under the name of the module', () => {
    expect(Reflect.get(challenger, 'logger')).toMatchObject({ context: 'McpAuth' });
  });

  it('pins no https on loopback', () => {
    const sent = response();
    resourceServer({ baseUrl: 'http://localhost:3000' }).challenger.askForToken(sent.res);
    expect(sent.headers()).not.toHaveProperty('strict-transport-security');
    expect(sent.headers()['www-authenticate']).toContain('http://localhost:3000/.well-known/');
  });
});
