import { describe, expect, it } from 'vitest';
import {
  assertDepth,
  isJsonObject,
  readContacts,
  readHttpsUri,
  readScope,
  readText,
} from '../../../lib/protocol/client-metadata-members.js';
import { refusal } from './refusal.js';

const refused = (reason: string, description: string) => ({
  type: 'InvalidClientMetadataError',
  reason,
  description,
});

describe('isJsonObject', () => {
  it('REG-02 tells objects from arrays, null and scalars', () => {
    expect(isJsonObject({})).toBe(true);
    expect([null, undefined, [], 'a', 1, true].map(isJsonObject)).toStrictEqual(Array(6).fill(false));
  });
});

describe('assertDepth', () => {
  it('ABU-02 measures arrays and objects alike, and every branch', () => {
    expect(() => assertDepth({ a: [{ b: null }], c: 'x' }, 3)).not.toThrow();
    expect(refusal(() => assertDepth({ a: 1, b: [{ c: [] }] }, 3))).toStrictEqual(
      refused('metadata_too_deep', 'The client metadata is nested too deeply'),
    );
    expect(() => assertDepth('text', 0)).not.toThrow();
  });
});

describe('readText', () => {
  const read = (client_name: unknown) => readText({ client_name }, 'client_name');

  it.each([
    ['plain text', 'Claude Code', 'Claude Code'],
    ['letters beyond ASCII and emoji', 'Größe \u{1f600} 名前', 'Größe \u{1f600} 名前'],
    ['blanks around it', '  Claude  ', 'Claude'],
    ['control characters', 'Cl\u0000au\u001fde\u007f\u0085', 'Claude'],
    ['line breaks, which become one blank', 'Claude\r\nCode', 'Claude Code'],
    ['line and paragraph separators', 'Cla\u2028u\u2029de', 'Cla u de'],
    ['zero-width blanks and joiners of words', 'Cl\u200bau\u2060de', 'Claude'],
    ['soft hyphens, fillers and Braille blanks', 'Cl\u00ada\u3164u\u2800d\u034fe', 'Claude'],
    ['tags', 'Claude\u{e0001}\u{e0041}', 'Claude'],
    ['marks that paint over other lines', `a${'\u0301'.repeat(9)}`, 'a\u0301\u0301\u0301'],
    ['bidirectional overrides', '\u202eedualC\u202c', 'edualC'],
    ['bidirectional isolates and marks', '\u2066a\u2067b\u2068c\u2069\u200e\u200f\u061cd', 'abcd'],
    ['embeddings', '\u202aa\u202bb\u202dc', 'abc'],
    ['a lone surrogate', 'Cla\ud83dude', 'Claude'],
    ['markup, which is escaped where it is shown', '<b>Claude</b>', '<b>Claude</b>'],
  ])('CON-11 cleans %s', (_case, sent, kept) => {
    expect(read(sent)).toBe(kept);
  });

  const UNSEEN = [
    '\u202e\u0000',
    '\u200b',
    '\u2060',
    '\u3164',
    '\u2800',
    '\u{e0041}',
    '\u00ad',
    '\u034f',
    '\ufe0f',
    '\u0301',
  ];

  it.each(['', '   ', undefined, ...UNSEEN])('counts %j as absent', (sent) => {
    expect(read(sent)).toBeUndefined();
  });

  it('CON-11 takes 200 characters after cleaning, and refuses one more', () => {
    expect(read(`  ${'a'.repeat(200)}\u0000  `)).toBe('a'.repeat(200));
    expect(refusal(() => read('a'.repeat(201)))).toStrictEqual(
      refused('client_name_too_long', 'client_name is too long'),
    );
  });
});

describe('readHttpsUri', () => {
  const read = (logo_uri: unknown) => readHttpsUri({ logo_uri }, 'logo_uri');

  it('REG-16 takes an https URL, and an empty string as none', () => {
    expect(read('https://client.example/logo.png')).toBe('https://client.example/logo.png');
    expect(read('')).toBeUndefined();
    expect(read(undefined)).toBeUndefined();
  });

  it.each([
    'http://client.example/',
    'http://localhost/',
    'javascript:alert(1)',
    'data:image/png;base64,AA',
    'https://user@client.example/',
    '/logo.png',
    ' ',
    ' https://client.example/',
  ])('REG-16 refuses %j', (value) => {
    expect(refusal(() => read(value))).toStrictEqual(refused('logo_uri_not_https', 'logo_uri must be an https URL'));
  });

  it('ABU-02 takes 2048 characters and refuses one more', () => {
    const url = (length: number) => 'https://client.example/'.padEnd(length, 'a');
    expect(read(url(2048))).toBe(url(2048));
    expect(refusal(() => read(url(2049)))).toStrictEqual(refused('logo_uri_too_long', 'logo_uri is too long'));
  });
});

describe('readContacts', () => {
  it('CON-11 cleans every contact and drops empty ones', () => {
    expect(readContacts({ contacts: [' a@client.example\u0000', '\u202e', ''] })).toStrictEqual(['a@client.example']);
  });

  it('DSC-09 and REG-05 keep no empty list', () => {
    expect(readContacts({ contacts: [] })).toBeUndefined();
    expect(readContacts({ contacts: [' '] })).toBeUndefined();
    expect(readContacts({})).toBeUndefined();
  });
});

describe('readScope', () => {
  it('REG-13 keeps any scope that is spelled correctly, known or not', () => {
    expect(readScope({ scope: 'claudeai  mcp:read claudeai' })).toBe('claudeai mcp:read');
    expect(readScope({ scope: 'offline_access' })).toBe('offline_access');
  });

  it('counts an empty scope as absent', () => {
    expect(readScope({ scope: '' })).toBeUndefined();
    expect(readScope({ scope: '  ' })).toBeUndefined();
    expect(readScope({})).toBeUndefined();
  });

  it.each(['a"b', 'a\\b', 'a\nb', 'ä'])('REG-13 refuses the characters of %j as metadata', (scope) => {
    expect(refusal(() => readScope({ scope }))).toStrictEqual(
      refused('scope_malformed', 'scope contains a character that is not allowed'),
    );
  });

  it('ABU-02 takes 2048 characters and refuses one more', () => {
    expect(readScope({ scope: 'a'.repeat(2048) })).toHaveLength(2048);
    expect(refusal(() => readScope({ scope: 'a'.repeat(2049) }))).toStrictEqual(
      refused('scope_too_long', 'scope is too long'),
    );
  });
});
