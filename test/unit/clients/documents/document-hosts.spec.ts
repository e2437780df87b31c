import { describe, expect, it } from 'vitest';
import {
  ClientDocumentError,
  ClientDocumentRefusedError,
} from '../../../../lib/clients/documents/client-document-error.js';
import type { ClientDocumentOptions } from '../../../../lib/config/client-options.js';
import { hostsOf } from './fixture.js';

function refusal(url: string, options: ClientDocumentOptions = {}): string {
  try {
    hostsOf(options).judge(url);
  } catch (error) {
    expect(error).toBeInstanceOf(ClientDocumentError);
    const { reason } = error as ClientDocumentError;
    // The operator's lists alone have an error of their own.
    expect(error instanceof ClientDocumentRefusedError).toBe(reason === 'client_document_host_refused');
    return reason;
  }
  throw new Error('nothing was refused');
}

const PRIVATE = 'client_document_address_refused';
const LISTED = 'client_document_host_refused';

describe('DocumentHosts', () => {
  it('gives host and port of a name, whose addresses have to be looked up', () => {
    const target = hostsOf().judge('https://client.example/c?v=1');
    expect(target).toEqual({ url: new URL('https://client.example/c?v=1'), host: 'client.example', port: 443 });
  });

  it.each([
    ['https://8.8.8.8/c', '8.8.8.8'],
    ['https://[2606:4700::1111]/c', '2606:4700::1111'],
  ])('gives the address that stands in %s', (url, address) => {
    expect(hostsOf().judge(url)).toMatchObject({ host: address, addresses: [address] });
  });

  it.each([
    'http://client.example/c',
    'ftp://client.example/c',
    'not a URL',
    '',
    'https://user@client.example/c',
    'https://user:secret@client.example/c',
    'https://:secret@client.example/c',
  ])('CMD-11 refuses %j, for keys as for documents', (url) => {
    expect(refusal(url)).toBe(PRIVATE);
  });

  it.each([
    'https://localhost/c',
    'https://app.localhost/c',
    'https://printer.local/c',
    'https://metadata.google.internal/c',
    'https://internal/c',
    'https://wiki.intranet/c',
    'https://db.private/c',
    'https://ad.corp/c',
    'https://nas.home/c',
    'https://router.lan/c',
    'https://nas.home.arpa/c',
    'https://1.0.0.127.in-addr.arpa/c',
    'https://abc.onion/c',
    'https://x.invalid/c',
    'https://x.alt/c',
    'https://metadata/c',
    'https://client.example./c',
    'https://localhost./c',
    'https://127.0.0.1/c',
    'https://127.1/c',
    'https://2130706433/c',
    'https://0x7f000001/c',
    'https://0177.0.0.1/c',
    'https://10.0.0.1/c',
    'https://169.254.169.254/latest/meta-data',
    'https://[::1]/c',
    'https://[::ffff:127.0.0.1]/c',
    'https://[64:ff9b::7f00:1]/c',
    'https://[fd00:ec2::254]/c',
    'https://0.0.0.0/c',
    'https://[::]/c',
  ])('CMD-09 refuses %s by its look', (url) => {
    expect(refusal(url)).toBe(PRIVATE);
  });

  it.each([
    'https://mylocal.example/c',
    'https://local.example/c',
    'https://internal.example/c',
    'https://localhost.example/c',
    'https://xlocalhost.com/c',
    'https://corporation.com/c',
  ])('looks %s up, whose name only looks alike', (url) => {
    expect(hostsOf().judge(url).addresses).toBeUndefined();
  });

  describe('lists', () => {
    const options = {
      allowedHosts: ['a.example', '*.b.example', '8.8.8.8', '[2606:4700::1111]', 'localhost'],
      deniedHosts: ['evil.b.example', '*.deep.b.example'],
    };

    it.each([
      'https://a.example/c',
      'https://x.b.example/c',
      'https://x.y.b.example/c',
      'https://deep.b.example/c',
      'https://8.8.8.8/c',
      'https://[2606:4700::1111]/c',
    ])('CMD-17 accept %s', (url) => {
      expect(hostsOf(options).judge(url).url.href).toBe(url);
    });

    it.each([
      'https://b.example/c',
      'https://xb.example/c',
      'https://x.a.example/c',
      'https://a.example.evil.example/c',
      'https://evil.b.example/c',
      'https://x.deep.b.example/c',
      'https://1.1.1.1/c',
      'https://[2606:4700::1112]/c',
      'https://a.example./c',
    ])('CMD-17 refuse %s', (url) => {
      expect(refusal(url, options)).toBe(LISTED);
    });

    it('CMD-17 accept everybody but the denied where nobody is allowed by name', () => {
      expect(refusal('https://a.example/c', { deniedHosts: ['a.example'] })).toBe(LISTED);
      expect(hostsOf({ deniedHosts: ['a.example'] }).judge('https://b.example/c').host).toBe('b.example');
    });

    it('CMD-17 accept nobody where the list is empty', () => {
      expect(refusal('https://a.example/c', { allowedHosts: [] })).toBe(LISTED);
    });

    it('CMD-09 make no private host public', () => {
      expect(refusal('https://localhost/c', options)).toBe(PRIVATE);
    });
  });

  it('CMD-09 refuses other ports than the allowed ones', () => {
    expect(refusal('https://client.example:8443/c')).toBe(LISTED);
    expect(refusal('https://8.8.8.8:22/c')).toBe(LISTED);
    expect(refusal('https://client.example/c', { allowedPorts: [8443] })).toBe(LISTED);
    expect(hostsOf({ allowedPorts: [443, 8443] }).judge('https://client.example:8443/c').port).toBe(8443);
  });

  describe('allowLoopback', () => {
    const options = { allowLoopback: true };

    it.each([
      ['https://localhost/c', 443, ['127.0.0.1', '::1']],
      ['https://localhost:3443/c', 3443, ['127.0.0.1', '::1']],
      ['https://127.0.0.1:3443/c', 3443, ['127.0.0.1']],
      ['https://127.9.9.9/c', 443, ['127.9.9.9']],
      ['https://[::1]:3443/c', 3443, ['::1']],
    ])('CMD-10 opens %s, without a look-up', (url, port, addresses) => {
      expect(hostsOf(options).judge(url)).toMatchObject({ port, addresses });
    });

    it.each(['https://10.0.0.1/c', 'https://app.localhost/c', 'https://[::2]/c', 'https://x.local/c'])(
      'CMD-10 opens nothing else: not %s',
      (url) => {
        expect(refusal(url, options)).toBe(PRIVATE);
      },
    );

    it('CMD-17 is below the lists', () => {
      expect(refusal('https://localhost/c', { ...options, deniedHosts: ['localhost'] })).toBe(LISTED);
      expect(refusal('https://127.0.0.1/c', { ...options, allowedHosts: ['localhost'] })).toBe(LISTED);
    });
  });
});
