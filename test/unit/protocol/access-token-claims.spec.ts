import { describe, expect, it } from 'vitest';
import { accessTokenClaims, assertSubject, readAccessTokenClaims } from '../../../lib/protocol/access-token-claims.js';
import { refusal } from './refusal.js';

const issuer = 'https://app.example';
const resource = 'https://app.example/mcp';
const expected = { issuer, resource };

const claims = {
  iss: issuer,
  aud: resource,
  sub: '42',
  client_id: 'abc',
  scope: 'mcp:read mcp:write',
  iat: 1_700_000_000,
  exp: 1_700_003_600,
  jti: 'j1',
};
const optional = { grant_id: 'g1', org_id: 'o1', auth_time: 1_699_999_000 };

const refused = (reason: string) => ({
  type: 'InvalidTokenError',
  reason,
  description: 'The access token is not valid',
});

const without = (name: string) => Object.fromEntries(Object.entries(claims).filter(([key]) => key !== name));

describe('accessTokenClaims', () => {
  const input = {
    issuer,
    resource,
    subject: '42',
    clientId: 'abc',
    scopes: ['mcp:read', 'mcp:write'],
    now: 1_700_000_000_999,
    lifetimeSeconds: 3600,
    jti: 'j1',
  };

  it('ATK-01 has the claims of RFC 9068 §2.2, with times in whole seconds', () => {
    const built = accessTokenClaims(input);
    expect(built).toStrictEqual(claims);
    expect(Object.keys(built)).toHaveLength(8);
  });

  it('ATK-01 adds grant, organisation and login time when there are any', () => {
    expect(accessTokenClaims({ ...input, grantId: 'g1', orgId: 'o1', authTime: 1_699_999_000 })).toStrictEqual({
      ...claims,
      ...optional,
    });
  });
});

describe('readAccessTokenClaims', () => {
  it('RSG-04 reads what this server writes, and drops what it does not know', () => {
    expect(readAccessTokenClaims({ ...claims, ...optional, email: 'a@b.example' }, expected)).toStrictEqual({
      ...claims,
      ...optional,
    });
    expect(Object.keys(readAccessTokenClaims(claims, expected))).toHaveLength(8);
  });

  it('RSG-05 reads an audience among several, and takes this resource only', () => {
    const aud = ['https://other.example', resource];
    expect(readAccessTokenClaims({ ...claims, aud }, expected).aud).toBe(resource);
  });

  it('RFC 9068 §2.2.3: reads a token without scope as one that may do nothing', () => {
    expect(readAccessTokenClaims(without('scope'), expected).scope).toBe('');
  });

  it.each([
    ['another issuer', 'https://evil.example'],
    ['a trailing slash', `${issuer}/`],
    ['another case', 'https://App.example'],
    ['a prefix', 'https://app.exampl'],
  ])('RSG-04 refuses %s as issuer', (_case, iss) => {
    expect(refusal(() => readAccessTokenClaims({ ...claims, iss }, expected))).toStrictEqual(refused('claim_iss'));
  });

  it.each<[string, unknown]>([
    ['another resource', 'https://app.example/other'],
    ['a prefix of it', 'https://app.example'],
    ['an extension of it', `${resource}.evil.example`],
    ['a trailing slash', `${resource}/`],
    ['another case', 'https://app.example/MCP'],
    ['the client', 'abc'],
    ['several others', ['https://app.example', `${resource}/`]],
    ['none in a list', []],
    ['an empty one', ''],
  ])('RSG-05 refuses %s as audience', (_case, aud) => {
    expect(refusal(() => readAccessTokenClaims({ ...claims, aud }, expected))).toStrictEqual(refused('claim_aud'));
  });

  it.each(['iss', 'aud', 'sub', 'client_id', 'iat', 'exp', 'jti'])('ATK-01 refuses a token without %s', (name) => {
    expect(refusal(() => readAccessTokenClaims(without(name), expected))).toStrictEqual(refused('claim_missing'));
    const inherited: unknown = Object.assign(Object.create(claims) as object, without(name));
    expect(refusal(() => readAccessTokenClaims(inherited, expected))).toStrictEqual(refused('claim_missing'));
  });

  it.each(['iss', 'sub', 'client_id', 'jti'])('ATK-01 refuses a token with an empty %s', (name) => {
    expect(refusal(() => readAccessTokenClaims({ ...claims, [name]: '' }, expected))).toStrictEqual(
      refused('claim_missing'),
    );
  });

  it.each(['iss', 'sub', 'client_id', 'scope', 'jti', 'grant_id', 'org_id'])(
    'RSG-03 refuses a token whose %s is no string',
    (name) => {
      for (const value of [null, 42, true, ['x'], {}]) {
        expect(refusal(() => readAccessTokenClaims({ ...claims, [name]: value }, expected))).toStrictEqual(
          refused('claim_type'),
        );
      }
    },
  );

  it.each(['iat', 'exp', 'auth_time'])('RSG-03 refuses a token whose %s is no time', (name) => {
    for (const value of [null, '1700000000', true, [1], {}, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(refusal(() => readAccessTokenClaims({ ...claims, [name]: value }, expected))).toStrictEqual(
        refused('claim_type'),
      );
    }
    expect(() => readAccessTokenClaims({ ...claims, [name]: 0 }, expected)).not.toThrow();
  });

  it.each([[null], [42], [{}], [[resource, 42]], [[[resource]]], [{ 0: resource }]])(
    'RSG-05 refuses an audience of the wrong type: %j',
    (aud) => {
      expect(refusal(() => readAccessTokenClaims({ ...claims, aud }, expected))).toStrictEqual(refused('claim_type'));
    },
  );

  it.each([[null], [undefined], ['text'], [42]])('RSG-03 refuses the payload %j', (payload) => {
    expect(refusal(() => readAccessTokenClaims(payload, expected))).toStrictEqual(refused('claim_type'));
  });
});

describe('assertSubject', () => {
  it.each(['42', 'user@host', 'a b', '~'.repeat(255), 'client', 'Client:abc', 'myclient:abc'])(
    'ATK-06 accepts %s',
    (id) => {
      expect(() => assertSubject(id)).not.toThrow();
    },
  );

  it.each([
    ['an empty one', ''],
    ['256 characters', 'a'.repeat(256)],
    ['a letter beyond ASCII', 'jürgen'],
    ['a control character', 'a\u0000b'],
    ['a line break at the end', 'a\n'],
    ['DEL', 'a\u007f'],
  ])('ATK-06 refuses %s', (_case, id) => {
    expect(() => assertSubject(id)).toThrow(new TypeError('A user id must be 1 to 255 printable ASCII characters'));
  });

  it.each(['client:', 'client:abc'])('CCG-03 refuses %s, which looks like a client', (id) => {
    expect(() => assertSubject(id)).toThrow(new TypeError('A user id must not begin with "client:"'));
  });
});
