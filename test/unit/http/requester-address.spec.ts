import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { requesterStash, stashedRequester } from '../../../lib/http/requester-address.js';
import { message } from './exchange.js';

const PROXY = '10.0.0.1';

/** Whom a request is taken to come from that says `forwarded` of itself. */
function requester(forwarded: string | undefined, from: string | null = PROXY, server?: Server) {
  const request = message({ headers: forwarded === undefined ? [] : [['X-Forwarded-For', forwarded]] });
  Object.defineProperty(request.socket, 'remoteAddress', { value: from ?? undefined });
  Object.assign(request.socket, { server });
  requesterStash(['uniquelocal'])(request);
  return stashedRequester(request);
}

describe('requesterStash', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['192.0.2.1:4711', '192.0.2.1'],
    ['2001:db8::1', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['[2001:db8::1]:4711', '2001:db8::1'],
    ['[::ffff:192.0.2.1]:4711', '::ffff:192.0.2.1'],
    // Proxies write their ports as well.
    ['192.0.2.1:4711, 10.0.0.2:52000', '192.0.2.1'],
    ['198.51.100.7, 192.0.2.1:4711, [fd00::2]:52000', '192.0.2.1'],
    // Nobody in between is left out.
    ['192.0.2.1, 198.51.100.7:1, 10.0.0.2', '198.51.100.7'],
    [undefined, PROXY],
    ['10.0.0.3:1', '10.0.0.3'],
  ])('ABU-01 takes X-Forwarded-For: %s for %s', (forwarded, address) => {
    expect(requester(forwarded)).toBe(address);
  });

  it.each([
    'unknown',
    '_hidden',
    'client.example',
    '192.0.2.1:port',
    '192.0.2.1:',
    '192.0.2:80',
    '192.0.2.1.5:80',
    '[192.0.2.1',
    '[unknown]:80',
    '[]:80',
    '2001:db8::1]:80',
    'x'.repeat(5000),
    '192.0.2.1, unknown',
    '192.0.2.1, unknown:80, 10.0.0.2',
  ])('ABU-01 takes %s, which is no address, for whoever connected', (forwarded) => {
    expect(requester(forwarded)).toBe(PROXY);
  });

  it('ABU-01 believes nothing of whoever is not listed', () => {
    expect(requester('192.0.2.1:4711', '198.51.100.7')).toBe('198.51.100.7');
  });

  it('notes nothing where no proxies are listed', () => {
    const request = message({ headers: [['X-Forwarded-For', '192.0.2.1']] });
    requesterStash(undefined)(request);
    expect(stashedRequester(request)).toBeUndefined();
  });

  describe('of somebody without an address', () => {
    let server: Server;
    let folder: string | undefined;
    afterEach(async () => {
      if (server.listening) await new Promise((resolve) => server.close(resolve));
      if (folder !== undefined) await rm(folder, { recursive: true });
      folder = undefined;
    });
    const listen = async (at: { path: string } | { port: number; host: string }) => {
      server = createServer().listen(at);
      await once(server, 'listening');
      return server;
    };

    it('ABU-01 believes a proxy at a unix socket', async () => {
      folder = await mkdtemp(join(tmpdir(), 'mcp-'));
      await listen({ path: join(folder, 'socket') });
      expect(requester('192.0.2.1:4711', null, server)).toBe('192.0.2.1');
      expect(requester('198.51.100.7, 192.0.2.1, 10.0.0.2', null, server)).toBe('192.0.2.1');
      expect(requester('unknown', null, server)).toBeUndefined();
      expect(requester(undefined, null, server)).toBeUndefined();
    });

    it('ABU-01 believes no stranger who has hung up', async () => {
      await listen({ port: 0, host: '127.0.0.1' });
      expect(requester('192.0.2.1', null, server)).toBeUndefined();
      await new Promise((resolve) => server.close(resolve));
      expect(requester('192.0.2.1', null, server)).toBeUndefined();
      expect(requester('192.0.2.1', null)).toBeUndefined();
    });
  });
});
