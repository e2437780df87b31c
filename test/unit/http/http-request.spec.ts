import { describe, expect, it } from 'vitest';
import { headerValues, requestTarget, toHttpRequest } from '../../../lib/http/http-request.js';
import { NO_BODY } from '../../../lib/http/request-body.js';
import { message } from './exchange.js';

describe('requestTarget', () => {
  it.each([
    ['/mcp', '/mcp', ''],
    ['/', '/', ''],
    ['', '/', ''],
    ['/mcp?', '/mcp', ''],
    ['/mcp?a=1&b=?', '/mcp', 'a=1&b=?'],
    ['?a=1', '/', 'a=1'],
    ['/mcp#x?y', '/mcp#x', 'y'],
    ['//host/mcp', '//host/mcp', ''],
    ['/http://evil.example/mcp', '/http://evil.example/mcp', ''],
    ['http://evil.example/mcp?a=1', '/mcp', 'a=1'],
    ['HTTPS://user:pw@evil.example:1/mcp', '/mcp', ''],
    ['http://evil.example', '/', ''],
    ['http://evil.example?a=1', '/', 'a=1'],
    ['http://evil.example#x', '#x', ''],
    ['a+b-c.d://x/mcp', '/mcp', ''],
    ['9http://x/mcp', '9http://x/mcp', ''],
    ['*', '*', ''],
  ])('reads %j', (url, path, query) => {
    expect(requestTarget(url)).toEqual({ path, query });
  });
});

describe('toHttpRequest', () => {
  const headers = [
    ['Cookie', 'a=1; b=two'],
    ['AUTHORIZATION', 'first'],
    ['x-other', 'y'],
    ['Authorization', 'second'],
    ['Cookie', 'c=%7E'],
  ] as const;
  const raw = message({ method: 'POST', url: '/oauth/token?q=1', headers });

  it('gives a plain value of a request', () => {
    const request = toHttpRequest(raw, NO_BODY);
    expect(request).toMatchObject({
      method: 'POST',
      path: '/oauth/token',
      query: 'q=1',
      body: NO_BODY,
      hostRequest: raw,
    });
    expect(request.header('x-other')).toBe('y');
    expect(request.header('missing')).toBeUndefined();
    expect(request.headerValues('missing')).toEqual([]);
  });

  it('RSG-06 shows every header of a name, of which Node keeps one', () => {
    const request = toHttpRequest(raw, NO_BODY);
    expect(request.headerValues('authorization')).toEqual(['first', 'second']);
    expect(request.header('authorization')).toBe('first');
    expect(headerValues(raw, 'authorization')).toEqual(['first', 'second']);
    // A value is no name.
    expect(
      headerValues(
        message({
          headers: [
            ['x', 'authorization'],
            ['y', 'z'],
          ],
        }),
        'authorization',
      ),
    ).toEqual([]);
  });

  it('reads cookies of every Cookie header', () => {
    const request = toHttpRequest(raw, NO_BODY);
    expect(['a', 'b', 'c', 'd'].map((name) => request.cookie(name))).toEqual(['1', 'two', '~', undefined]);
  });

  it('ABU-03 knows who sent it: what Express says, or else the socket', () => {
    const sent = message();
    expect(toHttpRequest(sent, NO_BODY).remoteAddress).toBeUndefined();
    Object.defineProperty(sent.socket, 'remoteAddress', { value: '192.0.2.1' });
    expect(toHttpRequest(sent, NO_BODY).remoteAddress).toBe('192.0.2.1');
    for (const ip of [undefined, 7]) {
      expect(toHttpRequest(Object.assign(sent, { app: {}, ip }), NO_BODY).remoteAddress).toBe('192.0.2.1');
    }
    expect(toHttpRequest(Object.assign(sent, { ip: '192.0.2.2' }), NO_BODY).remoteAddress).toBe('192.0.2.2');
    // Fastify's own request, and what its middleware makes of Node's.
    const hostRequest = { raw: sent, app: {}, ip: '192.0.2.3' };
    expect(toHttpRequest(Object.assign(sent, { app: undefined }), NO_BODY, hostRequest).remoteAddress).toBe(
      '192.0.2.1',
    );
  });

  it('hands over the host’s own request, and stands an unfinished one', () => {
    const own = { adapter: true };
    expect(toHttpRequest(raw, NO_BODY, own).hostRequest).toBe(own);
    const bare = message();
    delete bare.method;
    delete bare.url;
    expect(toHttpRequest(bare, NO_BODY)).toMatchObject({ method: 'GET', path: '/', query: '' });
  });
});
