import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ClientDocumentError } from '../../../../lib/clients/documents/client-document-error.js';
import { DocumentTransport } from '../../../../lib/clients/documents/document-transport.js';
import { DocumentServer } from '../../../support/document-server.js';
import { TestAuthority } from '../../../support/test-certificates.js';
import {
  HastyTransport,
  hostsOf,
  optionsOf,
  RulesWithOneException,
  ToldResolver,
  TrustingConnector,
} from './fixture.js';

/** An address of this machine that nothing else listens on. */
const ADDRESS = '127.0.0.77';
/** 50 MB in 50 KB. */
const BOMB = gzipSync(Buffer.alloc(50_000_000));
const authority = new TestAuthority();
const rules = new RulesWithOneException(ADDRESS);
let server: DocumentServer;

beforeAll(async () => {
  server = await DocumentServer.start(authority.issue(['client.example', ADDRESS]), ADDRESS);
});
afterAll(() => server.close());

const hosts = () => hostsOf({ allowedPorts: [server.port] }, rules);

function transport(deadlineMs?: number): DocumentTransport {
  const resolver = new ToldResolver({ 'client.example': [ADDRESS], 'other.example': [ADDRESS] });
  const connector = new TrustingConnector(authority.certificate, resolver, rules, optionsOf());
  return deadlineMs === undefined ? new DocumentTransport(connector) : new HastyTransport(deadlineMs, connector);
}

const get = (path: string, deadlineMs?: number, host = 'client.example') =>
  transport(deadlineMs).get(hosts().judge(`https://${host}:${server.port}${path}`), 5120);

async function reasonOf(answer: Promise<unknown>): Promise<string> {
  const error: unknown = await answer.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ClientDocumentError);
  return (error as ClientDocumentError).reason;
}

describe('DocumentTransport', () => {
  it('CMD-03 sends a GET with nothing of ours in it, and gives text and headers', async () => {
    server.serve('/c?v=1', { a: '\u00e9' }, { 'Cache-Control': 'max-age=7', 'Set-Cookie': 'a=b' });
    server.seen.length = 0;
    const answer = await get('/c?v=1');
    expect(answer.text).toBe('{"a":"\u00e9"}');
    expect(answer.headers['cache-control']).toBe('max-age=7');
    expect(server.seen.map(({ method, path, rawHeaders }) => ({ method, path, rawHeaders }))).toEqual([
      {
        method: 'GET',
        path: '/c?v=1',
        rawHeaders: [
          'Host',
          `client.example:${server.port}`,
          'Accept',
          'application/json',
          'Accept-Encoding',
          'identity',
          'User-Agent',
          'nestjs-mcp-auth',
          'Connection',
          'close',
        ],
      },
    ]);
    await get('/c?v=1');
    expect(server.seen[1]?.headers.cookie).toBeUndefined();
  });

  it('reaches an address that stands in the URL', async () => {
    server.serve('/c', {});
    await expect(get('/c', undefined, ADDRESS)).resolves.toMatchObject({ text: '{}' });
  });

  it.each([
    'application/json',
    'APPLICATION/JSON',
    'application/json; charset=utf-8',
    'application/json;charset=utf-8',
    'application/json ;x',
    'application/jwk-set+json',
    'application/vnd.client+json; a=b',
  ])('CMD-04 accepts the type %s', async (type) => {
    server.serve('/c', {}, { 'Content-Type': type });
    await expect(get('/c')).resolves.toMatchObject({ text: '{}' });
  });

  it.each([
    'text/html',
    'text/json',
    'text/plain',
    'application/javascript',
    'application/jsonp',
    'application/json-seq',
    'application/+json',
    'application/json+x',
    'text/x+json',
    'xapplication/json',
    'application/json, text/html',
    '',
  ])('CMD-04 refuses the type %j', async (type) => {
    server.serve('/c', {}, { 'Content-Type': type });
    expect(await reasonOf(get('/c'))).toBe('client_document_type');
  });

  it('CMD-04 refuses an answer without a type', async () => {
    server.at('/c', (_request, response) => response.end('{}'));
    expect(await reasonOf(get('/c'))).toBe('client_document_type');
  });

  it.each([
    201, 203, 204, 206, 226, 300, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 410, 418, 429, 500, 503, 599,
  ])('CMD-03 refuses the status %d', async (status) => {
    server.serve('/c', {}, { Location: `https://client.example:${server.port}/other`, ETag: '"x"' }, status);
    server.serve('/other', {});
    server.seen.length = 0;
    expect(await reasonOf(get('/c'))).toBe('client_document_status');
    expect(server.seen.map(({ path }) => path)).toEqual(['/c']);
  });

  it('refuses to switch protocols', async () => {
    server.at('/c', ({ socket }) =>
      socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'),
    );
    expect(await reasonOf(get('/c'))).toBe('client_document_unreachable');
  });

  it('is not held up by hints before the answer', async () => {
    server.at('/c', (_request, response) => {
      response.writeEarlyHints({ link: '</x>; rel=preload' });
      response.writeHead(200, { 'Content-Type': 'application/json' }).end('{}');
    });
    await expect(get('/c')).resolves.toMatchObject({ text: '{}' });
  });

  it.each(['gzip', 'br', 'deflate', 'GZIP', 'identity, gzip', 'x'])(
    'CMD-12 refuses the encoding %s',
    async (encoding) => {
      server.serve('/c', BOMB, { 'Content-Encoding': encoding });
      expect(await reasonOf(get('/c'))).toBe('client_document_encoded');
    },
  );

  it('accepts an encoding that is none', async () => {
    server.serve('/c', {}, { 'Content-Encoding': 'Identity' });
    await expect(get('/c')).resolves.toMatchObject({ text: '{}' });
  });

  it('CMD-12 reads 5120 bytes, and not one more', async () => {
    server.serve('/c', `"${'a'.repeat(5118)}"`);
    expect((await get('/c')).text).toHaveLength(5120);
    server.serve('/c', `"${'a'.repeat(5119)}"`);
    expect(await reasonOf(get('/c'))).toBe('client_document_too_large');
    // Half as many characters, of two bytes each.
    server.serve('/c', `"${'\u00e9'.repeat(2560)}"`);
    expect(await reasonOf(get('/c'))).toBe('client_document_too_large');
  });

  it('CMD-12 stops reading an endless body soon', async () => {
    let sent = 0;
    server.at('/c', (_request, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      const more = () => {
        sent += 1024;
        if (!response.destroyed) response.write(' '.repeat(1024), () => setImmediate(more));
      };
      more();
    });
    expect(await reasonOf(get('/c'))).toBe('client_document_too_large');
    await expect.poll(() => server.open).toBe(0);
    // What the kernels of both sides hold, and no more.
    expect(sent).toBeLessThan(20_000_000);
  });

  it('CMD-12 believes no length that is promised', async () => {
    server.serve('/c', '{}', { 'Content-Length': '2' });
    await expect(get('/c')).resolves.toMatchObject({ text: '{}' });
    server.at('/c', (_request, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '100' });
      response.write('{}');
      setImmediate(() => response.destroy());
    });
    expect(await reasonOf(get('/c'))).toBe('client_document_unreachable');
  });

  it('CMD-12 gives up a drip of bytes, and hangs up', async () => {
    server.at('/c', (_request, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      const drip = setInterval(() => response.write(' '), 20);
      response.on('close', () => clearInterval(drip));
    });
    expect(await reasonOf(get('/c', 300))).toBe('client_document_too_slow');
    await expect.poll(() => server.open).toBe(0);
  });

  it('CMD-12 gives up a server that says nothing, and hangs up', async () => {
    server.at('/c', () => undefined);
    expect(await reasonOf(get('/c', 300))).toBe('client_document_too_slow');
    await expect.poll(() => server.open).toBe(0);
  });

  it('CMD-12 gives up a drip of headers', async () => {
    server.at('/c', ({ socket }) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      const drip = setInterval(() => socket.write('a: b\r\n'), 20);
      socket.on('close', () => clearInterval(drip));
    });
    expect(await reasonOf(get('/c', 300))).toBe('client_document_too_slow');
  });

  const hint = 'HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n';

  it('CMD-12 takes ten hints before the answer, and not one more', async () => {
    const answer = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}';
    for (const [interim, count] of [
      [hint, 10],
      ['HTTP/1.1 100 Continue\r\n\r\n', 10],
      [hint, 11],
      ['HTTP/1.1 100 Continue\r\n\r\n', 11],
    ] as const) {
      server.at('/c', ({ socket }) => socket.write(interim.repeat(count) + answer));
      const found = get('/c').then(
        ({ text }) => text,
        ({ reason }: ClientDocumentError) => reason,
      );
      expect(await found, `${count} of ${interim}`).toBe(count === 10 ? '{}' : 'client_document_too_large');
    }
  });

  it.each([1, 500])('CMD-12 hangs up on a flood of hints, %i in a packet', async (many) => {
    let sent = 0;
    server.at('/c', ({ socket }) => {
      const flood = hint.repeat(many);
      const pump = () => {
        if (socket.destroyed) return;
        sent += flood.length;
        socket.write(flood, () => setImmediate(pump));
      };
      pump();
    });
    expect(await reasonOf(get('/c'))).toBe('client_document_too_large');
    await expect.poll(() => server.open).toBe(0);
    // What the kernels of both sides hold, and no more.
    expect(sent).toBeLessThan(10_000_000);
  });

  it('CMD-12 gives up endless hints', async () => {
    server.at('/c', ({ socket }) => {
      const drip = setInterval(() => socket.write('HTTP/1.1 103 Early Hints\r\na: b\r\n\r\n'), 100);
      socket.on('close', () => clearInterval(drip));
    });
    expect(await reasonOf(get('/c', 300))).toBe('client_document_too_slow');
  });

  it('CMD-12 refuses headers without end', async () => {
    server.serve('/c', {}, { 'X-Long': 'a'.repeat(9000) });
    expect(await reasonOf(get('/c'))).toBe('client_document_unreachable');
    server.serve('/c', {}, { 'X-Long': 'a'.repeat(4000) });
    await expect(get('/c')).resolves.toMatchObject({ text: '{}' });
  });

  it('CMD-12 gives up while a name is looked up', async () => {
    const resolver = new ToldResolver({ 'client.example': delay(2000, [ADDRESS]) });
    const connector = new TrustingConnector(authority.certificate, resolver, rules, optionsOf());
    const slow = new HastyTransport(100, connector).get(hosts().judge(`https://client.example:${server.port}/c`), 5120);
    expect(await reasonOf(slow)).toBe('client_document_too_slow');
  });

  it('refuses bytes that are no UTF-8, and drops a byte order mark', async () => {
    server.serve('/c', Buffer.from([0x22, 0xc3, 0x28, 0x22]));
    expect(await reasonOf(get('/c'))).toBe('client_document_not_json');
    server.serve('/c', Buffer.from([0xef, 0xbb, 0xbf, 0x7b, 0x7d]));
    expect((await get('/c')).text).toBe('{}');
  });

  it('leaves no connection and no timer behind', async () => {
    server.serve('/c', {});
    await get('/c');
    await expect.poll(() => server.open).toBe(0);
  });
});
