import { gzipSync } from 'node:zlib';
import type { DocumentHandler } from './document-server.js';

/** A document in order, of this URL. */
export function goodDocument(url: string, change: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    client_id: url,
    client_name: 'Good client',
    redirect_uris: ['https://a.client.example/callback'],
    ...change,
  };
}

const JSON_TYPE = { 'Content-Type': 'application/json' };

const answer =
  (body: (url: string) => string | Buffer, headers: Record<string, string> = JSON_TYPE, status = 200) =>
  (url: string): DocumentHandler =>
  (_request, response) =>
    response.writeHead(status, headers).end(body(url));

const json = (url: string) => JSON.stringify(goodDocument(url));
const changed = (change: Record<string, unknown>) => answer((url) => JSON.stringify(goodDocument(url, change)));

/** Bytes without the help of an HTTP server. */
const raw =
  (text: string) =>
  (_url: string): DocumentHandler =>
  ({ socket }) =>
    socket.end(text);

/** A line again and again, until the other side has enough. */
const forever =
  (first: string, again: string, pauseMs: number) =>
  (_url: string): DocumentHandler =>
  ({ socket }) => {
    socket.write(first);
    const timer = setInterval(() => socket.write(again), pauseMs);
    socket.on('close', () => clearInterval(timer));
  };

/** Made beforehand: it takes a while, and the server of the test shares its process with the one that waits for the answer. */
const BLANKS = gzipSync(' '.repeat(50_000_000));

/** 50 MB of blanks behind a good document, as two members of one gzip stream. */
const bomb = (url: string) => Buffer.concat([gzipSync(json(url)), BLANKS]);

const redirect = (status: number, location: string) => answer(json, { ...JSON_TYPE, Location: location }, status);

/** What a server can do to whoever asks it for a document, beside serving one. */
export const HOSTILE_ANSWERS: Readonly<Record<string, (url: string) => DocumentHandler>> = {
  'a redirect to the loopback': redirect(301, 'https://127.0.0.1/'),
  'a redirect to the metadata service of a cloud': redirect(302, 'http://169.254.169.254/latest/meta-data/'),
  'a redirect to itself': redirect(303, '/good'),
  'a redirect to a private address': redirect(307, 'https://10.0.0.1/c'),
  'a redirect to IPv6': redirect(308, 'https://[::1]/c'),
  'a choice of places': redirect(300, 'https://192.168.0.1/c'),
  'a redirect without an address': answer(json, JSON_TYPE, 302),
  'a page that moves on': answer(() => '<meta http-equiv="refresh" content="0;url=http://127.0.0.1/">', {
    'Content-Type': 'text/html',
    Refresh: '0; url=http://127.0.0.1/',
  }),
  'not modified, although nothing was there': answer(() => '', { ETag: '"x"' }, 304),
  'not modified, with a document': raw(
    'HTTP/1.1 304 Not Modified\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}',
  ),
  'a part': answer(json, { ...JSON_TYPE, 'Content-Range': 'bytes 0-9/10' }, 206),
  created: answer(json, JSON_TYPE, 201),
  'no content': answer(() => '', JSON_TYPE, 204),
  missing: answer(json, JSON_TYPE, 404),
  'a wish for a password': answer(json, { ...JSON_TYPE, 'WWW-Authenticate': 'Basic realm="x"' }, 401),
  'a wish for a proxy password': answer(json, { ...JSON_TYPE, 'Proxy-Authenticate': 'Basic realm="x"' }, 407),
  'a failure': answer(json, { ...JSON_TYPE, 'Retry-After': '0' }, 503),
  'a switch of protocols': raw('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n'),
  'no HTTP': raw('220 mail.example ESMTP\r\n'),
  'an old HTTP': raw('{"client_id":"x"}'),
  'two lengths': raw(
    'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}',
  ),
  'length and chunks at once': raw(
    'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n',
  ),
  'chunks that are none': raw(
    'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n{}\r\n',
  ),
  'less than it promised': raw('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{}'),
  nothing: raw(''),
  silence: () => () => undefined,
  'a drip of the status line': forever('HTTP/1.1 ', '', 50),
  'a drip of headers': forever('HTTP/1.1 200 OK\r\n', 'X: y\r\n', 20),
  'a drip of the body': forever('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n', ' ', 20),
  'hints without end': forever('', 'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n', 20),
  'chunk extensions without end': forever(
    'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1;',
    'a'.repeat(1000),
    1,
  ),
  'a header of a megabyte': forever('HTTP/1.1 200 OK\r\nX: ', 'a'.repeat(10_000), 1),
  'ten thousand headers': raw(`HTTP/1.1 200 OK\r\n${'X: y\r\n'.repeat(10_000)}\r\n{}`),
  'an endless body': forever('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n', ' '.repeat(100_000), 1),
  'an endless body in chunks': forever(
    'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
    `400\r\n${' '.repeat(1024)}\r\n`,
    1,
  ),
  'a body of one byte too many': answer((url) => json(url).padEnd(5121)),
  'a gzip bomb': answer(bomb, { ...JSON_TYPE, 'Content-Encoding': 'gzip' }),
  'a gzip bomb that says it is none': answer(bomb),
  'a bomb in transfer encoding': answer(bomb, { ...JSON_TYPE, 'Transfer-Encoding': 'gzip, chunked' }),
  'an unknown encoding': answer(json, { ...JSON_TYPE, 'Content-Encoding': 'x-anything' }),
  markup: answer(json, { 'Content-Type': 'text/html' }),
  'plain text': answer(json, { 'Content-Type': 'text/plain' }),
  'a script': answer(json, { 'Content-Type': 'application/javascript' }),
  'no type': answer(json, {}),
  'a sequence of JSON': answer(json, { 'Content-Type': 'application/json-seq' }),
  'no JSON': answer(() => 'client_id: x'),
  'JSON that is not finished': answer((url) => json(url).slice(0, -1)),
  'JSON with something behind it': answer((url) => `${json(url)}{}`),
  'JSON in UTF-16': answer((url) => Buffer.from(`\ufeff${json(url)}`, 'utf16le')),
  'JSON with bytes that are no text': answer((url) => Buffer.concat([Buffer.from(json(url)), Buffer.from([0xff])])),
  'deep JSON': answer((url) => `{"client_id":"${url}","x":${'['.repeat(2000)}${']'.repeat(2000)}}`),
  'a list': answer((url) => `[${json(url)}]`),
  null: answer(() => 'null'),
  'its client_id twice, once right': answer((url) =>
    json(url).replace('{', '{"client_id":"https://b.client.example/c",'),
  ),
  'its client_id twice, once encoded': answer((url) => json(url).replace('{', '{"\\u0063lient_id":"x",')),
  'its client_id from a prototype': answer((url) => `{"__proto__":${json(url)}}`),
  'the client_id of somebody else': changed({ client_id: 'https://b.client.example/good' }),
  'its client_id with another case': answer((url) => json(url.replace('client.example', 'CLIENT.example'))),
  'its client_id with an encoded letter': answer((url) => json(url.replace(/.$/, '%61'))),
  'no client_id': changed({ client_id: undefined }),
  'no name': changed({ client_name: undefined }),
  'no redirect URIs': changed({ redirect_uris: [] }),
  'a script for a redirect URI': changed({ redirect_uris: ['javascript:alert(1)'] }),
  'a wildcard for a redirect URI': changed({ redirect_uris: ['https://*.client.example/callback'] }),
  'a thousand redirect URIs': changed({
    redirect_uris: Array.from({ length: 100 }, (_, at) => `https://x.example/${at}`),
  }),
  'a secret': changed({ client_secret: 'secret' }),
  'a method with a secret': changed({ token_endpoint_auth_method: 'client_secret_basic' }),
  'a private key': changed({
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: { keys: [{ kty: 'RSA', n: 'n', e: 'AQAB', d: 'd' }] },
  }),
  'a symmetric key': changed({
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: { keys: [{ kty: 'oct', k: 'k' }] },
  }),
};

/** Addresses that no name may lead to, however public its look. */
export const HOSTILE_ADDRESSES: Readonly<Record<string, readonly string[]>> = {
  'the loopback': ['127.0.0.1'],
  'another loopback': ['127.8.8.8'],
  'this host': ['0.0.0.0'],
  'private 10/8': ['10.0.0.1'],
  'private 172.16/12': ['172.20.0.1'],
  'private 192.168/16': ['192.168.0.1'],
  carriers: ['100.64.0.1'],
  'link-local': ['169.254.0.1'],
  'the metadata service of a cloud': ['169.254.169.254'],
  'the metadata service of another cloud': ['100.100.100.200'],
  'the host of a virtual machine': ['168.63.129.16'],
  benchmarking: ['198.18.0.1'],
  documentation: ['192.0.2.1'],
  multicast: ['224.0.0.1'],
  reserved: ['240.0.0.1'],
  broadcast: ['255.255.255.255'],
  'IPv6 loopback': ['::1'],
  'IPv6 nowhere': ['::'],
  'mapped loopback': ['::ffff:127.0.0.1'],
  'mapped private': ['::ffff:a00:1'],
  'compatible loopback': ['::127.0.0.1'],
  'NAT64 to the loopback': ['64:ff9b::7f00:1'],
  'NAT64 to a metadata service': ['64:ff9b::a9fe:a9fe'],
  'local NAT64': ['64:ff9b:1::808:808'],
  '6to4 to the loopback': ['2002:7f00:1::1'],
  Teredo: ['2001:0:4136:e378:8000:63bf:80ff:fffe'],
  'unique local': ['fd00:ec2::254'],
  'IPv6 link-local': ['fe80::1'],
  'IPv6 link-local with a zone': ['fe80::1%lo'],
  'site-local': ['fec0::1'],
  'IPv6 multicast': ['ff02::1'],
  'IPv6 documentation': ['2001:db8::1'],
  discard: ['100::1'],
  'a public and a private one': ['8.8.8.8', '10.0.0.1'],
  'a private and a public one': ['10.0.0.1', '8.8.8.8'],
  'public IPv4 and IPv6 loopback': ['8.8.8.8', '::1'],
  'eight public ones and the loopback': [...Array<string>(8).fill('8.8.8.8'), '127.0.0.1'],
  'a word instead of an address': ['localhost'],
  'a decimal instead of an address': ['2130706433'],
  none: [],
};

/** Identifiers that are refused before anybody is asked anything. */
export const HOSTILE_NAMES: readonly string[] = [
  'https://127.0.0.1/c',
  'https://127.0.0.1:8443/c',
  'https://10.0.0.1/c',
  'https://172.16.0.1/c',
  'https://192.168.1.1/c',
  'https://100.64.0.1/c',
  'https://169.254.169.254/latest/meta-data/',
  'https://0.0.0.0/c',
  'https://255.255.255.255/c',
  'https://2130706433/c',
  'https://0x7f000001/c',
  'https://0x7f.0.0.1/c',
  'https://0177.0.0.1/c',
  'https://017700000001/c',
  'https://127.1/c',
  'https://127.0.0.1./c',
  'https://127.0.0.1%2f@a.client.example/c',
  'https://[::1]/c',
  'https://[::]/c',
  'https://[::ffff:127.0.0.1]/c',
  'https://[::ffff:7f00:1]/c',
  'https://[0:0:0:0:0:ffff:7f00:1]/c',
  'https://[64:ff9b::7f00:1]/c',
  'https://[64:ff9b::a9fe:a9fe]/c',
  'https://[2002:7f00:1::]/c',
  'https://[fd00:ec2::254]/c',
  'https://[fe80::1]/c',
  'https://[fe80::1%25eth0]/c',
  'https://[ff02::1]/c',
  'https://localhost/c',
  'https://localhost./c',
  'https://LOCALHOST/c',
  'https://app.localhost/c',
  'https://metadata.google.internal/computeMetadata/v1/',
  'https://printer.local/c',
  'https://intranet/c',
  'https://nas.home.arpa/c',
  'https://a.client.example./c',
  'https://a.client.example/c#x',
  'https://a.client.example/x/../c',
  'https://a.client.example/x/%2e%2e/c',
  'https://127.0.0.1@a.client.example/c',
  'https://a.client.example@127.0.0.1/c',
  'https://a.client.example\\@127.0.0.1/c',
  'https://a.client.example\t/c',
  'https:127.0.0.1/c',
  'https:/127.0.0.1/c',
  'https://\u2488\u2466\u2488\u24ea\u2488\u24ea\u2488\u2460/c',
  'https://\uff11\uff12\uff17.0.0.1/c',
  'https://127\u30020\u30020\u30021/c',
  'https://a.client.example:22/c',
  'https://8.8.8.8:53/c',
];
