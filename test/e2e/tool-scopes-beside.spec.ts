import { connect } from 'node:http2';
import { All, Controller, type INestApplication, Post, Req } from '@nestjs/common';
import express from 'express';
import { McpOptionalAuth, McpProtected, McpPublic } from 'nestjs-mcp-auth';
import { mintAccessToken } from 'nestjs-mcp-auth/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp, type TestAppOptions } from '../support/test-app.js';
import { call, ToolClient } from '../support/tool-client.js';
import { Sdk1Tools } from '../support/tool-servers.js';

const READ = 'mcp:read';

type Sent = AsyncIterable<Buffer> & { readonly body?: unknown; readonly rawBody?: Buffer };

async function bytesOf(request: Sent): Promise<{ bytes: number }> {
  let bytes = request.rawBody?.length ?? 0;
  if (request.body === undefined && bytes === 0) for await (const chunk of request) bytes += chunk.length;
  return { bytes };
}

@Controller()
class Beside {
  @Post('guarded')
  @McpProtected()
  guarded(@Req() request: Sent) {
    return bytesOf(request);
  }

  @Post('optional')
  @McpOptionalAuth()
  optional(@Req() request: Sent) {
    return bytesOf(request);
  }

  @Post('public')
  @McpPublic()
  open(@Req() request: Sent) {
    return bytesOf(request);
  }

  @All('mcp')
  mcp() {
    return { reached: true };
  }
}

const big = JSON.stringify('x'.repeat(5 << 20));
const lines = '{"a":1}\n{"a":2}\n';

const BODIES: readonly (readonly [string, string | Buffer, Record<string, string>])[] = [
  ['JSON lines', lines, { 'content-type': 'application/jsonl' }],
  ['a JSON sequence', '\u001e{"a":1}\n', { 'content-type': 'application/json-seq' }],
  ['a patch that is packed', 'xx', { 'content-type': 'application/json-patch+json', 'content-encoding': 'x' }],
  ['more JSON than is looked at', big, {}],
  ['a text', '"hello"', {}],
  ['half of a document', '{', {}],
  ['bytes that are no UTF-8', Buffer.from([0xff, 0xfe, 0x7b]), {}],
];

const hosts: TestApp[] = [];
afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.close()));
});

async function start(parts: Partial<TestAppOptions> = {}): Promise<TestApp> {
  const unparsed = { nest: { bodyParser: false } };
  const host = await startTestApp({
    adapter: 'express',
    controllers: [Beside],
    providers: [Sdk1Tools],
    ...unparsed,
    ...parts,
  });
  hosts.push(host);
  return host;
}

describe.each([
  ['guarded', READ],
  ['optional', undefined],
  ['public', undefined],
])('a handler beside the MCP path: %s', (path, scope) => {
  it('RSG-02 gets whole what cannot be read, and no call that can', async () => {
    const client = new ToolClient(await start(), `/${path}`);
    for (const [name, body, headers] of BODIES) {
      const { status, text } = await client.post(scope, body, headers);
      expect([name, status, text]).toEqual([name, 201, JSON.stringify({ bytes: Buffer.byteLength(body) })]);
    }
    expect((await client.post(scope, call('write'))).status).toBe(scope === undefined ? 401 : 403);
  });

  it('RSG-02 gets whole what comes in chunks', async () => {
    const host = await start();
    const { authorization } = await mintAccessToken(host.app, { userId: 'ada', scope: READ });
    const body = new Blob([big]).stream();
    const headers = { 'content-type': 'application/json', ...(scope === undefined ? {} : { authorization }) };
    const sent = { method: 'POST', headers, body, duplex: 'half' } as RequestInit;
    expect(await (await fetch(`${host.origin}/${path}`, sent)).json()).toEqual({ bytes: big.length });
  });

  it('RSG-02 gets a body that was read and kept elsewhere', async () => {
    const keep: express.RequestHandler = (request, _response, next) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.once('end', () => next(void Object.assign(request, { rawBody: Buffer.concat(chunks) })));
    };
    const configure = (app: INestApplication): void => void app.use(`/${path}`, keep);
    const { text } = await new ToolClient(await start({ configure }), `/${path}`).post(scope, '{"a":1}');
    expect(text).toBe('{"bytes":7}');
  });
});

describe('on the MCP path', () => {
  it('RSG-13 is refused what cannot be read, and a text can', async () => {
    const client = new ToolClient(await start());
    for (const [name, body, headers] of BODIES) {
      const { status } = await client.post(READ, body, headers);
      expect([name, status]).toEqual([name, name === 'a text' ? 200 : 400]);
    }
  });

  it('RSG-13 nothing is made of bytes beyond measure, which are refused as JSON only', async () => {
    const configure = (app: INestApplication): void => void app.use(express.raw({ type: () => true, limit: '20mb' }));
    const client = new ToolClient(await start({ configure }));
    const body = JSON.stringify({ ...call('ping'), padding: 'x'.repeat(5 << 20) });
    expect((await client.post(READ, body)).status).toBe(400);
    expect((await client.post(READ, body, { 'content-type': 'application/octet-stream' })).status).toBe(200);
    expect((await client.post(READ, call('write'), { 'content-type': 'application/octet-stream' })).status).toBe(403);
  });

  it.each(['GET', 'HEAD', 'DELETE'])('RSG-07 a %s over HTTP/2 that names a type has no body', async (method) => {
    const host = await start({ adapter: 'fastify', nest: {}, fastify: { http2: true } as never });
    const { authorization } = await mintAccessToken(host.app, { userId: 'ada', scope: READ });
    const session = connect(host.origin);
    const sent = { ':method': method, ':path': '/mcp', 'content-type': 'application/json', authorization };
    const status = await new Promise((resolve, reject) => {
      const stream = session.request(sent, { endStream: true });
      stream.once('response', (headers) => resolve(headers[':status'])).once('error', reject);
      stream.resume();
    });
    session.destroy();
    expect([method, status]).toEqual([method, method === 'DELETE' ? expect.any(Number) : 200]);
  });
});
