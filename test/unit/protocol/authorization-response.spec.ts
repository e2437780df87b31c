import { describe, expect, it } from 'vitest';
import { authorizationResponseUrl } from '../../../lib/protocol/authorization-response.js';

const iss = 'https://app.example';
const ISS = 'iss=https%3A%2F%2Fapp.example';

describe('authorizationResponseUrl', () => {
  it('AUT-20 and AUT-21 carry code, state and iss once each', () => {
    expect(authorizationResponseUrl('https://client.example/cb', { code: 'abc' }, { state: 'x y&z', iss })).toBe(
      `https://client.example/cb?code=abc&state=x%20y%26z&${ISS}`,
    );
  });

  it('AUT-21 and AUT-22 carry error, description, state and iss, and no code', () => {
    const params = { error: 'access_denied', error_description: 'The user said no' };
    expect(authorizationResponseUrl('https://client.example/cb', params, { state: 'xyz', iss })).toBe(
      `https://client.example/cb?error=access_denied&error_description=The%20user%20said%20no&state=xyz&${ISS}`,
    );
  });

  it('AUT-20 sends no state when there is none', () => {
    expect(authorizationResponseUrl('https://client.example/cb', { error: 'server_error' }, { iss })).toBe(
      `https://client.example/cb?error=server_error&${ISS}`,
    );
  });

  it.each([
    ['an existing query', 'https://client.example/cb?tenant=1', 'https://client.example/cb?tenant=1&code=abc&'],
    ['an empty query', 'https://client.example/cb?', 'https://client.example/cb?code=abc&'],
    ['a query that ends in a separator', 'https://client.example/cb?a&', 'https://client.example/cb?a&code=abc&'],
    ['a bare origin', 'https://client.example', 'https://client.example?code=abc&'],
    [
      'the spelling of the URI',
      'HTTPS://Client.Example:443/a/../%63b',
      'HTTPS://Client.Example:443/a/../%63b?code=abc&',
    ],
    [
      'a custom scheme',
      'cursor://anysphere.cursor-mcp/oauth/callback',
      'cursor://anysphere.cursor-mcp/oauth/callback?code=abc&',
    ],
    ['a scheme without authority', 'com.example.app:/cb', 'com.example.app:/cb?code=abc&'],
  ])('AUT-23 and TRN-07 keep %s', (_case, redirectUri, expected) => {
    expect(authorizationResponseUrl(redirectUri, { code: 'abc' }, { iss })).toBe(`${expected}${ISS}`);
  });

  it('AUT-20 gives a client back exactly the state it sent', () => {
    const state = String.fromCharCode(...Array.from({ length: 0x5f }, (_unused, index) => 0x20 + index));
    const url = new URL(authorizationResponseUrl('https://client.example/cb', { code: 'a' }, { state, iss }));
    expect(url.searchParams.getAll('state')).toStrictEqual([state]);
    expect(url.searchParams.getAll('iss')).toStrictEqual([iss]);
  });

  it('TRN-07 encodes line breaks in every value', () => {
    const url = authorizationResponseUrl('https://c.example/', { code: 'a\r\nb' }, { state: 'c\r\nd', iss });
    expect(url).toBe(`https://c.example/?code=a%0D%0Ab&state=c%0D%0Ad&${ISS}`);
  });

  it.each([
    ['a line break', 'https://client.example/cb\r\nSet-Cookie:a=b'],
    ['a line break at the end', 'https://client.example/cb\n'],
    ['a blank', 'https://client.example/c b'],
    ['a fragment', 'https://client.example/cb#'],
    ['DEL', 'https://client.example/\u007f'],
    ['a letter beyond ASCII', 'https://clïent.example/cb'],
    ['nothing', ''],
  ])('TRN-07 refuses a redirect URI with %s', (_case, redirectUri) => {
    expect(() => authorizationResponseUrl(redirectUri, { code: 'abc' }, { iss })).toThrow(
      new TypeError('The redirect URI cannot be used in a header'),
    );
  });
});
