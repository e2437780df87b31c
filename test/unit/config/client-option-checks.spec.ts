import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { resolveClientDocuments } from '../../../lib/config/client-option-checks.js';
import type { ClientDocumentOptions } from '../../../lib/config/client-options.js';
import { McpAuthConfigurationError } from '../../../lib/config/mcp-auth-configuration-error.js';

const resolve = (given: ClientDocumentOptions, baseUrl?: string) => resolveClientDocuments(given, baseUrl);

function refusal(given: object, baseUrl?: string): string {
  try {
    resolve(given, baseUrl);
  } catch (error) {
    expect(error).toBeInstanceOf(McpAuthConfigurationError);
    return (error as Error).message;
  }
  throw new Error('nothing was refused');
}

beforeEach(() => void vi.stubEnv('NODE_ENV', 'test'));
afterEach(() => void vi.unstubAllEnvs());

describe('resolveClientDocuments', () => {
  const defaults = {
    enabled: true,
    allowedHosts: undefined,
    deniedHosts: [],
    allowedPorts: [443],
    allowLoopback: false,
    tokenEndpointAudienceHosts: ['chatgpt.com'],
    proxyUrl: undefined,
  };

  it('OPS-05 applies every default', () => {
    expect(resolveClientDocuments(undefined, undefined)).toEqual(defaults);
    expect(resolve({}, 'https://app.example')).toEqual(defaults);
  });

  it('keeps what is given', () => {
    const given = {
      enabled: false,
      allowedHosts: ['app.example.com', '*.example.org', '8.8.8.8', '[2606:4700::1]', 'localhost'],
      deniedHosts: ['*.xn--bcher-kva.example'],
      allowedPorts: [1, 443, 65_535],
      allowLoopback: true,
      tokenEndpointAudienceHosts: ['*.vendor.example'],
      proxyUrl: 'http://user:secret@proxy.internal:3128/',
    };
    expect(resolve(given)).toEqual(given);
  });

  it('keeps an empty list of allowed hosts, which lets nobody in', () => {
    expect(resolve({ allowedHosts: [] }).allowedHosts).toEqual([]);
  });

  it.each([
    '',
    7,
    null,
    'https://app.example.com',
    'app.example.com:8443',
    'app.example.com/',
    'app.example.com.',
    'App.example.com',
    'b\u00fccher.example',
    'user@app.example.com',
    'app.example.com?x',
    'app.example.com#x',
    '*',
    '*.',
    '*example.com',
    'app.*.com',
    '*.*.example.com',
    '*.8.8.8.8',
    '127.1',
    '2606:4700::1',
    'a b',
  ])('OPS-01 refuses %j as a host', (host) => {
    const sentence = `${JSON.stringify(host)} is not a host such as "app.example.com" or "*.example.com", in lower case and without scheme or port`;
    expect(refusal({ allowedHosts: ['a.example', host] })).toBe(`clientDocuments.allowedHosts: ${sentence}`);
    expect(refusal({ deniedHosts: [host] })).toBe(`clientDocuments.deniedHosts: ${sentence}`);
  });

  it('CAU-09 lets nobody sign for the token endpoint where the list is empty', () => {
    expect(resolve({ tokenEndpointAudienceHosts: [] }).tokenEndpointAudienceHosts).toEqual([]);
  });

  it('OPS-01 refuses a host where a list belongs', () => {
    expect(refusal({ allowedHosts: 'a.example' })).toBe(
      'clientDocuments.allowedHosts must be a list of hosts; got "a.example"',
    );
    expect(refusal({ tokenEndpointAudienceHosts: true })).toContain(
      'clientDocuments.tokenEndpointAudienceHosts must be a list of hosts; got true',
    );
    expect(refusal({ deniedHosts: { 0: 'a.example' } })).toContain('clientDocuments.deniedHosts must be a list');
  });

  it.each([[[]], [[0]], [[65_536]], [[443.5]], [['443']], [[443, -1]], [443], ['443']])(
    'OPS-01 refuses %j as ports',
    (allowedPorts) => {
      expect(refusal({ allowedPorts })).toBe(
        `clientDocuments.allowedPorts must be a list of ports between 1 and 65535; got ${JSON.stringify(allowedPorts)}`,
      );
    },
  );

  it('OPS-01 refuses a word where yes or no belongs', () => {
    expect(refusal({ enabled: 'false' })).toBe('clientDocuments.enabled must be true or false; got "false"');
    expect(refusal({ allowLoopback: '1' })).toBe('clientDocuments.allowLoopback must be true or false; got "1"');
  });

  it.each([
    'proxy.internal:3128',
    'socks5://proxy.internal:1080',
    'http://proxy.internal:3128/path',
    'http://proxy.internal:3128/?x',
    'http://proxy.internal:3128/#x',
    '',
    7,
  ])('OPS-01 refuses %j as a proxy, and repeats nothing of it', (proxyUrl) => {
    expect(refusal({ proxyUrl })).toBe(
      'clientDocuments.proxyUrl must be a URL such as "http://proxy.internal:3128", without a path',
    );
  });

  it.each(['http://proxy.internal:3128', 'https://proxy.internal'])('accepts the proxy %s', (proxyUrl) => {
    expect(resolve({ proxyUrl }).proxyUrl).toBe(`${proxyUrl}/`);
  });

  it.each([undefined, 'http://localhost:3000', 'http://127.0.0.1:3000', 'http://[::1]:3000', 'https://localhost'])(
    'CMD-10 lets the loopback in where baseUrl is %s',
    (baseUrl) => {
      expect(resolve({ allowLoopback: true }, baseUrl).allowLoopback).toBe(true);
    },
  );

  it('CMD-10 refuses loopback documents where baseUrl is public', () => {
    expect(refusal({ allowLoopback: true }, 'https://app.example')).toBe(
      'clientDocuments.allowLoopback is for a loopback baseUrl; got "https://app.example"',
    );
  });

  it('CMD-10 OPS-06 refuses them in production, loopback or not', () => {
    vi.stubEnv('NODE_ENV', 'production');
    const sentence = 'NODE_ENV is production: clientDocuments.allowLoopback is for development';
    expect(refusal({ allowLoopback: true }, 'https://localhost')).toBe(sentence);
    expect(refusal({ allowLoopback: true }, 'https://app.example')).toBe(sentence);
    expect(resolve({}, 'https://app.example').allowLoopback).toBe(false);
  });
});
