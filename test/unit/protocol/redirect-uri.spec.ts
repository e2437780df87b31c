import { describe, expect, it } from 'vitest';
import { assertRegistrableRedirectUri, findRedirectUri, redirectTarget } from '../../../lib/protocol/redirect-uri.js';
import { refusal, type Refusal } from './refusal.js';

const schemes = ['cursor', 'vscode', 'vscode-insiders'];

const refused = (fault: string, description: string): Refusal => ({
  type: 'InvalidRedirectUriError',
  reason: `redirect_uri_${fault}`,
  description,
});

/** Each fault once, with what the client is told; the table has them all. */
const FAULTS: readonly (readonly [uri: unknown, fault: string, description: string])[] = [
  [null, 'not_a_string', 'A redirect URI is not a string'],
  [`https://client.example/${'a'.repeat(2026)}`, 'too_long', 'A redirect URI is too long'],
  ['/cb', 'not_absolute', 'A redirect URI is not an absolute URI'],
  ['https:client.example', 'not_absolute', 'A redirect URI is not an absolute URI'],
  ['cursor:x', 'not_absolute', 'A redirect URI is not an absolute URI'],
  ['https://user@client.example/cb', 'userinfo', 'A redirect URI contains user information'],
  ['https://client.example/cb#', 'fragment', 'A redirect URI has a fragment'],
  ['https://*.client.example/', 'wildcard', 'A redirect URI contains a wildcard'],
  ['https://client.example\\', 'backslash', 'A redirect URI contains a backslash'],
  ['https://client.example/ ', 'whitespace_or_control', 'A redirect URI contains whitespace or a control character'],
  ['https://client.example/<', 'illegal_character', 'A redirect URI contains a character that must be encoded'],
  [
    'http://client.example/',
    'insecure_http',
    'A redirect URI must use https unless it leads to the loopback interface',
  ],
  ['javascript:x', 'scheme_forbidden', 'A redirect URI has a scheme that is never allowed'],
  ['exampleapp://cb', 'scheme_not_allowed', 'A redirect URI has a scheme that is not allowed'],
  [
    'https://client.example/?code=x',
    'reserved_parameter',
    'A redirect URI contains a parameter of the authorization response',
  ],
];

describe('assertRegistrableRedirectUri', () => {
  it.each(FAULTS)(
    'REG-09 REG-10 REG-11 says what is wrong with %j, without repeating it',
    (uri, fault, description) => {
      expect(refusal(() => assertRegistrableRedirectUri(uri, schemes))).toStrictEqual(refused(fault, description));
    },
  );

  it.each([[undefined], [42], [['https://client.example/cb']], [{ href: 'https://client.example/cb' }]])(
    'REG-08 refuses %j, which is no string',
    (uri) => {
      expect(refusal(() => assertRegistrableRedirectUri(uri, schemes))).toStrictEqual(
        refused('not_a_string', 'A redirect URI is not a string'),
      );
    },
  );

  it('REG-11 refuses a scheme of the list when nothing is listed', () => {
    expect(refusal(() => assertRegistrableRedirectUri('cursor://anysphere.cursor-mcp/cb', [])).reason).toBe(
      'redirect_uri_scheme_not_allowed',
    );
  });

  it('REG-11 compares with the allow-list without regard to case', () => {
    expect(() => assertRegistrableRedirectUri('myapp://cb', ['MyApp'])).not.toThrow();
  });

  it.each(['code', 'state', 'iss', 'error', 'error_description', 'error_uri', '%63ode'])(
    'AUT-22 refuses a query that already has %s',
    (name) => {
      for (const query of [`?${name}=1`, `?a=b&${name}=1`, `?${name}`, `?${name}&a=b`]) {
        for (const uri of [`https://client.example/cb${query}`, `cursor://host/cb${query}`]) {
          expect(refusal(() => assertRegistrableRedirectUri(uri, schemes)).reason).toBe(
            'redirect_uri_reserved_parameter',
          );
        }
      }
    },
  );
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
