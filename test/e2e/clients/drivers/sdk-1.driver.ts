import {
  auth,
  type OAuthClientProvider,
  type OAuthDiscoveryState,
  UnauthorizedError,
} from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { OAuthClientInformationMixed, OAuthTokens } from '@modelcontextprotocol/sdk/shared/auth.js';
import { ExchangeRecorder } from '../../../support/exchange-recorder.js';
import { ClientMemory } from './client-memory.js';
import {
  type McpClientDriver,
  McpTestClient,
  REDIRECT_URI,
  structured,
  type TestClientOptions,
  testMetadata,
  type TestMetadata,
} from './mcp-test-client.js';

type Memory = ClientMemory<TestMetadata, OAuthClientInformationMixed, OAuthTokens, OAuthDiscoveryState>;

/** `@modelcontextprotocol/sdk` 1.x, which most clients in use today are built on. */
class Sdk1Client extends McpTestClient {
  readonly recorder = new ExchangeRecorder();
  readonly memory: Memory;
  private client = newClient();
  private transport: StreamableHTTPClientTransport;

  constructor(
    private readonly mcpUrl: URL,
    options: TestClientOptions,
  ) {
    super();
    this.memory = new ClientMemory(options.redirectUri ?? REDIRECT_URI, testMetadata(options));
    this.transport = this.newTransport();
  }

  async connect(): Promise<void> {
    this.client = newClient();
    this.transport = this.newTransport();
    await this.client.connect(this.transport);
  }

  async finish(callback: URLSearchParams): Promise<void> {
    await this.transport.finishAuth(callback.get('code') ?? '');
  }

  authorize(scope?: string): Promise<'AUTHORIZED' | 'REDIRECT'> {
    const options = { serverUrl: this.mcpUrl, fetchFn: this.recorder.fetch };
    return auth(this.provider, scope === undefined ? options : { ...options, scope });
  }

  isUnauthorized(error: unknown): boolean {
    return error instanceof UnauthorizedError;
  }

  async callTool(name: string, args: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
    return structured(await this.client.callTool({ name, arguments: args }));
  }

  protocolVersion(): string | undefined {
    return this.transport.protocolVersion;
  }

  sessionId(): string | undefined {
    return this.transport.sessionId;
  }

  endSession(): Promise<void> {
    return this.transport.terminateSession();
  }

  close(): Promise<void> {
    return this.client.close();
  }

  private get provider(): OAuthClientProvider {
    return this.memory;
  }

  private newTransport(): StreamableHTTPClientTransport {
    return new StreamableHTTPClientTransport(this.mcpUrl, { authProvider: this.provider, fetch: this.recorder.fetch });
  }
}

function newClient(): Client {
  return new Client({ name: 'suite', version: '1.0.0' });
}

export const SDK_1: McpClientDriver = {
  name: '@modelcontextprotocol/sdk 1.x',
  revision: '2025-11-25',
  stepsUp: false,
  create: (mcpUrl, options = {}) => new Sdk1Client(mcpUrl, options),
};
