import { describe, expect, it } from 'vitest';
import { CORS, overrideCors, preflight } from '../../../lib/http/cors.js';
import { document, json, page, redirect, send } from '../../../lib/http/http-response.js';
import { securityHeaders } from '../../../lib/http/security-headers.js';
import { response } from './exchange.js';

describe('the kinds of responses', () => {
  it('TRN-03 stores no JSON unless it says so itself', () => {
    expect(json(400, { error: 'x' })).toEqual({
      status: 400,
      headers: { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' },
      body: '{"error":"x"}',
    });
    expect(json(200, {}, { 'X-Y': 'z' }).headers).toEqual({
      'Content-Type': 'application/json; charset=utf-8',
      'X-Y': 'z',
    });
  });

  it('DSC-24 lets public documents be stored for a while', () => {
    expect(document({ a: 1 }, 300)).toEqual({
      status: 200,
      headers: { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'public, max-age=300' },
      body: '{"a":1}',
    });
  });

  it('gives a page the headers it is given', () => {
    expect(page(503, '<p>', { 'X-Y': 'z' })).toEqual({
      status: 503,
      headers: { 'Content-Type': 'text/html; charset=utf-8', 'X-Y': 'z' },
      body: '<p>',
    });
  });

  it('TRN-03 TRN-07 redirects without a body, stored and referred to nowhere', () => {
    const headers = { 'Cache-Control': 'no-store', 'Referrer-Policy': 'no-referrer', Location: 'app:/x?code=1' };
    expect(redirect(302, 'app:/x?code=1')).toEqual({ status: 302, headers });
    expect(redirect(303, 'app:/x?code=1', { 'Set-Cookie': 'a=1', Location: 'elsewhere' })).toEqual({
      status: 303,
      headers: { ...headers, 'Set-Cookie': 'a=1' },
    });
  });

  it('TRN-06 pins https on https alone', () => {
    expect(securityHeaders(false)).toEqual({ 'X-Content-Type-Options': 'nosniff' });
    expect(securityHeaders(true)).toEqual({
      'X-Content-Type-Options': 'nosniff',
      'Strict-Transport-Security': 'max-age=31536000',
    });
  });
});

describe('send', () => {
  it('is the only author of the headers, cookies excepted', () => {
    const sent = response();
    sent.res.setHeader('Content-Security-Policy', "default-src 'self'");
    sent.res.setHeader('X-Powered-By', 'Express');
    sent.res.setHeader('Set-Cookie', 'sid=1');
    send({ status: 418, headers: { 'X-Own': 'a', 'Set-Cookie': ['b=2', 'c=3'] }, body: 'ü' }, sent.res, false);
    expect(sent.status()).toBe(418);
    expect(sent.headers()).toEqual({ 'x-own': 'a', 'set-cookie': ['sid=1', 'b=2', 'c=3'], 'content-length': 2 });
    expect([sent.ended(), sent.body()]).toEqual([1, 'ü']);
  });

  it('answers HEAD with the length of what it holds back', () => {
    const sent = response();
    send({ status: 200, headers: {}, body: 'four' }, sent.res, true);
    expect([sent.headers(), sent.body(), sent.ended()]).toEqual([{ 'content-length': 4 }, undefined, 1]);
  });

  it('has an empty body where there is none, and no length on 204', () => {
    const empty = response();
    send({ status: 302, headers: {} }, empty.res, false);
    expect([empty.headers(), empty.body()]).toEqual([{ 'content-length': 0 }, '']);
    const none = response();
    send({ status: 204, headers: {} }, none.res, false);
    expect(none.headers()).toEqual({});
  });

  it('keeps several values of one header', () => {
    const sent = response();
    send({ status: 200, headers: { Link: ['<a>', '<b>'] } }, sent.res, false);
    expect(sent.headers()['link']).toEqual(['<a>', '<b>']);
  });
});

describe('CORS', () => {
  it('TRN-04 TRN-05 exposes what clients need, and allows no credentials', () => {
    expect(CORS).toEqual({
      'Access-Control-Allow-Origin': '*',
      'Access-Control-Expose-Headers': 'WWW-Authenticate, Retry-After, Mcp-Session-Id, Mcp-Protocol-Version',
    });
  });

  it('RSG-14 answers a preflight', () => {
    expect(preflight(['GET', 'POST'])).toEqual({
      status: 204,
      headers: {
        ...CORS,
        'Access-Control-Allow-Methods': 'GET, POST',
        'Access-Control-Allow-Headers':
          'Authorization, Content-Type, Accept, MCP-Protocol-Version, Mcp-Session-Id, Last-Event-ID, Mcp-Method, Mcp-Name, *',
        'Access-Control-Max-Age': '7200',
      },
    });
  });

  it.each([
    [
      'puts its own in place of the host’s',
      CORS,
      { 'access-control-allow-origin': '*', 'access-control-expose-headers': CORS['Access-Control-Expose-Headers'] },
    ],
    ['takes the host’s away', {}, {}],
  ])('TRN-05 %s, at the last moment', (_case, own, left) => {
    const { res } = response();
    overrideCors(res, own);
    res.setHeader('Access-Control-Allow-Origin', 'https://evil.example');
    res.setHeader('Access-Control-Allow-Credentials', 'true');
    res.setHeader('Vary', 'Origin');
    res.writeHead(200);
    expect({ ...res.getHeaders() }).toEqual({ vary: 'Origin', ...left });
  });
});
