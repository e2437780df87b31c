import { describe, expect, it } from 'vitest';
import {
  assertRegistrableRedirectUri,
  findRedirectUri,
  redirectTarget,
  redirectUriMatches,
} from '../../../lib/protocol/redirect-uri.js';
import { refusal, type Refusal } from './refusal.js';

const schemes = ['cursor', 'vscode', 'vscode-insiders'];

const refused = (fault: string, description: string): Refusal => ({
  type: 'InvalidRedirectUriError',
  reason: `redirect_uri_${fault}`,
  description,
});

const NOT_ABSOLUTE = refused('not_absolute', 'A redirect URI is not an absolute URI');
const USERINFO = refused('userinfo', 'A redirect URI contains user information');
const FRAGMENT = refused('fragment', 'A redirect URI has a fragment');
const WILDCARD = refused('wildcard', 'A redirect URI contains a wildcard');
const BACKSLASH = refused('backslash', 'A redirect URI contains a backslash');
const CONTROL = refused('whitespace_or_control', 'A redirect URI contains whitespace or a control character');
const ILLEGAL = refused('illegal_character', 'A redirect URI contains a character that must be encoded');
const INSECURE = refused('insecure_http', 'A redirect URI must use https unless it leads to the loopback interface');
const FORBIDDEN = refused('scheme_forbidden', 'A redirect URI has a scheme that is never allowed');
const NOT_ALLOWED = refused('scheme_not_allowed', 'A redirect URI has a scheme that is not allowed');
const RESERVED = refused('reserved_parameter', 'A redirect URI contains a parameter of the authorization response');

describe('assertRegistrableRedirectUri', () => {
  it.each([
    ['Claude', 'https://claude.ai/api/mcp/auth_callback'],
    ['ChatGPT', 'https://chatgpt.com/connector_platform_oauth_redirect'],
    ['Cursor', 'cursor://anysphere.cursor-mcp/oauth/callback'],
    ['VS Code', 'http://127.0.0.1/'],
    ['VS Code with a port', 'http://127.0.0.1:33418/'],
    ['Claude Code', 'http://localhost/callback'],
    ['mcp-remote', 'http://localhost:3335/oauth/callback'],
    ['IPv6 loopback', 'http://[::1]:8080/cb'],
    ['loopback in capitals', 'HTTP://LOCALHOST:1/cb'],
    ['a reverse-domain scheme (RFC 8252 §7.1)', 'com.example.app:/oauth2redirect/example-provider'],
    ['an allowed scheme in capitals', 'VSCode-Insiders://vendor.extension/cb'],
    ['an allowed scheme without authority', 'vscode:/cb'],
    ['a query', 'https://client.example/cb?tenant=1&code_id=2&x=%20'],
    ['a path that looks like a response', 'https://client.example/cb&code=1'],
    ['no path', 'https://client.example'],
    ['a port', 'https://client.example:8443/cb'],
    ['2048 characters', `https://client.example/${'a'.repeat(2048 - 23)}`],
  ])('REG-10 accepts that of %s', (_case, uri) => {
    expect(() => assertRegistrableRedirectUri(uri, schemes)).not.toThrow();
  });

  it.each([[null], [undefined], [42], [['https://client.example/cb']], [{ href: 'https://client.example/cb' }]])(
    'REG-08 refuses %j, which is no string',
    (uri) => {
      expect(refusal(() => assertRegistrableRedirectUri(uri, schemes))).toStrictEqual(
        refused('not_a_string', 'A redirect URI is not a string'),
      );
    },
  );

  it.each<[string, string, Refusal]>([
    [
      '2049 characters',
      `https://client.example/${'a'.repeat(2049 - 23)}`,
      refused('too_long', 'A redirect URI is too long'),
    ],
    ['an empty string', '', NOT_ABSOLUTE],
    ['a path', '/cb', NOT_ABSOLUTE],
    ['a relative path', 'cb', NOT_ABSOLUTE],
    ['a scheme-relative URI', '//client.example/cb', NOT_ABSOLUTE],
    ['https without slashes', 'https:client.example/cb', NOT_ABSOLUTE],
    ['https with one slash', 'https:/client.example/cb', NOT_ABSOLUTE],
    ['https without host', 'https:///cb', NOT_ABSOLUTE],
    ['http without host', 'http:///cb', NOT_ABSOLUTE],
    ['http with one slash', 'http:/localhost/cb', NOT_ABSOLUTE],
    ['an impossible port', 'https://client.example:99999/cb', NOT_ABSOLUTE],
    ['an impossible loopback port', 'http://localhost:99999/cb', NOT_ABSOLUTE],
    ['a port that is no number', 'http://localhost:80a/cb', NOT_ABSOLUTE],
    ['a slash hidden in the host', 'https://client%2fexample/cb', NOT_ABSOLUTE],
    ['a host and port without scheme', 'client.example:8080/cb', NOT_ABSOLUTE],
    ['an allowed scheme with an opaque path', 'cursor:anysphere', NOT_ABSOLUTE],
    ['an allowed scheme and nothing else', 'cursor:', NOT_ABSOLUTE],
    ['a fragment', 'https://client.example/cb#part', FRAGMENT],
    ['an empty fragment', 'https://client.example/cb#', FRAGMENT],
    ['a fragment in a private scheme', 'com.example.app:/cb#x', FRAGMENT],
    ['a user name', 'https://user@client.example/cb', USERINFO],
    ['a user name and password', 'https://user:pass@client.example/cb', USERINFO],
    ['a loopback user name', 'http://127.0.0.1:80@evil.example/cb', USERINFO],
    ['a user name before loopback', 'http://attacker@127.0.0.1/cb', USERINFO],
    ['a user name in a private scheme', 'cursor://user@host/cb', USERINFO],
    ['a wildcard host', 'https://*.client.example/cb', WILDCARD],
    ['a wildcard path', 'https://client.example/*', WILDCARD],
    ['a blank', 'https://client.example/a b', CONTROL],
    ['a blank at the end', 'https://client.example/cb ', CONTROL],
    ['a blank at the start', ' https://client.example/cb', CONTROL],
    ['a line break', 'https://client.example/cb\r\nSet-Cookie:a=b', CONTROL],
    ['a tab inside the scheme', 'java\tscript:alert(1)', CONTROL],
    ['NUL', 'https://client.example/\u0000', CONTROL],
    ['DEL', 'https://client.example/\u007f', CONTROL],
    ['a no-break space', 'https://client.example/\u00a0', CONTROL],
    ['a C1 control character', 'https://client.example/\u0085', CONTROL],
    ['a backslash', 'https://client.example\\@evil.example/cb', BACKSLASH],
    ['backslashes for slashes', 'https:\\\\client.example/cb', BACKSLASH],
    ['a letter beyond ASCII', 'https://clïent.example/cb', ILLEGAL],
    ['a quote', 'https://client.example/"onload="x', ILLEGAL],
    ['a tag', 'https://client.example/<script>', ILLEGAL],
    ['a template', 'https://{tenant}.client.example/cb', ILLEGAL],
    ['a broken percent sequence', 'https://client.example/%zz', ILLEGAL],
  ])('REG-09 refuses %s', (_case, uri, expected) => {
    expect(refusal(() => assertRegistrableRedirectUri(uri, schemes))).toStrictEqual(expected);
  });

  it.each([
    'http://client.example/cb',
    'http://localhost.evil.example/cb',
    'http://127.0.0.1.evil.example/cb',
    'http://evil-localhost/cb',
    'http://evil.localhost/cb',
    'http://localhost./cb',
    'http://127.0.0.2/cb',
    'http://127.1/cb',
    'http://0x7f000001/cb',
    'http://2130706433/cb',
    'http://0.0.0.0/cb',
    'http://[::]/cb',
    'http://[::ffff:127.0.0.1]/cb',
    'http://[0:0:0:0:0:0:0:1]/cb',
    'http://10.0.0.1/cb',
    'HTTP://CLIENT.EXAMPLE/cb',
    'http://127a0b0c1/cb',
  ])('REG-10 refuses %s', (uri) => {
    expect(refusal(() => assertRegistrableRedirectUri(uri, schemes))).toStrictEqual(INSECURE);
  });

  it.each([
    'javascript:alert(1)',
    'JavaScript:alert(1)',
    'javascript://client.example/%0aalert(1)',
    'data:text/html,x',
    'vbscript:x',
    'file:///etc/passwd',
    'blob:https://client.example/x',
    'about:blank',
    'filesystem:https://client.example/x',
    'view-source:https://client.example/',
    'intent://client.example/',
    'chrome://settings/',
    'jar:https://client.example/x',
    'mhtml:https://client.example/x',
  ])('REG-11 never accepts %s, not even when its scheme is on the list', (uri) => {
    const scheme = uri.slice(0, uri.indexOf(':'));
    expect(refusal(() => assertRegistrableRedirectUri(uri, schemes))).toStrictEqual(FORBIDDEN);
    expect(refusal(() => assertRegistrableRedirectUri(uri, [scheme, scheme.toLowerCase()]))).toStrictEqual(FORBIDDEN);
  });

  it.each([
    ['a scheme that is not listed', 'exampleapp://cb', schemes],
    ['the prefix of a listed one', 'vsc://host/cb', schemes],
    ['an extension of a listed one', 'vscodex://host/cb', schemes],
    ['an out-of-band URN', 'urn:ietf:wg:oauth:2.0:oob', schemes],
    ['ftp', 'ftp://client.example/cb', schemes],
    ['a listed scheme when nothing is listed', 'cursor://anysphere.cursor-mcp/oauth/callback', []],
  ])('REG-11 refuses %s', (_case, uri, allowed) => {
    expect(refusal(() => assertRegistrableRedirectUri(uri, allowed))).toStrictEqual(NOT_ALLOWED);
  });

  it('REG-11 compares with the allow-list without regard to case', () => {
    expect(() => assertRegistrableRedirectUri('myapp://cb', ['MyApp'])).not.toThrow();
  });

  it.each(['code', 'state', 'iss', 'error', 'error_description', 'error_uri', '%63ode'])(
    'AUT-22 refuses a query that already has %s',
    (name) => {
      for (const query of [`?${name}=1`, `?a=b&${name}=1`, `?${name}`, `?${name}&a=b`]) {
        expect(refusal(() => assertRegistrableRedirectUri(`https://client.example/cb${query}`, []))).toStrictEqual(
          RESERVED,
        );
      }
      expect(refusal(() => assertRegistrableRedirectUri(`cursor://host/cb?${name}=1`, schemes))).toStrictEqual(
        RESERVED,
      );
    },
  );
});

describe('redirectUriMatches', () => {
  it('AUT-08 matches the same string', () => {
    expect(redirectUriMatches('https://client.example/cb?a=1', 'https://client.example/cb?a=1')).toBe(true);
    expect(redirectUriMatches('cursor://anysphere.cursor-mcp/cb', 'cursor://anysphere.cursor-mcp/cb')).toBe(true);
  });

  it.each([
    ['the case of the host', 'https://Client.example/cb'],
    ['the case of the path', 'https://client.example/CB'],
    ['the case of the scheme', 'HTTPS://client.example/cb'],
    ['a default port', 'https://client.example:443/cb'],
    ['another port', 'https://client.example:8443/cb'],
    ['a trailing slash', 'https://client.example/cb/'],
    ['a query', 'https://client.example/cb?a=1'],
    ['an empty query', 'https://client.example/cb?'],
    ['a fragment', 'https://client.example/cb#'],
    ['a percent-encoded letter', 'https://client.example/%63b'],
    ['a dot segment', 'https://client.example/x/../cb'],
    ['a longer path', 'https://client.example/cb/evil'],
    ['a longer host', 'https://client.example.evil/cb'],
    ['a user name', 'https://evil@client.example/cb'],
    ['a trailing blank', 'https://client.example/cb '],
    ['http instead of https', 'http://client.example/cb'],
    ['an empty string', ''],
  ])('AUT-08 is exact about %s', (_case, requested) => {
    expect(redirectUriMatches('https://client.example/cb', requested)).toBe(false);
  });

  it.each([
    ['127.0.0.1 without port', 'http://127.0.0.1/callback', 'http://127.0.0.1:51004/callback'],
    ['127.0.0.1 with another port', 'http://127.0.0.1:3000/callback', 'http://127.0.0.1:51004/callback'],
    ['127.0.0.1 with a port that is left out', 'http://127.0.0.1:3000/callback', 'http://127.0.0.1/callback'],
    ['[::1]', 'http://[::1]/callback', 'http://[::1]:51004/callback'],
    ['the highest port', 'http://127.0.0.1/callback', 'http://127.0.0.1:65535/callback'],
    ['a query that stays the same', 'http://127.0.0.1/cb?a=b', 'http://127.0.0.1:1/cb?a=b'],
    ['a bare query', 'http://127.0.0.1?a=b', 'http://127.0.0.1:1?a=b'],
    ['no path', 'http://127.0.0.1', 'http://127.0.0.1:1'],
  ])('AUT-09 accepts any port for %s', (_case, registered, requested) => {
    expect(redirectUriMatches(registered, requested)).toBe(true);
  });

  it('AUT-10 accepts any port for localhost, as the document of Claude Code needs', () => {
    expect(redirectUriMatches('http://localhost/callback', 'http://localhost:3118/callback')).toBe(true);
  });

  it.each([
    ['localhost for 127.0.0.1', 'http://127.0.0.1/cb', 'http://localhost:1/cb'],
    ['127.0.0.1 for localhost', 'http://localhost/cb', 'http://127.0.0.1:1/cb'],
    ['127.0.0.1 for [::1]', 'http://[::1]/cb', 'http://127.0.0.1:1/cb'],
    ['https for http', 'http://127.0.0.1/cb', 'https://127.0.0.1:1/cb'],
    ['another https loopback port', 'https://127.0.0.1/cb', 'https://127.0.0.1:1/cb'],
    ['another path', 'http://127.0.0.1/cb', 'http://127.0.0.1:1/cb2'],
    ['a longer path', 'http://127.0.0.1/cb', 'http://127.0.0.1:1/cb/x'],
    ['a trailing slash', 'http://127.0.0.1/cb', 'http://127.0.0.1:1/cb/'],
    ['a root slash', 'http://127.0.0.1', 'http://127.0.0.1:1/'],
    ['another query', 'http://127.0.0.1/cb', 'http://127.0.0.1:1/cb?x=1'],
    ['a fragment', 'http://127.0.0.1/cb', 'http://127.0.0.1:1/cb#x'],
    ['a user name', 'http://127.0.0.1/cb', 'http://attacker@127.0.0.1:1/cb'],
    ['a user name that looks like loopback', 'http://127.0.0.1/cb', 'http://127.0.0.1:1@evil.example/cb'],
    ['a host that begins like loopback', 'http://127.0.0.1/cb', 'http://127.0.0.1.evil.example/cb'],
    ['a host that begins with localhost', 'http://localhost/cb', 'http://localhost.evil.example:1/cb'],
    ['a scheme in capitals', 'http://127.0.0.1/cb', 'HTTP://127.0.0.1:1/cb'],
    ['a host in capitals', 'http://localhost/cb', 'http://LOCALHOST:1/cb'],
    ['a short form of the address', 'http://127.0.0.1/cb', 'http://127.1:1/cb'],
    ['an empty port', 'http://127.0.0.1/cb', 'http://127.0.0.1:/cb'],
    ['a port out of range', 'http://127.0.0.1/cb', 'http://127.0.0.1:65536/cb'],
    ['a port of six digits', 'http://127.0.0.1/cb', 'http://127.0.0.1:000080/cb'],
    ['a port that is no number', 'http://127.0.0.1/cb', 'http://127.0.0.1:a/cb'],
    ['a negative port', 'http://127.0.0.1/cb', 'http://127.0.0.1:-1/cb'],
    ['another port of another host', 'http://client.example/cb', 'http://client.example:1/cb'],
    ['a blank before it', 'http://127.0.0.1/cb', ' http://127.0.0.1:1/cb'],
    ['a percent-encoded host', 'http://localhost/cb', 'http://%6cocalhost:1/cb'],
    ['dots that are other characters', 'http://127.0.0.1/cb', 'http://127a0b0c1:1/cb'],
    ['a private scheme', 'cursor://localhost/cb', 'cursor://localhost:1/cb'],
    ['a port that is no number, without path', 'http://127.0.0.1', 'http://127.0.0.1:a'],
    ['a host that begins like loopback, without path', 'http://127.0.0.1', 'http://127.0.0.1.evil.example'],
    ['a user name that looks like loopback, without path', 'http://127.0.0.1', 'http://127.0.0.1:1@evil.example'],
    ['a backslash after the host', 'http://127.0.0.1', 'http://127.0.0.1:1\\@evil.example'],
    ['a fragment after the host', 'http://127.0.0.1', 'http://127.0.0.1:1#x'],
  ])('AUT-09 refuses %s', (_case, registered, requested) => {
    expect(redirectUriMatches(registered, requested)).toBe(false);
    expect(redirectUriMatches(requested, registered)).toBe(false);
  });
});

describe('findRedirectUri', () => {
  const registered = ['https://client.example/cb', 'http://localhost/callback'];

  it('ACG-04 gives back the requested string, with its real port', () => {
    expect(findRedirectUri(registered, 'http://localhost:3118/callback')).toBe('http://localhost:3118/callback');
    expect(findRedirectUri(registered, 'https://client.example/cb')).toBe('https://client.example/cb');
  });

  it('AUT-07 finds nothing for a URI that is not registered', () => {
    expect(findRedirectUri(registered, 'https://client.example/other')).toBeUndefined();
    expect(findRedirectUri(registered, '')).toBeUndefined();
    expect(findRedirectUri([], 'https://client.example/cb')).toBeUndefined();
  });
});

describe('redirectTarget', () => {
  it.each([
    ['https://claude.ai/api/mcp/auth_callback', { kind: 'web', host: 'claude.ai' }],
    ['HTTPS://Client.Example:8443/cb', { kind: 'web', host: 'client.example:8443' }],
    ['https://exa%6dple.com/cb', { kind: 'web', host: 'example.com' }],
    ['https://localhost.evil.example/', { kind: 'web', host: 'localhost.evil.example' }],
    ['http://127.0.0.1/cb', { kind: 'loopback' }],
    ['http://localhost:3118/callback', { kind: 'loopback' }],
    ['http://[::1]:1/cb', { kind: 'loopback' }],
    ['https://localhost/cb', { kind: 'loopback' }],
    ['cursor://anysphere.cursor-mcp/oauth/callback', { kind: 'private-use', scheme: 'cursor' }],
    ['Com.Example.App:/cb', { kind: 'private-use', scheme: 'com.example.app' }],
    ['cursor://localhost/cb', { kind: 'private-use', scheme: 'cursor' }],
  ])('CON-02 says where %s leads', (uri, target) => {
    expect(redirectTarget(uri)).toStrictEqual(target);
  });

  it('CON-02 claims no scheme for what is no URI', () => {
    expect(redirectTarget('cb')).toStrictEqual({ kind: 'private-use', scheme: '' });
  });
});
