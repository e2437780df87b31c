import type { ExchangeRecorder } from '../../../support/exchange-recorder.js';
import type { Decision, SamplePerson } from '../../../support/sample-person.js';
import type { ClientMemory } from './client-memory.js';

export interface TestTokens {
  readonly access_token: string;
  readonly refresh_token?: string | undefined;
  readonly scope?: string | undefined;
}

/** What both generations of the SDK register as, unless a test says otherwise. */
export interface TestMetadata {
  readonly client_name?: string;
  readonly redirect_uris: string[];
  readonly token_endpoint_auth_method?: 'none' | 'client_secret_basic' | 'client_secret_post';
}

export interface TestClientOptions {
  /** @default a loopback address; nobody listens there, the browser stops before it arrives */
  readonly redirectUri?: string;
  /** @default a public client */
  readonly authMethod?: TestMetadata['token_endpoint_auth_method'];
}

/** A real MCP client with its own OAuth code. A test drives it, and is the person at its browser. */
export abstract class McpTestClient {
  abstract readonly memory: ClientMemory<unknown, { readonly client_id: string }, TestTokens, unknown>;
  abstract readonly recorder: ExchangeRecorder;
  /** Where the browser arrived each time, with everything the authorization server sent along. */
  readonly callbacks: URL[] = [];

  /** Connects with what the client remembers. Rejects when somebody has to sign in first. */
  abstract connect(): Promise<void>;
  /** Has the SDK exchange what arrived at the redirect URI. */
  abstract finish(callback: URLSearchParams): Promise<void>;
  /** The SDK's own authorization routine: refreshes where it can, asks for a browser where it must. */
  abstract authorize(scope?: string): Promise<'AUTHORIZED' | 'REDIRECT'>;
  abstract callTool(name: string, args?: Record<string, unknown>): Promise<Record<string, unknown>>;
  abstract protocolVersion(): string | undefined;
  /** Whether this is how the SDK says that a person has to act. */
  abstract isUnauthorized(error: unknown): boolean;
  /** Only where the revision knows sessions. */
  abstract sessionId(): string | undefined;
  abstract endSession(): Promise<void>;
  abstract close(): Promise<void>;

  /** From the first request, which is turned away, to a connection. */
  async connectAs(person: SamplePerson, decision?: Decision): Promise<this> {
    await this.expectUnauthorized(this.connect());
    await this.openBrowser(person, decision);
    await this.connect();
    return this;
  }

  /** What happens in the browser, and what the client makes of it. */
  async openBrowser(person: SamplePerson, decision?: Decision): Promise<void> {
    const callback = await person.authorize(this.memory.takeAuthorizationUrl(), decision);
    this.callbacks.push(callback);
    if (callback.searchParams.get('state') !== this.memory.lastState) throw new Error('another state came back');
    const error = callback.searchParams.get('error');
    if (error !== null) throw new Error(`refused: ${error}`);
    await this.finish(callback.searchParams);
  }

  /** Waits until the SDK gives up because a person has to act. */
  async expectUnauthorized(attempt: Promise<unknown>): Promise<void> {
    const outcome: unknown = await attempt.then(
      () => new Error('the client was let in without asking anybody'),
      (error: unknown) => error,
    );
    if (!this.isUnauthorized(outcome)) throw outcome;
  }

  /** Puts other tokens in the place of those the client remembers. */
  changeTokens(change: Partial<TestTokens>): void {
    const tokens = this.memory.tokens();
    if (!tokens) throw new Error('There are no tokens to change');
    this.memory.saveTokens({ ...tokens, ...change });
  }
}

export interface McpClientDriver {
  readonly name: string;
  /** The revision of MCP that the two ends settle on. */
  readonly revision: string;
  /** Whether the SDK asks for a missing scope by itself; the older one only refreshes, which cannot give it more. */
  readonly stepsUp: boolean;
  create(mcpUrl: URL, options?: TestClientOptions): McpTestClient;
}

export const REDIRECT_URI = 'http://127.0.0.1:47123/callback';

export function testMetadata({ redirectUri = REDIRECT_URI, authMethod = 'none' }: TestClientOptions): TestMetadata {
  return { client_name: 'Suite', redirect_uris: [redirectUri], token_endpoint_auth_method: authMethod };
}

/** The structured result of a tool; an error the tool reports becomes an error here. */
export function structured(result: object): Record<string, unknown> {
  if ('isError' in result && result.isError === true) throw new Error(`the tool failed: ${JSON.stringify(result)}`);
  return 'structuredContent' in result ? (result.structuredContent as Record<string, unknown>) : {};
}
