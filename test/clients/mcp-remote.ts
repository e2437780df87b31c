import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import type { Readable } from 'node:stream';
import { visitCallback } from '../support/local-callback.js';
import type { SamplePerson } from '../support/sample-person.js';
import type { ClientHome } from './client-home.js';
import { clientFile } from './installation.js';
import { Transcript } from './transcript.js';

/** A folder in `node_modules`. */
export type McpRemoteName = 'mcp-remote-0.15' | 'mcp-remote-0.1';

const AUTHORIZATION_URL = /visiting:\s+(https?:\/\/\S+)/g;

/** An application that knows stdio only, and mcp-remote between it and the server. */
export class McpRemote {
  readonly transcript = new Transcript();
  private logins = 0;
  private readonly client = new Client({ name: 'application', version: '1.0.0' });
  private readonly transport: StdioClientTransport;

  constructor(name: McpRemoteName, mcpUrl: URL, home: ClientHome) {
    this.transport = new StdioClientTransport({
      command: process.execPath,
      args: [clientFile(`${name}/dist/proxy.js`), mcpUrl.href, '--auth-timeout', '100'],
      env: home.environment({ MCP_REMOTE_CONFIG_DIR: home.path }),
      cwd: home.path,
      stderr: 'pipe',
    });
    this.transcript.read(this.transport.stderr as Readable | null);
    this.client.onclose = () => this.transcript.end('stdio closed');
  }

  /** Resolves as soon as the server has answered, which may need somebody who logs in. */
  connect(): Promise<void> {
    return this.explained(this.client.connect(this.transport, { timeout: 90_000 }));
  }

  /** Waits until the client asks for a login, and goes through it; the second time, for its second question. */
  async logIn(person: SamplePerson): Promise<void> {
    const url = await this.transcript.find(AUTHORIZATION_URL, ++this.logins);
    const page = await visitCallback(await person.authorize(url));
    if (page.status !== 200) throw new Error(`The callback says ${page.status}: ${await page.text()}`);
  }

  /** How often a login was asked for. */
  get asked(): number {
    return [...this.transcript.text.matchAll(AUTHORIZATION_URL)].length;
  }

  async toolNames(): Promise<string[]> {
    const { tools } = await this.client.listTools();
    return tools.map(({ name }) => name).sort();
  }

  /** The structured answer of a tool. */
  async call(name: string, args: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
    const result = (await this.explained(this.client.callTool({ name, arguments: args }))) as CallToolResult;
    if (result.isError === true) throw new Error(`${name}: ${JSON.stringify(result.content)}`);
    return result.structuredContent ?? {};
  }

  close(): Promise<void> {
    return this.client.close();
  }

  /** Its own account of what went wrong, in the error. */
  private async explained<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      throw new Error(`mcp-remote printed:\n${this.transcript.text}`, { cause: error });
    }
  }
}
