import { describe, expect, it } from 'vitest';
import { FormParameters } from '../../../lib/protocol/form-parameters.js';
import { refusal } from './refusal.js';

const parse = (text: string): FormParameters => FormParameters.parse(text);

const REPEATED = { type: 'InvalidRequestError', reason: 'parameter_repeated', description: 'A parameter is repeated' };
const MALFORMED = {
  type: 'InvalidRequestError',
  reason: 'parameter_malformed',
  description: 'A parameter is not encoded correctly',
};
const CONTROL = {
  type: 'InvalidRequestError',
  reason: 'parameter_control_character',
  description: 'A parameter contains a control character',
};
const TOO_LONG = { type: 'InvalidRequestError', reason: 'parameter_too_long', description: 'A parameter is too long' };
const TOO_MANY = {
  type: 'InvalidRequestError',
  reason: 'too_many_parameters',
  description: 'There are too many parameters',
};

const MALFORMED_VALUES: [string, string][] = [
  ['a percent sign alone', '%'],
  ['half a percent sequence', '%4'],
  ['a percent sequence that is not hexadecimal', '%zz'],
  ['a byte that is not UTF-8', '%ff'],
  ['a cut UTF-8 sequence', '%c3'],
  ['an overlong UTF-8 sequence', '%c0%80'],
  ['an encoded surrogate', '%ed%a0%80'],
  ['a letter beyond ASCII that is not encoded', 'ü'],
  ['the mark of bytes that were not UTF-8', '\ufffd'],
];

const CONTROL_VALUES: [string, string][] = [
  ['NUL', 'a%00b'],
  ['a tab', 'a%09b'],
  ['a line feed', 'a%0Ab'],
  ['a carriage return', 'a%0db'],
  ['the last C0 control', 'a%1fb'],
  ['DEL', 'a%7Fb'],
  ['a control character that is not encoded', 'a\u0000b'],
];

describe('FormParameters.get', () => {
  it('TOK-05 reads a value by its name', () => {
    const p = parse('grant_type=authorization_code&code=abc');
    expect(p.get('grant_type')).toBe('authorization_code');
    expect(p.get('code')).toBe('abc');
    expect(p.get('client_id')).toBeUndefined();
  });

  it('decodes blanks and percent sequences in names and values (RFC 6749 App. B)', () => {
    // The example of RFC 6749 App. B: blank, %, &, +, £ and €.
    expect(parse('t=+%25%26%2B%C2%A3%E2%82%AC').get('t')).toBe(' %&+£€');
    expect(parse('redirect%5Furi=a').get('redirect_uri')).toBe('a');
    expect(parse('a+b=c+d+e').get('a b')).toBe('c d e');
    expect(parse('a=%7e').get('a')).toBe('~');
    expect(parse('a=b c').get('a')).toBe('b c');
    expect(parse('a=%F0%9F%98%80').get('a')).toBe('\u{1f600}');
    expect(parse('a=%C2%80').get('a')).toBe('\u0080');
  });

  it('splits a pair at its first equals sign only', () => {
    expect(parse('code=a=b==').get('code')).toBe('a=b==');
    expect(parse('=a=b').get('')).toBe('a=b');
  });

  it.each([
    ['an empty value', 'client_secret='],
    ['no equals sign', 'client_secret'],
    ['nothing at all', ''],
    ['separators only', '&&&'],
  ])('TOK-05 and AUT-03 counts %s as absent', (_case, text) => {
    expect(parse(text).get('client_secret')).toBeUndefined();
    expect(parse(text).has('client_secret')).toBe(false);
    expect(parse(text).getAll('client_secret')).toStrictEqual([]);
  });

  it('ABU-05 does not mistake what objects inherit for a parameter', () => {
    const p = parse('a=b');
    expect(p.get('constructor')).toBeUndefined();
    expect(p.get('__proto__')).toBeUndefined();
    expect(parse('__proto__=x').get('__proto__')).toBe('x');
    expect(parse('__proto__[a]=x').get('a')).toBeUndefined();
  });

  it.each([
    ['different values', 'scope=a&scope=b'],
    ['the same value', 'scope=a&scope=a'],
    ['an empty and a full one', 'scope=&scope=a'],
    ['empty values', 'scope=&scope='],
    ['three values', 'scope=a&scope=b&scope=c'],
    ['an encoded and a plain name', 'scope=a&sc%6fpe=b'],
  ])('TOK-04 refuses a repeated parameter: %s', (_case, text) => {
    expect(refusal(() => parse(text).get('scope'))).toStrictEqual(REPEATED);
    expect(parse(text).isRepeated('scope')).toBe(true);
  });

  it.each(MALFORMED_VALUES)('TOK-11 refuses %s', (_case, value) => {
    expect(refusal(() => parse(`code=${value}`).get('code'))).toStrictEqual(MALFORMED);
  });

  it.each(CONTROL_VALUES)('TOK-11 refuses %s', (_case, value) => {
    expect(refusal(() => parse(`code=${value}`).get('code'))).toStrictEqual(CONTROL);
  });

  it('TOK-11 and ABU-02 takes 2048 characters and refuses one more', () => {
    expect(parse(`state=${'a'.repeat(2048)}`).get('state')).toHaveLength(2048);
    expect(parse(`state=${'%41'.repeat(2048)}`).get('state')).toHaveLength(2048);
    expect(refusal(() => parse(`state=${'a'.repeat(2049)}`).get('state'))).toStrictEqual(TOO_LONG);
    expect(refusal(() => parse(`state=${'%00'.repeat(2049)}`).get('state'))).toStrictEqual(TOO_LONG);
  });

  it('AUT-05 still reads the parameters beside a faulty one', () => {
    const p = parse('client_id=abc&state=%zz&scope=a&scope=b&x=%00');
    expect(p.get('client_id')).toBe('abc');
    expect(refusal(() => p.get('state'))).toStrictEqual(MALFORMED);
  });
});

describe('FormParameters.getAll', () => {
  it('TOK-04 gives every value in order, without the empty ones', () => {
    const p = parse('resource=b&scope=x&resource=&resource=a');
    expect(p.getAll('resource')).toStrictEqual(['b', 'a']);
    expect(p.getAll('scope')).toStrictEqual(['x']);
    expect(p.getAll('other')).toStrictEqual([]);
  });

  it.each([
    ['the first', 'resource=%zz&resource=a', MALFORMED],
    ['the last', 'resource=a&resource=%00', CONTROL],
    ['an over-long one', `resource=a&resource=${'a'.repeat(2049)}`, TOO_LONG],
  ])('TOK-11 refuses a faulty value among several: %s', (_case, text, expected) => {
    expect(refusal(() => parse(text).getAll('resource'))).toStrictEqual(expected);
  });
});

describe('FormParameters.has and isRepeated', () => {
  it('says that something was sent, however faulty', () => {
    expect(parse('request=%zz').has('request')).toBe(true);
    expect(parse(`request=${'a'.repeat(5000)}`).has('request')).toBe(true);
    expect(parse('request=&request=a').has('request')).toBe(true);
    expect(parse('request=&request=').has('request')).toBe(false);
    expect(parse('other=a').has('request')).toBe(false);
  });

  it('TOK-04 says whether a parameter was sent more than once', () => {
    expect(parse('a=1').isRepeated('a')).toBe(false);
    expect(parse('a=1').isRepeated('b')).toBe(false);
    expect(parse('a=1&a=1').isRepeated('a')).toBe(true);
  });
});

describe('FormParameters.assertWellFormed', () => {
  it('AUT-03 accepts unknown names, also those that look nested', () => {
    expect(() => parse('scope[a]=b&foo.bar=1&x=&=y&code=abc').assertWellFormed()).not.toThrow();
    expect(() => parse('').assertWellFormed()).not.toThrow();
    expect(() => parse('&&a=1&&b=2&&').assertWellFormed()).not.toThrow();
  });

  it('TOK-04 refuses a repeated parameter whether it is known or not', () => {
    expect(refusal(() => parse('a=1&zzz=1&zzz=2').assertWellFormed())).toStrictEqual(REPEATED);
    expect(refusal(() => parse('scope[a]=b&scope[a]=c').assertWellFormed())).toStrictEqual(REPEATED);
    expect(refusal(() => parse('a=&a=').assertWellFormed())).toStrictEqual(REPEATED);
  });

  it('TOK-04 excepts the named parameters only', () => {
    const p = parse('resource=a&resource=b');
    expect(() => p.assertWellFormed(['resource'])).not.toThrow();
    expect(refusal(() => p.assertWellFormed())).toStrictEqual(REPEATED);
    expect(refusal(() => p.assertWellFormed(['audience']))).toStrictEqual(REPEATED);
  });

  it('TOK-11 finds a fault in a parameter that may be repeated', () => {
    expect(refusal(() => parse('resource=a&resource=%zz').assertWellFormed(['resource']))).toStrictEqual(MALFORMED);
  });

  it.each([...MALFORMED_VALUES])('TOK-11 refuses %s in an unknown parameter and in a name', (_case, text) => {
    expect(refusal(() => parse(`a=b&unknown=${text}`).assertWellFormed())).toStrictEqual(MALFORMED);
    expect(refusal(() => parse(`a=b&${text}=c`).assertWellFormed())).toStrictEqual(MALFORMED);
    expect(refusal(() => parse(`a=b&${text}`).assertWellFormed())).toStrictEqual(MALFORMED);
  });

  it.each([...CONTROL_VALUES])('TOK-11 refuses %s in an unknown parameter and in a name', (_case, text) => {
    expect(refusal(() => parse(`a=b&unknown=${text}`).assertWellFormed())).toStrictEqual(CONTROL);
    expect(refusal(() => parse(`a=b&${text}=c`).assertWellFormed())).toStrictEqual(CONTROL);
  });

  it('ABU-02 takes a name of 128 characters and refuses one more', () => {
    expect(() => parse(`${'n'.repeat(128)}=1`).assertWellFormed()).not.toThrow();
    expect(refusal(() => parse(`${'n'.repeat(129)}=1`).assertWellFormed())).toStrictEqual(TOO_LONG);
    expect(refusal(() => parse(`x=${'v'.repeat(2049)}`).assertWellFormed())).toStrictEqual(TOO_LONG);
  });

  it('ABU-02 takes a hundred parameters and refuses one more', () => {
    const names = Array.from({ length: 100 }, (_unused, index) => `p${index}=1`).join('&');
    expect(() => parse(names).assertWellFormed()).not.toThrow();
    expect(refusal(() => parse(`${names}&last=1`).assertWellFormed())).toStrictEqual(TOO_MANY);
    const resources = Array.from({ length: 101 }, () => 'resource=a').join('&');
    expect(refusal(() => parse(resources).assertWellFormed(['resource']))).toStrictEqual(TOO_MANY);
  });

  it('answers the first fault of several', () => {
    expect(refusal(() => parse('a=%00&b=1&b=2').assertWellFormed())).toStrictEqual(CONTROL);
    expect(refusal(() => parse('b=1&b=2&a=%00').assertWellFormed())).toStrictEqual(REPEATED);
  });

  it('ABU-05 parses a large hostile body in no time', () => {
    const started = performance.now();
    const p = parse('a&'.repeat(32_000) + '%'.repeat(64_000));
    expect(() => p.assertWellFormed()).toThrow();
    expect(performance.now() - started).toBeLessThan(1000);
  });

  it('TOK-11 REV-02 CAU-08 takes tokens and assertions as long as the longest that is verified, and other values up to 2048', () => {
    const [longest, tooLong] = ['t'.repeat(4096), 't'.repeat(4097)];
    for (const name of ['token', 'client_assertion']) {
      expect(FormParameters.parse(`${name}=${longest}`).get(name)).toBe(longest);
    }
    for (const [name, value] of [
      ['token', tooLong],
      ['client_assertion', tooLong],
      ['code', 't'.repeat(2049)],
      ['tokens', 't'.repeat(2049)],
    ] as const) {
      expect(() => FormParameters.parse(`${name}=${value}`).get(name)).toThrow(
        expect.objectContaining({ reason: 'parameter_too_long' }),
      );
    }
  });
});
