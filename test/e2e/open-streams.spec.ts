import { once } from 'node:events';
import { get, type IncomingMessage, type ServerResponse } from 'node:http';
import { Controller, Get, Res } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mintAccessToken } from '../../lib/testing/index.js';
import { OAuthWalk } from '../support/oauth-walk.js';
import { ADAPTERS, startTestApp, type TestApp } from '../support/test-app.js';

interface AdapterResponse {
  readonly raw?: ServerResponse;
  readonly hijack?: () => void;
}

/** A stream that its handler never ends. */
@Controller()
class StreamController {
  @Get('mcp')
  stream(@Res() response: AdapterResponse & ServerResponse): void {
    response.hijack?.();
    const raw = response.raw ?? response;
    raw.writeHead(200, { 'content-type': 'text/event-stream' });
    raw.write('data: hello\n\n');
  }
}

describe.each(ADAPTERS)('an event stream on %s', (adapter) => {
  let host: TestApp;
  beforeAll(async () => {
    host = await startTestApp({ adapter, controllers: [StreamController] });
  });
  afterAll(() => host.close());

  /** Opens a stream on a connection of its own, waits for its first event, and gives a promise that settles when it is over. */
  const open = async (token: string) => {
    const headers = { authorization: `Bearer ${token}` };
    const request = get(`${host.origin}/mcp`, { agent: false, headers });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    expect(response.statusCode).toBe(200);
    await once(response, 'data');
    // What the server cuts off is an error here; either way it is over.
    response.on('error', () => undefined);
    const closed = new Promise<string>((resolve) => response.once('close', () => resolve('ended')));
    return { closed, leave: () => request.destroy() };
  };
  const within = (promise: Promise<string> | undefined, ms: number) =>
    Promise.race([promise, new Promise<string>((resolve) => setTimeout(() => resolve('open'), ms))]);

  it('REV-05 is ended when its grant is revoked, and another one stays open', async () => {
    const walk = new OAuthWalk(host.origin);
    const { client, access_token, refresh_token } = await walk.tokens();
    const other = await mintAccessToken(host.app, { userId: 'ada', scope: 'mcp:read' });
    const [revoked, living] = [await open(access_token), await open(other.accessToken)];
    const form = new URLSearchParams({ client_id: client.client_id, token: refresh_token });
    await fetch(`${host.origin}/oauth/revoke`, { method: 'POST', body: form });
    expect(await within(revoked.closed, 5000)).toBe('ended');
    expect(await within(living.closed, 1200)).toBe('open');
    living.leave();
  });

  it('RSG-03 is ended when its token expires', async () => {
    const { accessToken } = await mintAccessToken(host.app, { userId: 'ada', scope: 'mcp:read', lifetimeSeconds: 60 });
    const stream = await open(accessToken);
    expect(await within(stream.closed, 1200)).toBe('open');
    host.clock.advance(60);
    expect(await within(stream.closed, 5000)).toBe('ended');
  });
});
