import { createServer, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { peekBody } from '../../../lib/http/peek-body.js';
import type { RequestBody } from '../../../lib/http/request-body.js';

/** What was seen of each request, and what was still there for whoever came next. */
type Look = readonly [body: RequestBody, left: string | undefined];

let server: Server;
let port = 0;
let told: (look: Look) => void = () => undefined;

async function look(request: IncomingMessage): Promise<Look> {
  const body = await peekBody(request);
  return [body, body.kind === 'text' ? await text(request) : undefined];
}

beforeAll(async () => {
  server = createServer((request, response) => {
    void look(request).then((seen) => {
      told(seen);
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => server.close());

/** Sends pieces one after the other, each in a write of its own. */
function send(headers: readonly string[], pieces: readonly string[], hangUp = false): Promise<Look> {
  return new Promise((resolve, reject) => {
    told = resolve;
    const socket = connect(port, '127.0.0.1', () => {
      socket.setNoDelay(true);
      socket.write(['POST / HTTP/1.1', 'Host: x', 'Connection: close', ...headers, '', ''].join('\r\n'));
      const next = (index: number): void => {
        const piece = pieces[index];
        if (piece !== undefined) socket.write(piece, 'latin1', () => setImmediate(next, index + 1));
        else if (hangUp) socket.destroy();
      };
      next(0);
    });
    socket.on('error', reject).resume();
  });
}

const JSON_TYPE = 'Content-Type: application/json';
const chunk = (body: string) => `${body.length.toString(16)}\r\n${body}\r\n`;

describe('peekBody', () => {
  it('leaves what it has seen to whoever reads next', async () => {
    const body = { kind: 'text', mediaType: 'application/json', text: '{"a":1}' };
    expect(await send([JSON_TYPE, 'Content-Length: 7'], ['{"a":1}'])).toEqual([body, '{"a":1}']);
    expect(await send([JSON_TYPE, 'Content-Length: 7'], ['{"a', '":', '1}'])).toEqual([body, '{"a":1}']);
  });

  it('sees a body in chunks', async () => {
    const pieces = ['{"a"', ':', '1}'].map(chunk);
    const [body, left] = await send([JSON_TYPE, 'Transfer-Encoding: chunked'], [...pieces, '0\r\n\r\n']);
    expect([body, left]).toEqual([{ kind: 'text', mediaType: 'application/json', text: '{"a":1}' }, '{"a":1}']);
  });

  it('sees a body as long as it looks at, and refuses a longer one', async () => {
    const longest = 4 * 1024 * 1024;
    const [body, left] = await send([JSON_TYPE, `Content-Length: ${longest}`], ['x'.repeat(longest)]);
    expect([body.kind, left?.length]).toEqual(['text', longest]);
    const [long] = await send([JSON_TYPE, `Content-Length: ${longest + 1}`], ['x'.repeat(longest + 1)]);
    expect(long).toMatchObject({ kind: 'refused', reason: 'body_too_large' });
  });

  it('finds no body where none was sent', async () => {
    expect(await send([JSON_TYPE, 'Content-Length: 0'], [])).toEqual([{ kind: 'none' }, undefined]);
    expect(await send([JSON_TYPE, 'Transfer-Encoding: chunked'], ['0\r\n\r\n'])).toEqual([{ kind: 'none' }, undefined]);
  });

  it('gives up with a client that hangs up', async () => {
    const [body] = await send([JSON_TYPE, 'Content-Length: 100'], ['{"a'], true);
    expect(body).toMatchObject({ kind: 'refused', reason: 'body_incomplete' });
  });

  it.each([
    ['encoded', [JSON_TYPE, 'Content-Encoding: gzip', 'Content-Length: 2'], '{}', 'body_encoding_unsupported'],
    ['in another charset', [`${JSON_TYPE}; charset=utf-16`, 'Content-Length: 2'], '{}', 'body_charset_unsupported'],
    ['no UTF-8', [JSON_TYPE, 'Content-Length: 2'], '\xff\xfe', 'body_not_utf8'],
  ])('refuses what is %s', async (_case, headers, body, reason) => {
    expect(await send(headers, [body])).toEqual([expect.objectContaining({ kind: 'refused', reason }), undefined]);
  });
});
