import { describe, expect, it } from 'vitest';
import { McpAuthConfigurationError } from '../../../lib/config/mcp-auth-configuration-error.js';
import {
  checkDocsUrl,
  checkIssuerUrl,
  checkOrigins,
  checkPath,
  checkSeconds,
  checkSecrets,
  show,
} from '../../../lib/config/option-checks.js';

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(McpAuthConfigurationError);
    return (error as Error).message;
  }
  throw new Error('nothing was refused');
}

describe('checkPath', () => {
  it.each(['/mcp', '/MCP', '/api/v1/mcp', '/a-b_c.d~e', '/.well', '/a.b', '/..x', '/x..', '/0'])(
    'accepts %s',
    (path) => {
      expect(checkPath('mcpServerPath', path)).toBe(path);
    },
  );

  it.each([
    undefined,
    null,
    7,
    '',
    '/',
    'mcp',
    '/mcp/',
    '//mcp',
    '/a//b',
    '/mcp?x',
    '/mcp#x',
    '/mcp/:id',
    '/mcp/*',
    '/%6dcp',
    '/mcp x',
    '/mcp\n',
    '/mcp\\x',
    '/mcp;x',
    '/.',
    '/..',
    '/a/../b',
    '/a/./b',
    '/mçp',
    'https://app.example/mcp',
  ])('OPS-01 refuses %j', (path) => {
    expect(refusal(() => checkPath('endpointPrefix', path))).toBe(
      `endpointPrefix must be a plain path such as "/mcp", without trailing slash, wildcard or encoding; got ${show(path)}`,
    );
  });
});

describe('checkSeconds', () => {
  it.each([1, 3600, 315_360_000])('accepts %d', (seconds) => {
    expect(checkSeconds('accessTokenLifetime', seconds)).toBe(seconds);
  });

  it.each([0, -1, 0.5, 315_360_001, Number.NaN, Infinity, '3600', null, undefined, 2 ** 53])(
    'OPS-01 refuses %j',
    (value) => {
      expect(refusal(() => checkSeconds('accessTokenLifetime', value))).toBe(
        `accessTokenLifetime must be a whole number of seconds between 1 and 315360000; got ${show(value)}`,
      );
    },
  );

  it('keeps to a maximum of its own where one is given', () => {
    expect(checkSeconds('x', 60, 60)).toBe(60);
    expect(refusal(() => checkSeconds('x', 61, 60))).toBe(
      'x must be a whole number of seconds between 1 and 60; got 61',
    );
  });
});

describe('checkSecrets', () => {
  const good = 'abcdefghijklmnopqrstuvwxyz012345';

  it('accepts one and several, and gives a list', () => {
    expect(good).toHaveLength(32);
    expect(checkSecrets(good)).toEqual([good]);
    expect(checkSecrets([good, `${good}x`])).toEqual([good, `${good}x`]);
    // Bytes count, not characters.
    expect(checkSecrets('äöüßéèêñ'.repeat(2))).toHaveLength(1);
    expect(checkSecrets('abcdefgh'.repeat(4))).toHaveLength(1);
  });

  it.each([
    ['nothing', undefined, 'oauthSecret is missing; give a random string of 32 bytes or more'],
    ['a number', 7, 'oauthSecret is missing; give a random string of 32 bytes or more'],
    ['bytes', Buffer.alloc(40), 'oauthSecret is missing; give a random string of 32 bytes or more'],
    ['an empty list', [], 'oauthSecret is an empty list; give at least one secret of 32 bytes or more'],
    ['a list with a hole', [good, undefined], 'oauthSecret is missing; give a random string of 32 bytes or more'],
    [
      'the empty string',
      '',
      'oauthSecret has 0 bytes; HS256 needs at least 32. Make one with: openssl rand -base64 48',
    ],
    [
      '31 bytes',
      good.slice(1),
      'oauthSecret has 31 bytes; HS256 needs at least 32. Make one with: openssl rand -base64 48',
    ],
    [
      'a short one behind a good one',
      [good, 'short'],
      'oauthSecret has 5 bytes; HS256 needs at least 32. Make one with: openssl rand -base64 48',
    ],
    [
      'seven characters over and over',
      'abcdefg'.repeat(6),
      'oauthSecret repeats a few characters; make a random one with: openssl rand -base64 48',
    ],
  ])('OPS-01 refuses %s without showing it', (_case, value, message) => {
    expect(refusal(() => checkSecrets(value))).toBe(message);
  });
});

describe('checkIssuerUrl', () => {
  it.each([
    'https://app.example',
    'https://app.example:8443',
    'http://localhost',
    'http://localhost:3000',
    'http://127.0.0.1:3000',
    'http://[::1]:3000',
    'https://10.0.0.1',
  ])('TRN-01 accepts %s', (url) => expect(checkIssuerUrl('baseUrl', url, false).origin).toBe(url));

  it('OPS-02 accepts a path only where one is allowed', () => {
    expect(checkIssuerUrl('issuer', 'https://app.example/tenant/One', true).pathname).toBe('/tenant/One');
    expect(refusal(() => checkIssuerUrl('baseUrl', 'https://app.example/tenant', false))).toBe(
      'baseUrl must be an origin without a path; got "https://app.example/tenant"',
    );
  });

  it.each([undefined, null, 7, '', 'app.example', '/path', 'https://', 'https://a b'])('OPS-01 refuses %j', (value) => {
    expect(refusal(() => checkIssuerUrl('baseUrl', value, true))).toBe(
      `baseUrl must be an absolute URL; got ${show(value)}`,
    );
  });

  it.each([
    'http://app.example',
    'ftp://localhost',
    'http://0.0.0.0',
    'http://10.0.0.1',
    'http://localhost.example',
    'file:///x',
  ])('OPS-01 TRN-01 refuses %s as insecure', (value) => {
    expect(refusal(() => checkIssuerUrl('baseUrl', value, true))).toBe(
      `baseUrl must be https (http is for loopback hosts only); got "${value}"`,
    );
  });

  it.each([
    'https://app.example?x=1',
    'https://app.example/?',
    'https://app.example#x',
    'https://app.example/#',
    'https://user@app.example',
    'https://:secret@app.example',
    'https://app.example/a?b#c',
  ])('OPS-01 DSC-02 refuses %s', (value) => {
    expect(refusal(() => checkIssuerUrl('issuer', value, true))).toBe(
      `issuer must have no query, fragment or user information; got "${value}"`,
    );
  });

  it.each([
    ['https://app.example/', 'https://app.example'],
    ['https://APP.example', 'https://app.example'],
    ['HTTPS://app.example', 'https://app.example'],
    ['https://app.example:443', 'https://app.example'],
    ['https://app.example/tenant/', 'https://app.example/tenant'],
    ['https://app.example/tenant//', 'https://app.example/tenant'],
    ['https://app.example/a/../b', 'https://app.example/b'],
    ['https://app.example//', 'https://app.example'],
    ['http://localhost:80', 'http://localhost'],
    [' https://app.example', 'https://app.example'],
  ])('DSC-02 OPS-02 refuses the spelling %j, and shows the right one', (value, canonical) => {
    expect(refusal(() => checkIssuerUrl('issuer', value, true))).toBe(
      `issuer must be written as "${canonical}"; got ${show(value)}`,
    );
  });
});

describe('checkDocsUrl', () => {
  it.each(['/mcp/docs', '/docs', '/mcpx', 'https://docs.example/a?b#c'])('accepts %s', (url) => {
    expect(checkDocsUrl(url, '/mcp')).toBe(url);
  });

  it.each(['/mcp', '/MCP', '/Mcp'])('OPS-01 RSG-01 refuses %s, the MCP path itself', (url) => {
    expect(refusal(() => checkDocsUrl(url, '/mcp'))).toBe(
      `mcpDocsUrl equals mcpServerPath ("${url}"); that would open the MCP endpoint to everybody`,
    );
    expect(refusal(() => checkDocsUrl('/mcp', '/MCP'))).toContain('mcpDocsUrl equals mcpServerPath');
  });

  it.each(['/mcp/', '/mcp/docs/*', '/', '/mcp/../mcp'])('OPS-01 refuses the path %s', (url) => {
    expect(refusal(() => checkDocsUrl(url, '/mcp'))).toContain('mcpDocsUrl must be a plain path');
  });

  it('OPS-01 refuses what is neither a path nor https', () => {
    expect(refusal(() => checkDocsUrl('docs', '/mcp'))).toBe(
      'mcpDocsUrl must be a path or an absolute URL; got "docs"',
    );
    expect(refusal(() => checkDocsUrl('http://docs.example', '/mcp'))).toBe(
      'mcpDocsUrl must be a path or an https URL; got "http://docs.example"',
    );
    expect(refusal(() => checkDocsUrl('javascript:alert(1)', '/mcp'))).toContain('or an https URL');
  });
});

describe('checkOrigins', () => {
  it('accepts none, any, and origins as browsers write them', () => {
    expect(checkOrigins(undefined)).toBeUndefined();
    expect(checkOrigins('*')).toBe('*');
    expect(checkOrigins([])).toEqual([]);
    expect(checkOrigins(['https://a.example', 'http://localhost:3000'])).toEqual([
      'https://a.example',
      'http://localhost:3000',
    ]);
  });

  it.each([
    'https://a.example/',
    'https://A.example',
    'a.example',
    '*',
    'https://*.example',
    'null',
    'https://a.example:443',
    '',
  ])('OPS-01 refuses %j', (origin) => {
    expect(refusal(() => checkOrigins(['https://ok.example', origin]))).toBe(
      `allowedOrigins: ${show(origin)} is not an origin such as "https://app.example.com"`,
    );
  });
});

describe('show', () => {
  it('writes any value on one line', () => {
    expect(['a"b', 7, null, undefined, ['x']].map(show)).toEqual(['"a\\"b"', '7', 'null', 'undefined', '["x"]']);
  });
});
