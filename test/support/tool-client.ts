import { mintAccessToken } from 'nestjs-mcp-auth/testing';
import type { TestApp } from './test-app.js';

const HEADERS = { accept: 'application/json, text/event-stream', 'content-type': 'application/json' };

export interface ToolAnswer {
  readonly status: number;
  readonly challenge: string | null;
  readonly text: string;
  readonly headers: Headers;
}

export const call = (name: unknown, id: unknown = 1) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name, arguments: {} },
});

/** The same without an id, which nobody would answer. */
export const notify = (name: string) => ({ jsonrpc: '2.0', method: 'tools/call', params: { name, arguments: {} } });

export const list = { jsonrpc: '2.0', id: 7, method: 'tools/list' };

const initialize = {
  jsonrpc: '2.0',
  id: 0,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'suite', version: '1.0.0' } },
};

/** Speaks MCP of the 2025 revision by hand, with tokens of its own choice; keeps the session where the server opens one. */
export class ToolClient {
  private session: Record<string, string> = {};

  constructor(
    readonly host: TestApp,
    readonly path = '/mcp',
  ) {}

  /** @param scope of the token that opens the session */
  async open(scope = 'mcp:read'): Promise<this> {
    this.session = {};
    const { headers } = await this.post(scope, initialize);
    const id = headers.get('mcp-session-id');
    this.session = id === null ? {} : { 'mcp-session-id': id };
    return this;
  }

  /** @param scope of the token; undefined: none is sent */
  async post(scope: string | undefined, body: unknown, headers: Record<string, string> = {}): Promise<ToolAnswer> {
    const response = await fetch(this.host.origin + this.path, {
      method: 'POST',
      headers: { ...HEADERS, ...this.session, ...(await this.authorization(scope)), ...headers },
      body: typeof body === 'string' || body instanceof Uint8Array ? Buffer.from(body) : JSON.stringify(body),
    });
    const challenge = response.headers.get('www-authenticate');
    return { status: response.status, challenge, text: await response.text(), headers: response.headers };
  }

  /** In chunks, without a length. */
  async stream(scope: string, body: ReadableStream<Uint8Array>): Promise<Response> {
    const headers = { ...HEADERS, ...this.session, ...(await this.authorization(scope)) };
    return fetch(this.host.origin + this.path, { method: 'POST', headers, body, duplex: 'half' } as RequestInit);
  }

  /** The names of the tools as a token sees them. */
  async tools(scope: string): Promise<readonly string[]> {
    const { text } = await this.post(scope, list);
    return [...text.matchAll(/"name":"([^"]*)"/g)].map(([, name]) => name ?? '');
  }

  private async authorization(scope: string | undefined): Promise<Record<string, string>> {
    if (scope === undefined) return {};
    const { authorization } = await mintAccessToken(this.host.app, { userId: 'ada', scope });
    return { authorization };
  }
}
