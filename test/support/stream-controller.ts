import type { ServerResponse } from 'node:http';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { Controller, Get, Res } from '@nestjs/common';
import { McpOptionalAuth, McpProtected } from '../../lib/resource-server/decorators/exposure.decorators.js';

interface AdapterResponse {
  readonly raw?: ServerResponse;
  readonly hijack?: () => void;
}

/** Streams that their handlers never end: on the MCP path and beside it, with a token and with or without one. */
@Controller()
export class StreamController {
  @Get('mcp/stream')
  stream(@Res() response: AdapterResponse & ServerResponse): void {
    response.hijack?.();
    const raw = response.raw ?? response;
    raw.writeHead(200, { 'content-type': 'text/event-stream' });
    raw.write('data: hello\n\n');
  }

  @Get('protected/stream')
  @McpProtected()
  protected(@Res() response: AdapterResponse & ServerResponse): void {
    this.stream(response);
  }

  @Get(['optional/stream', 'mcp/optional/stream'])
  @McpOptionalAuth()
  optional(@Res() response: AdapterResponse & ServerResponse): void {
    this.stream(response);
  }
}

export interface OpenStream {
  /** Resolves when the stream is over, however it ended, with the moment (`performance.now()`). */
  readonly ended: Promise<number>;
  leave(): void;
}

/** Opens a stream on a connection of its own and waits for its first event; without a token where it is undefined. */
export async function openStream(origin: string, token: string | undefined, path = '/mcp/stream'): Promise<OpenStream> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const request = get(`${origin}${path}`, { agent: false, headers });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  if (response.statusCode !== 200) throw new Error(`The stream was answered with ${response.statusCode}`);
  await once(response, 'data');
  // What the server cuts off is an error here; either way it is over.
  response.on('error', () => undefined);
  const ended = new Promise<number>((resolve) => response.once('close', () => resolve(performance.now())));
  return { ended, leave: () => request.destroy() };
}
