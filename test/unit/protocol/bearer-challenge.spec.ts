import { describe, expect, it } from 'vitest';
import { bearerChallenge, readBearer } from '../../../lib/protocol/bearer-challenge.js';
import { thrown } from './refusal.js';

const resourceMetadata = 'https://app.example/.well-known/oauth-protected-resource/mcp';

describe('bearerChallenge', () => {
  it('RSG-02 names the metadata and the scopes, and no error, when nothing was sent', () => {
    expect(bearerChallenge({ resourceMetadata, scopes: ['mcp:read', 'mcp:write'] })).toBe(
      `Bearer resource_metadata="${resourceMetadata}", scope="mcp:read mcp:write"`,
    );
  });

  it('RSG-03 names the error first', () => {
    expect(
      bearerChallenge({
        resourceMetadata,
        error: 'invalid_token',
        description: 'The access token is not valid',
        scopes: ['mcp:read'],
      }),
    ).toBe(
      `Bearer error="invalid_token", error_description="The access token is not valid", ` +
        `resource_metadata="${resourceMetadata}", scope="mcp:read"`,
    );
  });

  it('RSG-07 needs no description', () => {
    expect(bearerChallenge({ resourceMetadata, error: 'insufficient_scope', scopes: ['a'] })).toBe(
      `Bearer error="insufficient_scope", resource_metadata="${resourceMetadata}", scope="a"`,
    );
  });

  it('RSG-02 sends no description without an error', () => {
    expect(bearerChallenge({ resourceMetadata, description: 'Nothing was sent' })).toBe(
      `Bearer resource_metadata="${resourceMetadata}"`,
    );
  });

  it('UID-05 does without metadata, for a resource that has none', () => {
    expect(bearerChallenge({ scopes: ['openid'] })).toBe('Bearer scope="openid"');
  });

  it('RSG-10 sends no empty scope', () => {
    expect(bearerChallenge({ resourceMetadata, scopes: [] })).toBe(`Bearer resource_metadata="${resourceMetadata}"`);
  });

  it.each([
    ['a quote', 'say "no"'],
    ['a backslash', 'a\\b'],
    ['a line break', 'a\r\nSet-Cookie: a=b'],
    ['a tab', 'a\tb'],
    ['DEL', 'a\u007f'],
    ['a letter beyond ASCII', 'nötig'],
    ['nothing', ''],
  ])('RSG-10 refuses to build a description with %s', (_case, description) => {
    const error = thrown(() => bearerChallenge({ resourceMetadata, error: 'invalid_token', description }));
    expect(error).toBeInstanceOf(TypeError);
    expect((error as TypeError).message).toBe(
      'The error_description of a Bearer challenge holds a character that cannot be quoted',
    );
  });

  it('RSG-10 refuses to build a metadata URL or a scope that would need an escape', () => {
    expect(() => bearerChallenge({ resourceMetadata: 'https://app.example/"' })).toThrow(
      new TypeError('The resource_metadata of a Bearer challenge holds a character that cannot be quoted'),
    );
    expect(() => bearerChallenge({ resourceMetadata, scopes: ['a', 'b"'] })).toThrow(
      new TypeError('The scope of a Bearer challenge holds a character that cannot be quoted'),
    );
  });
});

describe('readBearer', () => {
  it.each([
    ['the usual form', 'Bearer abc'],
    ['a lower-case scheme', 'bearer abc'],
    ['an upper-case scheme', 'BEARER abc'],
    ['several blanks', 'Bearer   abc'],
  ])('RSG-06 reads %s', (_case, header) => {
    expect(readBearer([header])).toStrictEqual({ kind: 'token', token: 'abc' });
  });

  it('RSG-06 reads every token68 character (RFC 6750 §2.1)', () => {
    expect(readBearer(['Bearer mF_9.B5f-4.1JqM'])).toStrictEqual({ kind: 'token', token: 'mF_9.B5f-4.1JqM' });
    expect(readBearer(['Bearer aZ09-._~+/=='])).toStrictEqual({ kind: 'token', token: 'aZ09-._~+/==' });
  });

  it('RSG-02 finds nothing where no header was sent', () => {
    expect(readBearer([])).toStrictEqual({ kind: 'none' });
  });

  it.each([
    ['Basic credentials', 'Basic YTpi'],
    ['a DPoP token', 'DPoP abc'],
    ['a scheme that begins with bearer', 'BearerToken abc'],
    ['a scheme that ends with bearer', 'XBearer abc'],
    ['an empty header', ''],
    ['a header that begins with a blank', ' Bearer abc'],
    ['no scheme at all', '"Bearer" abc'],
  ])('RSG-02 treats %s as no credentials', (_case, header) => {
    expect(readBearer([header])).toStrictEqual({ kind: 'none' });
  });

  it.each([
    ['no token', 'Bearer'],
    ['only a blank', 'Bearer '],
    ['two tokens', 'Bearer abc def'],
    ['two values in one header', 'Bearer abc, Bearer def'],
    ['a trailing blank', 'Bearer abc '],
    ['a quote', 'Bearer "abc"'],
    ['a tab instead of a blank', 'Bearer\tabc'],
    ['a comma instead of a blank', 'Bearer,abc'],
    ['a line break', 'Bearer abc\r\nX: y'],
    ['a line break before the token', 'Bearer \nabc'],
    ['a letter beyond ASCII', 'Bearer äbc'],
    ['padding in the middle', 'Bearer a=b'],
    ['only padding', 'Bearer =='],
  ])('RSG-06 finds %s malformed', (_case, header) => {
    expect(readBearer([header])).toStrictEqual({ kind: 'malformed' });
  });

  it.each([
    ['two tokens', ['Bearer abc', 'Bearer def']],
    ['the same token twice', ['Bearer abc', 'Bearer abc']],
    ['a token and another scheme', ['Basic YTpi', 'Bearer abc']],
    ['three headers', ['Bearer a', 'Bearer b', 'Bearer c']],
  ])('RSG-06 refuses to choose between %s', (_case, headers) => {
    expect(readBearer(headers)).toStrictEqual({ kind: 'repeated' });
  });
});
