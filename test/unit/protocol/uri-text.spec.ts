import { describe, expect, it } from 'vitest';
import { isHttpsUrl, isUriText, splitUri } from '../../../lib/protocol/uri-text.js';

describe('isUriText', () => {
  it('accepts every character of RFC 3986 §2, and percent sequences', () => {
    expect(isUriText("https://a.b-c_d~/:/?#[]@!$&'()*+,;=%2Fz%aF09AZ")).toBe(true);
    expect(isUriText('')).toBe(true);
  });

  it.each([
    ' ',
    '"',
    '<',
    '>',
    '\\',
    '^',
    '`',
    '{',
    '|',
    '}',
    '\t',
    '\n',
    '\u007f',
    'ü',
    '%',
    '%4',
    '%zz',
    '%G0',
    '%0G',
  ])('ABU-05 refuses %j', (text) => {
    expect(isUriText(`a${text}`)).toBe(false);
    expect(isUriText(`${text}:`)).toBe(false);
  });
});

describe('splitUri', () => {
  it('takes a URI apart without changing it', () => {
    expect(splitUri('HTTPS://User@Host:443/A/../b?c=%7e#D')).toStrictEqual({
      scheme: 'HTTPS',
      authority: 'User@Host:443',
      rest: '/A/../b?c=%7e#D',
    });
    expect(splitUri('https://host?query')).toStrictEqual({ scheme: 'https', authority: 'host', rest: '?query' });
    expect(splitUri('https://host#part')).toStrictEqual({ scheme: 'https', authority: 'host', rest: '#part' });
    expect(splitUri('cursor:///path')).toStrictEqual({ scheme: 'cursor', authority: '', rest: '/path' });
  });

  it('tells an absent authority from an empty one', () => {
    expect(splitUri('com.example.app:/cb')).toStrictEqual({ scheme: 'com.example.app', rest: '/cb' });
    expect(splitUri('a1+.-:b//c')).toStrictEqual({ scheme: 'a1+.-', rest: 'b//c' });
    expect(splitUri('x:')).toStrictEqual({ scheme: 'x', rest: '' });
    expect(splitUri('x:a\nb')).toStrictEqual({ scheme: 'x', rest: 'a\nb' });
  });

  it.each(['', '/cb', '//host/cb', 'host/cb', '1https://host', ':x', ' https://host', 'ht_tp://host', '?a:b'])(
    'finds no scheme in %j',
    (text) => {
      expect(splitUri(text)).toBeUndefined();
    },
  );
});

describe('isHttpsUrl', () => {
  it('REG-16 accepts https URLs only', () => {
    expect(isHttpsUrl('https://client.example')).toBe(true);
    expect(isHttpsUrl('HTTPS://client.example:8443/a?b#c')).toBe(true);
  });

  it.each([
    'http://client.example',
    'http://localhost/',
    'javascript:alert(1)',
    'https:client.example',
    'https:/client.example',
    'https://',
    'https:///path',
    'https://user@client.example',
    'https://client.example:99999',
    'https://client.example/ a',
    'https://client.example\\@evil.example',
    '//client.example',
    'client.example',
    '',
    'https',
    'xhttps://client.example',
  ])('REG-16 refuses %j', (text) => {
    expect(isHttpsUrl(text)).toBe(false);
  });
});
