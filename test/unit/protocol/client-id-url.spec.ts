import { describe, expect, it } from 'vitest';
import { claimsToBeDocument, isClientIdUrl } from '../../../lib/protocol/client-id-url.js';

const LONGEST = `https://client.example/${'a'.repeat(512 - 'https://client.example/'.length)}`;

describe('isClientIdUrl', () => {
  it.each([
    ['a plain one', 'https://client.example/client.json'],
    ['a path of one character', 'https://client.example/c'],
    ['a longer path with a slash at its end', 'https://claude.ai/oauth/claude-code-client-metadata/'],
    ['a port', 'https://client.example:8443/client.json'],
    ['a query, which is discouraged and no more', 'https://client.example/client.json?v=2'],
    ['an international name in its ASCII form', 'https://xn--bcher-kva.example/client'],
    ['an encoded character', 'https://client.example/a%20b'],
    ['an encoded slash before dots, which is no segment of dots', 'https://client.example/a/..%2fb'],
    ['dots within a name', 'https://client.example/...x/.well-known/c'],
    ['dots in the query', 'https://client.example/c?x=/../y'],
    ['an address; which ones are fetched is decided elsewhere', 'https://[2001:db8::1]/c'],
    ['512 characters', LONGEST],
  ])('CMD-01 accepts %s', (_case, text) => {
    expect(isClientIdUrl(text)).toBe(true);
  });

  it.each([
    ['http', 'http://client.example/client.json'],
    ['another scheme', 'ftp://client.example/client.json'],
    ['no scheme', 'client.example/client.json'],
    ['no path', 'https://client.example'],
    ['the root alone', 'https://client.example/'],
    ['the root with a query', 'https://client.example/?client'],
    ['a query without path', 'https://client.example?client'],
    ['a fragment', 'https://client.example/c#part'],
    ['an empty fragment', 'https://client.example/c#'],
    ['an empty query', 'https://client.example/c?'],
    ['an empty query and a fragment', 'https://client.example/c?#'],
    ['a user name', 'https://user@client.example/c'],
    ['a password', 'https://user:secret@client.example/c'],
    ['a password without a name', 'https://:secret@client.example/c'],
    ['an empty user name', 'https://@client.example/c'],
    ['a segment of one dot', 'https://client.example/./c'],
    ['a segment of two dots', 'https://client.example/a/../c'],
    ['two dots at the end', 'https://client.example/a/..'],
    ['encoded dots', 'https://client.example/a/%2e%2e/c'],
    ['encoded dots in upper case', 'https://client.example/a/%2E./c'],
    ['an encoded dot', 'https://client.example/%2e/c'],
    ['a dot at the end of the host', 'https://client.example./c'],
    ['no host', 'https:///c'],
    ['a host alone with a port that is none', 'https://client.example:99999/c'],
    ['513 characters', `${LONGEST}a`],
    ['nothing', ''],
  ])('CMD-01 refuses %s', (_case, text) => {
    expect(isClientIdUrl(text)).toBe(false);
  });

  it.each([
    ['an upper-case scheme', 'HTTPS://client.example/c'],
    ['an upper-case host', 'https://Client.example/c'],
    ['the default port', 'https://client.example:443/c'],
    ['an empty port', 'https://client.example:/c'],
    ['a port with zeros', 'https://client.example:08443/c'],
    ['one slash', 'https:/client.example/c'],
    ['no slash', 'https:client.example/c'],
    ['three slashes', 'https:///client.example/c'],
    ['backslashes', 'https:\\\\client.example\\c'],
    ['a backslash in the path', 'https://client.example/a\\c'],
    ['a tab', 'https://client.example/a\tc'],
    ['a line break', 'https://client.example/c\n'],
    ['a blank before it', ' https://client.example/c'],
    ['a blank after it', 'https://client.example/c '],
    ['a blank within', 'https://client.example/a c'],
    ['an international name', 'https://b\u00fccher.example/c'],
    ['full-width letters', 'https://\uff43lient.example/c'],
    ['an ideographic dot', 'https://client\u3002example/c'],
    ['an encoded host', 'https://%63lient.example/c'],
    ['a soft hyphen', 'https://cli\u00adent.example/c'],
    ['a number for an address', 'https://2130706433/c'],
    ['an octal address', 'https://0177.0.0.1/c'],
    ['a hexadecimal address', 'https://0x7f000001/c'],
    ['a short address', 'https://127.1/c'],
    ['an address with a dot at its end', 'https://127.0.0.1./c'],
    ['an address written too long', 'https://[0:0:0:0:0:0:0:1]/c'],
    ['an address within an address, in decimals', 'https://[::ffff:127.0.0.1]/c'],
    ['an upper-case address', 'https://[2001:DB8::1]/c'],
    ['an address with a zone', 'https://[fe80::1%25eth0]/c'],
    ['broken percent encoding', 'https://client.example/a%2'],
    ['a character that has to be encoded', 'https://client.example/a|c'],
    ['an apostrophe in the query, which parsers encode', "https://client.example/c?'"],
  ])('CMD-02 refuses %s, which does not survive a parser', (_case, text) => {
    expect(isClientIdUrl(text)).toBe(false);
  });
});

describe('claimsToBeDocument', () => {
  it.each([
    'https://client.example/c',
    'HTTPS://client.example/c',
    'https:',
    'https:\\client.example',
    ' https://client.example/c',
    '\thttps://client.example/c',
  ])('CMD-01 knows %j as one', (text) => {
    expect(claimsToBeDocument(text)).toBe(true);
  });

  it.each(['', 'client', 'http://client.example/c', 'httpsclient', 'xhttps://client.example', 'urn:https:x'])(
    'leaves %j to other sources',
    (text) => {
      expect(claimsToBeDocument(text)).toBe(false);
    },
  );
});
