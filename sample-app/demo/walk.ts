import { auth, Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { DEMO_ACCOUNTS } from '../demo-accounts.js';
import { CALLBACK, DemoClient } from './demo-client.js';
import type { ExchangeLog } from './exchange-log.js';
import { TerminalBrowser } from './terminal-browser.js';

const ADA = DEMO_ACCOUNTS[0];

/** A real MCP client, and the person in front of it. */
export class Walk {
  private readonly provider = new DemoClient();
  private readonly browser: TerminalBrowser;

  constructor(
    private readonly mcpUrl: URL,
    private readonly log: ExchangeLog,
  ) {
    this.browser = new TerminalBrowser(log, CALLBACK);
  }

  /** All the way: from an address to tools, on to fresh tokens, and out again. */
  async all(): Promise<void> {
    this.log.note(`A client that knows nothing but ${this.mcpUrl.href}`);
    this.log.step('Discover');
    const first = this.newTransport();
    await this.expectToBeSentToLogIn(() => this.newClient().connect(first));
    await this.authorizeInBrowser(first);

    this.log.step('Call tools');
    const client = this.newClient();
    const transport = this.newTransport();
    await client.connect(transport);
    await this.callTool(client, 'whoami');
    const noteId = await this.createNote(client);
    await this.callTool(client, 'list_notes', { limit: 3 });

    this.log.step('Ask for more than was granted (mcp:admin)');
    await this.expectToBeSentToLogIn(() => this.callTool(client, 'purge_notes', { ids: [noteId] }));
    await this.authorizeInBrowser(transport);
    this.log.step('Call the tool again');
    await this.callTool(client, 'purge_notes', { ids: [noteId] });

    this.log.step('Refresh');
    const before = this.provider.tokens()?.refresh_token;
    await auth(this.provider, { serverUrl: this.mcpUrl, fetchFn: this.log.fetch });
    if (this.provider.tokens()?.refresh_token === before) throw new Error('The refresh token was not rotated');
    this.log.step('Call a tool with the new token');
    await this.callTool(client, 'whoami');
    await client.close();
    await this.revoke();
  }

  /** Gives the access back (RFC 7009): the refresh token ends the whole grant, and the access token with it. */
  private async revoke(): Promise<void> {
    this.log.step('Revoke');
    const tokens = this.provider.tokens();
    const metadata = this.provider.discoveryState()?.authorizationServerMetadata ?? {};
    // The client library types it for one of the two kinds of metadata only.
    const endpoint = 'revocation_endpoint' in metadata ? metadata.revocation_endpoint : undefined;
    if (typeof endpoint !== 'string') throw new Error('The server names no revocation endpoint');
    const body = new URLSearchParams({
      client_id: this.provider.clientInformation()?.client_id ?? '',
      token: tokens?.refresh_token ?? '',
      token_type_hint: 'refresh_token',
    });
    const answer = await this.log.fetch(endpoint, { method: 'POST', body });
    if (!answer.ok) throw new Error(`The refresh token was not revoked: ${answer.status}`);

    this.log.step('Try the access token once more');
    const authorization = `Bearer ${tokens?.access_token ?? ''}`;
    const { status } = await this.log.fetch(this.mcpUrl, { headers: { authorization } });
    if (status !== 401) throw new Error(`The access token outlived its grant: ${status}`);
  }

  private newClient(): Client {
    return new Client({ name: 'demo', version: '1.0.0' }, { versionNegotiation: { mode: 'auto' } });
  }

  private newTransport(): StreamableHTTPClientTransport {
    return new StreamableHTTPClientTransport(this.mcpUrl, { authProvider: this.provider, fetch: this.log.fetch });
  }

  /** The client library stops with an error where a person has to act; the address to open is with the provider then. */
  private async expectToBeSentToLogIn(attempt: () => Promise<unknown>): Promise<void> {
    const error = await attempt().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (error === undefined) throw new Error('The server let the client in without asking anybody');
    if (!(error instanceof Error) || error.name !== 'UnauthorizedError') throw error;
  }

  /** What the person does in their browser: sign in if need be, read the consent page, agree. */
  private async authorizeInBrowser(transport: StreamableHTTPClientTransport): Promise<void> {
    if (ADA === undefined) throw new Error('There is no demo account');
    this.log.step('Open the browser');
    let page = await this.browser.open(this.provider.takeAuthorizationUrl());
    if (page.html.includes('name="password"')) {
      this.log.step(`Log in as ${ADA.email}`);
      page = await this.browser.submit(page, { email: ADA.email, password: ADA.password });
      if (page.html.includes('name="password"')) throw new Error('The login was refused');
    }
    this.log.step('Consent');
    if (page.html !== '') page = await this.browser.submit(page, { approved: 'true' });
    this.log.note(`the browser goes back to the client: ${page.url.origin}${page.url.pathname}?code=…`);
    await transport.finishAuth(this.provider.readCallback(page.url));
  }

  private async callTool(client: Client, name: string, args: Record<string, unknown> = {}) {
    const result = await client.callTool({ name, arguments: args });
    if (result.isError === true) throw new Error(`The tool ${name} failed: ${JSON.stringify(result.content)}`);
    this.log.note(`${name}: ${JSON.stringify(result.structuredContent)}`);
    return result;
  }

  private async createNote(client: Client): Promise<string> {
    const note = { title: 'Hello from the demo', body: 'Written by an MCP client.' };
    const { structuredContent } = await this.callTool(client, 'create_note', note);
    const { note: created } = structuredContent as { readonly note: { readonly id: string } };
    return created.id;
  }
}
