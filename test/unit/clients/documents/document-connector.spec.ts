import { lookup } from 'node:dns';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { AddressRules } from '../../../../lib/clients/documents/address-rules.js';
import { ClientDocumentError } from '../../../../lib/clients/documents/client-document-error.js';
import { DocumentConnector } from '../../../../lib/clients/documents/document-connector.js';
import type { ClientDocumentOptions } from '../../../../lib/config/client-options.js';
import { ConnectProxy } from '../../../support/connect-proxy.js';
import { ConnectRecorder, tcpHandlePrototype } from '../../../support/connect-recorder.js';
import { DocumentServer } from '../../../support/document-server.js';
import { TestAuthority } from '../../../support/test-certificates.js';
import { hostsOf, optionsOf, RulesWithOneException, ToldResolver, TrustingConnector } from './fixture.js';

const ADDRESS = '127.0.0.78';
const NOBODY = '127.0.0.79';
const authority = new TestAuthority();
let server: DocumentServer;
let recorder: ConnectRecorder;
const open: AbortController[] = [];

beforeAll(async () => {
  server = await DocumentServer.start(authority.issue(['client.example', ADDRESS]), ADDRESS);
  server.serve('/c', {});
  recorder = await ConnectRecorder.start();
});
afterEach(() => {
  for (const controller of open.splice(0)) controller.abort();
  recorder.take();
});
afterAll(async () => {
  recorder.stop();
  await server.close();
});

interface Arrangement {
  readonly names?: Readonly<Record<string, readonly string[]>>;
  readonly rules?: AddressRules;
  readonly options?: ClientDocumentOptions;
  readonly ca?: string;
}

function connect(url: string, arrangement: Arrangement = {}) {
  const { names = { 'client.example': [ADDRESS] }, options = {}, ca = authority.certificate } = arrangement;
  const rules = arrangement.rules ?? new RulesWithOneException(ADDRESS);
  const resolver = new ToldResolver(names);
  const deadline = new AbortController();
  open.push(deadline);
  const connector = new TrustingConnector(ca, resolver, rules, optionsOf(options));
  const target = hostsOf({ ...options, allowedPorts: [443, server.port] }, rules).judge(url);
  return { deadline, resolver, socket: connector.connect(target, deadline.signal) };
}

const url = () => `https://client.example:${server.port}/c`;

async function failureOf(work: Promise<unknown>): Promise<Error> {
  return work.then(
    () => new Error('nothing failed'),
    (error: unknown) => error as Error,
  );
}

const reasonOf = async (work: Promise<unknown>) => ((await failureOf(work)) as ClientDocumentError).reason;

describe('DocumentConnector', () => {
  it('CMD-09 connects to the address that was checked, and asks for the name once', async () => {
    const { socket, resolver } = connect(url());
    expect((await socket).authorized).toBe(true);
    expect((await socket).remoteAddress).toBe(ADDRESS);
    expect(resolver.asked).toEqual(['client.example']);
    expect(recorder.take()).toEqual([{ address: ADDRESS, port: server.port }]);
  });

  it('CMD-09 lets nobody else look the name up', async () => {
    const dns = await import('node:dns');
    const spy = vi
      .spyOn(dns.default, 'lookup')
      .mockImplementation(((
        _name: string,
        _options: unknown,
        answer: (error: null, addresses: { address: string; family: number }[]) => void,
      ) => answer(null, [{ address: '127.0.0.1', family: 4 }])) as typeof lookup);
    try {
      expect((await connect(url()).socket).remoteAddress).toBe(ADDRESS);
      expect(spy).not.toHaveBeenCalled();
    } finally {
      spy.mockRestore();
    }
  });

  it.each([
    ['private', ['10.0.0.1']],
    ['loopback', ['127.0.0.1']],
    ['the metadata service of a cloud', ['169.254.169.254']],
    ['mapped', ['::ffff:127.0.0.1']],
    ['public and private', [ADDRESS, '10.0.0.1']],
    ['private and public', ['10.0.0.1', ADDRESS]],
    ['eight public and a private one behind', [...Array<string>(8).fill(ADDRESS), '10.0.0.1']],
    ['no address at all but a word', ['localhost']],
    ['empty', ['']],
  ])('CMD-09 connects nowhere when an address of the name is %s', async (_case, addresses) => {
    const { socket } = connect(url(), { names: { 'client.example': addresses } });
    expect(await reasonOf(socket)).toBe('client_document_address_refused');
    expect(recorder.take()).toEqual([]);
  });

  it('takes a name without address for unknown', async () => {
    expect(await reasonOf(connect(url(), { names: {} }).socket)).toBe('client_document_name_unknown');
    expect(recorder.take()).toEqual([]);
  });

  it('tries the next address when one does not answer', async () => {
    class Both extends AddressRules {
      override allows(address: string): boolean {
        return address === ADDRESS || address === NOBODY;
      }
    }
    const { socket } = connect(url(), { rules: new Both(), names: { 'client.example': [NOBODY, ADDRESS] } });
    expect((await socket).remoteAddress).toBe(ADDRESS);
    expect(recorder.take().map(({ address }) => address)).toEqual([NOBODY, ADDRESS]);
  });

  it('tries eight addresses at most', async () => {
    class Everything extends AddressRules {
      override allows(): boolean {
        return true;
      }
    }
    const many = Array.from({ length: 50 }, (_, index) => `127.1.0.${index + 1}`);
    const { socket } = connect(url(), { rules: new Everything(), names: { 'client.example': many } });
    await failureOf(socket);
    expect(recorder.take().map(({ address }) => address)).toEqual(many.slice(0, 8));
  });

  it('works where Node connects to one address only', async () => {
    const net = await import('node:net');
    const before = net.getDefaultAutoSelectFamily();
    net.setDefaultAutoSelectFamily(false);
    try {
      expect((await connect(url()).socket).remoteAddress).toBe(ADDRESS);
    } finally {
      net.setDefaultAutoSelectFamily(before);
    }
  });

  it('CMD-09 hangs up before it says anything when the socket is connected to somebody else', async () => {
    const peer = vi.spyOn(await tcpHandlePrototype(), 'getpeername').mockImplementation((out) => {
      out.address = '10.0.0.1';
      return 0;
    });
    try {
      server.seen.length = 0;
      expect(await reasonOf(connect(url()).socket)).toBe('client_document_address_refused');
    } finally {
      peer.mockRestore();
    }
    await expect.poll(() => server.open).toBe(0);
    expect(server.seen).toEqual([]);
  });

  it.each([
    ['another name', () => ['other.example'], {}],
    ['a certificate that has expired', () => ['client.example'], { expired: true }],
  ])('CMD-03 refuses %s in the certificate', async (_case, names, change) => {
    const other = await DocumentServer.start(authority.issue(names(), change), ADDRESS);
    try {
      const rules = new RulesWithOneException(ADDRESS);
      const target = hostsOf({ allowedPorts: [other.port] }, rules).judge(`https://client.example:${other.port}/c`);
      const resolver = new ToldResolver({ 'client.example': [ADDRESS] });
      const connector = new TrustingConnector(authority.certificate, resolver, rules, optionsOf());
      const { message } = await failureOf(connector.connect(target, new AbortController().signal));
      expect(message).toMatch(/altnames|expired/);
    } finally {
      await other.close();
    }
  });

  it('CMD-03 refuses a certificate that nobody vouches for, whatever the environment says', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    try {
      const { message } = await failureOf(connect(url(), { ca: new TestAuthority().certificate }).socket);
      expect(message).toMatch(/unable to verify|self-signed|issuer/i);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('CMD-12 closes the connection when the time is up', async () => {
    const { socket, deadline } = connect(url());
    await socket;
    expect(server.open).toBe(1);
    deadline.abort();
    await expect.poll(() => server.open).toBe(0);
  });

  it('CMD-12 gives up a handshake that never ends', async () => {
    const { createServer } = await import('node:net');
    const silent = createServer().listen(0, ADDRESS);
    await new Promise((resolve) => silent.once('listening', resolve));
    const { port } = silent.address() as { port: number };
    const rules = new RulesWithOneException(ADDRESS);
    const target = hostsOf({ allowedPorts: [port] }, rules).judge(`https://${ADDRESS}:${port}/c`);
    const deadline = new AbortController();
    const connector = new DocumentConnector(new ToldResolver({}), rules, optionsOf());
    const failure = failureOf(connector.connect(target, deadline.signal));
    await delay(50);
    deadline.abort();
    expect((await failure).name).toBe('AbortError');
    silent.close();
  });

  it('CMD-12 connects to nobody when the time ran out over the name', async () => {
    const deadline = new AbortController();
    const resolver = new ToldResolver({ 'client.example': delay(100, [ADDRESS]) });
    const connector = new DocumentConnector(resolver, new RulesWithOneException(ADDRESS), optionsOf());
    const target = hostsOf({ allowedPorts: [server.port] }).judge(url());
    const failure = failureOf(connector.connect(target, deadline.signal));
    deadline.abort();
    expect((await failure).message).toBe('out of time');
    await delay(200);
    expect(recorder.take()).toEqual([]);
  });

  describe('through a proxy', () => {
    let proxy: ConnectProxy;
    let said: { target?: { host: string; port: number }; raw?: string };

    beforeAll(async () => {
      proxy = await ConnectProxy.start(() => said);
    });
    afterEach(() => void (proxy.asked.length = 0));
    afterAll(() => proxy.close());

    const through = (userinfo = ''): Arrangement => ({
      options: { proxyUrl: `http://${userinfo}127.0.0.1:${proxy.port}` },
      rules: new AddressRules(),
      names: {},
    });
    const target = () => ({ target: { host: ADDRESS, port: server.port } });

    it('CMD-09 leaves the name to the proxy, and still verifies the certificate', async () => {
      said = target();
      const { socket, resolver } = connect(url(), through());
      expect((await socket).authorized).toBe(true);
      expect(resolver.asked).toEqual([]);
      expect(proxy.asked).toEqual([
        {
          authority: `client.example:${server.port}`,
          headers: { host: `client.example:${server.port}`, connection: 'close' },
        },
      ]);
    });

    it('shows the proxy its own user name and password', async () => {
      said = target();
      await connect(url(), through('us%40er:s%3Aecret@')).socket;
      expect(proxy.asked[0]?.headers['proxy-authorization']).toBe(
        `Basic ${Buffer.from('us@er:s:ecret').toString('base64')}`,
      );
    });

    it('shows it a user name alone', async () => {
      said = target();
      await connect(url(), through('user@')).socket;
      expect(proxy.asked[0]?.headers['proxy-authorization']).toBe(`Basic ${Buffer.from('user:').toString('base64')}`);
    });

    it('CMD-03 refuses a certificate for another name there, too', async () => {
      said = target();
      const { message } = await failureOf(connect(`https://other.example:${server.port}/c`, through()).socket);
      expect(message).toContain('altnames');
    });

    it.each(['1', '0'])(
      'speaks to a proxy over TLS, and verifies it whatever the environment says (%s)',
      async (verify) => {
        const secure = await ConnectProxy.start(target, authority.issue(['127.0.0.1']));
        vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', verify);
        try {
          const options = { proxyUrl: `https://127.0.0.1:${secure.port}` };
          // Its certificate is the system's business, and this authority is none that the system knows.
          const { message } = await failureOf(connect(url(), { ...through(), options }).socket);
          expect(message).toMatch(/unable to verify|self-signed|issuer/i);
          expect(secure.asked).toEqual([]);
        } finally {
          vi.unstubAllEnvs();
          await secure.close();
        }
      },
    );

    it.each([
      ['refuses', 'HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n'],
      ['wants a password', 'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n'],
      ['accepts in another way', 'HTTP/1.1 204 No Content\r\n\r\n'],
    ])('takes it for an outage when the proxy %s', async (_case, raw) => {
      said = { raw };
      expect(await reasonOf(connect(url(), through()).socket)).toBe('client_document_proxy_refused');
      await expect.poll(() => proxy.tunnels.size).toBe(0);
    });

    it('takes it for an outage when the proxy speaks something else', async () => {
      said = { raw: 'SSH-2.0-OpenSSH\r\n' };
      expect((await failureOf(connect(url(), through()).socket)).message).toContain('Parse Error');
    });

    it('CMD-12 closes the tunnel when the time is up', async () => {
      said = target();
      const { socket, deadline } = connect(url(), through());
      await socket;
      expect(proxy.tunnels.size).toBe(1);
      deadline.abort();
      await expect.poll(() => proxy.tunnels.size + server.open).toBe(0);
    });

    it('CMD-12 does not wait for a proxy that says nothing', async () => {
      said = {};
      const { socket, deadline } = connect(url(), through());
      const failure = failureOf(socket);
      await expect.poll(() => proxy.asked.length).toBe(1);
      deadline.abort();
      expect((await failure).name).toBe('AbortError');
      await expect.poll(() => proxy.tunnels.size).toBe(0);
    });

    it('CMD-10 leaves the loopback out of it', async () => {
      said = target();
      const own = await DocumentServer.start(authority.issue(['localhost']), '127.0.0.1');
      try {
        const options = { ...through().options, allowLoopback: true };
        const { socket } = connect(`https://localhost:${own.port}/c`, { ...through(), options });
        expect((await socket).remoteAddress).toBe('127.0.0.1');
        expect(proxy.asked).toEqual([]);
      } finally {
        await own.close();
      }
    });

    it('brackets an IPv6 address, and lets the proxy have public addresses', async () => {
      said = { raw: 'HTTP/1.1 502 Bad Gateway\r\n\r\n' };
      await failureOf(connect('https://[2606:4700::1111]/c', through()).socket);
      await failureOf(connect('https://8.8.8.8/c', through()).socket);
      expect(proxy.asked.map(({ authority: name }) => name)).toEqual(['[2606:4700::1111]:443', '8.8.8.8:443']);
    });
  });
});
