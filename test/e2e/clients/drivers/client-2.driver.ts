import {
  auth,
  Client,
  type OAuthClientProvider,
  type OAuthDiscoveryState,
  type StoredOAuthClientInformation,
  type StoredOAuthTokens,
  StreamableHTTPClientTransport,
  UnauthorizedError,
  type VersionNegotiationMode,
} from '@modelcontextprotocol/client';
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

type Memory = ClientMemory<TestMetadata, StoredOAuthClientInformation, StoredOAuthTokens, OAuthDiscoveryState>;

/** `@modelcontextprotocol/client` 2.x, which checks issuers and `iss` and steps up by itself. */
class Client2 extends McpTestClient {
  readonly recorder = new ExchangeRecorder();
  readonly memory: Memory;
  private client: Client;
  private transport: StreamableHTTPClientTransport;

  constructor(
    private readonly mcpUrl: URL,
    private readonly mode: VersionNegotiationMode,
    options: TestClientOptions,
  ) {
    super();
    this.memory = new ClientMemory(options.redirectUri ?? REDIRECT_URI, testMetadata(options));
    this.client = this.newClient();
    this.transport = this.newTransport();
  }

  async connect(): Promise<void> {
    this.client = this.newClient();
    this.transport = this.newTransport();
    await this.client.connect(this.transport);
  }

  /** All the parameters, so that the SDK checks `iss` itself (RFC 9207 §2.4). */
  async finish(callback: URLSearchParams): Promise<void> {
    await this.transport.finishAuth(callback);
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
    return this.client.getNegotiatedProtocolVersion();
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

  private newClient(): Client {
    return new Client({ name: 'suite', version: '1.0.0' }, { versionNegotiation: { mode: this.mode } });
  }

  private newTransport(): StreamableHTTPClientTransport {
    return new StreamableHTTPClientTransport(this.mcpUrl, { authProvider: this.provider, fetch: this.recorder.fetch });
  }
}

function driver(label: string, mode: VersionNegotiationMode, revision: string): McpClientDriver {
  return {
    name: `@modelcontextprotocol/client 2.x (${label})`,
    revision,
    stepsUp: true,
    create: (mcpUrl, options = {}) => new Client2(mcpUrl, mode, options),
  };
}

export const CLIENT_2: readonly McpClientDriver[] = [
  driver('2025-11-25', 'legacy', '2025-11-25'),
  driver('pinned to 2026-07-28', { pin: '2026-07-28' }, '2026-07-28'),
  driver('auto', 'auto', '2026-07-28'),
];
