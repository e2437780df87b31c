import { describe, expect, it } from 'vitest';
import { ClientDocumentError } from '../../../../lib/clients/documents/client-document-error.js';
import { parseStrictJson } from '../../../../lib/clients/documents/strict-json.js';

function refusal(text: string): ClientDocumentError {
  try {
    parseStrictJson(text);
  } catch (error) {
    expect(error).toBeInstanceOf(ClientDocumentError);
    return error as ClientDocumentError;
  }
  throw new Error('nothing was refused');
}

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

describe('parseStrictJson', () => {
  it.each([
    ['{"a":1,"b":{"a":2},"c":[{"a":3},{"a":4}]}'],
    ['[]'],
    ['"a"'],
    ['null'],
    ['7'],
    ['{"a" : "b" , "c":\n"d:e"}'],
    ['{"a":"\\":","b":"x\\\\"}'],
    ['{"\\"":1,"\\\\":2}'],
    ['{"a":"{\\"b\\":1,\\"b\\":2}"}'],
    ['["a","b:","c\\":"]'],
    ['{"":1}'],
    ['{"1":1,"0":2}'],
    [nested(10)],
  ])('reads %s', (text) => {
    expect(parseStrictJson(text)).toEqual(JSON.parse(text));
  });

  it('ABU-05 takes members with the names of the language for members like others', () => {
    const value = parseStrictJson('{"__proto__":{"polluted":true},"constructor":{"prototype":{}}}');
    expect(Object.keys(value as object)).toEqual(['__proto__', 'constructor']);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect((value as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it.each([
    ['', 'nothing'],
    ['{', 'an open object'],
    ['{}x', 'something behind it'],
    ["{'a':1}", 'single quotes'],
    ['{a:1}', 'a name without quotes'],
    ['{"a":1,}', 'a comma too many'],
    ['NaN', 'no value of JSON'],
    ['/**/{}', 'a comment'],
    ['<html>', 'markup'],
    ['{"a":1,"a":1}', 'a member twice'],
    ['{"a":1,"b":2,"a":3}', 'a member twice, apart'],
    ['{"a":1,"\\u0061":2}', 'a member twice, once encoded'],
    ['{"b":{"a":1,"a":2}}', 'a member twice, inside'],
    ['[{"a":1,"a" \n: 2}]', 'a member twice, with blanks'],
    ['{"__proto__":1,"__proto__":2}', 'a member twice that has an odd name'],
    ['{"a":"x","a":"y\\":z"}', 'a member twice beside a text that looks like one'],
    [nested(11), 'more than ten levels'],
    [nested(2500), 'far more'],
    [`${'{"a":'.repeat(11)}1${'}'.repeat(11)}`, 'more than ten levels of objects'],
  ])('CMD-04 refuses %j: %s', (text) => {
    expect(refusal(text).reason).toBe('client_document_not_json');
  });

  it('keeps what the parser said, for the log', () => {
    expect(refusal('{').cause).toBeInstanceOf(SyntaxError);
    expect(refusal('{"a":1,"a":1}').cause).toBeUndefined();
  });

  it('ABU-05 takes a moment for the worst text of 64 KB', () => {
    const texts = [
      '"\\'.repeat(2500),
      '"'.repeat(65_536),
      '{"":'.repeat(1200),
      `"${'\\"'.repeat(2500)}`,
      ':'.repeat(5000),
    ];
    const started = performance.now();
    for (const text of texts) refusal(text);
    // Linear: far below what a quadratic reader would need.
    expect(performance.now() - started).toBeLessThan(1000);
  });
});
